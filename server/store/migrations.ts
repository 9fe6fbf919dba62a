/**
 * Numbered migrations, each in one transaction (08 section 5). The first adopts a directory of the reference:
 * missing shared tables, columns and indexes are added, nothing is changed or removed, so it goes back as it came.
 */
import Database from 'better-sqlite3';
import type { Log } from '../telemetry/log.ts';
import { StoreError } from './errors.ts';
import { REMOTE_ATTACHMENT_TRANSFERS } from './file-transfers.ts';
import { SHARED_TABLES } from './schema/shared.ts';
import { NATIVE_TABLES } from './schema/native.ts';
import { NATIVE_SYNC_TABLES } from './schema/native-sync.ts';
import { NATIVE_DELIVERY_TABLES } from './schema/native-delivery.ts';
import { NATIVE_CHOICES_TABLE } from './schema/native-choices.ts';
import { NATIVE_CREATED_OBJECT, NATIVE_CREATED_TABLE } from './schema/native-created.ts';
import { NATIVE_DIRECT_READS_TABLE } from './schema/native-direct-reads.ts';
import {
  NATIVE_PROOFS_IN_ORDER,
  NATIVE_RECONCILE_TABLES,
  NATIVE_REPORTED_TABLE,
} from './schema/native-reconcile.ts';
import { NATIVE_ARRIVALS_TABLE } from './schema/native-arrivals.ts';
import { NATIVE_EXTERNAL_TABLE } from './schema/native-external.ts';
import { NATIVE_KEY_USES } from './schema/native-key-uses.ts';
import { NATIVE_LIBRARY_TABLES } from './schema/native-libraries.ts';
import { NATIVE_SEARCH_TABLES } from './schema/native-search.ts';
import { NATIVE_HISTORY_TABLES } from './schema/native-history.ts';
import { NATIVE_SECURITY_TABLES } from './schema/native-security.ts';
import { NATIVE_STORAGE_TABLE } from './schema/native-storage.ts';

interface Migration {
  readonly version: number;
  readonly name: string;
  /** @param from the version before this run. */
  apply(db: Database.Database, log: Log, from: number): void;
}

const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'shared tables complete', apply: completeSharedTables },
  { version: 2, name: 'native tables', apply: (db) => void db.exec(NATIVE_TABLES) },
  { version: 3, name: 'native sync tables', apply: (db) => void db.exec(NATIVE_SYNC_TABLES) },
  { version: 4, name: 'outbox and delivery', apply: (db) => void db.exec(NATIVE_DELIVERY_TABLES) },
  { version: 5, name: 'reconciliation', apply: (db) => void db.exec(NATIVE_RECONCILE_TABLES) },
  { version: 6, name: 'secure sessions', apply: (db) => void db.exec(NATIVE_SECURITY_TABLES) },
  { version: 7, name: 'reported messages', apply: (db) => void db.exec(NATIVE_REPORTED_TABLE) },
  { version: 8, name: 'evidence in order', apply: (db) => void db.exec(NATIVE_PROOFS_IN_ORDER) },
  { version: 9, name: 'files of other nodes', apply: (db) => void db.exec(REMOTE_ATTACHMENT_TRANSFERS) },
  {
    version: 10,
    name: 'shared tables of the whole workspace',
    // The first migration of this very run has made them all.
    apply: (db, log, from) => {
      if (from >= 1) completeSharedTables(db, log);
    },
  },
  { version: 11, name: 'what is encrypted', apply: (db) => void db.exec(NATIVE_STORAGE_TABLE) },
  { version: 12, name: 'created once', apply: (db) => void db.exec(NATIVE_CREATED_TABLE) },
  { version: 13, name: 'search', apply: (db) => void db.exec(NATIVE_SEARCH_TABLES) },
  { version: 14, name: 'earlier texts of messages', apply: (db) => void db.exec(NATIVE_HISTORY_TABLES) },
  { version: 15, name: 'who read a message', apply: (db) => void db.exec(NATIVE_DIRECT_READS_TABLE) },
  { version: 16, name: 'what was created', apply: (db) => void db.exec(NATIVE_CREATED_OBJECT) },
  {
    version: 17,
    name: 'what is chosen for a conversation',
    apply: (db) => void db.exec(NATIVE_CHOICES_TABLE),
  },
  { version: 18, name: 'assets and libraries', apply: (db) => void db.exec(NATIVE_LIBRARY_TABLES) },
  { version: 19, name: 'another asset service', apply: (db) => void db.exec(NATIVE_EXTERNAL_TABLE) },
  { version: 20, name: 'uses of keys', apply: (db) => void db.exec(NATIVE_KEY_USES) },
  { version: 21, name: 'how messages came', apply: (db) => void db.exec(NATIVE_ARRIVALS_TABLE) },
];

/** The version a database has after {@link migrate}. */
export const SCHEMA_VERSION = Math.max(...MIGRATIONS.map((migration) => migration.version));

/** The version a database has now; 0 for a new one and for one of the reference. */
export function schemaVersion(db: Database.Database): number {
  const table = db
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'native_migrations'")
    .get();
  if (table === undefined) return 0;
  const row = db
    .prepare<[], { version: number | null }>('SELECT max(version) AS version FROM native_migrations')
    .get();
  return row?.version ?? 0;
}

/**
 * Brings the database to {@link SCHEMA_VERSION}.
 * @throws {StoreError} `database_too_new`, or `migration_failed` with the failing one rolled back.
 */
export function migrate(db: Database.Database, { log, now }: { log: Log; now: number }): void {
  const from = schemaVersion(db);
  if (from > SCHEMA_VERSION) {
    throw new StoreError(
      'database_too_new',
      `The database ${db.name} has schema version ${from}, this program knows ${SCHEMA_VERSION}: use a newer Canopy.`,
    );
  }
  for (const migration of MIGRATIONS) {
    if (migration.version <= from) continue;
    try {
      db.transaction(() => {
        db.exec(
          'CREATE TABLE IF NOT EXISTS native_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)',
        );
        migration.apply(db, log, from);
        db.prepare('INSERT INTO native_migrations (version, name, applied_at) VALUES (?, ?, ?)').run(
          migration.version,
          migration.name,
          now,
        );
      }).immediate();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreError(
        'migration_failed',
        `Migration ${migration.version} (${migration.name}) of ${db.name} failed: ${reason}`,
        {
          cause: error,
        },
      );
    }
  }
}

interface ColumnInfo {
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
}

function completeSharedTables(db: Database.Database, log: Log): void {
  // A scratch database says what the columns should be, so the definitions stand in one place.
  const scratch = new Database(':memory:');
  try {
    for (const table of SHARED_TABLES) {
      const create = `CREATE TABLE IF NOT EXISTS ${table.name} (${table.columns})`;
      scratch.exec(create);
      db.exec(create);
      addMissingColumns(db, table.name, columnsOf(scratch, table.name));
      for (const index of table.indexes) createIndex(db, index, log);
    }
  } finally {
    scratch.close();
  }
}

function columnsOf(db: Database.Database, table: string): ColumnInfo[] {
  return db
    .prepare<[string], ColumnInfo>('SELECT name, type, "notnull", dflt_value FROM pragma_table_info(?)')
    .all(table);
}

function addMissingColumns(db: Database.Database, table: string, wanted: readonly ColumnInfo[]): void {
  const present = new Set(columnsOf(db, table).map((column) => column.name));
  for (const column of wanted) {
    if (present.has(column.name)) continue;
    // SQLite cannot add a column whose default is computed; such times are always written explicitly.
    const constant = column.dflt_value !== null && column.dflt_value !== 'CURRENT_TIMESTAMP';
    const constraint = constant
      ? `${column.notnull === 1 ? ' NOT NULL' : ''} DEFAULT ${column.dflt_value ?? ''}`
      : '';
    db.exec(`ALTER TABLE ${table} ADD COLUMN ${column.name} ${column.type}${constraint}`);
  }
}

/** A unique index that old rows contradict is left out, as the reference leaves it out; the rows stay readable. */
function createIndex(db: Database.Database, statement: string, log: Log): void {
  try {
    db.exec(statement);
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_CONSTRAINT')) throw error;
    log.warn({ statement, error: error.message }, 'an index of the shared schema was left out');
  }
}
