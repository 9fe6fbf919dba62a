/**
 * One process per data directory (08 section 5): an SQLite file of its own, held in an exclusive transaction.
 * The system releases the lock when the process dies, however it dies.
 */
import Database from 'better-sqlite3';
import { StoreError } from './errors.ts';

/** Name of the lock file, beside the database. It holds no data and may be deleted while no node runs. */
export const LOCK_FILE_NAME = 'canopy.lock';

/** A held lock; `release` is idempotent. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Takes the lock at once or fails.
 * @param path of the lock file; it is created when absent.
 * @throws {StoreError} `data_dir_locked` when another process holds it, `database_unreadable` when the file cannot be had.
 */
export function lockDirectory(path: string): DirectoryLock {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { timeout: 0 });
    // Nothing is ever written, so the file needs no journal beside it.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const code = error instanceof Database.SqliteError ? error.code : '';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
      throw new StoreError(
        'data_dir_locked',
        `Another Canopy node is using this data directory (lock file ${path}).`,
      );
    }
    throw new StoreError('database_unreadable', `Cannot use the lock file ${path}: ${describe(error)}`, {
      cause: error,
    });
  }
  const held = db;
  return { release: () => void held.close() };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
