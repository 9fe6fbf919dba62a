/**
 * What one node takes in: frames handed to the real inbound path of the mesh, with a handler that does nothing and
 * with the whole core behind it. Each is compared with the verifications this machine does in the same seconds.
 */
import { systemPorts } from '../../server/ports/system.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { createNode } from '../sim/node.ts';
import { startDurableCore } from './durable-core.ts';
import { Neighbour, channelFrames, someone } from './frames.ts';
import { verifyLimit } from './limits.ts';
import type { Group, Report } from './rows.ts';

const FRAMES = 12_000;
const MANY = 8;
const RAW = 'raw verify';

/** How long it took to take in all frames, as a rate. */
async function taken(frames: number, work: () => Promise<void>): Promise<{ rate: number; share: number }> {
  const before = await verifyLimit(700);
  const started = performance.now();
  await work();
  const rate = (frames * 1000) / (performance.now() - started);
  const after = await verifyLimit(700);
  return { rate, share: rate / ((before + after) / 2) };
}

async function withoutStore(authorCount: number): Promise<{ rate: number; share: number }> {
  const neighbour = new Neighbour();
  const authors = Array.from({ length: authorCount }, someone);
  const frames = channelFrames(authors, FRAMES);
  let delivered = 0;
  let finished: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (finished = resolve));
  const node = createNode(neighbour.portsOf(systemPorts()), {
    handlers: {
      channel_message: () => {
        delivered += 1;
        if (delivered === FRAMES) finished();
      },
    },
  });
  for (const { peerId, ed25519, x25519 } of authors) {
    node.knownPeers.importPeer({
      peerId,
      ed25519PublicKey: ed25519.publicKey,
      x25519PublicKey: x25519.publicKey,
      endpoints: [],
    });
    node.familiar.add(peerId);
  }
  node.familiar.add(neighbour.identity.peerId);
  await node.mesh.start();
  await connected(node.mesh, neighbour.identity.peerId);
  const result = await taken(FRAMES, async () => {
    await neighbour.hand(frames);
    await all;
  });
  await node.mesh.stop();
  return result;
}

async function withStore(authorCount: number): Promise<{ rate: number; share: number }> {
  const neighbour = new Neighbour();
  const authors = Array.from({ length: authorCount }, someone);
  const frames = channelFrames(authors, FRAMES);
  const durable = await startDurableCore(neighbour.portsOf(systemPorts()));
  const { core } = durable;
  try {
    for (const { peerId, ed25519, x25519 } of authors)
      core.knownPeers.importPeer({
        peerId,
        ed25519PublicKey: ed25519.publicKey,
        x25519PublicKey: x25519.publicKey,
        endpoints: [],
      });
    await connected(core.mesh, neighbour.identity.peerId);
    return await taken(FRAMES, async () => {
      await neighbour.hand(frames);
      while (durable.stored() < FRAMES) await new Promise((resolve) => setTimeout(resolve, 2));
    });
  } finally {
    await durable.stop();
  }
}

async function connected(mesh: { isConnected(peer: PeerId): boolean }, peer: PeerId): Promise<void> {
  while (!mesh.isConnected(peer)) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function measure(report: Report): Promise<void> {
  await withoutStore(MANY); // once for the compiler
  for (const [what, authors] of [
    [`receive path without store, ${MANY} authors`, MANY],
    ['receive path without store, one author', 1],
  ] as const) {
    const { rate, share } = await withoutStore(authors);
    report({ what, value: rate, unit: '/s', aim: '≥ 0.60 of raw verify', ofLimit: share, limit: RAW });
  }
  for (const [what, authors] of [
    [`received and stored durably, ${MANY} authors`, MANY],
    ['received and stored durably, one author', 1],
  ] as const) {
    const { rate, share } = await withStore(authors);
    report({ what, value: rate, unit: '/s', aim: '≥ 0.35 of raw verify', ofLimit: share, limit: RAW });
  }
}

/** `npm run bench -- receive` */
export const receive: Group = { name: 'receive', title: 'What one node takes in', measure };
