/**
 * Directories from before there was one per device (03 section 1.4, end): the database, secret, identity and files
 * of `<program>/data` or `./data` are copied once into an empty device directory.
 */
import { copyFileSync, cpSync, existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DATABASE_NAME } from './data-root.ts';
import type { Places } from './data-root.ts';

const MIGRATED_SUFFIX = '.pre_device_migration';
const PRIVATE_FILES = ['secret_key.json', 'peer_identity.json'] as const;

/**
 * Migrates if there is something to migrate. The database goes last and by rename, so a start that was cut off
 * begins again.
 * @returns the old directory, or null when nothing was done.
 */
export function migrateLegacyDirectory(deviceDirectory: string, places: Places): string | null {
  const target = path.join(deviceDirectory, DATABASE_NAME);
  if (existsSync(target)) return null;
  const old = [places.program, places.cwd]
    .map((place) => path.join(place, 'data'))
    .find((directory) => existsSync(path.join(directory, DATABASE_NAME)));
  if (old === undefined) return null;
  for (const name of PRIVATE_FILES) copyMissing(path.join(old, name), path.join(deviceDirectory, name));
  const files = path.join(old, 'files');
  if (existsSync(files))
    cpSync(files, path.join(deviceDirectory, 'files'), { recursive: true, force: false });
  const source = path.join(old, DATABASE_NAME);
  // Commits that were not folded back yet belong to the database; SQLite finds them under the new name.
  copyMissing(`${source}-wal`, `${target}-wal`);
  copyFileSync(source, `${target}.migrating`);
  renameSync(`${target}.migrating`, target);
  renameSync(source, `${source}${MIGRATED_SUFFIX}`);
  return old;
}

function copyMissing(from: string, to: string): void {
  if (existsSync(from) && !existsSync(to)) copyFileSync(from, to);
}
