/**
 * Backups of the database (03 section 1.4, 08 section 5): one at every start, the newest three kept, and one
 * before every migration, which is opened and checked before anything is changed.
 */
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from './errors.ts';
import { wipeFile } from './wipe-file.ts';

/** How many backups of each kind are kept: the reference's number, enough to go back past a bad day. */
export const KEPT_BACKUPS = 3;
/** More pages than a database has. */
const ALL_PAGES = 0x7fffffff;
const STARTUP_PREFIX = 'canopy_startup_';
const MIGRATION_PREFIX = 'canopy_before_migration_';

/** Makes `canopy_startup_YYYYMMDD_HHMMSS.db` (local time) beside the database and removes all but the newest three. */
export async function startupBackup(db: Database.Database, now: number): Promise<string> {
  return backupTo(db, STARTUP_PREFIX, now);
}

/**
 * Makes the backup that a migration starts from.
 * @throws {StoreError} `backup_failed` when it cannot be made, or does not open and check as sound.
 */
export async function migrationBackup(db: Database.Database, now: number): Promise<string> {
  try {
    const file = await backupTo(db, MIGRATION_PREFIX, now);
    const copy = new Database(file, { fileMustExist: true });
    try {
      // The copy inherits WAL mode; a backup shall be one file.
      copy.pragma('journal_mode = DELETE');
      const result = quickCheck(copy);
      if (result !== 'ok') throw new Error(`the copy is damaged: ${result}`);
    } finally {
      copy.close();
    }
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      'backup_failed',
      `No backup of ${db.name} could be made, so it was not migrated: ${reason}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Copies the database of a node that may be running to `target`, by a connection of its own that only reads: one
 * state of one moment, in one file (mode 0600), checked.
 * @throws {StoreError} `backup_failed`; no file is left then.
 */
export async function copyDatabase(file: string, target: string): Promise<void> {
  try {
    const source = new Database(file, { readonly: true, fileMustExist: true });
    try {
      // All pages in one step: between two steps the node could write, and the copy would begin again.
      await source.backup(target, { progress: () => ALL_PAGES });
    } finally {
      source.close();
    }
    chmodSync(target, 0o600);
    const copy = new Database(target, { fileMustExist: true });
    try {
      copy.pragma('journal_mode = DELETE');
      const result = quickCheck(copy);
      if (result !== 'ok') throw new Error(`the copy is damaged: ${result}`);
    } finally {
      copy.close();
    }
  } catch (error) {
    rmSync(target, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError('backup_failed', `The database ${file} could not be copied: ${reason}`, {
      cause: error,
    });
  }
}

/** Removes, and overwrites, every copy of the database that starts and migrations made beside it. */
export function removeBackups(databaseFile: string): void {
  const directory = path.dirname(databaseFile);
  for (const name of readdirSync(directory)) {
    if (name.startsWith(STARTUP_PREFIX) || name.startsWith(MIGRATION_PREFIX))
      wipeFile(path.join(directory, name));
  }
}

/** `ok`, or the first line SQLite has to say about damage. */
export function quickCheck(db: Database.Database): string {
  return String(db.pragma('quick_check(1)', { simple: true }));
}

async function backupTo(db: Database.Database, prefix: string, now: number): Promise<string> {
  const directory = path.dirname(db.name);
  const file = path.join(directory, `${prefix}${fileStamp(now)}.db`);
  await db.backup(file);
  // The stamp sorts as text; a clock that went back only changes which ones count as newest.
  const all = readdirSync(directory).filter((name) => name.startsWith(prefix) && name.endsWith('.db'));
  const old = all.sort().slice(0, -KEPT_BACKUPS);
  for (const name of old) rmSync(path.join(directory, name), { force: true });
  return file;
}

/** `YYYYMMDD_HHMMSS` in local time, for names of files that sort by it. */
export function fileStamp(ms: number): string {
  const time = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${date}_${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}
