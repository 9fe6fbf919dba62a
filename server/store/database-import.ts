/** The start of a node for which a database waits that somebody brought in (`database-transfer.ts`; 05 section 10.15, K-2). */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { fileStamp } from './backup.ts';

const WAITING_ENDING = '.import';

/** Where something is written that is copied or brought in; the same disk as the database. */
export function workFile(file: string, suffix: string): string {
  return path.join(path.dirname(file), `${workPrefix(file)}${suffix}`);
}

/** Removes what a kill in the midst of copying or bringing in left. Whoever calls holds the lock of the directory. */
export function removeWorkFiles(file: string): void {
  const directory = path.dirname(file);
  for (const name of readdirSync(directory))
    if (name.startsWith(workPrefix(file))) rmSync(path.join(directory, name), { force: true });
}

/**
 * Puts a database that waits in the place of `file`; what was there is `canopy_before_import_….db` afterwards. Whoever
 * calls holds the lock of the directory. A kill in the midst of it is made good by the next call.
 * @param now Unix ms.
 * @returns where the old one is now; null when nothing waits, or none was there.
 */
export function takeImport(file: string, now: number): { aside: string | null } | null {
  const waiting = waitingFile(file);
  if (!existsSync(waiting)) return null;
  let aside: string | null = null;
  if (existsSync(file)) {
    try {
      asOneFile(file);
    } catch {
      // It does not open: then its write-ahead log is of no use to anybody either.
    }
    aside = path.join(path.dirname(file), `canopy_before_import_${fileStamp(now)}.db`);
    renameSync(file, aside);
  }
  for (const ending of ['-wal', '-shm']) rmSync(`${file}${ending}`, { force: true });
  renameSync(waiting, file);
  return { aside };
}

/** Where a database waits to take the place of `file`. */
export function waitingFile(file: string): string {
  return `${file}${WAITING_ENDING}`;
}

/** Folds a write-ahead log back, so that the database is one file. */
export function asOneFile(file: string): void {
  const db = new Database(file, { fileMustExist: true });
  try {
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

function workPrefix(file: string): string {
  return `.${path.basename(file)}.`;
}
