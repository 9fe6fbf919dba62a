/** Mentions, claims, inbox and followed threads over REST, without a mesh (04 sections 4.1, 4.4 and 4.5). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from './harness.ts';

let node: Harness;
let ada: string;
let bob: string;
let bobId: string;
let eve: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  ada = node.key('owner', ['read_messages', 'write_messages', 'manage_keys']);
  const register = async (username: string): Promise<string> => {
    const answer = await node.call('POST', '/register', { body: { username, password: PASSWORD } });
    return (answer.json['user'] as { id: string }).id;
  };
  bobId = await register('bob');
  bob = node.key(bobId, ['read_messages', 'write_messages']);
  eve = node.key(await register('eve'), ['read_messages', 'write_messages']);
  // Nothing here is about pace.
  for (const key of [ada, bob, eve])
    await call('PATCH', '/agents/me/inbox/config', key, { cooldown_seconds: 0, sender_cooldown_seconds: 0 });
});
after(() => node.close());

type Row = Record<string, unknown> & { id: string };
const call = (method: string, path: string, by: string, body?: unknown): Promise<TestAnswer> =>
  node.call(method, `/api/v1${path}`, { key: by, ...(body === undefined ? {} : { body }) });
const mentions = async (by: string, query = ''): Promise<Row[]> =>
  (await call('GET', `/mentions${query}`, by)).json['mentions'] as Row[];
const inbox = async (by: string, query = ''): Promise<Row[]> =>
  (await call('GET', `/agents/me/inbox${query}`, by)).json['items'] as Row[];
async function post(by: string, content: string, parent?: string): Promise<string> {
  const answer = await call('POST', '/channels/messages', by, {
    channel_id: 'general',
    content,
    ...(parent === undefined ? {} : { parent_message_id: parent }),
  });
  assert.equal(answer.status, 201, answer.text);
  return (answer.json['message'] as Row).id;
}

test('a mention is kept for the one who is called, claimed, given back and acknowledged', async () => {
  const id = await post(ada, 'Can @bob or @nobody look? Mail ada@bob.example');
  const [mention, ...others] = await mentions(bob);
  assert.deepEqual(
    [mention?.['source_id'], mention?.['status'], mention?.['claim'], others.length],
    [id, 'new', null, 0],
  );
  assert.deepEqual(await mentions(eve), []);
  const source = { source_type: 'channel_message', source_id: id };
  const claimed = await call('POST', '/mentions/claim', bob, { mention_id: mention?.id, ttl_seconds: 60 });
  assert.deepEqual([claimed.status, claimed.json['reason']], [200, 'claimed']);
  const refused = await call('POST', '/claim', eve, source);
  assert.deepEqual([refused.status, refused.json['reason']], [409, 'already_claimed']);
  assert.ok(Number(refused.headers.get('retry-after')) > 50);
  const notHers = await call('POST', '/claim', eve, { mention_id: mention?.id });
  assert.equal(notHers.status, 403);
  assert.equal((await call('POST', '/claim', eve, { ...source, takeover: true })).status, 403);
  assert.equal((await call('DELETE', '/claim', eve, source)).json['reason'], 'not_owner');
  const taken = await call('POST', '/claim', ada, { ...source, takeover: true });
  assert.equal((taken.json['claim'] as Row)['claimed_by_username'], 'ada');
  assert.equal((await call('DELETE', '/claim', ada, source)).json['released'], true);
  assert.equal((await call('GET', `/claim?mention_id=${mention?.id}`, bob)).json['claimed'], false);
  const acknowledged = await call('POST', '/acknoledge', bob, { mention_ids: [mention?.id, 'MNffff'] });
  assert.equal(acknowledged.json['acknowledged'], 1);
  assert.equal((await call('POST', '/ack', eve, { mention_ids: [mention?.id] })).json['acknowledged'], 0);
  assert.deepEqual(await mentions(bob), []);
  assert.equal((await mentions(bob, '?include_acknowledged=1'))[0]?.['status'], 'acknowledged');
});

test('what is gone calls nobody any more, and a change says what it says now', async () => {
  const id = await post(ada, 'soon @bob');
  await call('PATCH', `/channels/general/messages/${id}`, ada, { content: 'now @bob and @eve' });
  assert.deepEqual(
    [(await mentions(bob))[0]?.['preview'], (await mentions(eve)).length],
    ['now @bob and @eve', 1],
  );
  assert.equal((await inbox(eve))[0]?.['trigger_type'], 'mention');
  await call('DELETE', `/channels/general/messages/${id}`, ada);
  assert.deepEqual([await mentions(bob), await mentions(eve), await inbox(eve)], [[], [], []]);
});

test('nobody is called by more than a handful of handles, and nobody calls themselves', async () => {
  const flood = Array.from({ length: 400 }, (_, i) => `@somebody${i}`).join(' ');
  await post(ada, `${flood} @eve @ada`);
  assert.deepEqual([await mentions(eve), await mentions(ada)], [[], []]);
});

test('an inbox takes in answers and direct messages, and moves items through their states', async () => {
  const root = await post(bob, 'a question');
  await post(ada, 'an answer', root);
  const dm = await call('POST', '/messages', ada, { recipient_id: bobId, content: 'between us' });
  assert.equal(dm.status, 201, dm.text);
  const [direct, answer] = await inbox(bob);
  assert.deepEqual(
    [direct?.['trigger_type'], direct?.['preview'], direct?.['reply_endpoint']],
    ['dm', 'between us', '/api/v1/messages/reply'],
  );
  assert.deepEqual([answer?.['trigger_type'], answer?.['preview']], ['reply', 'an answer']);
  // As they are once opened: at rest both are ciphertext.
  const stored = node.repositories.inbox.get(direct?.id ?? '')?.payload;
  assert.equal(stored?.['source_id'], direct?.['source_id']);
  assert.ok(!JSON.stringify(stored).includes('between us'), 'no text of a direct message beside it');
  const journal = JSON.stringify(node.repositories.journal.after(0, { limit: 1000 }));
  assert.ok(journal.includes('an answer') && !journal.includes('between us'));
  const ref = { source_type: 'dm', source_id: 'x' };
  const done = await call('PATCH', `/agents/me/inbox/${direct?.id}`, bob, {
    status: 'handled',
    completion_ref: ref,
  });
  assert.equal(done.json['updated'], 1);
  assert.equal(
    (await call('PATCH', `/agents/me/inbox/${direct?.id}`, eve, { status: 'seen' })).json['updated'],
    0,
  );
  const [handled] = await inbox(bob, '?status=completed');
  assert.deepEqual([handled?.['completion_ref'], handled?.['last_resolution_status']], [ref, 'completed']);
  await call('PATCH', '/agents/me/inbox', bob, { ids: [direct?.id], status: 'pending' });
  const again = (await inbox(bob)).find((item) => item.id === direct?.id);
  assert.deepEqual([again?.['completed_at'], again?.['last_completion_ref']], [null, ref]);
  for (const [body, error] of [
    [{ ids: 'x' }, 'ids must be a list'],
    [{ ids: [], completion_ref: 'x' }, 'completion_ref must be an object'],
  ] as const)
    assert.equal((await call('PATCH', '/agents/me/inbox', bob, body)).json['error'], error);
});

test('limits hold back what comes too often, say so, and a rebuild brings it', async () => {
  await call('PATCH', '/agents/me/inbox/config', eve, { cooldown_seconds: 600, surprise: 1 });
  const config = (await call('GET', '/agents/me/inbox/config', eve)).json['config'] as Row;
  assert.deepEqual(
    [config['cooldown_seconds'], config['max_pending'], 'surprise' in config],
    [600, 100, false],
  );
  assert.equal((await call('PATCH', '/agents/me/inbox/config', eve, { max_pending: 'many' })).status, 400);
  await post(ada, 'first @eve');
  await post(ada, 'second @eve');
  assert.deepEqual([(await inbox(eve)).length, (await mentions(eve)).length], [1, 2]);
  const audit = (await call('GET', '/agents/me/inbox/audit', eve)).json['items'] as Row[];
  assert.deepEqual([audit[0]?.['reason'], audit[0]?.['trigger_type']], ['cooldown', 'mention']);
  const stats = (await call('GET', '/agents/me/inbox/stats', eve)).json['stats'] as Row;
  assert.deepEqual(stats['rejection_counts'], { cooldown: 1 });
  const rebuilt = await call('POST', '/agents/me/inbox/rebuild', eve, {});
  assert.deepEqual(
    [rebuilt.json['scanned'], rebuilt.json['created'], rebuilt.json['pending_after']],
    [2, 1, 2],
  );
});

test('a thread is followed or left alone', async () => {
  const root = await post(bob, 'a thread');
  const path = `/channels/threads/subscription?channel_id=general&message_id=${root}`;
  const state = async (by: string): Promise<unknown[]> => {
    const { json } = await call('GET', path, by);
    return [json['subscribed'], json['explicit_subscribed'], json['is_root_author']];
  };
  assert.deepEqual(
    [await state(bob), await state(eve)],
    [
      [true, null, true],
      [false, null, false],
    ],
  );
  const body = { channel_id: 'general', message_id: root };
  await call('POST', '/channels/threads/subscription', bob, { ...body, subscribed: 'no' });
  await call('POST', '/channels/threads/subscription', eve, body);
  const before = (await inbox(bob)).length;
  const reply = await post(ada, 'to the thread', root);
  assert.equal((await inbox(bob)).length, before);
  await call('PATCH', '/agents/me/inbox/config', eve, { cooldown_seconds: 0 });
  await post(ada, 'and again', reply);
  assert.equal((await inbox(eve))[0]?.['preview'], 'and again');
  assert.equal((await call('GET', '/channels/threads/subscription', bob)).status, 400);
  assert.equal(
    (await call('GET', '/channels/threads/subscription?channel_id=general&message_id=Mx', bob)).status,
    404,
  );
});

test('what is unread is counted in one answer, and read positions are kept', async () => {
  const counts = async (): Promise<Row> => (await call('GET', '/unread', eve)).json as Row;
  await call('POST', '/channels/general/read', eve);
  const before = await counts();
  assert.deepEqual([before['channels_total'], before['direct_total']], [0, 0]);
  // Positions count whole seconds.
  node.sql.run("UPDATE channel_members SET last_read_at = datetime(last_read_at, '-1 minute')");
  await post(ada, 'news');
  await call('POST', '/messages', ada, {
    recipient_id: (await call('GET', '/agents/me', eve)).json['user_id'],
    content: 'psst',
  });
  const [direct] = (await call('GET', '/messages', eve)).json['messages'] as Row[];
  const after = await counts();
  assert.ok(Number(after['channels_total']) > 0);
  assert.deepEqual(after['direct'], [{ conversation: direct?.['sender_id'], count: 1 }]);
  await call('POST', `/messages/${direct?.id}/read`, eve);
  await call('POST', '/channels/general/read', eve);
  const read = await counts();
  assert.deepEqual([read['channels_total'], read['direct_total']], [0, 0]);
});

test('a stream gives a sign of life at once and tells of a mention as it comes', async () => {
  const response = await fetch(`${node.url}/api/v1/mentions/stream?heartbeat=5`, {
    headers: { 'X-API-Key': bob },
  });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.ok(response.body !== null);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (wanted: RegExp): Promise<void> => {
    while (!wanted.test(text)) {
      const { value, done } = await reader.read();
      assert.ok(!done);
      text += value;
    }
  };
  await until(/^retry: 3000\n\nevent: heartbeat\ndata: \d+\n\n/);
  await post(eve, 'hello @bob');
  await until(/event: mention\ndata: .*hello @bob/);
  await reader.cancel();
  const [mention] = await mentions(bob);
  assert.ok(text.includes(`id: ${mention?.id}`));
});

test('what somebody chose for a conversation is kept, for them alone, as long as it holds', async () => {
  const path = '/conversations/choices';
  const set = (by: string, body: unknown): Promise<TestAnswer> => call('PUT', path, by, body);
  const list = async (by: string): Promise<unknown> => (await call('GET', path, by)).json['choices'];
  const general = { conversation: 'channel:general', level: 'mentions', until: null, favourite: false };
  assert.deepEqual(
    (await set(bob, { conversation: 'channel:general', level: 'mentions' })).json['choice'],
    general,
  );
  await set(bob, { conversation: 'channel:general', favourite: true });
  assert.deepEqual(await list(bob), [{ ...general, favourite: true }]);
  assert.deepEqual(await list(eve), []);
  const soon = new Date(Date.now() + 300).toISOString();
  const quiet = await set(bob, { conversation: 'everyone', level: 'nothing', until: soon });
  assert.equal((quiet.json['choice'] as Row)['level'], 'nothing');
  while (((await list(bob)) as Row[]).length > 1) await new Promise((resolve) => setTimeout(resolve, 50));
  const past = { conversation: 'everyone', level: 'nothing', until: '2020-01-01T00:00:00Z' };
  assert.equal((await set(bob, past)).json['code'], 'time_not_ahead');
  for (const wrong of [
    { conversation: 'nowhere', level: 'all' },
    { conversation: 'channel:general', level: 'loud' },
    { conversation: 'channel:general', until: 'soon' },
  ])
    assert.equal((await set(bob, wrong)).json['code'], 'invalid_field');
  // What is as usual is not kept.
  await set(bob, { conversation: 'channel:general', level: 'all', favourite: false });
  assert.deepEqual(await list(bob), []);
});

test("a mention that was put away stays so, and is nobody else's to put away", async () => {
  const source = await post(ada, '@bob once more');
  const found = async (): Promise<Row | undefined> =>
    (await mentions(bob, '?include_acknowledged=1')).find((one) => one['source_id'] === source);
  const ids = { mention_ids: [(await found())?.id], dismiss: true };
  assert.equal((await call('POST', '/mentions/ack', eve, ids)).json['acknowledged'], 0);
  assert.equal((await call('POST', '/mentions/ack', bob, ids)).json['acknowledged'], 1);
  assert.equal((await call('POST', '/mentions/ack', bob, ids)).json['acknowledged'], 0);
  const row = await found();
  assert.equal(row?.['status'], 'dismissed');
  assert.notEqual(row['acknowledged_at'], null);
});
