import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { LOCK_FILE_NAME, lockDirectory } from '../../server/store/lock.ts';
import { TestMachine } from './support.ts';

test('says what is encrypted, and moves a stopped node there and back', async (t) => {
  const machine = new TestMachine();
  t.after(() => machine.dispose());
  assert.equal((await machine.json('storage', 'status')).body['code'], 'no_data');
  assert.equal((await machine.json('storage', 'encrypt')).body['code'], 'no_data');
  await machine.run('user', 'create', 'anna');
  assert.deepEqual((await machine.json('storage', 'status')).body, { mode: 'full', moving_to: null });

  const lock = lockDirectory(path.join(machine.dataDir, LOCK_FILE_NAME));
  assert.equal((await machine.json('storage', 'decrypt')).body['code'], 'node_running');
  assert.equal((await machine.json('storage', 'status')).body['mode'], 'full', 'also while it runs');
  lock.release();

  const back = await machine.json('storage', 'decrypt');
  assert.deepEqual(back.body, { mode: 'reference', moving_to: null, unreadable: 0 });
  const picture = path.join(machine.dataDir, 'files', 'images', 'F1.png');
  writeFileSync(picture, 'a picture in clear');
  const again = await machine.run('storage', 'decrypt');
  assert.match(again.out, /^Nothing to do: direct messages/);
  const there = await machine.json('storage', 'encrypt');
  assert.deepEqual(there.body, { mode: 'full', moving_to: null, unreadable: 0 });
  assert.equal(readFileSync(picture).includes('picture'), false);
  // As Python's Canopy would leave it.
  const other = path.join(machine.dataDir, 'files', 'images', 'F2.png');
  writeFileSync(other, 'a picture in clear');
  assert.equal((await machine.run('storage', 'encrypt')).code, 0);
  assert.equal(readFileSync(other).includes('picture'), false);
});

test('a move that was interrupted keeps the node from starting and is gone on with', async (t) => {
  const machine = new TestMachine();
  t.after(() => machine.dispose());
  await machine.run('user', 'create', 'anna');
  const db = new Database(path.join(machine.dataDir, 'canopy.db'));
  db.exec("UPDATE native_storage SET goal = 'reference'");
  db.close();
  const status = await machine.run('storage', 'status');
  assert.match(status.out, /interrupted: "canopy storage decrypt" goes on/);
  assert.equal((await machine.json('user', 'create', 'ben')).body['code'], 'storage_moving');
  assert.equal((await machine.run('storage', 'decrypt')).code, 0);
  assert.equal((await machine.json('user', 'create', 'ben')).code, 0);
});
