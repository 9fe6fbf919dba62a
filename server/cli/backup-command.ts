/**
 * `canopy backup DIRECTORY`: one state of the whole node, also while it runs (03 section 1.4, 08 section 5). The
 * database is copied by SQLite itself from a second connection; files follow, so that every file the copied database
 * names is in the copy. What was written is read back before the backup gets its name.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { DataPaths } from '../config/data-directory.ts';
import { writeFileAtomic } from '../identity/atomic-file.ts';
import { systemClock } from '../ports/system.ts';
import { copyDatabase } from '../store/backup.ts';
import { toIsoTime } from '../store/time.ts';
import type { Context, Outcome } from './context.ts';
import { copyPrivate, makeDirectoryBeside, sync } from './copy-file.ts';
import { CliError } from './errors.ts';
import { count } from './format.ts';
import {
  ASSETS_ENTRY,
  DATABASE_ENTRY,
  describeFile,
  FILES_ENTRY,
  IDENTITY_ENTRY,
  MANIFEST_NAME,
  SMALL_FILES,
  verifyBackup,
} from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { ownPeerId } from './mesh-commands.ts';
import { noData } from './stopped-node.ts';

/** `backup DIRECTORY`; the directory must not exist. */
export async function makeBackup(context: Context): Promise<Outcome> {
  const { paths, machine } = context;
  const target = path.resolve(machine.places.cwd, context.words[0] ?? '');
  if (paths === null || !existsSync(paths.databaseFile)) throw noData(paths);
  if (existsSync(target))
    throw new CliError('file', `${target} exists: a backup makes a new directory; give another name.`);
  const saved = [paths.filesDirectory, assetsDirectory(paths)];
  if (saved.some((directory) => `${target}${path.sep}`.startsWith(`${directory}${path.sep}`)))
    throw new CliError('file', 'A backup cannot lie among the files it saves.');
  const work = makeDirectoryBeside(target, 'partial');
  try {
    const withAssets = !context.options.has('--without-assets');
    const names = await collect(paths, work, withAssets);
    const manifest: Manifest = {
      format: 'canopy-backup-1',
      created_at: toIsoTime(systemClock.now()),
      canopy_version: machine.version,
      peer_id: ownPeerId(paths),
      files: names.map((name) => describeFile(work, name)),
    };
    writeFileAtomic(path.join(work, MANIFEST_NAME), JSON.stringify(manifest, null, 2));
    verifyBackup(work);
    renameSync(work, target);
    sync(path.dirname(target));
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      text: `Backup of ${paths.directory} in ${target}: ${count(names.length, 'file')}, ${bytes} bytes, verified. ${withAssets ? '' : 'The bytes of assets are not in it. '}It holds this node's private keys: keep it as safe as the node.`,
      json: {
        directory: target,
        peer_id: manifest.peer_id,
        files: names.length,
        bytes,
        assets: withAssets,
        verified: true,
      },
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Copies everything, the bytes of assets if asked for, into `work`; the names of what was copied. */
async function collect(paths: DataPaths, work: string, withAssets: boolean): Promise<string[]> {
  await copyDatabase(paths.databaseFile, path.join(work, DATABASE_ENTRY));
  sync(path.join(work, DATABASE_ENTRY));
  const sources: Record<(typeof SMALL_FILES)[number], string> = {
    [IDENTITY_ENTRY]: paths.identityFile,
    'known_peers.json': paths.knownPeersFile,
    'relay_settings.json': paths.relaySettingsFile,
    'public_address.json': paths.publicAddressFile,
    'secret_key.json': paths.secretKeyFile,
  };
  const names: string[] = [DATABASE_ENTRY];
  for (const name of SMALL_FILES) {
    if (copyIfThere(sources[name], path.join(work, name))) names.push(name);
  }
  for (const inner of filesBelow(paths.filesDirectory)) {
    const name = `${FILES_ENTRY}/${inner}`;
    if (copyIfThere(path.join(paths.filesDirectory, inner), path.join(work, name))) names.push(name);
  }
  if (!withAssets) return names;
  // What is coming in, in part here or made anew lies in folders that begin with a dot.
  for (const inner of filesBelow(assetsDirectory(paths)).filter((name) => !name.startsWith('.'))) {
    const name = `${ASSETS_ENTRY}/${inner}`;
    if (copyIfThere(path.join(assetsDirectory(paths), inner), path.join(work, name))) names.push(name);
  }
  return names;
}

function assetsDirectory(paths: DataPaths): string {
  return path.join(paths.directory, ASSETS_ENTRY);
}

/** A running node may remove a file between listing and copying. */
function copyIfThere(from: string, to: string): boolean {
  if (!existsSync(from)) return false;
  copyPrivate(from, to);
  return true;
}

/** Regular files below a directory, as relative paths with `/`. */
function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}
