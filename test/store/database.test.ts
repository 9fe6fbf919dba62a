/** Opening the database: pragmas, backups, migrations, built-in rows, and what is refused (08 section 5). */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { openDatabase } from '../../server/store/database.ts';
import { SCHEMA_VERSION } from '../../server/store/migrations.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { SHARED_TABLES } from '../../server/store/schema/shared.ts';
import type { Log } from '../../server/telemetry/log.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { UserId } from '../../server/wire/ids.ts';
import { memoryStore, temporaryDirectory, TestPorts, testVault } from './support.ts';

const DAY_MS = 86_400_000;

function backups(directory: string, prefix: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith(prefix));
}

describe('opening a database', () => {
  test('a new one has the pragmas, the built-in rows, and one backup', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const ports = new TestPorts();
    const store = await openDatabase(file, { ports, log: silentLog });
    const pragma = (name: string): unknown =>
      store.sql.get<Record<string, unknown>>(`SELECT * FROM pragma_${name}`)?.[name];
    assert.deepEqual(
      [pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys'), pragma('page_size')],
      ['wal', 2, 1, 4096],
    );
    const rows = createRepositories({ sql: store.sql, vault: testVault(), random: ports.random });
    assert.deepEqual(
      rows.users.list().map((u) => [u.id, u.username, u.publicKey, u.passwordHash]),
      [
        ['system', 'System', 'system_public_key', null],
        ['local_user', 'Local User', 'default_public_key', null],
      ],
    );
    const [general, quarantine, ...others] = rows.channels.list();
    assert.deepEqual(
      [general?.id, general?.channelType, general?.privacyMode, general?.lifecyclePreserved],
      ['general', 'public', 'open', true],
    );
    assert.match(quarantine?.id ?? '', /^Cagentstart[0-9a-f]{16}$/);
    assert.equal(rows.systemState.get('agent_quarantine_channel_id'), quarantine?.id);
    assert.deepEqual(
      [others, rows.channelMembers.ofUser('local_user' as UserId).map((m) => m.role)],
      [[], ['admin', 'admin']],
    );
    const state = store.sql
      .all<{ key: string }>('SELECT key FROM system_state ORDER BY key')
      .map((row) => row.key);
    assert.deepEqual(state, [
      'agent_quarantine_channel_id',
      'initialized',
      'retention_policy_bounded_v1',
      'version',
    ]);
    assert.equal(backups(directory, 'canopy_startup_').length, 1);
    assert.deepEqual(backups(directory, 'canopy_before_migration_'), [], 'there was nothing to lose');
    store.close();
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.endsWith('-wal')),
      [],
      'the log is folded back',
    );
  });

  test('opening again changes nothing and keeps the newest three backups', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const ports = new TestPorts();
    let quarantine: string | null = null;
    for (let start = 0; start < 5; start += 1) {
      const store = await openDatabase(file, { ports, log: silentLog });
      const rows = createRepositories({ sql: store.sql, vault: testVault(), random: ports.random });
      const id = rows.systemState.get('agent_quarantine_channel_id');
      assert.equal(id, quarantine ?? id);
      quarantine = id;
      assert.equal(rows.channels.list().length, 2);
      store.close();
      ports.time += DAY_MS;
    }
    const kept = backups(directory, 'canopy_startup_');
    assert.equal(kept.length, 3);
    for (const name of kept) {
      assert.match(name, /^canopy_startup_\d{8}_\d{6}\.db$/);
      const copy = new Database(path.join(directory, name), { readonly: true });
      assert.equal(copy.pragma('quick_check', { simple: true }), 'ok');
      copy.close();
    }
  });

  test('an older file gets its missing columns and tables, and a checked backup first', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const old = new Database(file);
    old.exec(`CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT UNIQUE NOT NULL, public_key TEXT NOT NULL, password_hash TEXT);
      INSERT INTO users VALUES ('user_0000000000000001', 'ada', 'key', NULL);
      CREATE TABLE system_state (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
      INSERT INTO system_state (key, value) VALUES ('initialized', '2025-01-01T00:00:00+00:00')`);
    old.close();
    const store = await openDatabase(file, { ports: new TestPorts(), log: silentLog });
    const { users } = createRepositories({
      sql: store.sql,
      vault: testVault(),
      random: new TestPorts().random,
    });
    const ada = users.get('user_0000000000000001' as UserId);
    assert.deepEqual(
      [ada?.username, ada?.status, ada?.accountType, ada?.createdAt],
      ['ada', 'active', 'human', null],
    );
    assert.equal(
      store.sql.get("SELECT 1 FROM system_state WHERE key = 'retention_policy_bounded_v1'"),
      undefined,
      'its rows may still wait to be given an expiry',
    );
    const names = store.sql
      .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .map((row) => row.name);
    for (const table of SHARED_TABLES) assert.ok(names.includes(table.name), table.name);
    store.close();
    const [backup, ...more] = backups(directory, 'canopy_before_migration_');
    assert.deepEqual(more, [], 'one file');
    const copy = new Database(path.join(directory, backup ?? ''), { readonly: true });
    const tables = copy
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    assert.deepEqual(tables, ['system_state', 'users'], 'as it was before');
    copy.close();
  });

  test('evidence kept by an older version is found again', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const components = { ports: new TestPorts(), log: silentLog };
    (await openDatabase(file, components)).close();
    const vault = testVault();
    const item = { kind: 'm', objectId: 'M1', id: new Uint8Array(32).fill(7) } as const;
    const older = new Database(file);
    older.exec(`DROP TABLE native_proofs; DROP TABLE native_storage; DROP TABLE native_created;
      DROP TABLE native_search_messages; DROP TABLE native_search_words; DROP TABLE native_search_parts;
      DROP TABLE native_channel_history; DROP TABLE native_direct_history; DROP TABLE native_direct_reads;
      DROP TABLE native_conversation_choices; DROP TABLE can_assets; DROP TABLE can_hidden;
      DROP TABLE can_transfers; DROP TABLE lib_libraries; DROP TABLE lib_records; DROP TABLE lib_tickets;
      DROP TABLE can_external; DROP TABLE native_key_uses; DROP TABLE native_arrivals;
      DELETE FROM native_migrations WHERE version >= 8;
      CREATE TABLE native_proofs (id BLOB PRIMARY KEY, kind TEXT NOT NULL, object_id TEXT NOT NULL, text TEXT NOT NULL)
        WITHOUT ROWID;
      CREATE INDEX native_proofs_object ON native_proofs (kind, object_id)`);
    older
      .prepare('INSERT INTO native_proofs VALUES (?, ?, ?, ?)')
      .run(item.id, item.kind, item.objectId, vault.encrypt('an envelope'));
    older.close();
    const store = await openDatabase(file, components);
    const { proofs } = createRepositories({ sql: store.sql, vault, random: new TestPorts().random });
    assert.equal(proofs.get(item), 'an envelope');
    store.close();
  });

  test('a migration that fails is rolled back whole', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const old = new Database(file);
    old.exec('CREATE TABLE native_outbox (x)');
    old.close();
    await assert.rejects(openDatabase(file, { ports: new TestPorts(), log: silentLog }), {
      code: 'migration_failed',
    });
    const after = new Database(file, { readonly: true });
    assert.deepEqual(
      after.prepare("SELECT 1 FROM sqlite_master WHERE name = 'native_sessions'").get(),
      undefined,
    );
    assert.deepEqual(after.prepare('SELECT version FROM native_migrations').pluck().all(), [1]);
    after.close();
  });

  test('a unique index that old rows contradict is left out', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const old = new Database(file);
    for (const table of SHARED_TABLES) old.exec(`CREATE TABLE ${table.name} (${table.columns})`);
    old.exec(`INSERT INTO users (id, username, public_key) VALUES ('u', 'u', '');
      INSERT INTO channels (id, name, channel_type, created_by) VALUES ('C1', 'twice', 'public', 'u'), ('C2', 'twice', 'public', 'u')`);
    old.close();
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
    const store = await openDatabase(file, { ports: new TestPorts(), log });
    assert.deepEqual(warnings, ['an index of the shared schema was left out']);
    store.close();
  });

  test('a database of a newer program is left alone', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const components = { ports: new TestPorts(), log: silentLog };
    (await openDatabase(file, components)).close();
    const db = new Database(file);
    db.prepare("INSERT INTO native_migrations VALUES (?, 'later', 0)").run(SCHEMA_VERSION + 1);
    db.close();
    await assert.rejects(openDatabase(file, components), { code: 'database_too_new' });
  });

  test('a file that is no database is refused untouched', async (t) => {
    const directory = temporaryDirectory(t);
    const components = { ports: new TestPorts(), log: silentLog };
    const text = path.join(directory, 'canopy.db');
    writeFileSync(text, 'this is not a database, and it is longer than a header of sixteen bytes');
    await assert.rejects(openDatabase(text, components), { code: 'database_unreadable' });
    assert.match(readFileSync(text, 'utf8'), /^this is not/);
  });

  test('a damaged database is not migrated; one of this version opens, and the log says so', async (t) => {
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (_fields, message) => void errors.push(message) };
    const damage = (file: string): void => {
      const bytes = readFileSync(file);
      // Whatever page holds the rows, its content becomes nonsense.
      const at = bytes.indexOf('name 250');
      assert.ok(at > 0);
      bytes.fill(0xff, at - (at % 4096), at - (at % 4096) + 4096);
      writeFileSync(file, bytes);
    };
    const fill = (db: Database.Database): void => {
      db.exec('CREATE TABLE extra (id TEXT PRIMARY KEY, name TEXT, padding TEXT)');
      const insert = db.prepare('INSERT INTO extra VALUES (?, ?, ?)');
      for (let n = 0; n < 500; n += 1) insert.run(`u${n}`, `name ${n}`, 'k'.repeat(50));
      db.close();
    };
    const old = path.join(temporaryDirectory(t), 'canopy.db');
    fill(new Database(old));
    damage(old);
    const components = { ports: new TestPorts(), log };
    await assert.rejects(openDatabase(old, components), { code: 'database_damaged' });
    assert.deepEqual(backups(path.dirname(old), 'canopy_before_migration_'), []);

    const current = path.join(temporaryDirectory(t), 'canopy.db');
    (await openDatabase(current, components)).close();
    fill(new Database(current));
    damage(current);
    errors.length = 0;
    (await openDatabase(current, components)).close();
    assert.match(errors[0] ?? '', /^the database is damaged/);
  });

  test('without a backup nothing is migrated; a start-up backup may fail', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    const ports = new TestPorts();
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (_fields, message) => void errors.push(message) };
    new Database(file)
      .exec('CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT, public_key TEXT)')
      .close();
    (await openDatabase(path.join(temporaryDirectory(t), 'canopy.db'), { ports, log })).close();
    const at = new Date(ports.time);
    const two = (n: number): string => String(n).padStart(2, '0');
    const stamp = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}_${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
    mkdirSync(path.join(directory, `canopy_before_migration_${stamp}.db`));
    await assert.rejects(openDatabase(file, { ports, log }), { code: 'backup_failed' });
    const untouched = new Database(file, { readonly: true });
    assert.deepEqual(
      untouched.prepare('SELECT name FROM sqlite_master WHERE type = ?').pluck().all('table'),
      ['users'],
    );
    untouched.close();

    ports.time += 1000;
    const later = stamp.slice(0, -1) + String(Number(stamp.slice(-1)) + 1);
    mkdirSync(path.join(directory, `canopy_startup_${later}.db`));
    (await openDatabase(file, { ports, log })).close();
    assert.deepEqual(errors, ['no start-up backup could be made']);
  });

  test('a database in memory has the same tables', () => {
    const { store, rows } = memoryStore();
    assert.equal(rows.channels.list().length, 2);
    assert.equal(
      store.commit.now(() => rows.processedMessages.add('M1', 0)),
      true,
    );
    store.close();
  });
});
