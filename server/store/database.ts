/**
 * Opens and closes the database (03 sections 2.1 and 1.8, 08 section 5): lock, checks, backups, migrations,
 * built-in rows, checkpoints. Everything else about storage is in the repositories beside this file.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { Ports, Timer } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import type { ChannelId } from '../wire/ids.ts';
import { migrationBackup, quickCheck, startupBackup } from './backup.ts';
import { removeWorkFiles, takeImport } from './database-import.ts';
import { StoreError } from './errors.ts';
import { GroupCommit } from './group-commit.ts';
import { hexId } from './ids.ts';
import { LOCK_FILE_NAME, lockDirectory } from './lock.ts';
import type { DirectoryLock } from './lock.ts';
import { migrate, schemaVersion, SCHEMA_VERSION } from './migrations.ts';
import { NATIVE_INDEXES } from './schema/native-indexes.ts';
import { QUARANTINE_ID_PREFIX, seed } from './seed.ts';
import { Sql } from './sql.ts';

/** Wait for another connection (a backup tool, a look with the sqlite3 program) before giving up; the reference's value. */
const BUSY_TIMEOUT_MS = 3000;
/** The write-ahead log is folded back this often (03 section 1.7). */
const CHECKPOINT_INTERVAL_MS = 300_000;
/**
 * And when it has this many pages (16 MiB). A page of an index changes with every few messages; the more changes come
 * together, the fewer times it is written to its place.
 */
const CHECKPOINT_PAGES = 4096;
/** Random hex characters of a quarantine channel id (03 section 2.2). */
const QUARANTINE_ID_HEX = 16;

/** What the store takes from outside. */
export type StorePorts = Pick<Ports, 'clock' | 'timers' | 'random' | 'commit'>;
export interface StoreComponents {
  ports: StorePorts;
  log: Log;
}

/** How a database is opened. */
export interface OpenOptions {
  /** Whether this is the start of a node, which makes a backup and lets the oldest go; a short command does not. */
  startupBackup: boolean;
}

/** An open database. */
export class Store {
  readonly sql: Sql;
  readonly commit: GroupCommit;
  readonly #db: Database.Database;
  readonly #log: Log;
  readonly #lock: DirectoryLock | null;
  readonly #checkpoints: Timer;
  #closed = false;

  constructor(components: StoreComponents, init: { db: Database.Database; lock: DirectoryLock | null }) {
    this.#db = init.db;
    this.#lock = init.lock;
    this.#log = components.log;
    this.sql = new Sql(init.db);
    this.commit = new GroupCommit({ db: init.db, ports: components.ports });
    this.#checkpoints = components.ports.timers.every(CHECKPOINT_INTERVAL_MS, () =>
      this.#checkpoint('PASSIVE'),
    );
  }

  /** Everything that is committed, as bytes; what is queued is no part of it. Not inside a transaction. */
  image(): Buffer {
    return this.#db.serialize();
  }

  /** Copies all that is committed to `file`, as of one moment; what is written meanwhile is in the copy, too. */
  async copyTo(file: string): Promise<void> {
    await this.#db.backup(file);
  }

  /**
   * From now on what is removed is overwritten where it stood, and the search table of the reference, which holds the
   * texts once more, is gone. The reference makes it again at its next start.
   */
  leaveNothingBehind(): void {
    this.#db.pragma('secure_delete = ON');
    dropReferenceSearch(this.#db);
  }

  /** Writes the file anew, without free pages, and empties the write-ahead log. Not inside a transaction. */
  rewrite(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.exec('VACUUM');
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** Commits what is queued, folds the write-ahead log back, closes the file, gives the lock back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#checkpoints.cancel();
    this.commit.close();
    this.#checkpoint('TRUNCATE');
    this.#db.close();
    this.#lock?.release();
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#db.pragma(`wal_checkpoint(${mode})`);
    } catch (error) {
      this.#log.warn({ error: String(error) }, 'checkpoint failed');
    }
  }
}

/**
 * Opens the database at `file`, creating it when absent, and holds its directory for this process.
 * @throws {StoreError} with one clear line; nothing was changed then, or a backup of before exists.
 */
export async function openDatabase(
  file: string,
  components: StoreComponents,
  options: OpenOptions = { startupBackup: true },
): Promise<Store> {
  const lock = lockDirectory(path.join(path.dirname(file), LOCK_FILE_NAME));
  let db: Database.Database | null = null;
  try {
    if (options.startupBackup) removeWorkFiles(file);
    const imported = options.startupBackup ? takeImport(file, components.ports.clock.now()) : null;
    if (imported !== null)
      components.log.info({ before: imported.aside }, 'an imported database took its place');
    const isNew = !existsSync(file) || statSync(file).size === 0;
    db = openFile(file);
    await prepareFile(db, isNew, components, options);
    return assemble(db, lock, components);
  } catch (error) {
    db?.close();
    lock.release();
    throw error;
  }
}

/**
 * A database that exists only in memory, for tests and the simulator.
 * @param image what {@link Store.image} gave: the database begins as it was then.
 */
export function openMemoryDatabase(components: StoreComponents, image?: Buffer): Store {
  const db = new Database(image ?? ':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db, { log: components.log, now: components.ports.clock.now() });
  return assemble(db, null, components);
}

function openFile(file: string): Database.Database {
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
    db.pragma('journal_mode = WAL');
    // better-sqlite3 is built to run NORMAL in WAL mode, which may lose the last commits at a power cut.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    // What a savepoint may have to undo is kept in memory: by default it goes to a file as soon as it is 64 KiB.
    db.pragma('temp_store = MEMORY');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return db;
  } catch (error) {
    db?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('database_unreadable', `Cannot open the database ${file}: ${reason}`, {
      cause: error,
    });
  }
}

async function prepareFile(
  db: Database.Database,
  isNew: boolean,
  { ports, log }: StoreComponents,
  options: OpenOptions,
): Promise<void> {
  const now = ports.clock.now();
  if (!isNew) {
    const state = quickCheck(db);
    const mustMigrate = schemaVersion(db) !== SCHEMA_VERSION;
    if (state !== 'ok') {
      log.error(
        { database: db.name, check: state },
        'the database is damaged; see the canopy_startup_ backups beside it',
      );
      if (mustMigrate) {
        throw new StoreError(
          'database_damaged',
          `The database ${db.name} is damaged (${state}), so it was not migrated.`,
        );
      }
    }
    if (mustMigrate)
      log.info({ backup: await migrationBackup(db, now) }, 'database backed up before migration');
  }
  // Before the migrations: SQLite renames no table while any trigger is broken.
  if (schemaVersion(db) <= SCHEMA_VERSION) dropOrphanSearchTriggers(db, log);
  migrate(db, { log, now });
  if (!options.startupBackup) return;
  try {
    await startupBackup(db, now);
  } catch (error) {
    log.error({ error: String(error) }, 'no start-up backup could be made');
  }
}

/**
 * The reference keeps its search table current by triggers. Where that table is gone they would fail every write;
 * it creates both again at its next start.
 */
function dropOrphanSearchTriggers(db: Database.Database, log: Log): void {
  const table = db
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'local_search_fts'")
    .get();
  if (table !== undefined) return;
  const count = dropSearchTriggers(db);
  if (count > 0) log.warn({ count }, 'removed search triggers without their table');
}

function dropReferenceSearch(db: Database.Database): void {
  db.transaction(() => {
    dropSearchTriggers(db);
    db.exec('DROP TABLE IF EXISTS local_search_fts');
  }).immediate();
}

function dropSearchTriggers(db: Database.Database): number {
  const triggers = db
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'local_search_*'",
    )
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER "${name.replaceAll('"', '""')}"`);
  return triggers.length;
}

function assemble(db: Database.Database, lock: DirectoryLock | null, components: StoreComponents): Store {
  db.exec(NATIVE_INDEXES);
  const store = new Store(components, { db, lock });
  const quarantineId =
    `${QUARANTINE_ID_PREFIX}${hexId(components.ports.random, QUARANTINE_ID_HEX)}` as ChannelId;
  store.commit.now(() => seed(store.sql, { now: components.ports.clock.now(), quarantineId }));
  return store;
}
