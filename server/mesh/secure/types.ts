/**
 * What a secure session is to the rooms and parts above it (06 sections 1 and 2): a link that carries items to one
 * peer, direct or through a relay, and the table of those links. Nobody above sees records, keys or sockets.
 */
import type { CloseCode, ItemType } from '../../wire/secure-frames.ts';
import type { PeerId } from '../../wire/ids.ts';

/** A session whose every frame is encrypted (06 section 1); whether it runs through a relay makes no difference. */
export interface SecureLink {
  readonly peerId: PeerId;
  /** The relaying neighbour, `null` for a direct session. */
  readonly via: PeerId | null;
  /** Whether this node began it, and so is the initiator of its handshake. */
  readonly outbound: boolean;
  /** What both signed lists hold. */
  readonly capabilities: readonly string[];
  /** The peer's clock minus ours when it was adopted, ms. */
  readonly skewMs: number;
  /** Noise's handshake hash: names the session, binds proofs to it, is no secret. */
  readonly handshakeHash: Uint8Array;
  /** Of the peer's process, made anew at every start of it. */
  readonly instance: string;
  readonly ended: boolean;
  /**
   * Sends one item, in fragments and behind what its class has to wait for. Interactive items keep their order.
   * Resolves when its last fragment was handed to the carrier.
   * @throws {LinkLost} when the session ends first.
   */
  send(type: ItemType, body: Uint8Array): Promise<void>;
}

/** Takes the bodies of one item type, one after the other per link. */
export type ItemHandler = (link: SecureLink, body: Uint8Array) => void | Promise<void>;

/** The secure sessions of this node; `mesh.links`. */
export interface SecureLinks {
  /** The adopted secure session with a peer. */
  get(peer: PeerId): SecureLink | null;
  /** All of them. */
  all(): SecureLink[];
  /**
   * Registers the handler of an item type; one per type. The next item of that type and link waits for its promise.
   * A `BadFrameError` closes the link with its code; any other error is logged.
   * @param options.bounded whether what this link may make the handler do is bounded by the handler, as answers to its
   *   own requests are; then the link's budget is not charged.
   */
  handle(type: ItemType, handler: ItemHandler, options?: { bounded?: (link: SecureLink) => boolean }): void;
  /** After adoption. The returned function stops it. */
  onOpen(handler: (link: SecureLink) => void): () => void;
  /** Once after the end. `code`: what a close frame said, `null` when the session was lost without one. */
  onClose(handler: (link: SecureLink, code: CloseCode | null) => void): () => void;
}

/** The session ended before what was asked for had happened. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost';
  readonly code = 'link_lost';
  constructor() {
    super('the session has ended');
  }
}

/** What a receiver says of an acknowledged envelope (06 section 3.2). */
export const ACK = {
  /** Committed, or already there. */
  stored: 0,
  /** This peer is not accepted yet; `accepted` will say when. */
  waiting: 1,
  not_entitled: 2,
  invalid: 3,
  too_large: 4,
  gone: 5,
  /** Busy or disk full: again later. */
  busy: 6,
} as const;
export type AckStatus = (typeof ACK)[keyof typeof ACK];
