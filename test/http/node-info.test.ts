/** What a node says of itself, and what its owner may do about it (05 section 10.15, K-2, K-6, K-9). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PASSWORD, sessionOf, startHarness, type Harness, type Session } from './harness.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'canopy-node-'));
let node: Harness;
let owner: Session;
let other: Session;
let otherId = '';
before(async () => {
  const logFile = path.join(folder, 'canopy.log');
  const line = (level: string, msg: string, room: string) =>
    JSON.stringify({ level, time: '2026-01-01T00:00:00.000Z', msg, room });
  writeFileSync(logFile, `${line('info', 'hello', 'http')}\n${line('error', 'oh no', 'mesh')}\n`);
  node = await startHarness({
    options: { dataDirectory: folder, logFile, extensions: ['secure_session_v1'] },
  });
  owner = await node.setUp();
  const answer = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  other = sessionOf(answer);
  otherId = (answer.json['user'] as { id: string }).id;
});
after(async () => {
  await node.close();
  rmSync(folder, { recursive: true, force: true });
});

test('everybody here learns what runs; where the data lie, the owner alone', async () => {
  const { json } = await node.call('GET', '/api/v1/node', { session: owner });
  assert.equal(json['data_directory'], folder);
  assert.equal(json['http_port'], Number(new URL(node.url).port));
  assert.deepEqual(json['extensions'], ['secure_session_v1']);
  assert.ok(Number(json['disk_free_bytes']) > 0);
  assert.ok(Number((json['database'] as { bytes: number }).bytes) > 0);
  assert.equal(json['asset_service'], null);
  assert.deepEqual(json['files'], { count: 0, bytes: 0 });
  const seen = await node.call('GET', '/api/v1/node', { session: other });
  assert.deepEqual([seen.status, seen.json['data_directory']], [200, null]);
  assert.equal((await node.call('GET', '/api/v1/node')).status, 401);
});

test('which other service assets are exchanged with is told to the owner alone', async () => {
  const { components } = node;
  const problem = 'the service does not answer';
  const state = { url: 'http://localhost:9090', reachable: false, problem };
  Object.assign(components, { libraries: { external: () => ({ ...state, lastContact: null, waiting: 0 }) } });
  try {
    const told = async (session: Session): Promise<unknown> =>
      (await node.call('GET', '/api/v1/node', { session })).json['asset_service'];
    assert.deepEqual(await told(owner), state);
    assert.equal(await told(other), null);
  } finally {
    Object.assign(components, { libraries: null });
  }
});

test('the log, the keys of others and cleaning up are for the owner, signed in', async () => {
  const key = node.key('owner', ['manage_keys', 'delete_data']);
  for (const [method, address] of [
    ['GET', '/api/v1/admin/log'],
    ['GET', '/api/v1/admin/api-keys'],
    ['POST', '/api/v1/admin/cleanup'],
    ['DELETE', `/api/v1/admin/users/${otherId}/api-keys/K1`],
  ] as const) {
    assert.equal((await node.call(method, address, { session: other })).status, 403, address);
    assert.equal((await node.call(method, address, { key })).status, 403, address);
    assert.equal((await node.call(method, address)).status, 401, address);
  }
});

test('the log is read with filters', async () => {
  const read = async (query: string) => {
    const { json, status } = await node.call('GET', `/api/v1/admin/log${query}`, { session: owner });
    return status === 200 ? (json['lines'] as { message: string }[]).map(({ message }) => message) : status;
  };
  assert.deepEqual(await read(''), ['oh no', 'hello']);
  assert.deepEqual(await read('?level=error'), ['oh no']);
  assert.deepEqual(await read('?room=http'), ['hello']);
  assert.deepEqual(await read('?q=HELLO'), ['hello']);
  assert.equal(await read('?level=loud'), 400);
});

test('the owner sees the keys of others, never their text, and may end one', async () => {
  const text = node.key(otherId, ['read_messages']);
  const list = await node.call('GET', '/api/v1/admin/api-keys', { session: owner });
  const [key] = list.json['keys'] as { id: string; user_id: string; usable: boolean }[];
  assert.deepEqual([key?.user_id, key?.usable], [otherId, true]);
  assert.equal(list.text.includes(text), false);
  assert.equal((await node.call('GET', '/api/v1/messages', { key: text })).status, 200);
  const address = `/api/v1/admin/users/${otherId}/api-keys/${key?.id ?? ''}`;
  assert.equal((await node.call('DELETE', address, { session: owner })).status, 200);
  assert.equal((await node.call('GET', '/api/v1/messages', { key: text })).status, 403);
  assert.equal((await node.call('DELETE', `${address}x`, { session: owner })).status, 404);
});

test('cleaning up says how much went', async () => {
  const { json } = await node.call('POST', '/api/v1/admin/cleanup', { session: owner });
  assert.deepEqual([json['expired_removed'], json['files_removed']], [0, 0]);
});

test('a fault nobody foresaw is told without its text, by an id that is in the log', async () => {
  const logged: Record<string, unknown>[] = [];
  const { log, statistics } = node.components;
  node.components.log = { ...log, error: (fields) => void logged.push(fields) };
  const stored = statistics.stored.bind(statistics);
  statistics.stored = () => {
    throw new Error('a secret of the program');
  };
  try {
    const { status, json, text } = await node.call('GET', '/api/v1/node', { session: owner });
    assert.equal(status, 500);
    assert.match(String(json['error_id']), /^[0-9a-f]{12}$/);
    assert.equal(text.includes('secret'), false);
    assert.equal(logged[0]?.['error_id'], json['error_id']);
  } finally {
    node.components.log = log;
    statistics.stored = stored;
  }
});
