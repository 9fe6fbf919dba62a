/** Removes a file so that its bytes do not stay on the disk where the file was. */
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';

const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Overwrites and removes a file; nothing happens when there is none. Disks that write every change to a new place, and
 * snapshots, keep the old bytes all the same: SECURITY.md says so.
 */
export function wipeFile(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return;
  const handle = openSync(file, 'r+');
  try {
    for (let at = 0; at < size; at += ZEROS.length)
      writeSync(handle, ZEROS, 0, Math.min(ZEROS.length, size - at), at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  rmSync(file);
}
