/** A whole node core without HTTP on a real database in a folder of its own; commits are durable, as in a node. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nativeCrypto, verifyBeside } from '../../server/crypto/native.ts';
import type { MeshOptions } from '../../server/mesh/types.ts';
import { systemPorts, systemRandom } from '../../server/ports/system.ts';
import type { Ports } from '../../server/ports/types.ts';
import { openDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { Vault } from '../../server/store/vault.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import type { UserId } from '../../server/wire/ids.ts';
import { Core } from '../sim/core.ts';
import { someone } from './frames.ts';

/** A running core, its one account, and the end of both. */
export interface DurableCore {
  core: Core;
  person: UserId;
  /** Messages on disk, of which none was ever deleted; counting them would cost more than what is measured. */
  stored(): number;
  stop(): Promise<void>;
}

/** Starts one that takes content of everybody. */
export async function startDurableCore(
  ports: Ports = systemPorts(),
  mesh: Partial<MeshOptions> = {},
): Promise<DurableCore> {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-bench-'));
  const store = await openDatabase(path.join(folder, 'bench.db'), { ports, log: silentLog });
  const identity = someone();
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random: systemRandom },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const repositories = createRepositories({
    sql: store.sql,
    vault: new Vault(cipher),
    random: systemRandom,
  });
  const core = new Core(
    ports,
    { identity, store, repositories, knownPeers: null },
    {
      trustDefault: 'open',
      crypto: nativeCrypto,
      verifyBeside,
      mesh: { host: '127.0.0.1', port: 0, allowLoopback: true, ...mesh },
    },
  );
  // One of their own on each node: nobody takes in what another node says in the name of an account of its own.
  const person = core.addPerson(`b${Buffer.from(systemRandom.bytes(4)).toString('hex')}`);
  await core.start();
  core.workspace.search.start();
  return {
    core,
    person,
    stored: () => store.sql.get<{ n: number | null }>('SELECT max(rowid) AS n FROM channel_messages')?.n ?? 0,
    stop: async () => {
      core.workspace.search.stop();
      await core.stop();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
