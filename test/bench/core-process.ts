/**
 * One node core in a process of its own, told what to do by `delivery.ts`: connect, post, say when so much is stored.
 * It answers each command once it is done.
 */
import type { PeerId } from '../../server/wire/ids.ts';
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
  | { do: 'await-stored'; count: number }
  | { do: 'stop' };

/** Between two looks: often enough for what takes seconds, and seldom enough not to be what is measured. */
const PAUSE_MS = 10;
/** What has not come by then does not come. */
const PATIENCE_MS = 120_000;

/** @throws when it has not come true after {@link PATIENCE_MS}. */
async function until(what: string, isTrue: () => boolean): Promise<null> {
  const end = performance.now() + PATIENCE_MS;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`${what} did not come in ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return null;
}

const { core, person, stored, stop } = await startDurableCore();

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
      return until(`message ${command.count}`, () => stored() >= command.count);
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
