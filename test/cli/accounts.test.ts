import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { lockDirectory } from '../../server/store/lock.ts';
import { PASSWORD, TestMachine } from './support.ts';

let machine: TestMachine;
beforeEach(() => (machine = new TestMachine()));
afterEach(() => machine.dispose());

/** The one object of a list with one entry. */
function only(list: unknown): Record<string, unknown> {
  assert.ok(Array.isArray(list) && list.length === 1, JSON.stringify(list));
  return list[0] as Record<string, unknown>;
}

test('looking creates nothing', async () => {
  for (const command of [['status'], ['user', 'list'], ['key', 'list']]) {
    const { code, body } = await machine.json(...command);
    assert.equal(code, 1);
    assert.equal(body['code'], 'no_data');
  }
  assert.ok(!existsSync(machine.dataDir));
  assert.ok(!existsSync(machine.places.home));
});

test('the first account owns the node, a second one does not, an agent gets a key', async () => {
  const first = await machine.json('user', 'create', 'anna', '--display-name', 'Anna');
  assert.equal(first.code, 0);
  assert.equal((first.body['user'] as Record<string, unknown>)['is_owner'], true);
  await machine.run('user', 'create', 'ben');
  const agent = await machine.json('user', 'create', 'robot', '--agent');
  assert.equal(typeof agent.body['api_key'], 'string');
  const { body } = await machine.json('user', 'list');
  const users = body['users'] as Record<string, unknown>[];
  assert.deepEqual(
    users.map((user) => [user['username'], user['account_type'], user['status'], user['is_owner']]),
    [
      ['anna', 'human', 'active', true],
      ['ben', 'human', 'active', false],
      ['robot', 'agent', 'active', false],
    ],
  );
});

test('what is refused says why and changes nothing', async () => {
  machine.typed = 'short';
  const weak = await machine.json('user', 'create', 'anna');
  assert.equal(weak.code, 1);
  assert.equal(weak.body['code'], 'weak_password');
  machine.typed = '';
  assert.equal((await machine.json('user', 'create', 'anna')).body['code'], 'usage');
  machine.typed = PASSWORD;
  assert.equal((await machine.json('user', 'create', 'robot', '--agent')).body['code'], 'usage');
  assert.deepEqual((await machine.json('user', 'list')).body['users'], []);
});

test('a password is changed from a file, and never stands in what is printed', async () => {
  await machine.run('user', 'create', 'anna');
  const file = path.join(machine.root, 'password');
  writeFileSync(file, 'Battery-staple-8\nsecond line\n');
  const changed = await machine.run('user', 'password', 'anna', '--password-file', file);
  assert.equal(changed.code, 0);
  assert.ok(!changed.out.includes('Battery'));
  assert.equal((await machine.json('user', 'password', 'nobody')).body['code'], 'not_found');
});

test('keys are made, listed without their text, revoked', async () => {
  await machine.run('user', 'create', 'anna');
  const made = await machine.json(
    'key',
    'create',
    '--permissions',
    'read_messages, manage_keys',
    '--name',
    'ci',
  );
  const text = made.body['api_key'] as string;
  assert.deepEqual(made.body['permissions'], ['read_messages', 'manage_keys']);
  const listed = await machine.run('key', 'list');
  assert.match(listed.out, /anna +ci +usable/);
  assert.ok(!listed.out.includes(text));
  assert.equal((await machine.run('key', 'revoke', made.body['id'] as string)).code, 0);
  assert.equal(only((await machine.json('key', 'list', '--user', 'anna')).body['keys'])['state'], 'revoked');
  assert.equal((await machine.json('key', 'revoke', 'ffff')).body['code'], 'not_found');
  assert.equal((await machine.json('key', 'list', '--user', 'ben')).body['code'], 'not_found');
});

test('while somebody holds the directory, accounts are read and not changed', async () => {
  await machine.run('user', 'create', 'anna');
  const lock = lockDirectory(path.join(machine.dataDir, 'canopy.lock'));
  try {
    const refused = await machine.json('user', 'create', 'ben');
    assert.equal(refused.code, 1);
    assert.equal(refused.body['code'], 'node_running');
    assert.equal((await machine.json('key', 'create')).body['code'], 'key_needed');
    assert.equal(only((await machine.json('user', 'list')).body['users'])['username'], 'anna');
  } finally {
    lock.release();
  }
});

test('commands that need the mesh say so when no node runs; status and peers still know something', async () => {
  await machine.run('user', 'create', 'anna');
  assert.equal((await machine.json('invite')).body['code'], 'node_not_running');
  assert.equal((await machine.json('import', 'canopy:x')).body['code'], 'node_not_running');
  const status = await machine.json('status');
  assert.equal(status.code, 0);
  assert.equal(status.body['running'], false);
  assert.equal(status.body['accounts'], 1);
  assert.match(String(status.body['peer_id']), /^[1-9A-HJ-NP-Za-km-z]{16}$/);
  assert.deepEqual((await machine.json('peers')).body['known_peers'], []);
});

test('a command line that is not understood is one line with exit code 1', async () => {
  for (const argv of [
    ['user', 'creat', 'anna'],
    ['user', 'create'],
    ['user', 'list', '--force'],
    ['status', '--prot', '1'],
    ['status', '--url', 'ftp://x'],
  ]) {
    const { out, err, code } = await machine.run(...argv);
    assert.equal(code, 1, argv.join(' '));
    assert.equal(out, '');
    assert.equal(err.trim().split('\n').length, 1, err);
  }
  assert.equal((await machine.run('help')).code, 0);
});
