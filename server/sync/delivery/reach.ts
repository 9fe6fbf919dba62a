/** Who can be reached now: directly, through a neighbour that carries content, or by a flood past one. */
import type { Mesh } from '../../mesh/mesh.ts';
import type { InboundMessage } from '../../mesh/types.ts';
import type { PeerId } from '../../wire/ids.ts';

/** Peers to which something can go now. */
export function reachable(mesh: Mesh): PeerId[] {
  const routed = Object.keys(mesh.routing().routing_table) as PeerId[];
  return [...new Set([...mesh.neighbours(), ...routed])].filter(
    (peer) => mesh.canReach(peer) !== null || floodHop(mesh, peer) !== null,
  );
}

/** The node that handed a message over: its author's, or the neighbour through which that one is reached. */
export function hopOf(mesh: Mesh, { from, via }: Pick<InboundMessage, 'from' | 'via'>): PeerId {
  return via === from ? (mesh.peerInfo(from)?.via ?? from) : via;
}

/**
 * The neighbour past which a peer that is none has been heard. It need not carry content, but it passes floods on
 * whatever its policy; what goes there must be sealed (06 section 1.4).
 */
export function floodHop(mesh: Mesh, peer: PeerId): PeerId | null {
  const hop = mesh.routing().routing_table[peer];
  return hop !== undefined && mesh.isConnected(hop) ? hop : null;
}
