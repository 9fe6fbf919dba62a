/** Direct messages as conversations: the list, parts and threads, how far one has read, and search in one of them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from '../harness.ts';

let node: Harness;
let ada: string;
let bob: string;
let adaId: string;
let bobId: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  adaId = node.components.workspace.accounts.owner()?.id ?? '';
  ada = node.key('owner', ['read_messages', 'write_messages']);
  const made = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bobId = (made.json['user'] as { id: string }).id;
  bob = node.key(bobId, ['read_messages', 'write_messages']);
});
after(() => node.close());

type Message = Record<string, unknown> & { id: string };
const get = (path: string, key: string): Promise<TestAnswer> => node.call('GET', `/api/v1${path}`, { key });
const post = (path: string, body: unknown, key: string): Promise<TestAnswer> =>
  node.call('POST', `/api/v1${path}`, { key, body });
const ids = (answer: TestAnswer): string[] => (answer.json['messages'] as Message[]).map(({ id }) => id);
async function send(key: string, body: object): Promise<string> {
  const answer = await post('/messages', body, key);
  assert.equal(answer.status, 201, answer.text);
  return (answer.json['message'] as Message).id;
}
const part = (query: string): Promise<TestAnswer> => get(`/messages/part?with=${adaId}&${query}`, bob);
const unread = async (): Promise<number[]> =>
  ((await get('/messages/conversations', bob)).json['conversations'] as { unread: number }[]).map(
    (one) => one.unread,
  );

test('a conversation is read in parts, counted, marked as read and unread again', async () => {
  const sent: string[] = [];
  for (let n = 0; n < 5; n += 1) sent.push(await send(ada, { recipient_id: bobId, content: `one ${n}` }));
  const mine = await send(bob, { recipient_id: adaId, content: 'mine' });
  assert.deepEqual(await unread(), [5]);
  const first = await part('around=unread&limit=2');
  assert.deepEqual([ids(first), first.json['first_unread']], [sent.slice(0, 2), sent[0]]);
  assert.deepEqual([first.json['older'], first.json['newer']], [false, true]);
  const next = await part(`after=${sent[1]}&limit=3`);
  assert.deepEqual([ids(next), next.json['newer']], [sent.slice(2), true]);
  assert.deepEqual(ids(await part(`before=${mine}&limit=2`)), sent.slice(3));
  const position = (body: object): Promise<TestAnswer> =>
    post('/messages/position', { with: adaId, ...body }, bob);
  assert.equal((await position({ read_to: sent[2] })).status, 200);
  assert.deepEqual(await unread(), [2]);
  assert.equal((await part('limit=1')).json['first_unread'], sent[3]);
  await position({ unread_from: sent[1] });
  assert.deepEqual(await unread(), [4]);
  await position({ read_all: true });
  assert.deepEqual([await unread(), (await part('limit=1')).json['first_unread']], [[0], null]);
  assert.equal((await position({})).status, 400);
  assert.equal((await position({ read_to: 'f'.repeat(32) })).status, 404);
});

test('what is written to everybody and to a group is unread for each by themselves', async () => {
  const carl = await node.call('POST', '/register', { body: { username: 'carl', password: PASSWORD } });
  const carlId = (carl.json['user'] as { id: string }).id;
  const carlKey = node.key(carlId, ['read_messages', 'write_messages']);
  const all = await send(ada, { content: 'to all' });
  const made = await post('/messages', { recipient_ids: [bobId, carlId], content: 'to both' }, ada);
  const group = String(made.json['group_id']);
  const both = (made.json['message'] as Message).id;
  for (const [name, id] of [
    ['everyone', all],
    [group, both],
  ] as const) {
    const read = (key: string, body: object): Promise<TestAnswer> =>
      post('/messages/position', { with: name, ...body }, key);
    const firstUnread = async (key: string): Promise<unknown> =>
      (await get(`/messages/part?with=${name}`, key)).json['first_unread'];
    await read(bob, { read_all: true });
    assert.deepEqual(
      [await firstUnread(bob), await firstUnread(carlKey), await firstUnread(ada)],
      [null, id, null],
    );
    await read(carlKey, { read_to: id });
    await read(bob, { unread_from: id });
    assert.deepEqual([await firstUnread(bob), await firstUnread(carlKey)], [id, null]);
  }
  assert.equal((await get(`/messages/part?with=${group}&around=${all}`, bob)).status, 404);
});

test('a thread is what answers a message and its answers, in parts, found from any of them', async () => {
  const root = await send(ada, { recipient_id: bobId, content: 'where to?' });
  const other = await send(ada, { recipient_id: bobId, content: 'besides' });
  const first = await send(bob, { recipient_id: adaId, content: 'north', reply_to: root });
  const second = await send(ada, { recipient_id: bobId, content: 'why?', reply_to: first });
  const third = await send(bob, { recipient_id: adaId, content: 'snow', reply_to: root });
  for (const id of [root, second]) {
    const thread = await part(`thread=${id}`);
    assert.deepEqual([ids(thread), (thread.json['root'] as Message).id], [[first, second, third], root]);
  }
  const newest = await part(`thread=${root}&limit=2`);
  assert.deepEqual([ids(newest), newest.json['older']], [[second, third], true]);
  const older = await part(`thread=${root}&before=${second}&limit=2`);
  assert.deepEqual([ids(older), older.json['older'], older.json['newer']], [[first], false, true]);
  assert.equal((await part(`thread=${root}&around=${other}`)).status, 404);
  assert.deepEqual((await part(`around=${root}`)).json['replies'], { [root]: 3, [first]: 1 });
});

test('filters find without words, also in what is written to everybody', async () => {
  const found = async (query: string): Promise<string[]> =>
    (
      (await get(`/search?types=dm,channel_message&${query}`, bob)).json['results'] as { snippet: string }[]
    ).map(({ snippet }) => snippet);
  assert.deepEqual(await found(`with=${adaId}&from=${bobId}&limit=2`), ['snow', 'north']);
  assert.deepEqual(await found(`with=everyone&from=${adaId}`), ['to all']);
  assert.deepEqual(await found('with=everyone&q=all'), ['to <b>all</b>']);
  assert.deepEqual(await found('has=attachment'), []);
  assert.equal((await get('/search?types=dm&with=everyone', bob)).status, 400);
  assert.deepEqual(await found(`from=${adaId}&q=!!!`), []);
});
