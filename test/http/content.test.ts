/** Channels, messages, profiles and system answers (04 sections 3.1, 3.2, 3.7 to 3.9) without a mesh. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from './harness.ts';

let node: Harness;
let key: string;
let bobKey: string;
let bobId: string;
let ownerId: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  key = node.key('owner', ['read_messages', 'write_messages', 'view_trust']);
  const bob = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bobId = (bob.json['user'] as { id: string }).id;
  ownerId = node.components.workspace.accounts.owner()?.id ?? '';
  bobKey = node.key(bobId, ['read_messages', 'write_messages']);
});
after(() => node.close());

const get = (path: string, by = key): Promise<TestAnswer> => node.call('GET', `/api/v1${path}`, { key: by });
const post = (path: string, body: unknown, by = key): Promise<TestAnswer> =>
  node.call('POST', `/api/v1${path}`, { key: by, body });
type Message = Record<string, unknown> & { id: string };
const messageOf = (answer: TestAnswer): Message => answer.json['message'] as Message;
const listOf = (answer: TestAnswer): Message[] => answer.json['messages'] as Message[];

test('a channel message is trimmed, answered without author references and read back with them', async () => {
  const created = await post('/channels/messages', { channel_id: 'general', content: '  Hello mesh  ' });
  assert.deepEqual([created.status, created.json['success']], [201, true]);
  const message = messageOf(created);
  assert.deepEqual(
    [message['content'], message['crypto_state'], message['edited_at']],
    ['Hello mesh', null, null],
  );
  assert.match(String(message['created_at']), /(\+00:00|Z)$/);
  const [read] = listOf(await get('/channels/general/messages', bobKey));
  assert.deepEqual([read?.['username'], read?.['display_name'], read?.['is_repost']], ['ada', 'ada', false]);
  const one = await get(`/channels/general/messages/${message.id}`);
  assert.equal(messageOf(one)['content'], 'Hello mesh');
  const missing = await get('/channels/general/messages/Mffffffffffffffffffffffff');
  assert.deepEqual(
    [missing.status, missing.json['error']],
    [404, 'Message not found or you are not a member'],
  );
});

test('a message is found by its id alone, by whoever may read it', async () => {
  const made = await post('/channels', { name: 'secret', type: 'private' });
  const { id: secret } = made.json['channel'] as { id: string };
  const { id } = messageOf(await post('/channels/messages', { channel_id: secret, content: 'psst' }));
  const found = await get(`/locate?message_id=${id}`);
  assert.deepEqual([found.status, found.json['channel_id']], [200, secret]);
  for (const [wanted, by] of [
    [id, bobKey],
    ['Mffffffffffffffffffffffff', key],
    ['', key],
  ] as const)
    assert.equal((await get(`/locate?message_id=${wanted}`, by)).status, 404);
});

test('posts that cannot be are refused in the words of the reference', async () => {
  const cases: [object, number, string][] = [
    [{}, 400, 'JSON data required'],
    [{ channel_id: 'general', content: '   ' }, 400, 'Message content or attachments required'],
    [{ content: 'x' }, 400, 'Channel ID required'],
    [{ channel_id: 'a b', content: 'x' }, 400, 'Invalid channel_id format'],
    [
      { channel_id: 'general', content: 'x'.repeat(50_001) },
      400,
      'Content exceeds maximum length (50000 chars)',
    ],
    [
      { channel_id: 'general', content: 'x', attachments: Array(21).fill({ id: 'F' }) },
      400,
      'Too many attachments (max 20)',
    ],
    [
      { channel_id: 'general', content: 'x', parent_message_id: 'no/way' },
      400,
      'Invalid parent_message_id format',
    ],
    [
      { channel_id: 'general', content: 'x', parent_message_id: 'Mffffffffffffffffffffffff' },
      404,
      'Parent message not found in this channel',
    ],
    [{ channel_id: 'general', content: 'x', security: 'nope' }, 400, 'Security metadata must be an object'],
    [{ channel_id: 'general', content: 'x', security: { mood: 1 } }, 400, 'Unsupported security field: mood'],
    [
      { channel_id: 'general', content: 'x', security: { aad: 'x'.repeat(17_000) } },
      400,
      'Security metadata too large',
    ],
    [{ channel_id: 'Cffffffffffffffff', content: 'x' }, 404, 'Not found'],
    [{ channel_id: 'general', content: 7 }, 400, 'content must be a string'],
  ];
  for (const [body, status, error] of cases) {
    const answer = await post('/channels/messages', body);
    assert.deepEqual(
      [answer.status, answer.json['error']],
      [status, error],
      JSON.stringify(body).slice(0, 80),
    );
  }
});

test('a reply may name its parent either way, and attachments are put in normal form', async () => {
  const parent = messageOf(await post('/channels/messages', { channel_id: 'general', content: 'parent' }));
  const reply = messageOf(
    await post('/channels/messages', { channel_id: 'general', content: 'reply', reply_to: parent.id }),
  );
  assert.equal(reply['parent_message_id'], parent.id);
  const given = [
    { file_id: 'F1', filename: 'a.txt', content_type: 'text/plain', size: '12', layout_hint: 'nope' },
    'F2',
  ];
  const withFiles = messageOf(
    await post('/channels/messages', { channel_id: 'general', content: '', attachments: given }),
  );
  const [first, second] = withFiles['attachments'] as Record<string, unknown>[];
  assert.deepEqual(
    [first?.['id'], first?.['name'], first?.['type'], first?.['size']],
    ['F1', 'a.txt', 'text/plain', 12],
  );
  assert.equal(first !== undefined && 'layout_hint' in first, false);
  assert.deepEqual(
    [second?.['file_id'], second?.['name'], second?.['type']],
    ['F2', 'file', 'application/octet-stream'],
  );
});

test('lists are clamped, and paged by before', async () => {
  for (let i = 0; i < 3; i += 1)
    await post('/channels/messages', { channel_id: 'general', content: `page ${i}` });
  const all = listOf(await get('/channels/general/messages?limit=abc'));
  assert.ok(all.length >= 3);
  assert.equal(listOf(await get('/channels/general/messages?limit=-1')).length, 1);
  const last = all.at(-1)?.id ?? '';
  const before = listOf(await get(`/channels/general/messages?before=${last}&limit=500`));
  assert.ok(!before.some((message) => message.id === last));
  const found = await get('/channels/general/search?q=PAGE');
  assert.equal(found.json['count'], 3);
  assert.equal((await get('/channels/general/search')).json['error'], 'Search query (q) is required');
});

test('a channel is read both ways from a message, with its threads, and how far it was read is kept', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1)
    ids.push(messageOf(await post('/channels/messages', { channel_id: 'general', content: `h ${n}` })).id);
  const answer = { channel_id: 'general', content: 'answer', parent_message_id: ids[0] };
  const late = messageOf(await post('/channels/messages', answer)).id;
  const part = async (query: string, by = key) => (await get(`/channels/general/history?${query}`, by)).json;
  const idsOf = (json: Record<string, unknown>) => (json['messages'] as Message[]).map(({ id }) => id);
  // By time: what was answered stays where it was written.
  const newest = await part('limit=3');
  assert.deepEqual([idsOf(newest), newest['older'], newest['newer']], [[ids[3], ids[4], late], true, false]);
  const around = await part(`limit=2&around=${ids[2]}`);
  assert.deepEqual([idsOf(around), around['newer']], [ids.slice(1, 4), true]);
  assert.deepEqual(idsOf(await part(`limit=2&before=${ids[2]}`)), ids.slice(0, 2));
  assert.deepEqual(idsOf(await part(`limit=2&after=${ids[2]}`)), ids.slice(3));
  const thread = await part(`thread=${late}`);
  assert.deepEqual([idsOf(thread), (thread['root'] as Message).id], [[late], ids[0]]);
  const { replies } = await part(`around=${ids[0]}`);
  assert.equal((replies as Record<string, number>)[ids[0] ?? ''], 1);
  assert.equal((await get('/channels/general/history?around=Mffff')).status, 404);
  // Bob reads on.
  const position = (body: object) => post('/channels/general/position', body, bobKey);
  await post('/channels/general/read', {}, bobKey);
  assert.equal((await part('', bobKey))['first_unread'], null);
  assert.equal((await position({ unread_from: ids[0] })).status, 200);
  const first = (await part('around=unread', bobKey))['first_unread'] as string;
  assert.ok(idsOf(await part(`limit=200&before=${late}`)).includes(first));
  await position({ read_to: late });
  assert.equal((await part('', bobKey))['first_unread'], null);
  await position({ read_to: ids[0] });
  assert.equal((await part('', bobKey))['first_unread'], null);
  assert.equal((await position({})).status, 400);
  assert.equal((await position({ read_to: 'Mffff' })).status, 404);
});

test('channels are listed, created once per name, and have members', async () => {
  const created = await post('/channels', { name: '# plans', description: ' what next ' });
  assert.equal(created.status, 201, created.text);
  assert.equal((created.json['channel'] as { name: string }).name, 'plans');
  const again = await post('/channels', { name: 'plans' });
  assert.equal(again.status, 409);
  assert.equal((await post('/channels', { name: ' # ' })).json['error'], 'Channel name required');
  assert.equal(
    (await post('/channels', { name: 'x', privacy_mode: 'secret' })).json['error'],
    'Invalid privacy mode',
  );
  const names = ((await get('/channels')).json['channels'] as { name: string }[]).map(
    (channel) => channel.name,
  );
  assert.ok(names.includes('general') && names.includes('plans'));
  const members = await get('/channels/general/members');
  const roles = (members.json['members'] as { role: string }[]).map((member) => member.role);
  assert.deepEqual(roles, [...roles].sort().reverse());
  assert.equal((members.json['policy'] as { post_policy: string }).post_policy, 'open');
  assert.equal((await get('/channels/Cffffffffffffffff/members')).status, 404);
});

test('a channel for everybody stays; the owner of the node manages every channel', async () => {
  const created = await post('/channels', { name: 'everyone', type: 'general' });
  const channel = created.json['channel'] as Record<string, unknown>;
  assert.deepEqual([channel['lifecycle_preserved'], channel['lifecycle_status']], [true, 'preserved']);
  const manages = async (asKey?: string) =>
    ((await get('/channels/general/members', asKey)).json['policy'] as { can_manage: boolean }).can_manage;
  assert.equal(await manages(), true);
  assert.equal(await manages(bobKey), false);
});

test('a direct message is private to its two people', async () => {
  const sent = await post('/messages', { recipient_id: bobId, content: 'for Bob' });
  assert.deepEqual([sent.status, sent.json['status']], [201, 'sent']);
  const id = messageOf(sent).id;
  assert.equal(messageOf(await get(`/messages/${id}`, bobKey))['content'], 'for Bob');
  const eve = await node.call('POST', '/register', { body: { username: 'eve', password: PASSWORD } });
  const eveKey = node.key((eve.json['user'] as { id: string }).id, ['read_messages', 'write_messages']);
  assert.equal((await get(`/messages/${id}`, eveKey)).status, 404);
  assert.deepEqual(listOf(await get('/messages', eveKey)), []);
  assert.equal((await post(`/messages/${id}/read`, {}, eveKey)).status, 404);
  assert.equal((await post(`/messages/${id}/read`, {})).status, 404);
  assert.equal((await post(`/messages/${id}/read`, {}, bobKey)).status, 200);
  const refused = await post('/messages/reply', { message_id: id, content: 'x' }, eveKey);
  assert.deepEqual(
    [refused.status, refused.json['error']],
    [403, 'You are not allowed to reply to this direct message'],
  );
  const reply = await post('/messages/reply', { original_message_id: id, content: 'thanks' }, bobKey);
  assert.deepEqual([reply.status, reply.json['reply_to']], [201, id]);
  const talk = await get(`/messages/conversation/${bobId}`);
  assert.deepEqual(
    listOf(talk).map((message) => message['content']),
    ['for Bob', 'thanks'],
  );
});

test('recipients in every spelling; nobody else than oneself is a note to self', async () => {
  const group = await post('/messages', {
    recipient_ids: `${bobId}, ${ownerId}, user_nobody_is_left_out`,
    content: 'x',
  });
  assert.equal(group.status, 404);
  const one = messageOf(
    await post('/messages', { recipient_ids: [bobId, bobId, ownerId], content: 'one left' }),
  );
  assert.equal(one['recipient_id'], bobId);
  const self = messageOf(await post('/messages', { recipient_ids: [ownerId], content: 'note' }));
  assert.equal(self['recipient_id'], ownerId);
  const all = messageOf(await post('/messages', { content: 'to all' }));
  assert.deepEqual(
    [all['recipient_id'], all['status'], all['delivered_at'], all['metadata']],
    [null, 'sent', null, null],
  );
  assert.ok(listOf(await get('/messages', bobKey)).some((message) => message['content'] === 'to all'));
  assert.ok(!listOf(await get('/messages', bobKey)).some((message) => message['content'] === 'note'));
});

test('direct messages that cannot be are refused', async () => {
  const cases: [object, number, string][] = [
    [{}, 400, 'JSON data required'],
    [{ recipient_id: bobId, content: '' }, 400, 'Message content or attachments required'],
    [{ recipient_id: bobId, content: 'x'.repeat(4097) }, 400, 'Message exceeds maximum length (4096 chars)'],
    [{ recipient_id: bobId, content: 'x', message_type: 'odd' }, 400, 'Invalid message type: odd'],
    [{ recipient_id: 'user_nobody', content: 'x' }, 404, 'Recipient not found'],
  ];
  for (const [body, status, error] of cases) {
    const answer = await post('/messages', body);
    assert.deepEqual(
      [answer.status, answer.json['error']],
      [status, error],
      JSON.stringify(body).slice(0, 60),
    );
  }
  assert.match(
    String((await post('/messages', { channel_id: 'general', content: 'x' })).json['error']),
    /^Wrong endpoint: /,
  );
  assert.equal((await post('/messages/reply', { content: 'x' })).json['error'], 'message_id required');
  assert.equal(
    (await post('/messages/reply', { message_id: 'f'.repeat(32), content: 'x' })).json['error'],
    'Original message not found',
  );
  assert.equal((await get('/messages/conversation/user_nobody')).json['error'], 'User not found');
});

test('what is sent twice under one client id is stored once', async () => {
  const body = { channel_id: 'general', content: 'only once', client_id: 'u1' };
  const [first, second] = await Promise.all([
    post('/channels/messages', body),
    post('/channels/messages', body),
  ]);
  assert.equal(messageOf(first).id, messageOf(second).id);
  const other = await post('/channels/messages', body, bobKey);
  assert.notEqual(messageOf(other).id, messageOf(first).id);
  const dm = { recipient_id: bobId, content: 'once', client_id: 'u2' };
  assert.equal(messageOf(await post('/messages', dm)).id, messageOf(await post('/messages', dm)).id);
  // A refusal is not remembered.
  assert.equal((await post('/messages', { ...dm, client_id: 'u3', content: '' })).status, 400);
  assert.equal((await post('/messages', { ...dm, client_id: 'u3' })).status, 201);
});

test('since compares instants, today included', async () => {
  const today = new Date().toISOString().slice(0, 10);
  assert.ok(listOf(await get(`/messages?since=${today}`)).length > 0);
  assert.deepEqual(listOf(await get('/messages?since=2999-01-01T00:00:00Z')), []);
  assert.ok(listOf(await get('/messages?since=garbage')).length > 0);
});

test('the own profile is read and changed, names with markup are refused', async () => {
  assert.equal((await post('/profile', { display_name: ' Ada L ', bio: 'first' })).json['success'], true);
  const profile = (await get('/profile')).json;
  assert.deepEqual([profile['display_name'], profile['bio']], ['Ada L', 'first']);
  await post('/profile', { bio: '  ' });
  assert.equal((await get('/profile')).json['bio'], null);
  assert.equal((await post('/profile', { colour: 'red' })).json['error'], 'No profile fields to update');
  assert.equal((await post('/profile', { display_name: 7 })).status, 400);
  assert.equal((await post('/profile', { display_name: '<img src=x onerror=1>' })).status, 400);
  const directives = await post('/profile', { agent_directives: 'x' }, bobKey);
  assert.deepEqual(
    [directives.status, directives.json['error']],
    [403, 'Only instance admin can edit agent directives'],
  );
});

test('a device avatar becomes a small JPEG without transparency; what is no image is refused', async () => {
  const png = await sharp({
    create: { width: 900, height: 300, channels: 4, background: { r: 1, g: 2, b: 3, alpha: 0 } },
  })
    .png()
    .toBuffer();
  const answer = await post('/device/profile', {
    display_name: 'Node A',
    avatar_b64: png.toString('base64'),
    avatar_mime: 'image/png',
  });
  assert.deepEqual([answer.status, answer.json['ok']], [200, true]);
  const card = (await get('/device/profile')).json;
  const image = Buffer.from(String(card['avatar_b64']), 'base64');
  const { format, width, height } = await sharp(image).metadata();
  assert.deepEqual([format, width, height, card['avatar_mime']], ['jpeg', 256, 85, 'image/jpeg']);
  const { channels } = await sharp(image).stats();
  assert.ok((channels[0]?.mean ?? 0) > 250, 'flattened on white');
  assert.equal(
    (await post('/device/profile', { avatar_b64: 'aGVsbG8=' })).json['error'],
    'Avatar must be a readable image file.',
  );
  assert.equal(
    (await post('/device/profile', { avatar_b64: 'a b!' })).json['error'],
    'Avatar must be valid base64-encoded image data.',
  );
  assert.equal((await post('/device/profile', {})).json['error'], 'JSON body required');
  await post('/device/profile', { avatar_b64: '' });
  assert.equal((await get('/device/profile')).json['avatar_b64'], '');
  assert.equal((await get('/device/profile')).json['display_name'], 'Node A');
});

test('events are paged by cursor, unknown types are dropped', async () => {
  const first = (await get('/events?limit=2')).json;
  assert.equal((first['items'] as unknown[]).length, 2);
  assert.equal(first['has_more'], true);
  const next = (await get(`/events?after_seq=${String(first['next_after_seq'])}&limit=1`)).json;
  const [item] = next['items'] as { seq: number }[];
  assert.ok((item?.seq ?? 0) > Number(first['next_after_seq']));
  const typed = (await get('/events?types=dm.message.created&types=nonsense')).json;
  assert.deepEqual(typed['applied_types'], ['dm.message.created']);
  assert.deepEqual((await get('/events?types=nonsense&after_seq=x&limit=x')).json['applied_types'], []);
});

test('info shows the node to keys and only the version to others', async () => {
  assert.deepEqual(Object.keys((await node.call('GET', '/api/v1/info')).json), ['version']);
  assert.deepEqual(Object.keys((await get('/info', 'A'.repeat(43))).json), ['version']);
  const info = (await get('/info')).json;
  assert.deepEqual(Object.keys(info).sort(), [
    'config',
    'database_stats',
    'p2p_network',
    'trust_stats',
    'version',
  ]);
  const health = (await get('/agents/system-health')).json;
  assert.equal((health['users'] as { total: number }).total > 2, true);
});

test('without a mesh, reading answers empty and acting answers 503', async () => {
  for (const [path, body, error] of [
    ['/p2p/reconnect', { peer_id: 'x' }, 'P2P not running'],
    ['/p2p/disconnect', { peer_id: 'x' }, 'P2P not running'],
    ['/p2p/promote_direct', { peer_id: 'x' }, 'P2P not running'],
    ['/p2p/connect_introduced', { peer_id: 'x' }, 'P2P not running'],
    ['/p2p/reconnect_all', undefined, 'P2P event loop unavailable'],
    ['/p2p/invite/import', { invite_code: 'x' }, 'P2P identity not initialized'],
  ] as const) {
    const answer = await post(path, body);
    assert.deepEqual([answer.status, answer.json['error']], [503, error], path);
  }
  assert.deepEqual((await get('/p2p/peers')).json['connected_peers'], []);
  assert.equal((await get('/p2p/activity')).status, 200);
  const send = await post('/p2p/send', { content: 'x', broadcast: true });
  assert.deepEqual(
    [send.status, send.json['success'], send.json['message']],
    [200, false, 'Failed to broadcast'],
  );
});

test('a score is set by its number or its tier', async () => {
  const manager = node.key('owner', ['manage_keys']);
  const peer = '2Sdp9xaoKva1gKDz';
  const put = (body: object): Promise<TestAnswer> =>
    node.call('PUT', `/api/v1/trust/${peer}`, { key: manager, body });
  assert.deepEqual((await get(`/trust/${peer}`)).json, {
    peer_id: peer,
    trust_score: 0,
    is_trusted: false,
    has_explicit_score: false,
  });
  const safe = (await put({ tier: 'safe' })).json;
  assert.deepEqual([safe['trust_score'], safe['is_trusted']], [90, true]);
  assert.equal((await put({ score: 10 })).json['is_trusted'], false);
  for (const body of [{}, { score: 101 }, { score: '90' }, { score: null }, { tier: 'toString' }])
    assert.equal((await put(body)).status, 400);
  const list = (await get('/trust')).json;
  assert.equal((list['trust_scores'] as Record<string, { score: number }>)[peer]?.score, 10);
  assert.equal((list['statistics'] as { total_peers: number }).total_peers, 1);
});

test('the owner approves and suspends accounts, nobody else does', async () => {
  const registered = await node.call('POST', '/api/v1/register', {
    body: { username: 'bot9', password: PASSWORD, account_type: 'agent' },
  });
  const botKey = String(registered.json['api_key']);
  const path = (verb: string): string => `/ajax/admin/users/${String(registered.json['user_id'])}/${verb}`;
  const login = await node.call('POST', '/login', { body: { username: 'ada', password: PASSWORD } });
  const owner = {
    cookie: login.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; '),
    csrf: String(login.json['csrf_token']),
  };
  assert.equal((await node.call('POST', path('approve'), {})).status, 401);
  assert.equal((await node.call('POST', path('approve'), { session: { ...owner, csrf: '' } })).status, 403);
  assert.equal((await node.call('POST', path('approve'), { session: owner })).json['status'], 'active');
  assert.equal((await get('/auth/status', botKey)).json['status'], 'active');
  await node.call('POST', path('suspend'), { session: owner });
  assert.equal((await get('/auth/status', botKey)).status, 403);
});

test('a direct message with nothing but an attachment keeps the type it was sent with', async () => {
  const attachments = [{ id: 'Fxyz', name: 'a.txt', type: 'text/plain', size: 3 }];
  const plain = messageOf(await post('/messages', { recipient_id: bobId, attachments }));
  assert.deepEqual([plain['content'], plain['message_type']], ['', 'text']);
  const file = messageOf(await post('/messages', { recipient_id: bobId, attachments, message_type: 'file' }));
  assert.equal(messageOf(await get(`/messages/${file.id}`, bobKey))['message_type'], 'file');
});

test('a conversation is read forwards from a message', async () => {
  const sent: string[] = [];
  for (let n = 0; n < 3; n += 1)
    sent.push(messageOf(await post('/messages', { recipient_id: bobId, content: `d ${n}` })).id);
  const after = listOf(await get(`/messages/conversation/${bobId}?after=${sent[0]}&limit=1`));
  assert.deepEqual(
    after.map(({ id }) => id),
    [sent[1]],
  );
});
