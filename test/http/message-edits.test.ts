/** Changing and deleting one's messages over REST (04 sections 3.8 and 3.9). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from './harness.ts';

let node: Harness;
let [ada, bob] = ['', ''];
let bobId = '';

before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  ada = node.key('owner', ['read_messages', 'write_messages']);
  const made = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bobId = (made.json['user'] as { id: string }).id;
  bob = node.key(bobId, ['read_messages', 'write_messages']);
});
after(() => node.close());

const call = (method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: unknown, key = ada) =>
  node.call(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
const ownerId = (): string => node.components.workspace.accounts.owner()?.id ?? '';
const outcome = (answer: TestAnswer): unknown[] => [answer.status, answer.json['error'] ?? null];

async function posted(content: string): Promise<string> {
  const answer = await call('POST', '/channels/messages', { channel_id: 'general', content });
  return (answer.json['message'] as { id: string }).id;
}
async function sent(content: string): Promise<string> {
  const answer = await call('POST', '/messages', { recipient_id: bobId, content });
  return (answer.json['message'] as { id: string }).id;
}

test('a channel message is changed by its author, with PATCH and PUT alike', async () => {
  const path = `/channels/general/messages/${await posted('frist')}`;
  for (const [method, content] of [
    ['PATCH', ' first '],
    ['PUT', 'second'],
  ] as const) {
    assert.deepEqual((await call(method, path, { content })).json, { success: true });
    const read = (await call('GET', path, undefined, bob)).json['message'] as Record<string, unknown>;
    assert.deepEqual([read['content'], typeof read['edited_at']], [content.trim(), 'string']);
  }
  assert.equal((await call('PATCH', path, {})).status, 200);
  assert.deepEqual(outcome(await call('PATCH', path, { content: ' ' })), [400, 'Message content required']);
  assert.deepEqual(outcome(await call('PATCH', path, { content: 'x'.repeat(50_001) })), [
    400,
    'Content exceeds maximum length (50000 chars)',
  ]);
  assert.deepEqual(outcome(await call('PATCH', path, { content: 'x' }, bob)), [
    403,
    'You can only edit your own messages',
  ]);
  assert.deepEqual(outcome(await call('PATCH', '/channels/general/messages/Mffff', { content: 'x' })), [
    404,
    'Message not found',
  ]);
});

test('a channel message is deleted by its author alone', async () => {
  const path = `/channels/general/messages/${await posted('gone soon')}`;
  const refusal = [403, 'Message not found or you can only delete your own messages'];
  assert.deepEqual(outcome(await call('DELETE', path, undefined, bob)), refusal);
  assert.deepEqual((await call('DELETE', path)).json, { success: true });
  assert.equal((await call('GET', path)).status, 404);
  assert.deepEqual(outcome(await call('DELETE', path)), refusal);
});

test('a direct message is changed and deleted by its sender', async () => {
  const id = await sent('yuo');
  const metadata = { mood: 'calm', group_id: 'group:000000000000' };
  assert.deepEqual((await call('PATCH', `/messages/${id}`, { content: 'you', metadata })).json, {
    success: true,
  });
  const read = (await call('GET', `/messages/${id}`, undefined, bob)).json['message'] as Record<
    string,
    unknown
  >;
  const kept = read['metadata'] as Record<string, unknown>;
  assert.deepEqual([read['content'], kept['mood'], kept['group_id']], ['you', 'calm', undefined]);
  assert.deepEqual(outcome(await call('PATCH', `/messages/${id}`, { content: ' ' })), [
    400,
    'Message content or attachments required',
  ]);
  assert.deepEqual(outcome(await call('PATCH', `/messages/${id}`, { content: 'x' }, bob)), [
    403,
    'You can only edit your own messages',
  ]);
  assert.deepEqual(outcome(await call('PATCH', `/messages/${'f'.repeat(32)}`, { content: 'x' })), [
    404,
    'Message not found',
  ]);
  assert.deepEqual(outcome(await call('DELETE', `/messages/${id}`, undefined, bob)), [
    404,
    'Message not found or not owned by you',
  ]);
  assert.deepEqual((await call('DELETE', `/messages/${id}`)).json, {
    success: true,
    message: 'Message deleted',
  });
  assert.equal((await call('GET', `/messages/${id}`)).status, 404);
});

test('everybody in the channel sees what happened in the journal', async () => {
  const id = await posted('noted');
  await call('PATCH', `/channels/general/messages/${id}`, { content: 'noted again' });
  await call('DELETE', `/channels/general/messages/${id}`);
  const events = (await call('GET', '/events?limit=200', undefined, bob)).json['items'] as Record<
    string,
    unknown
  >[];
  const types = events
    .filter((event) => (event['payload'] as Record<string, unknown>)['message_id'] === id)
    .map((event) => event['event_type']);
  assert.deepEqual(types, ['channel.message.created', 'channel.message.edited', 'channel.message.deleted']);
});

test('a reaction is added and taken back, and counted where messages are read', async () => {
  const id = await posted('react to me');
  const path = `/channels/general/messages/${id}`;
  assert.deepEqual((await call('POST', `${path}/like`, { reaction_type: 'laugh' })).json, {
    liked: true,
    reaction_type: 'laugh',
    like_counts: { laugh: 1 },
    liked_by: { laugh: [ownerId()] },
  });
  assert.deepEqual((await call('POST', `${path}/like`, { reaction_type: 'sparkle' }, bob)).json, {
    liked: true,
    reaction_type: 'like',
    like_counts: { laugh: 1, like: 1 },
    liked_by: { laugh: [ownerId()], like: [bobId] },
  });
  const list = (await call('GET', '/channels/general/messages')).json['messages'] as Record<
    string,
    unknown
  >[];
  assert.deepEqual(list.at(-1)?.['like_counts'], { laugh: 1, like: 1 });
  assert.deepEqual((await call('POST', `${path}/like`)).json, {
    liked: false,
    reaction_type: 'like',
    like_counts: { like: 1 },
    liked_by: { like: [bobId] },
  });
  assert.equal((await call('POST', '/channels/general/messages/Mffff/like', {})).status, 404);
});

test('a file given with an edit is what its row says, as with a new message; inline bytes are not kept', async () => {
  const data = Buffer.from('plain words\n').toString('base64');
  const uploader = node.key('owner', ['write_files', 'read_files']);
  const uploaded = await call(
    'POST',
    '/files/upload',
    { filename: 'words.txt', content_type: 'text/plain', data },
    uploader,
  );
  const id = String(uploaded.json['file_id']);
  const path = `/channels/general/messages/${await posted('with a file')}`;
  const attachments = [{ id, type: 'image/png', size: 7, data: 'AAAA' }];
  assert.equal((await call('PATCH', path, { attachments })).status, 200);
  const read = (await call('GET', path)).json['message'] as { attachments: Record<string, unknown>[] };
  const [file] = read.attachments;
  assert.deepEqual(
    [read.attachments.length, file?.['type'], file?.['size'], file?.['url'], file?.['data']],
    [1, 'text/plain', 12, `/files/${id}`, undefined],
  );
});

test('earlier texts are told to whoever may read the message; when it disappears can be changed', async () => {
  const path = `/channels/general/messages/${await posted('was')}`;
  await call('PATCH', path, { content: 'is' });
  const earlier = (await call('GET', `${path}/history`, undefined, bob)).json;
  assert.equal(earlier['count'], 1);
  const [version] = earlier['versions'] as Record<string, unknown>[];
  assert.deepEqual([version?.['content'], typeof version?.['written_at']], ['was', 'string']);
  const dm = await sent('secret');
  await call('PATCH', `/messages/${dm}`, { content: 'no more' });
  assert.equal((await call('GET', `/messages/${dm}/history`, undefined, bob)).json['count'], 1);
  const made = await node.call('POST', '/register', { body: { username: 'eve', password: PASSWORD } });
  const stranger = node.key((made.json['user'] as { id: string }).id, ['read_messages']);
  for (const unseen of [`/messages/${dm}/history`, '/channels/general/messages/Mffff/history'])
    assert.equal((await call('GET', unseen, undefined, stranger)).status, 404);

  const expiresAt = async (): Promise<unknown> =>
    ((await call('GET', path)).json['message'] as Record<string, unknown>)['expires_at'];
  const before = await expiresAt();
  assert.deepEqual((await call('PATCH', path, { ttl_seconds: 3600 })).json, { success: true });
  assert.ok(String(await expiresAt()) < String(before));
  assert.equal((await call('PATCH', path, { expires_at: '2001-01-01T00:00:00Z' })).status, 400);
});

test('a direct message is reacted to by those it is between alone', async () => {
  const id = await sent('good?');
  const path = `/messages/${id}`;
  assert.deepEqual((await call('POST', `${path}/like`, { reaction_type: 'laugh' }, bob)).json, {
    liked: true,
    reaction_type: 'laugh',
    like_counts: { laugh: 1 },
    liked_by: { laugh: [bobId] },
  });
  const read = (await call('GET', path)).json['message'] as Record<string, unknown>;
  assert.deepEqual(
    [read['like_counts'], read['liked_by'], read['reactions_unseen_by']],
    [{ laugh: 1 }, { laugh: [bobId] }, []],
  );
  assert.equal((await call('POST', `${path}/like`, undefined, bob)).json['liked'], false);
  const made = await node.call('POST', '/register', { body: { username: 'mallory', password: PASSWORD } });
  const mallory = node.key((made.json['user'] as { id: string }).id, ['read_messages', 'write_messages']);
  assert.equal((await call('POST', `${path}/like`, {}, mallory)).status, 404);
  assert.equal((await call('POST', '/messages/Mffff/like', {})).status, 404);
  const reader = node.key(bobId, ['read_messages']);
  assert.equal((await call('POST', `${path}/like`, {}, reader)).status, 403);
});
