/**
 * `canopy storage status|encrypt|decrypt`: what is encrypted in the data directory, and moving it to the other mode while
 * the node is stopped (03 section 2.6). A move that was interrupted goes on when the command is given again.
 */
import { existsSync } from 'node:fs';
import { nativeCrypto } from '../crypto/native.ts';
import { loadOrCreateNodeIdentity } from '../identity/node-identity.ts';
import { systemClock, systemRandom, systemTimers } from '../ports/system.ts';
import { removeBackups } from '../store/backup.ts';
import { openDatabase } from '../store/database.ts';
import { FileMove } from '../store/file-move.ts';
import { StorageMove } from '../store/storage-move.ts';
import { storageState } from '../store/storage-mode.ts';
import type { StorageState } from '../store/storage-mode.ts';
import { Vault } from '../store/vault.ts';
import type { StorageMode } from '../store/vault.ts';
import { silentLog } from '../telemetry/log.ts';
import { AtRestCipher } from '../wire/at-rest.ts';
import type { Context, Outcome } from './context.ts';
import { CliError } from './errors.ts';
import { count } from './format.ts';
import { noData, openData, readingStore } from './stopped-node.ts';

const MEANING: Readonly<Record<StorageMode, string>> = {
  full: 'everything people wrote, and their files, are encrypted at rest',
  reference: "direct messages and posts are encrypted at rest, as in Python's Canopy; all else is in clear",
};

/** `storage status`. */
export function storageStatus(context: Context): Outcome {
  const state = readingStore(context, ({ sql }) => storageState(sql));
  return { text: `${state.mode}: ${MEANING[state.mode]}.${unfinished(state)}`, json: words(state) };
}

/** `storage encrypt`: everything a person wrote becomes ciphertext. */
export function encryptStorage(context: Context): Promise<Outcome> {
  return move(context, 'full');
}

/** `storage decrypt`: what Python's Canopy reads in clear becomes clear. */
export function decryptStorage(context: Context): Promise<Outcome> {
  return move(context, 'reference');
}

async function move(context: Context, goal: StorageMode): Promise<Outcome> {
  const { paths, running } = context;
  if (running) throw new CliError('node_running', 'A node is running on these data: stop it first.');
  if (paths === null || !existsSync(paths.databaseFile)) throw noData(paths);
  const data = openData(context);
  const ports = {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    commit: <C>(base: C): C => base,
  };
  const store = await openDatabase(data.databaseFile, { ports, log: silentLog }, { startupBackup: false });
  try {
    const before = storageState(store.sql);
    // Python's Canopy may have written in clear into one that is encrypted: that is taken along.
    if (before.mode === 'reference' && goal === 'reference' && before.goal === null)
      return { text: `Nothing to do: ${MEANING[goal]}.`, json: { ...words(before), unreadable: 0 } };
    const crypto = nativeCrypto;
    const identity = loadOrCreateNodeIdentity(data.identityFile, { random: systemRandom, crypto });
    const cipher = new AtRestCipher(
      { crypto, random: systemRandom },
      { ed25519Seed: identity.ed25519.privateKey },
    );
    const files = new FileMove(
      { sql: store.sql, sealing: cipher },
      { directory: data.filesDirectory, seals: goal === 'full' },
    );
    const forgetBackups = (): void => removeBackups(data.databaseFile);
    const moving = new StorageMove({ store, vault: new Vault(cipher), files, forgetBackups }, { goal });
    await moving.run();
    const left =
      moving.unreadable === 0
        ? ''
        : ` ${count(moving.unreadable, 'value')} could not be read with this node's identity and stayed as they were.`;
    return {
      text: `Done: ${MEANING[goal]}. The start-up backups of before were removed.${left}`,
      json: { ...words(storageState(store.sql)), unreadable: moving.unreadable },
    };
  } finally {
    store.close();
  }
}

function words({ mode, goal }: StorageState): { mode: StorageMode; moving_to: StorageMode | null } {
  return { mode, moving_to: goal };
}

function unfinished({ goal }: StorageState): string {
  if (goal === null) return '';
  const word = goal === 'full' ? 'encrypt' : 'decrypt';
  return ` A move was interrupted: "canopy storage ${word}" goes on with it.`;
}
