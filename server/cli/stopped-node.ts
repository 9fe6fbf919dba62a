/**
 * The parts of a node that work without sockets, opened for one command while no node runs (03 section 1.8): data
 * directory, database with its lock, identity, workspace.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openDataDirectory } from '../config/data-directory.ts';
import type { DataDirectory, DataPaths } from '../config/data-directory.ts';
import { nativeCrypto } from '../crypto/native.ts';
import { writeFileAtomic } from '../identity/atomic-file.ts';
import { loadOrCreateNodeIdentity } from '../identity/node-identity.ts';
import { systemClock, systemRandom, systemTimers } from '../ports/system.ts';
import { openDatabase } from '../store/database.ts';
import { StoreError } from '../store/errors.ts';
import { LOCK_FILE_NAME, lockDirectory } from '../store/lock.ts';
import { StoreReader } from '../store/reader.ts';
import { DiskFileBytes } from '../store/file-bytes.ts';
import { createRepositories } from '../store/repositories.ts';
import type { Repositories } from '../store/repositories.ts';
import type { Sql } from '../store/sql.ts';
import { storageMode } from '../store/storage-mode.ts';
import { Users } from '../store/users.ts';
import { Vault } from '../store/vault.ts';
import { EventBus } from '../telemetry/bus.ts';
import { silentLog } from '../telemetry/log.ts';
import { AtRestCipher } from '../wire/at-rest.ts';
import { Workspace } from '../workspace/workspace.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';

/** What a command works with. */
export interface StoppedNode {
  workspace: Workspace;
  repositories: Repositories;
}

/** Whether a process holds the lock of these data. */
export function isLocked(paths: DataPaths): boolean {
  const lockFile = path.join(path.dirname(paths.databaseFile), LOCK_FILE_NAME);
  if (!existsSync(lockFile)) return false;
  try {
    lockDirectory(lockFile).release();
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'data_dir_locked') return true;
    throw error;
  }
}

/** Finds or creates the data directory of the settings, as a start of the node does. */
export function openData({ config, machine }: Context): DataDirectory {
  return openDataDirectory(config, {
    places: machine.places,
    hostname: machine.hostname,
    platform: machine.platform,
    random: systemRandom,
    clock: systemClock,
    save: writeFileAtomic,
  });
}

/**
 * Runs `work` on the data of a node that does not run, holding its lock.
 * @param instead what to do when it runs, as the end of a sentence.
 * @throws {CliError} `node_running`.
 */
export async function onStoppedNode<T>(
  context: Context,
  instead: string,
  work: (node: StoppedNode) => T | Promise<T>,
): Promise<T> {
  if (context.running) throw nodeRunning(context, instead);
  const data = openData(context);
  const ports = {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    commit: <C>(base: C): C => base,
  };
  const crypto = nativeCrypto;
  const store = await openDatabase(data.databaseFile, { ports, log: silentLog }, { startupBackup: false });
  try {
    const identity = loadOrCreateNodeIdentity(data.identityFile, { random: systemRandom, crypto });
    const cipher = new AtRestCipher(
      { crypto, random: systemRandom },
      { ed25519Seed: identity.ed25519.privateKey },
    );
    const vault = new Vault(cipher, { mode: storageMode(store.sql) });
    const repositories = createRepositories({ sql: store.sql, vault, random: systemRandom });
    const bytes = new DiskFileBytes({ directory: data.filesDirectory, sealing: vault.files() });
    const workspace = new Workspace(
      { store, repositories, ports, crypto, bus: new EventBus(() => undefined), bytes },
      {
        localPeer: identity.peerId,
        trustDefault: context.config.trustDefault,
        maintenanceIntervalMs: context.config.maintenanceIntervalSeconds * 1000,
        secretKey: data.secretKey,
        // Whoever holds the data directory is the one who would approve.
        autoApproveAgents: true,
      },
    );
    return await work({ workspace, repositories });
  } finally {
    store.close();
  }
}

/**
 * Runs `work` on a database that is only read, whether a node runs or not.
 * @throws {CliError} `no_data`, `file` for a database of another version.
 */
export function readingStore<T>(context: Context, work: (reader: StoreReader) => T): T {
  const { paths } = context;
  if (paths === null || !existsSync(paths.databaseFile)) throw noData(paths);
  const reader = new StoreReader(paths.databaseFile);
  try {
    if (reader.isTooNew) throw new CliError('file', 'A newer Canopy wrote this database: use that one.');
    if (!reader.isCurrent)
      throw new CliError(
        'file',
        'This database is of an older version: start the node once, which updates it.',
      );
    return work(reader);
  } finally {
    reader.close();
  }
}

/** The accounts in a database that is only read. What is encrypted there stays unread: nothing here has the key. */
export function accountRows(sql: Sql): Users {
  const cipher = new AtRestCipher({ crypto: nativeCrypto, random: systemRandom }, { ed25519Seed: null });
  return new Users({ sql, vault: new Vault(cipher) });
}

export function noData(paths: DataPaths | null): CliError {
  const where = paths === null ? 'for this user' : `in ${paths.directory}`;
  return new CliError(
    'no_data',
    `There is no Canopy data ${where} yet: start the node once, or name the directory with --data-root or CANOPY_DATA_DIR.`,
  );
}

function nodeRunning({ paths }: Context, instead: string): CliError {
  return new CliError(
    'node_running',
    `A node is running on ${paths?.directory ?? 'these data'}: ${instead}.`,
  );
}
