/**
 * What a node carries for others under each relay policy (02 section 4, 06 section 2.4). Asked for envelopes written by
 * others only: what a node writes itself, and what is meant for it, no policy touches.
 */
import type { Envelope } from '../../wire/envelope.ts';
import type { PeerId } from '../../wire/ids.ts';
import { CONTROL_TYPES } from '../../wire/message-types.ts';
import type { MessageType } from '../../wire/message-types.ts';
import type { RelayPolicy } from '../types.ts';

/** Control types that carry content: the bytes of files. */
const FILE_TYPES: ReadonlySet<MessageType> = new Set([
  'large_attachment_request',
  'large_attachment_chunk',
  'large_attachment_error',
]);

/** Targeted types the gossip of a mesh needs: `broker_only` lets them through. */
const GOSSIP_TYPES: ReadonlySet<MessageType> = new Set(
  [...CONTROL_TYPES].filter((type) => !FILE_TYPES.has(type)),
);

/**
 * Deviation D-29: whether a foreign envelope may be passed on: `off` nothing; `broker_only` floods and the control
 * types, no targeted content, files or tunnels; `full_relay` everything.
 */
export function mayCarry(policy: RelayPolicy, envelope: Pick<Envelope, 'type' | 'toPeer'>): boolean {
  if (policy === 'full_relay') return true;
  return policy === 'broker_only' && (envelope.toPeer === null || GOSSIP_TYPES.has(envelope.type));
}

/** Whether an envelope carries a piece of a session between two others (06 section 2.1). */
export function isTunnel(envelope: Pick<Envelope, 'type' | 'toPeer' | 'payload'>): boolean {
  if (envelope.type !== 'peer_announcement' || envelope.toPeer === null) return false;
  const { payload } = envelope;
  const metadata = payload instanceof Map ? payload.get('metadata') : undefined;
  return metadata instanceof Map && metadata.has('canopy_tunnel');
}

/** One name for two peers, whoever of them writes. */
export function pairOf(a: string, b: string): [PeerId, PeerId] {
  return (a < b ? [a, b] : [b, a]) as [PeerId, PeerId];
}

/**
 * Whether a neighbour passes everything on whatever its relay policy, as the reference does. This program does not; it is
 * known by its secure session, or by the build metadata of its version, which is as good as a hint can be.
 */
export function carriesAlways(
  neighbour: { shapesIntake: boolean; peer: { canopyVersion: string } } | undefined,
  ownVersion: string,
): boolean {
  if (neighbour === undefined || neighbour.shapesIntake) return false;
  const [, own] = ownVersion.split('+');
  return own === undefined || neighbour.peer.canopyVersion.split('+')[1] !== own;
}
