/** What the tests of the store share: ports without a real clock or timers, temporary directories, a vault. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeCrypto } from '../../server/crypto/native.ts';
import type { Commit, Timer } from '../../server/ports/types.ts';
import type { Store, StorePorts } from '../../server/store/database.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import type { Repositories } from '../../server/store/repositories.ts';
import { setStorageState } from '../../server/store/storage-mode.ts';
import { Vault } from '../../server/store/vault.ts';
import type { StorageMode } from '../../server/store/vault.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import { SeededRandom } from '../sim/seeded-random.ts';

/** 2026-11-22T02:00:00Z, after everything in the fixture was written. */
export const NOW = Date.UTC(2026, 10, 22, 2, 0, 0);

/** Ports whose time stands still unless a test moves it, and whose timers run when a test says so. */
export class TestPorts implements StorePorts {
  time = NOW;
  readonly random = new SeededRandom(1);
  /** Timers, with their waits in ms. */
  readonly pending = new Map<() => void, number>();
  /** Replaces the commit of the database, as the simulator does. */
  wrap: (base: Commit) => Commit = (base) => base;
  readonly clock = { now: () => this.time, monotonic: () => this.time };
  readonly timers = {
    after: (ms: number, task: () => void): Timer => {
      const entry = (): void => {
        this.pending.delete(entry);
        task();
      };
      this.pending.set(entry, ms);
      return { cancel: () => this.pending.delete(entry) };
    },
    every: (): Timer => ({ cancel: () => undefined }),
  };

  commit(base: Commit): Commit {
    return this.wrap(base);
  }

  /** Runs the timers that were started and not cancelled. */
  fire(): void {
    for (const task of [...this.pending.keys()]) task();
  }
}

export function testVault(seed = new Uint8Array(32).fill(7)): Vault {
  return new Vault(
    new AtRestCipher({ crypto: nativeCrypto, random: new SeededRandom(2) }, { ed25519Seed: seed }),
  );
}

/** A database in memory with its repositories. */
export function memoryStore(
  ports = new TestPorts(),
  { mode }: { mode: StorageMode } = { mode: 'full' },
): { store: Store; rows: Repositories; ports: TestPorts } {
  const store = openMemoryDatabase({ ports, log: silentLog });
  store.commit.now(() => {
    setStorageState(store.sql, { mode, goal: null, step: null });
  });
  const rows = createRepositories({ sql: store.sql, vault: testVault(), random: ports.random });
  return { store, rows, ports };
}

/** A temporary directory, removed when the test ends. */
export function temporaryDirectory(t: { after(task: () => void): void }): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'canopy-test-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
