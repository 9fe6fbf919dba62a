/**
 * Sessions through a relay on real sockets (06 section 2): how long until one can be used, and what passes through it
 * beside a direct one. B, C and the relay A between them are in this process; A carries without the limit of a pair.
 */
import { ourVersion } from '../../server/sync/our-nodes.ts';
import { introduce } from '../mesh/tunnel/support.ts';
import { OUR_CAPABILITIES } from '../sim/node.ts';
import type { SimNode } from '../sim/node.ts';
import { percentile } from './measure.ts';
import type { Group, Report } from './rows.ts';
import { connected, itemsTaken, node, until } from './sessions.ts';

const HANDSHAKES = 20;
const SIZES = [
  { name: '256 B', bytes: 256, count: 10_000 },
  { name: '4 KiB', bytes: 4_096, count: 3_000 },
];
/** In the place of the 2 MiB/s one pair may have otherwise. */
const NO_LIMIT = 2 ** 30;

interface Relayed {
  nodes: SimNode[];
  b: SimNode;
  c: SimNode;
  /** From the offer of the relay until both ends can use the session. */
  ms: number;
}

async function relayed(): Promise<Relayed> {
  const canopyVersion = ourVersion('0.0.0');
  const a = await node({ canopyVersion, relayPolicy: 'full_relay', relayPairBytesPerSecond: NO_LIMIT });
  const [b, c] = [await node({ canopyVersion }), await node({ canopyVersion })];
  const nodes = [a, b, c];
  for (const one of nodes) for (const other of nodes) one.familiar.add(other.mesh.peerId);
  for (const end of [b, c]) {
    void end.mesh.connect(a.mesh.peerId, a.mesh.localEndpoints());
    await until(() => end.mesh.isConnected(a.mesh.peerId) && a.mesh.isConnected(end.mesh.peerId));
  }
  introduce(b, c, a);
  introduce(c, b, a);
  const started = performance.now();
  b.mesh.relays.accept(c.mesh.peerId, a.mesh.peerId);
  c.mesh.relays.accept(b.mesh.peerId, a.mesh.peerId);
  const through = (from: SimNode, to: SimNode): boolean => from.mesh.links.get(to.mesh.peerId)?.via != null;
  await until(() => through(b, c) && through(c, b));
  return { nodes, b, c, ms: performance.now() - started };
}

async function measure(report: Report): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < HANDSHAKES; i += 1) {
    const { nodes, ms } = await relayed();
    times.push(ms);
    await Promise.all(nodes.map(({ mesh }) => mesh.stop()));
  }
  report({
    what: 'relay offered to usable session, through a third',
    value: percentile(times, 0.5),
    unit: 'ms',
  });
  for (const { name, bytes, count } of SIZES) {
    const { a, b } = await connected(OUR_CAPABILITIES);
    const direct = await itemsTaken(a, b, { bytes, count });
    await Promise.all([a.mesh.stop(), b.mesh.stop()]);
    const { nodes, b: from, c: to } = await relayed();
    const value = await itemsTaken(from, to, { bytes, count });
    await Promise.all(nodes.map(({ mesh }) => mesh.stop()));
    report({
      what: `items through a relay, ${name}`,
      value,
      unit: '/s',
      ofLimit: value / direct,
      limit: 'a direct session',
      note: 'all three in one process',
    });
  }
}

/** `npm run bench -- relay` */
export const relay: Group = { name: 'relay', title: 'Through a relay', measure };
