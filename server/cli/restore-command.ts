/**
 * `canopy restore DIRECTORY`: puts a backup in place of the data directory, by one rename, after everything in it
 * proved to be what was saved (03 section 1.4, 08 section 5). What was there stays beside it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findDataDirectory } from '../config/data-directory.ts';
import { nativeCrypto } from '../crypto/native.ts';
import { parseIdentityFile } from '../identity/node-identity.ts';
import { systemClock } from '../ports/system.ts';
import { LOCK_FILE_NAME, lockDirectory } from '../store/lock.ts';
import { StoreReader } from '../store/reader.ts';
import type { Context, Outcome } from './context.ts';
import { copyPrivate, makeDirectoryBeside, sync } from './copy-file.ts';
import { CliError } from './errors.ts';
import { count } from './format.ts';
import { DATABASE_ENTRY, FILES_ENTRY, IDENTITY_ENTRY, requireSame, verifyBackup } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { openData } from './stopped-node.ts';

/** `restore DIRECTORY`; with `--force` also over a directory that holds something, which is put aside. */
export function restoreBackup(context: Context): Outcome {
  const { machine, config } = context;
  const source = path.resolve(machine.places.cwd, context.words[0] ?? '');
  if (config.databasePath !== null)
    throw new CliError(
      'usage',
      'A backup is restored as a whole directory: unset CANOPY_DATABASE_PATH for it.',
    );
  if (context.running)
    throw new CliError(
      'node_running',
      `A node is running on ${context.paths?.directory ?? ''}: stop it first.`,
    );
  const manifest = verifyBackup(source);
  const { directory, empty } = findTarget(context);
  if (!empty && !context.options.has('--force')) {
    throw new CliError(
      'not_empty',
      `${directory} holds data: restore with --force, which puts it aside, or name another directory with --data-root or CANOPY_DATA_DIR.`,
    );
  }
  const work = makeDirectoryBeside(directory, 'restoring');
  try {
    for (const saved of manifest.files) {
      copyPrivate(path.join(source, saved.path), path.join(work, saved.path));
      requireSame(work, saved);
    }
    mkdirSync(path.join(work, FILES_ENTRY), { recursive: true });
    requireUsable(work, manifest);
    const aside = replace(directory, work, empty);
    const kept = aside === null ? '' : ` What was there is in ${aside}.`;
    return {
      text: `Restored ${count(manifest.files.length, 'file')} of ${manifest.created_at} into ${directory}.${kept}`,
      json: {
        directory,
        peer_id: manifest.peer_id,
        files: manifest.files.length,
        created_at: manifest.created_at,
        put_aside: aside,
      },
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The directory to restore to, named as a start of the node would name it, and whether it holds nothing of anybody's. */
function findTarget(context: Context): { directory: string; empty: boolean } {
  const before = findDataDirectory(context.config, context.machine.places);
  if (before !== null && existsSync(before.directory))
    return { directory: before.directory, empty: isEmpty(before.directory) };
  const opened = openData(context);
  return { directory: opened.directory, empty: opened.migratedFrom === null };
}

function isEmpty(directory: string): boolean {
  return readdirSync(directory, { withFileTypes: true }).every(
    (entry) =>
      entry.name === LOCK_FILE_NAME || (entry.isDirectory() && isEmpty(path.join(directory, entry.name))),
  );
}

/** Whether a node could start on what was copied. */
function requireUsable(work: string, manifest: Manifest): void {
  const reader = new StoreReader(path.join(work, DATABASE_ENTRY));
  try {
    const state = reader.check();
    if (state !== 'ok')
      throw new CliError('backup_damaged', `The database of the backup is damaged: ${state}`);
    if (reader.isTooNew)
      throw new CliError('file', 'A newer Canopy made this backup: restore it with that one.');
  } finally {
    reader.close();
  }
  if (!manifest.files.some(({ path: name }) => name === IDENTITY_ENTRY)) return;
  const { peerId } = parseIdentityFile(readFileSync(path.join(work, IDENTITY_ENTRY), 'utf8'), nativeCrypto);
  if (peerId !== manifest.peer_id)
    throw new CliError('backup_damaged', 'The identity of the backup is not that of its manifest.');
}

/** Puts `work` in the place of `directory` while nobody else can start there; where the old one is now, or null. */
function replace(directory: string, work: string, empty: boolean): string | null {
  const lock = existsSync(directory) ? lockDirectory(path.join(directory, LOCK_FILE_NAME)) : null;
  try {
    const aside = existsSync(directory) ? asideName(directory) : null;
    if (aside !== null) renameSync(directory, aside);
    try {
      renameSync(work, directory);
    } catch (error) {
      if (aside !== null) renameSync(aside, directory);
      throw error;
    }
    sync(path.dirname(directory));
    if (aside === null || !empty) return aside;
    rmSync(aside, { recursive: true, force: true });
    return null;
  } finally {
    lock?.release();
  }
}

/** `<directory>.before-restore-20261122T050000Z`. */
function asideName(directory: string): string {
  const stamp = new Date(systemClock.now()).toISOString().slice(0, 19).replace(/[-:]/g, '');
  return `${directory}.before-restore-${stamp}Z`;
}
