/** What is remembered of the database: never older than the last change, wherever that came from (08 section 5). */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { openDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { Sql } from '../../server/store/sql.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { ChannelId, KeyId, PeerId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW, temporaryDirectory, TestPorts, testVault } from './support.ts';

const ADA = 'user_ada' as UserId;
const ROOM = 'C1' as ChannelId;
const PEER = 'GmBWihWh5agZ71r7' as PeerId;

/** A small database whose reads are counted: a parent, a child that goes with it, a grandchild that follows it. */
function family(extra = '') {
  const db = new Database(':memory:');
  db.pragma('foreign_keys = ON');
  db.exec(`
    CREATE TABLE parent (id TEXT PRIMARY KEY, v INTEGER);
    CREATE TABLE child (id TEXT PRIMARY KEY, p TEXT REFERENCES parent (id) ON DELETE CASCADE);
    CREATE TABLE grandchild (id TEXT PRIMARY KEY, c TEXT REFERENCES child (id) ON DELETE SET NULL);
    CREATE TABLE bystander (id TEXT PRIMARY KEY, p TEXT REFERENCES parent (id));
    ${extra}`);
  const sql = new Sql(db);
  sql.run("INSERT INTO parent (id, v) VALUES ('p', 1)");
  sql.run("INSERT INTO child (id, p) VALUES ('c', 'p')");
  sql.run("INSERT INTO grandchild (id, c) VALUES ('g', 'c')");
  let reads = 0;
  const count = (table: string): { n: number; reads: number } => {
    const n = sql.recall([table], `count ${table}`, () => {
      reads += 1;
      return sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? -1;
    });
    return { n, reads };
  };
  return { db, sql, count };
}

async function openFile(t: { after(task: () => void): void }) {
  const file = path.join(temporaryDirectory(t), 'canopy.db');
  const ports = new TestPorts();
  const store = await openDatabase(file, { ports, log: silentLog }, { startupBackup: false });
  t.after(() => store.close());
  const rows = createRepositories({ sql: store.sql, vault: testVault(), random: ports.random });
  return { file, store, rows };
}

function withRoom() {
  const parts = memoryStore();
  const { rows } = parts;
  rows.users.insert({ id: ADA, username: 'ada', publicKey: 'k', displayName: null, now: NOW });
  rows.channels.insert({
    id: ROOM,
    name: 'room',
    channelType: 'private',
    privacyMode: 'private',
    createdBy: ADA,
    originPeer: null,
    description: null,
    now: NOW,
  });
  rows.channelMembers.add(ROOM, ADA, 'member', NOW);
  return parts;
}

describe('remembered answers', () => {
  test('are read once, and again after a write to one of their tables only', () => {
    const { sql, count } = family();
    assert.deepEqual(
      [count('child'), count('child')],
      [
        { n: 1, reads: 1 },
        { n: 1, reads: 1 },
      ],
    );
    sql.run("INSERT INTO bystander (id) VALUES ('b')");
    assert.deepEqual(count('child'), { n: 1, reads: 1 });
    sql.run("INSERT INTO child (id, p) VALUES ('c2', 'p')");
    assert.deepEqual(count('child'), { n: 2, reads: 2 });
  });

  test('that nothing is there is remembered too, and forgotten', () => {
    const { sql } = family();
    const find = (): unknown =>
      sql.recall(['parent'], 'q', () => sql.get("SELECT id FROM parent WHERE id = 'q'"));
    assert.equal(find(), undefined);
    sql.run("INSERT INTO parent (id, v) VALUES ('q', 1)");
    assert.deepEqual(find(), { id: 'q' });
  });

  test('a row that took others with it, and rows that lost what they pointed to', () => {
    const { sql, count } = family();
    const orphans = (): unknown =>
      sql.recall(['grandchild'], 'orphans', () =>
        sql.get('SELECT count(*) AS n FROM grandchild WHERE c IS NULL'),
      );
    assert.deepEqual([count('child').n, orphans()], [1, { n: 0 }]);
    sql.run("DELETE FROM parent WHERE id = 'p'");
    assert.deepEqual([count('child').n, orphans()], [0, { n: 1 }]);
  });

  test('REPLACE removes as DELETE does; an UPDATE does not touch what only goes with the row', () => {
    const { sql, count } = family();
    const before = count('child');
    sql.run("UPDATE parent SET v = 2 WHERE id = 'p'");
    assert.equal(count('child').reads, before.reads);
    sql.run("INSERT OR REPLACE INTO parent (id, v) VALUES ('p', 3)");
    assert.equal(count('child').n, 0);
  });

  test('what a trigger writes', () => {
    const { sql, count } = family(
      'CREATE TRIGGER t AFTER UPDATE ON parent BEGIN INSERT INTO bystander (id) VALUES (new.v); DELETE FROM child; END;',
    );
    assert.deepEqual([count('bystander').n, count('child').n], [0, 1]);
    sql.run("UPDATE parent SET v = 7 WHERE id = 'p'");
    assert.deepEqual([count('bystander').n, count('child').n], [1, 0]);
  });

  test('every write in every order is seen, also what was undone', () => {
    const writes = [
      "INSERT OR IGNORE INTO parent (id, v) VALUES ('p', 1)",
      "INSERT OR IGNORE INTO child (id, p) VALUES ('c', 'p')",
      "INSERT OR REPLACE INTO parent (id, v) VALUES ('p', 2)",
      "UPDATE child SET id = id || 'x'",
      'DELETE FROM child',
      'DELETE FROM parent',
    ];
    const step = fc.record({ write: fc.constantFrom(...writes), undo: fc.boolean(), look: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { db, sql, count } = family();
        const truth = (table: string): unknown => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
        for (const { write, undo, look } of steps) {
          db.exec('BEGIN');
          try {
            sql.run(write);
          } catch {
            // A child without its parent is refused.
          }
          if (look) assert.equal(count('child').n, truth('child'));
          db.exec(undo ? 'ROLLBACK' : 'COMMIT');
          assert.deepEqual([count('parent').n, count('child').n], [truth('parent'), truth('child')]);
        }
        db.close();
      }),
      { numRuns: 60 },
    );
  });

  test('a statement whose table cannot be told is refused, not run', () => {
    const { sql, count } = family();
    assert.throws(() => sql.run("INSERT INTO main.child (id, p) VALUES ('x', 'p')"));
    assert.throws(() =>
      sql.run("WITH x AS (SELECT 'x' AS id) INSERT INTO child (id, p) SELECT id, 'p' FROM x"),
    );
    assert.throws(() => sql.run('DROP TABLE child'));
    assert.equal(count('child').n, 1);
  });

  test('a caller that changes what it got fails, and the next one gets what is stored', () => {
    const { rows } = withRoom();
    const user = rows.users.get(ADA);
    assert.throws(() => Object.assign(user ?? {}, { status: 'suspended' }), TypeError);
    assert.equal(rows.users.get(ADA)?.status, 'active');
    const member = rows.channelMembers.get(ROOM, ADA);
    assert.throws(() => Object.assign(member ?? {}, { role: 'admin' }), TypeError);
    assert.equal(rows.channelMembers.get(ROOM, ADA)?.role, 'member');
  });

  test('memory stays bounded: by number, by size, by length of the key', () => {
    const { sql } = family();
    let reads = 0;
    const ask = (key: string, text: string): unknown =>
      sql.recall(['parent'], key, () => {
        reads += 1;
        return { text };
      });
    for (let i = 0; i < 5000; i += 1) ask(`k${i}`, '');
    ask('k0', '');
    assert.equal(reads, 5001, 'the first of too many was forgotten');
    reads = 0;
    ask('k'.repeat(10_000), '');
    ask('k'.repeat(10_000), '');
    assert.equal(reads, 2, 'a key as long as a request may carry is not kept');
    reads = 0;
    const long = 'x'.repeat(1024 * 1024);
    for (let i = 0; i < 5; i += 1) ask(`long ${i}`, long);
    ask('long 0', long);
    assert.equal(reads, 6, 'the first of too much text was forgotten');
  });
});

describe('what rights rest on', () => {
  test('a member is out the moment they are removed, and with the channel', () => {
    const { rows } = withRoom();
    assert.notEqual(rows.channelMembers.get(ROOM, ADA), undefined);
    rows.channelMembers.remove(ROOM, ADA);
    assert.equal(rows.channelMembers.get(ROOM, ADA), undefined);
    rows.channelMembers.add(ROOM, ADA, 'admin', NOW);
    assert.equal(rows.channelMembers.get(ROOM, ADA)?.role, 'admin');
    assert.equal(rows.channels.delete(ROOM), true);
    assert.deepEqual([rows.channelMembers.get(ROOM, ADA), rows.channels.get(ROOM)], [undefined, undefined]);
  });

  test('a membership that was undone with its transaction was never there', () => {
    const { rows, store } = withRoom();
    rows.channelMembers.remove(ROOM, ADA);
    assert.equal(rows.channelMembers.get(ROOM, ADA), undefined);
    assert.throws(() =>
      store.commit.now(() => {
        rows.channelMembers.add(ROOM, ADA, 'admin', NOW);
        assert.equal(rows.channelMembers.get(ROOM, ADA)?.role, 'admin');
        throw new Error('undone');
      }),
    );
    assert.equal(rows.channelMembers.get(ROOM, ADA), undefined);
  });

  test('a suspended account, a revoked key, a lost trust, a governed agent', () => {
    const { rows } = withRoom();
    const key = { id: 'k1' as KeyId, keyHash: 'aa', permissions: ['read_feed'], expiresAt: null, name: null };
    assert.equal(rows.apiKeys.byHash('aa'), undefined);
    rows.apiKeys.insert({ ...key, userId: ADA, now: NOW });
    assert.equal(rows.apiKeys.byHash('aa')?.revoked, false);
    rows.apiKeys.revoke(key.id, ADA);
    assert.equal(rows.apiKeys.byHash('aa')?.revoked, true);

    assert.equal(rows.users.get(ADA)?.status, 'active');
    rows.users.update(ADA, { status: 'suspended' }, NOW);
    assert.equal(rows.users.get(ADA)?.status, 'suspended');

    assert.equal(rows.users.governance(ADA), null);
    rows.users.restrictToChannels(ADA, [ROOM], NOW);
    assert.deepEqual(rows.users.governance(ADA), { blockPublic: true, allowed: new Set([ROOM]) });

    rows.trust.set(PEER, { score: 90, notes: null, manuallyPenalized: false }, NOW);
    assert.equal(rows.trust.get(PEER)?.score, 90);
    rows.trust.remove(PEER);
    assert.equal(rows.trust.get(PEER), undefined);
  });

  test('a change by another program, at the next turn', async (t) => {
    const { file, rows } = await openFile(t);
    rows.users.insert({ id: ADA, username: 'ada', publicKey: 'k', displayName: null, now: NOW });
    assert.equal(rows.users.get(ADA)?.status, 'active');
    const other = new Database(file);
    other.prepare("UPDATE users SET status = 'suspended' WHERE id = ?").run(ADA);
    other.close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(rows.users.get(ADA)?.status, 'suspended');
  });

  test('a directory of Python, whose tables have search triggers, is followed all the same', async (t) => {
    const { file, store } = await openFile(t);
    const other = new Database(file);
    other.exec(`CREATE TABLE seen (id TEXT);
      CREATE TRIGGER local AFTER INSERT ON users BEGIN INSERT INTO seen (id) VALUES (new.id); END;`);
    other.close();
    await new Promise((resolve) => setImmediate(resolve));
    const count = (): unknown =>
      store.sql.recall(['seen'], 'seen', () => store.sql.all('SELECT id FROM seen'));
    assert.deepEqual(count(), []);
    createRepositories({ sql: store.sql, vault: testVault(), random: new TestPorts().random }).users.insert({
      id: ADA,
      username: 'ada',
      publicKey: 'k',
      displayName: null,
      now: NOW,
    });
    assert.deepEqual(count(), [{ id: ADA }]);
  });
});
