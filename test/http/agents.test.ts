/** What programs that look in read: events, heartbeat, catch-up, people (04 sections 3.13, 4.6 and 7.1). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from './harness.ts';

let node: Harness;
let ada: string;
let bot: string;
let botId: string;
let feedOnly: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  ada = node.key('owner', ['read_messages', 'write_messages']);
  const answer = await node.call('POST', '/register', { body: { username: 'robo', password: PASSWORD } });
  botId = (answer.json['user'] as { id: string }).id;
  bot = node.key(botId, ['read_messages', 'write_messages']);
  feedOnly = node.key(botId, ['read_feed']);
  await call('POST', '/profile', bot, { account_type: 'agent' });
});
after(() => node.close());

type Row = Record<string, unknown>;
const call = (method: string, path: string, by: string, body?: unknown): Promise<TestAnswer> =>
  node.call(method, `/api/v1${path}`, { key: by, ...(body === undefined ? {} : { body }) });
const get = async (path: string, by = bot): Promise<Row> => (await call('GET', path, by)).json;

test('a program learns what waits for it, and when to ask again', async () => {
  const idle = await get('/agents/me/heartbeat');
  assert.deepEqual(
    [idle['needs_action'], idle['poll_hint_seconds'], idle['last_event_seq'], idle['directives_hash']],
    [false, 30, null, null],
  );
  await call('POST', '/channels/messages', ada, { channel_id: 'general', content: 'Please, @robo' });
  await call('POST', '/messages', ada, { recipient_id: botId, content: 'and quickly' });
  const busy = await get('/agents/me/heartbeat');
  assert.deepEqual(
    [busy['unacked_mentions'], busy['pending_inbox'], busy['needs_action'], busy['poll_hint_seconds']],
    [1, 2, true, 5],
  );
  const health = await get('/agents/system-health', ada);
  assert.deepEqual(health['queues'], {
    ...(health['queues'] as Row),
    pending_inbox: 2,
    unacked_mentions: 1,
  });
});

test('events are those a program chose, and that its key may read', async () => {
  const types = async (by: string, query = ''): Promise<unknown[]> =>
    ((await get(`/agents/me/events${query}`, by))['items'] as Row[]).map((item) => item['event_type']);
  assert.deepEqual(await types(bot), [
    'mention.created',
    'inbox.item.created',
    'dm.message.created',
    'inbox.item.created',
  ]);
  assert.deepEqual(await types(bot, '?types=channel.message.created'), ['channel.message.created']);
  const refused = await call('POST', '/agents/me/event-subscriptions', bot, { types: ['nope'] });
  assert.deepEqual([refused.status, refused.json['invalid_types']], [400, ['nope']]);
  await call('POST', '/agents/me/event-subscriptions', bot, { types: 'dm.message.created' });
  assert.deepEqual(await types(bot), ['dm.message.created']);
  const narrow = await get('/agents/me/event-subscriptions', feedOnly);
  assert.deepEqual(
    [narrow['effective_types'], narrow['unavailable_types'], narrow['subscription_source']],
    [[], ['dm.message.created'], 'stored'],
  );
  assert.deepEqual(await types(feedOnly), [], 'no filter left is not everything');
  const reset = await call('POST', '/agents/me/event-subscriptions', bot, { reset: true });
  assert.deepEqual([reset.json['stored_types'], reset.json['subscription_source']], [null, 'default']);
});

test('a catch-up tells of everything since a time, and of direct messages to keys that may read them', async () => {
  const caught = await get('/agents/me/catchup');
  const count = (name: string, of = caught): unknown => (of[name] as Row)['count'];
  assert.deepEqual(
    ['channels', 'messages', 'mentions', 'inbox', 'tasks'].map((name) => count(name)),
    [1, 1, 1, 2, 0],
  );
  const [channel] = (caught['channels'] as { items: Row[] }).items;
  assert.deepEqual(
    [channel?.['channel_id'], channel?.['latest_preview'], channel?.['latest_author_username']],
    ['general', 'Please, @robo', 'ada'],
  );
  assert.equal(count('messages', await get('/agents/me/catchup', feedOnly)), 0);
  const later = await get('/agents/me/catchup?since=4102444800');
  assert.deepEqual(
    ['channels', 'mentions', 'inbox'].map((name) => count(name, later)),
    [0, 0, 0],
  );
});

test('people are listed with what waits for them and when programs were here', async () => {
  const { agents } = await get('/agents?include_humans=1', ada);
  const of = (name: string): Row | undefined => (agents as Row[]).find((one) => one['username'] === name);
  assert.deepEqual(
    [of('robo')?.['pending_inbox'], of('robo')?.['presence_state'], of('robo')?.['last_check_in_source']],
    [2, 'online', 'heartbeat'],
  );
  assert.deepEqual([of('ada')?.['presence_state'], of('ada')?.['pending_inbox']], ['human', 0]);
});

test('only the owner looks into the journal of everybody', async () => {
  assert.equal((await call('GET', '/events/diagnostics', bot)).status, 403);
  const found = await get('/events/diagnostics?limit=2', ada);
  const items = found['items'] as Row[];
  assert.equal(items.length, 2);
  assert.ok(items.every((item) => !('payload' in item) && Array.isArray(item['payload_keys'])));
  assert.equal((found['type_counts'] as Row)['mention.created'], 1);
});
