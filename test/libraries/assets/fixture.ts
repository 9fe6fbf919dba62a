/** An asset store over a database in memory and a temporary folder. */
import { createHash } from 'node:crypto';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { AssetFiles } from '../../../server/libraries/assets/asset-files.ts';
import { AssetStore } from '../../../server/libraries/assets/asset-store.ts';
import type { GivenMeta } from '../../../server/libraries/assets/meta.ts';
import type { Asset, AssetChange } from '../../../server/libraries/types.ts';
import type { Store } from '../../../server/store/database.ts';
import { openMemoryDatabase } from '../../../server/store/database.ts';
import { AssetRows } from '../../../server/store/assets.ts';
import { EventBus } from '../../../server/telemetry/bus.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import { systemPorts } from '../../../server/ports/system.ts';
import type { Timers } from '../../../server/ports/types.ts';
import { AtRestCipher } from '../../../server/wire/at-rest.ts';
import type { AssetHash, PeerId } from '../../../server/wire/ids.ts';

export const PEER = '5PaqYvhzDTHyF6xY' as PeerId;

/** Timers that keep the process: those of a node do not, and a test waits for a commit with nothing else open. */
const heldTimers: Timers = {
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  every: () => ({ cancel: () => undefined }),
};

/** What a test may choose. */
export interface StoreInit {
  folder: string;
  /** The database of an earlier store, which began again. */
  database?: Store;
  seals?: boolean;
  maxBytes?: number;
  /** Free and all bytes of the disk. */
  room?: { free: number; total: number };
}

/** A store that has started. */
export interface TestStore {
  store: AssetStore;
  rows: AssetRows;
  database: Store;
  changes: AssetChange[];
  clock: { time: number };
  ingest(content: string | Uint8Array, given?: GivenMeta): Promise<{ asset: Asset; created: boolean }>;
}

export async function assetStore(init: StoreInit): Promise<TestStore> {
  const ports = { ...systemPorts(), timers: heldTimers };
  const database = init.database ?? openMemoryDatabase({ ports, log: silentLog });
  const clock = { time: 1_750_000_000_000 };
  const sealing = new AtRestCipher(
    { crypto: nativeCrypto, random: ports.random },
    { ed25519Seed: new Uint8Array(32).fill(7) },
  );
  const files = new AssetFiles({ sealing }, { directory: init.folder, seals: init.seals ?? false });
  const { room } = init;
  if (room !== undefined) files.room = () => Promise.resolve(room);
  const rows = new AssetRows(database.sql);
  const store = new AssetStore(
    {
      rows,
      commit: database.commit,
      files,
      clock: { now: () => clock.time, monotonic: () => clock.time },
      bus: new EventBus((error) => {
        throw error;
      }),
      log: silentLog,
    },
    { peerId: PEER, maxBytes: init.maxBytes ?? 1024 ** 3 },
  );
  await store.start();
  const changes: AssetChange[] = [];
  store.onChange((change) => changes.push(change));
  return {
    store,
    rows,
    database,
    changes,
    clock,
    ingest: async (content, given = {}) => {
      const upload = await store.begin();
      await upload.write(Buffer.from(content));
      return store.ingest(upload, given);
    },
  };
}

export function hashOf(content: string | Uint8Array): AssetHash {
  return createHash('sha256').update(content).digest('hex') as AssetHash;
}

/** All of it. */
export async function contentOf(store: AssetStore, hash: AssetHash): Promise<string> {
  const { read } = await store.readable(hash);
  const parts: Buffer[] = [];
  for await (const part of read()) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('latin1');
}
