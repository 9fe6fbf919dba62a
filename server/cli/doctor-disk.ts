/** What the doctor sees on disk: directory, modes, identity, database, lock, clock (03 sections 1.4 and 1.8). Only looks. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DataPaths } from '../config/data-directory.ts';
import { StoreReader } from '../store/reader.ts';
import { failure, ok, reason, warning } from './doctor-checks.ts';
import type { Check } from './doctor-checks.ts';
import { ownPeerId } from './mesh-commands.ts';

/** Below this a backup at the next start may already not fit. */
const LITTLE_SPACE_BYTES = 256 * 1_048_576;
/** Clocks of file servers differ by less. */
const CLOCK_SLACK_MS = 120_000;
/** No node of this program ran before; a clock that says so was never set. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

/** Whether the data directory is there, is ours to write, and has room. */
export function checkDirectory(paths: DataPaths): Check {
  const { directory } = paths;
  const name = 'Data directory';
  try {
    if (!statSync(directory).isDirectory())
      return failure(
        name,
        `${directory} is a file`,
        'Name another place with --data-root or CANOPY_DATA_DIR.',
      );
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(directory);
    const free = `${Math.floor((bavail * bsize) / 1_048_576)} MiB free`;
    if (bavail * bsize < LITTLE_SPACE_BYTES)
      return warning(
        name,
        `${directory}, only ${free}`,
        'Make room on this disk: the database grows, and every start makes a backup.',
      );
    return ok(name, `${directory}, ${free}`);
  } catch (error) {
    return failure(
      name,
      reason(error),
      'Make it readable and writable for the user who runs Canopy, or name another with --data-root or CANOPY_DATA_DIR.',
    );
  }
}

/** Whether others on this machine can read what is private. */
export function checkModes(paths: DataPaths): Check {
  const wanted: [string, number][] = [
    [paths.directory, 0o700],
    [paths.identityFile, 0o600],
    [paths.secretKeyFile, 0o600],
    [paths.knownPeersFile, 0o600],
  ];
  const open = wanted.filter(([file]) => existsSync(file) && (statSync(file).mode & 0o077) !== 0);
  if (open.length === 0) return ok('Modes', 'private files are readable by their owner only');
  return warning(
    'Modes',
    `others on this machine can read ${open.map(([file]) => path.basename(file)).join(', ')}`,
    ...open.map(([file, mode]) => `chmod ${mode.toString(8)} ${file}`),
  );
}

/** Whether the node knows who it is. */
export function checkIdentity(paths: DataPaths): Check {
  const name = 'Identity';
  try {
    const peerId = ownPeerId(paths);
    if (peerId !== null) return ok(name, `peer ${peerId}`);
    return warning(
      name,
      'P2P identity not initialized',
      'The node never started fully here. Start it and look into its logs.',
      `${paths.identityFile} is created on the first run.`,
    );
  } catch (error) {
    return failure(
      name,
      reason(error),
      'Put peer_identity.json back from a backup. Without it this node is somebody else to every peer, and cannot read what it stored encrypted.',
    );
  }
}

/** Whether SQLite finds the database sound. */
export function checkDatabase(paths: DataPaths): Check {
  const name = 'Database';
  const { databaseFile } = paths;
  if (!existsSync(databaseFile))
    return warning(name, `there is no ${databaseFile}`, 'It is created by the first start of the node.');
  const help = `Stop the node, keep a copy of ${databaseFile}, and go back to a backup: "canopy restore", or the newest canopy_startup_ file beside it.`;
  try {
    const reader = new StoreReader(databaseFile);
    try {
      const state = reader.check();
      if (state !== 'ok') return failure(name, `damaged: ${state}`, help);
      if (reader.isTooNew)
        return failure(
          name,
          `schema ${reader.schemaVersion} of a newer Canopy`,
          'Use that version, or a newer one.',
        );
      return ok(
        name,
        `sound, schema ${reader.schemaVersion}${reader.isCurrent ? '' : ', updated at the next start'}`,
      );
    } finally {
      reader.close();
    }
  } catch (error) {
    return failure(name, reason(error), help);
  }
}

/** Whether the clock can be right. Messages carry its time, and peers refuse handshakes of another day. */
export function checkClock(paths: DataPaths | null, now: number): Check {
  const shown = new Date(now).toISOString().slice(0, 19);
  const advice =
    'Set the clock, best by network time: with a wrong one peers refuse the handshake and messages sort wrongly.';
  const written = paths === null ? [] : [paths.databaseFile, `${paths.databaseFile}-wal`, paths.identityFile];
  const newest = Math.max(
    EARLIEST_MS,
    ...written.filter((file) => existsSync(file)).map((file) => statSync(file).mtimeMs),
  );
  if (newest > now + CLOCK_SLACK_MS)
    return failure(
      'Clock',
      `${shown} UTC, but the data were written at ${new Date(newest).toISOString().slice(0, 19)}`,
      advice,
    );
  return ok('Clock', `${shown} UTC`);
}
