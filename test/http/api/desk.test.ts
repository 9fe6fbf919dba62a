/** Bookmarks (04 4.7) and tasks (04 4.9) over REST. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from '../harness.ts';

let node: Harness;
let key: string;
let feedOnly: string;
let bobKey: string;
let eveKey: string;
let bobId: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  key = node.key('owner', ['read_messages', 'write_messages', 'read_feed', 'write_feed', 'delete_data']);
  feedOnly = node.key('owner', ['read_feed']);
  const register = async (username: string): Promise<string> => {
    const answer = await node.call('POST', '/register', { body: { username, password: PASSWORD } });
    return (answer.json['user'] as { id: string }).id;
  };
  bobId = await register('bob');
  bobKey = node.key(bobId, ['read_messages', 'write_messages', 'read_feed', 'write_feed']);
  eveKey = node.key(await register('eve'), ['read_messages', 'read_feed', 'write_feed']);
});
after(() => node.close());

function call(method: string, path: string, body?: unknown, by = key): Promise<TestAnswer> {
  return node.call(method, `/api/v1${path}`, { key: by, ...(body === undefined ? {} : { body }) });
}
type Json = Record<string, unknown>;
const idIn = (answer: TestAnswer, name: string): string => (answer.json[name] as { id: string }).id;
const bookmarkOf = (answer: TestAnswer): Json => answer.json['bookmark'] as Json;
const taskOf = (answer: TestAnswer): Json => answer.json['task'] as Json;
const said = ({ status, json }: TestAnswer): [number, unknown] => [status, json['error']];

test('a bookmark shows what it points at as long as its owner may read that', async () => {
  const message = idIn(
    await call('POST', '/channels/messages', { channel_id: 'general', content: 'Keep me' }),
    'message',
  );
  const added = await call('POST', '/bookmarks', {
    source_type: 'channel_message',
    source_id: message,
    note: ' later ',
    tags: ['a', 'a', ' b '],
  });
  assert.equal(added.status, 201);
  const { snapshot, ...bookmark } = bookmarkOf(added);
  assert.match(String(bookmark['id']), /^BK[0-9a-f]{16}$/);
  assert.deepEqual(
    [bookmark['title'], bookmark['preview'], bookmark['container_id'], bookmark['note'], bookmark['tags']],
    ['Keep me', 'Keep me', 'general', 'later', ['a', 'b']],
  );
  assert.equal(bookmark['source_href'], `/channels/locate?message_id=${message}`);
  assert.deepEqual(
    [
      (snapshot as Json)['context_label'],
      (snapshot as Json)['source_label'],
      (snapshot as Json)['message_type'],
    ],
    ['#general', 'Channel message', 'text'],
  );
  const again = await call('POST', '/bookmarks', {
    source_type: 'channel_message',
    source_id: message,
    note: 'x',
  });
  assert.deepEqual([bookmarkOf(again)['id'], bookmarkOf(again)['tags']], [bookmark['id'], ['a', 'b']]);
  await call('PATCH', `/channels/general/messages/${message}`, { content: 'Changed' });
  const path = `/bookmarks/${String(bookmark['id'])}`;
  assert.equal(bookmarkOf(await call('GET', path))['preview'], 'Changed');
  assert.deepEqual(said(await call('GET', path, undefined, bobKey)), [404, 'Bookmark not found']);
  assert.equal(bookmarkOf(await call('PATCH', path, { note: null, archived: true }))['note'], null);
  assert.equal((await call('GET', '/bookmarks')).json['count'], 0);
  assert.equal((await call('GET', '/bookmarks?include_archived=1')).json['count'], 1);
  await call('DELETE', `/channels/general/messages/${message}`);
  const gone = bookmarkOf(await call('GET', path));
  assert.deepEqual(
    [gone['available'], gone['title'], gone['preview'], gone['snapshot']],
    [false, '', '', {}],
  );
  assert.deepEqual((await call('DELETE', path)).json['deleted'], true);
  assert.deepEqual(said(await call('DELETE', path)), [404, 'Bookmark not found']);
});

test('a bookmark of a direct message keeps none of its text, and needs a key that may read it', async () => {
  const id = idIn(await call('POST', '/messages', { recipient_id: bobId, content: 'between us' }), 'message');
  const source = { source_type: 'dm_message', source_id: id };
  assert.deepEqual(said(await call('POST', '/bookmarks', source, feedOnly)), [
    403,
    'Insufficient permissions for source type',
  ]);
  assert.deepEqual(said(await call('POST', '/bookmarks', source, eveKey)), [
    404,
    'Source not found or access denied',
  ]);
  const added = bookmarkOf(await call('POST', '/bookmarks', source, bobKey));
  assert.deepEqual([added['preview'], added['container_type']], ['between us', 'dm']);
  const rows = JSON.stringify(node.sql.all('SELECT * FROM user_bookmarks'));
  assert.ok(!rows.includes('between us'));
  const feed = node.key(bobId, ['read_feed']);
  assert.equal((await call('GET', '/bookmarks', undefined, feed)).json['count'], 0);
});

test('a bookmark that cannot be is refused in the words of the reference', async () => {
  for (const [body, ...expected] of [
    [{ source_type: 'x', source_id: 'y' }, 400, 'source_type required'],
    [{ source_type: 'feed_post' }, 400, 'source_id required'],
    [{ source_type: 'feed_post', source_id: 'f'.repeat(32) }, 404, 'Source not found or access denied'],
    [{ source_type: 'feed_post', source_id: 'f', tags: 'a' }, 400, 'tags must be a list'],
    [
      { source_type: 'feed_post', source_id: 'f', note: 'n'.repeat(4001) },
      400,
      'A note has at most 4000 characters',
    ],
    [
      { source_type: 'feed_post', source_id: 'f', tags: ['t'.repeat(65)] },
      400,
      'At most 50 tags of at most 64 characters',
    ],
  ] as const)
    assert.deepEqual(said(await call('POST', '/bookmarks', body)), expected);
  assert.deepEqual(said(await call('GET', '/bookmarks?source_type=x')), [400, 'Unsupported source_type']);
});

test('a task is created, found by state, and changed by those it concerns', async () => {
  const made = await call('POST', '/tasks', {
    title: ' Write docs ',
    priority: 'HIGH',
    assigned_to: bobId,
    due_at: '2030-01-01T00:00:00Z',
  });
  assert.equal(made.status, 201);
  const task = taskOf(made);
  assert.deepEqual(
    [
      task['title'],
      task['priority'],
      task['status'],
      task['visibility'],
      task['due_at'],
      task['source_type'],
    ],
    ['Write docs', 'high', 'open', 'network', '2030-01-01T00:00:00.000000+00:00', 'agent'],
  );
  const path = `/tasks/${String(task['id'])}`;
  const waiting = (await call('GET', '/agents/me/catchup', undefined, bobKey)).json;
  assert.deepEqual((waiting['actionable_work'] as Json)['assigned_tasks'], [task]);
  assert.deepEqual(waiting['tasks'], { count: 1, items: [task] });
  assert.equal((await call('GET', '/agents/me/heartbeat', undefined, bobKey)).json['assigned_open_tasks'], 1);
  assert.equal((await call('GET', '/agents/me/heartbeat')).json['active_tasks'], 0);
  const done = taskOf(await call('PATCH', path, { status: 'done' }, bobKey));
  assert.equal(done['updated_by'], bobId);
  assert.notEqual(done['completed_at'], null);
  assert.deepEqual(taskOf(await call('GET', path, undefined, eveKey)), done);
  const denied = await call('PATCH', path, { status: 'open' }, eveKey);
  assert.deepEqual([denied.status, denied.json['code']], [403, 'not_authorized']);
  const open = taskOf(await call('PATCH', path, { status: 'open', due_at: null }));
  assert.deepEqual([open['completed_at'], open['due_at']], [null, null]);
  assert.equal((await call('GET', '/tasks?status=done')).json['count'], 0);
  assert.equal((await call('GET', '/tasks?status=open')).json['count'], 1);
});

test('a task that cannot be is refused with a code and what is allowed', async () => {
  const id = String(taskOf(await call('POST', '/tasks', { title: 'x' }))['id']);
  for (const [method, path, body, status, code] of [
    ['POST', '/tasks', {}, 400, 'missing_title'],
    ['POST', '/tasks', { title: 'x', status: 'x' }, 400, 'invalid_status'],
    ['POST', '/tasks', { title: 'x', priority: 'x' }, 400, 'invalid_priority'],
    ['POST', '/tasks', { title: 'x', visibility: 'x' }, 400, 'invalid_visibility'],
    ['POST', '/tasks', { title: 'x', due_at: 'soon' }, 400, 'invalid_due_at'],
    ['POST', '/tasks', { title: 't'.repeat(501) }, 400, 'task_too_long'],
    ['PATCH', `/tasks/${id}`, {}, 400, 'no_updates'],
    ['PATCH', '/tasks/zzz', { status: 'open' }, 404, 'not_found'],
    ['GET', '/tasks/zzz', undefined, 404, 'not_found'],
  ] as const) {
    const answer = await call(method, path, body);
    assert.deepEqual([answer.status, answer.json['code']], [status, code], `${method} ${path}`);
  }
  const refused = await call('POST', '/tasks', { title: 'x', status: 'x' });
  assert.deepEqual(refused.json['allowed'], ['open', 'in_progress', 'blocked', 'done']);
});
