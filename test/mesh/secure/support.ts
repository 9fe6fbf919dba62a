/** Two connected nodes of ours, for the tests of what runs between them. */
import type { SecureLink } from '../../../server/mesh/secure/types.ts';
import type { SimWorld } from '../../sim/node.ts';
import type { SimNode, SimNodeInit } from '../../sim/node.ts';

export function endpointOf(node: SimNode): string {
  return node.mesh.localEndpoints()[0] ?? '';
}

/** The secure link of one node to another; fails when there is none. */
export function linkOf(node: SimNode, other: SimNode): SecureLink {
  const link = node.mesh.links.get(other.mesh.peerId);
  if (link === null) throw new Error('no secure link');
  return link;
}

/** Started nodes, each accepted by all others. */
export async function startAll(world: SimWorld, ...inits: SimNodeInit[]): Promise<SimNode[]> {
  const nodes = inits.map((init) => world.node(init));
  for (const node of nodes) {
    for (const other of nodes) node.familiar.add(other.mesh.peerId);
    await node.mesh.start();
  }
  return nodes;
}

/** Two nodes of which the first dialled the second. */
export async function connectedPair(
  world: SimWorld,
  a: SimNodeInit = {},
  b: SimNodeInit = {},
): Promise<[SimNode, SimNode]> {
  const [near, far] = await startAll(world, a, b);
  if (near === undefined || far === undefined) throw new Error('two nodes');
  void near.mesh.connect(far.mesh.peerId, [endpointOf(far)]);
  await world.time.until(
    () => far.mesh.isConnected(near.mesh.peerId) && near.mesh.isConnected(far.mesh.peerId),
  );
  return [near, far];
}
