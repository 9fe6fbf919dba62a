/** Copies for backups: private, on disk before anything relies on them. */
import { chmodSync, closeSync, copyFileSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { PRIVATE_FILE_MODE } from '../identity/atomic-file.ts';

const PRIVATE_DIRECTORY_MODE = 0o700;
/** Random characters that keep two commands at once apart. */
const SUFFIX_BYTES = 4;

/** Makes an empty private directory beside `target`, to be renamed to it once it is complete. */
export function makeDirectoryBeside(target: string, purpose: string): string {
  const name = `.${path.basename(target)}.${purpose}-${randomBytes(SUFFIX_BYTES).toString('hex')}`;
  const directory = path.join(path.dirname(target), name);
  mkdirSync(path.dirname(target), { recursive: true });
  mkdirSync(directory, { mode: PRIVATE_DIRECTORY_MODE });
  return directory;
}

/** Copies one file to a place where none is, with its directories, and forces it to disk. */
export function copyPrivate(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  copyFileSync(from, to, constants.COPYFILE_EXCL);
  chmodSync(to, PRIVATE_FILE_MODE);
  sync(to);
}

/** Forces a file or a directory to disk; systems that cannot do it for directories do it by themselves. */
export function sync(name: string): void {
  let handle: number;
  try {
    handle = openSync(name, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(handle);
  } catch {
    // The copy stands; how soon it is on disk is now the system's affair.
  } finally {
    closeSync(handle);
  }
}
