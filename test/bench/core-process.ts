/**
 * One node core in a process of its own, told what to do by another (`core-child.ts`): connect, post, say when so much
 * is stored. It answers each command once it is done.
 */
import { systemRandom } from '../../server/ports/system.ts';
import { timedId } from '../../server/store/ids.ts';
import { EventLoopWatch } from '../../server/telemetry/event-loop.ts';
import type { MessageId, PeerId } from '../../server/wire/ids.ts';
import { decodeBase58, encodeBase58 } from '../../server/wire/base58.ts';
import { GENERAL } from '../sim/core.ts';
import { startDurableCore } from './durable-core.ts';
import { concurrently } from './measure.ts';

/** What an invite says. */
export interface Card {
  peerId: PeerId;
  ed25519: string;
  x25519: string;
  endpoints: string[];
}

export type Command =
  | { do: 'card' }
  | { do: 'connect'; card: Card }
  | { do: 'await-peer'; peerId: PeerId }
  | { do: 'post'; count: number; width: number; label: string }
  | { do: 'fill'; count: number }
  | { do: 'await-stored'; count: number; patienceMs?: number }
  | { do: 'load' }
  | { do: 'stop' };

/** Between two looks: often enough for what takes seconds, and seldom enough not to be what is measured. */
const PAUSE_MS = 10;
/** Rows of a filling transaction. */
const FILL_BATCH = 2_000;
/** What has not come by then does not come. */
const PATIENCE_MS = 120_000;

/** What this process used since the question before, and how late its event loop was. */
export interface Load {
  cpuMs: number;
  loopP99Ms: number;
  loopMaxMs: number;
  rssMiB: number;
  /** What is still referred to, after collecting what is not: objects and the bytes outside the heap. */
  heldMiB: number;
}

/** @throws when it has not come true after `patienceMs`. */
async function until(what: string, isTrue: () => boolean, patienceMs = PATIENCE_MS): Promise<null> {
  const end = performance.now() + patienceMs;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`${what} did not come in ${patienceMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return null;
}

const { core, person, stored, stop } = await startDurableCore();
const lag = new EventLoopWatch();
let cpu = process.cpuUsage();

/** Messages of the account from before, one a second until now, as if nobody had been there to send them to. */
function fill(count: number): void {
  const now = Date.now();
  const rows = core.disk.repositories.channelMessages;
  for (let from = 0; from < count; from += FILL_BATCH)
    core.workspace.inbound.changes.now(() => {
      for (let n = from; n < Math.min(count, from + FILL_BATCH); n += 1)
        rows.insert({
          id: `M${timedId(systemRandom, now - (count - n) * 1_000, 24)}` as MessageId,
          channelId: GENERAL,
          userId: person,
          content: `message ${n}, long enough to say what people say to each other`,
          createdAt: now - (count - n) * 1_000,
          originPeer: core.mesh.peerId,
        });
    });
}

function load(): Load {
  const { user, system } = process.cpuUsage(cpu);
  const { p99, max } = lag.take();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  cpu = process.cpuUsage();
  lag.take();
  return {
    cpuMs: (user + system) / 1000,
    loopP99Ms: p99 * 1000,
    loopMaxMs: max * 1000,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    heldMiB: (heapUsed + external) / 2 ** 20,
  };
}

async function run(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'card': {
      const { peerId, ed25519, x25519 } = core.disk.identity;
      return {
        peerId,
        ed25519: encodeBase58(ed25519.publicKey),
        x25519: encodeBase58(x25519.publicKey),
        endpoints: core.mesh.localEndpoints(),
      };
    }
    case 'connect': {
      const { peerId, ed25519, x25519, endpoints } = command.card;
      core.knownPeers.importPeer({
        peerId,
        ed25519PublicKey: decodeBase58(ed25519),
        x25519PublicKey: decodeBase58(x25519),
        endpoints,
      });
      return core.mesh.connect(peerId, endpoints);
    }
    case 'await-peer':
      return until('the peer', () => core.mesh.isConnected(command.peerId));
    case 'post':
      return concurrently(command.count, command.width, (index) =>
        core.workspace.channelMessages.post(person, {
          channelId: GENERAL,
          content: `${command.label} ${index}, long enough to say what people say to each other`,
        }),
      );
    case 'await-stored':
      return until(`message ${command.count}`, () => stored() >= command.count, command.patienceMs);
    case 'fill':
      fill(command.count);
      return null;
    case 'load':
      return load();
    case 'stop':
      await stop();
      return null;
  }
}

process.on('message', (command: Command) => {
  run(command).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ result: 'ready' });
