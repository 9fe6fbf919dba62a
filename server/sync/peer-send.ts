/**
 * `POST /p2p/send` (04 section 3.6, 02 section 2.3).
 */
import type { PeerId, UserId } from '../wire/ids.ts';

/** What became of a send. */
export interface PeerSendResult {
  success: boolean;
  /** Our nodes the frame was handed to. */
  deliveredTo: PeerId[];
  /** Our nodes it waits for; kept over restarts. */
  queuedFor: PeerId[];
  /** Peers whose program shows nothing for it. */
  cannotShow: PeerId[];
  /** `recipient_needed`, `unknown_peer`, `self`, `not_connected` … when `success` is false. */
  reason: string | null;
  /** With `recipient_needed`: the people known on that peer. */
  knownPeople: { userId: UserId; displayName: string; username: string }[];
}

export interface PeerSend {
  /** Sends to every neighbour. @param user the local account that asked. */
  broadcast(user: UserId, content: string, metadata: Record<string, unknown>): Promise<PeerSendResult>;
  /** Sends to one peer. */
  direct(
    user: UserId,
    peer: PeerId,
    content: string,
    metadata: Record<string, unknown>,
  ): Promise<PeerSendResult>;
}
