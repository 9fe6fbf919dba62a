/**
 * What sending with acknowledgement needs of the mesh (06 section 3.2), apart from how the mesh does it. Without such a
 * link a peer is treated as a Python one (06 section 3.4).
 */
import type { AckStatus } from '../../mesh/secure/types.ts';
import type { OutboundPayload } from '../../mesh/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { MessageType } from '../../wire/message-types.ts';

/** An envelope to be built, as a row of the outbox needs it. */
export interface OwedFrame {
  type: MessageType;
  payload: OutboundPayload;
  ttl: number;
  /** Seal the payload for the peer (01 section 8.1). */
  encrypt: boolean;
  /** `false`: the form of a flood, to this peer alone. */
  targeted: boolean;
}

/** Which direct messages were read, as a peer says (06 section 3.2, item 0x12). */
export interface ReadReceipt {
  ids: string[];
  /** Unix ms. */
  at: number;
}

/** Sessions in which what is owed is acknowledged: secure ones with `delivery_v1` in both lists. */
export interface AcknowledgingLinks {
  /** Whether there is such a session with the peer now. */
  acknowledges(peer: PeerId): boolean;
  /** Peers with such a session. */
  peers(): PeerId[];
  /**
   * Sends one frame; frames to one peer arrive in the order of the calls.
   * @returns what the peer says after its commit. Rejects when the session ends first.
   */
  send(peer: PeerId, frame: OwedFrame): Promise<AckStatus>;
  /** Such a session began. */
  onOpen(handler: (peer: PeerId) => void): () => void;
  /** It ended. `broken`: it was lost or closed for a fault, not ended in order. */
  onClose(handler: (peer: PeerId, broken: boolean) => void): () => void;
  /** The peer accepted us (item 0x13). */
  onAccepted(handler: (peer: PeerId) => void): () => void;
  /** Tells a peer that it was accepted; nothing without a session. */
  tellAccepted(peer: PeerId): void;
  onRead(handler: (peer: PeerId, receipt: ReadReceipt) => void | Promise<void>): void;
  /** Nothing without a session: read receipts are never owed. */
  tellRead(peer: PeerId, receipt: ReadReceipt): void;
}
