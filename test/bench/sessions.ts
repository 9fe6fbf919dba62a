/** Mesh cores on real sockets in this process, and how fast items cross the session of two of them. */
import { systemPorts } from '../../server/ports/system.ts';
import { createNode } from '../sim/node.ts';
import type { SimNode, SimNodeInit } from '../sim/node.ts';

const ports = systemPorts();
/** Sent before the sender looks whether there is room. */
export const BURST = 64;
/** An item type that nothing else here uses. */
const ITEM_TYPE = 0x30;

/** Looks again after every turn of the event loop: what is waited for takes milliseconds. */
export async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

/** A started mesh core on a loopback port. */
export async function node(init: SimNodeInit = {}): Promise<SimNode> {
  const made = createNode(ports, { host: '127.0.0.1', ...init });
  await made.mesh.start();
  return made;
}

/** Two nodes, the first of which dials the second; `ms` until both can use it. */
export async function connected(
  capabilities: readonly string[],
): Promise<{ a: SimNode; b: SimNode; ms: number }> {
  const [a, b] = [await node({ capabilities }), await node({ capabilities })];
  a.familiar.add(b.mesh.peerId);
  b.familiar.add(a.mesh.peerId);
  const started = performance.now();
  void a.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
  await until(() => a.mesh.isConnected(b.mesh.peerId) && b.mesh.isConnected(a.mesh.peerId));
  return { a, b, ms: performance.now() - started };
}

/** Items per second that `b` receives and puts together from the session it has with `a`. */
export async function itemsTaken(
  a: SimNode,
  b: SimNode,
  { bytes, count }: { bytes: number; count: number },
): Promise<number> {
  const link = a.mesh.links.get(b.mesh.peerId);
  if (link === null) throw new Error('no secure session');
  let received = 0;
  b.mesh.links.handle(ITEM_TYPE, () => void (received += 1));
  const body = new Uint8Array(bytes);
  const started = performance.now();
  for (let i = 0; i < count; i += 1) {
    const sent = link.send(ITEM_TYPE, body);
    if (i % BURST === 0) await sent;
  }
  await until(() => received === count);
  return (count * 1000) / (performance.now() - started);
}
