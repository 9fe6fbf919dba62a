/** Taking a database out of a node and bringing one in (05 section 10.15, K-2). */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { DatabaseTransfer } from '../../server/store/database-transfer.ts';
import { openDatabase, type Store } from '../../server/store/database.ts';
import { StoreError } from '../../server/store/errors.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { NOW, temporaryDirectory, TestPorts, testVault } from './support.ts';

interface Scene {
  directory: string;
  file: string;
  transfer: DatabaseTransfer;
  /** What the note of the running database says. */
  note(): string;
  stop(): void;
  start(): Promise<void>;
  restart(): Promise<void>;
}

async function scene(t: TestContext): Promise<Scene> {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'canopy.db');
  const open = (): Promise<Store> => openDatabase(file, { ports: new TestPorts(), log: silentLog });
  let store = await open();
  t.after(() => store.close());
  const start = async (): Promise<void> => {
    store = await open();
  };
  return {
    directory,
    file,
    transfer: new DatabaseTransfer(
      { store: { copyTo: (to) => store.copyTo(to) }, vault: testVault() },
      { file },
    ),
    note: () =>
      store.sql.get<{ value: string }>("SELECT value FROM system_state WHERE key = 'note'")?.value ?? '',
    stop: () => store.close(),
    start,
    restart: () => {
      store.close();
      return start();
    },
  };
}

async function bytesOf(transfer: DatabaseTransfer): Promise<Buffer> {
  const copy = await transfer.copy(NOW, 'copy');
  const parts: Buffer[] = [];
  for await (const part of copy.read({ start: 0, end: copy.size - 1 })) parts.push(part as Buffer);
  copy.discard();
  return Buffer.concat(parts);
}

function write(file: string, note: string): void {
  const db = new Database(file);
  db.prepare("INSERT OR REPLACE INTO system_state (key, value) VALUES ('note', ?)").run(note);
  db.close();
}

/** The bytes as a file that is brought in. */
function received({ transfer }: Scene, bytes: Uint8Array): string {
  const file = transfer.workFile('in');
  writeFileSync(file, bytes);
  return file;
}

const refused = (why: RegExp) => (error: unknown) =>
  error instanceof StoreError && error.code === 'import_refused' && why.test(error.message);

describe('a database that is brought in', () => {
  test('is what was taken out; it takes its place at the next start, and the other stays beside it', async (t) => {
    const here = await scene(t);
    const taken = await bytesOf(here.transfer);
    assert.equal(taken.subarray(0, 15).toString(), 'SQLite format 3');
    const file = received(here, taken);
    write(file, 'brought in');
    here.transfer.accept(file);
    assert.deepEqual([here.transfer.isWaiting, existsSync(file), here.note()], [true, false, '']);
    assert.equal(statSync(`${here.file}.import`).mode & 0o777, 0o600);
    await here.restart();
    assert.deepEqual([here.transfer.isWaiting, here.note()], [false, 'brought in']);
    const aside = readdirSync(here.directory).filter((name) => name.startsWith('canopy_before_import_'));
    assert.equal(aside.length, 1);
    const before = new Database(path.join(here.directory, aside[0] ?? ''), { readonly: true });
    assert.equal(before.prepare("SELECT count(*) FROM system_state WHERE key = 'note'").pluck().get(), 0);
    before.close();
    assert.deepEqual(
      readdirSync(here.directory).filter((name) => name.startsWith('.canopy.db')),
      [],
    );
  });

  test('is let go of, or another takes its turn', async (t) => {
    const here = await scene(t);
    const taken = await bytesOf(here.transfer);
    for (const note of ['first', 'second']) {
      const file = received(here, taken);
      write(file, note);
      here.transfer.accept(file);
    }
    here.transfer.forget();
    await here.restart();
    assert.equal(here.note(), '');
    const file = received(here, taken);
    write(file, 'third');
    here.transfer.accept(file);
    await here.restart();
    assert.equal(here.note(), 'third');
  });

  test('goes on where a kill came between the two renames', async (t) => {
    const here = await scene(t);
    const file = received(here, await bytesOf(here.transfer));
    write(file, 'brought in');
    here.transfer.accept(file);
    here.stop();
    renameSync(here.file, path.join(here.directory, 'canopy_before_import_20260101_000000.db'));
    await here.start();
    assert.deepEqual([here.note(), here.transfer.isWaiting], ['brought in', false]);
  });

  test('leaves nothing of a copy or a file that a kill interrupted', async (t) => {
    const here = await scene(t);
    for (const name of [here.transfer.workFile('ab12'), here.transfer.workFile('cd34-wal')])
      writeFileSync(name, 'interrupted');
    await here.restart();
    assert.deepEqual(
      readdirSync(here.directory).filter((name) => name.startsWith('.canopy.db')),
      [],
    );
    assert.equal(here.note(), '');
  });

  test('is refused when this node could not run on it', async (t) => {
    const here = await scene(t);
    const taken = await bytesOf(here.transfer);
    const accept = (bytes: Uint8Array) => () => here.transfer.accept(received(here, bytes));
    assert.throws(accept(Buffer.from('no database')), refused(/no SQLite database/u));
    assert.throws(accept(taken.subarray(0, 4096)), refused(/damaged|opened|read/u));
    const file = received(here, taken);
    const db = new Database(file);
    db.exec('DROP TABLE channel_messages');
    db.close();
    assert.throws(() => here.transfer.accept(file), refused(/not of a Canopy node/u));
    const newer = received(here, taken);
    const changed = new Database(newer);
    changed.prepare('UPDATE native_migrations SET version = 9999 WHERE version = 1').run();
    changed.close();
    assert.throws(() => here.transfer.accept(newer), refused(/newer Canopy/u));
    assert.equal(here.transfer.isWaiting, false);
  });

  test('is refused when it is encrypted with another node’s key', async (t) => {
    const here = await scene(t);
    const taken = await bytesOf(here.transfer);
    const ends = (seed: number) => {
      const file = received(here, taken);
      const db = new Database(file);
      const vault = testVault(new Uint8Array(32).fill(seed)).inMode('full');
      db.pragma('foreign_keys = OFF');
      db.prepare(
        "INSERT INTO channel_messages (id, channel_id, user_id, content, message_type, created_at) VALUES ('M1', 'general', 'u', ?, 'text', '2026-01-01 00:00:00')",
      ).run(vault.field('channel_messages.content').seal('secret', 'M1'));
      db.close();
      here.transfer.accept(file);
    };
    assert.throws(() => ends(8), refused(/another node/u));
    ends(7);
    assert.ok(here.transfer.isWaiting);
  });
});
