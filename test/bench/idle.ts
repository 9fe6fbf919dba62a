/**
 * What 50 peers that have nothing to say cost the node that has them, by itself in a process; they are whole nodes in this
 * one. Measured once the lists and first comparisons after the connections are over.
 */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { systemPorts, systemRandom } from '../../server/ports/system.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { Vault } from '../../server/store/vault.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import { decodeBase58 } from '../../server/wire/base58.ts';
import { Core } from '../sim/core.ts';
import { CoreChild } from './core-child.ts';
import type { Card, Load } from './core-process.ts';
import { someone } from './frames.ts';
import type { Group, Report } from './rows.ts';

const PEERS = 50;
/** New connections of one address are few at a time. */
const BETWEEN_CONNECTS_MS = 200;
/** Comparing begins up to ten seconds after the connection. */
const SETTLE_MS = 20_000;
const MEASURED_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function peer(): Core {
  const ports = systemPorts();
  const identity = someone();
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random: systemRandom },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const store = openMemoryDatabase({ ports, log: silentLog });
  const repositories = createRepositories({ sql: store.sql, vault: new Vault(cipher), random: systemRandom });
  return new Core(
    ports,
    { identity, store, repositories, knownPeers: null },
    { trustDefault: 'open', mesh: { host: '127.0.0.1', port: 0, allowLoopback: true } },
  );
}

async function measure(report: Report): Promise<void> {
  const child = new CoreChild();
  const peers = Array.from({ length: PEERS }, peer);
  try {
    await child.ready();
    const card = (await child.ask({ do: 'card' })) as Card;
    const alone = (await child.ask({ do: 'load' })) as Load;
    for (const one of peers) {
      one.addPerson(`p${one.mesh.peerId.toLowerCase()}`);
      await one.start();
      one.knownPeers.importPeer({
        peerId: card.peerId,
        ed25519PublicKey: decodeBase58(card.ed25519),
        x25519PublicKey: decodeBase58(card.x25519),
        endpoints: card.endpoints,
      });
      await one.mesh.connect(card.peerId, card.endpoints);
      await pause(BETWEEN_CONNECTS_MS);
    }
    await pause(SETTLE_MS);
    const connected = peers.filter(({ mesh }) => mesh.isConnected(card.peerId)).length;
    await child.ask({ do: 'load' });
    await pause(MEASURED_MS);
    const { cpuMs, rssMiB, loopP99Ms } = (await child.ask({ do: 'load' })) as Load;
    const note = `${connected} connected`;
    report({
      what: `CPU per minute with ${PEERS} idle peers`,
      value: (cpuMs * 60_000) / MEASURED_MS,
      unit: 'ms',
      note,
    });
    report({ what: `memory with ${PEERS} idle peers`, value: rssMiB, unit: 'MiB' });
    report({ what: 'memory per idle peer', value: ((rssMiB - alone.rssMiB) * 1024) / PEERS, unit: 'KiB' });
    report({ what: `event loop p99 with ${PEERS} idle peers`, value: loopP99Ms, unit: 'ms', aim: '≤ 20' });
    await child.ask({ do: 'stop' });
  } finally {
    child.end();
    await Promise.all(peers.map((one) => one.stop()));
  }
}

/** `npm run bench -- idle` */
export const idle: Group = { name: 'idle', title: 'Idle peers', measure };
