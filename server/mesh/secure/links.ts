/**
 * The secure sessions of this node: makes them of proven connections, hands their items to whoever registered for the
 * type, and says when one begins and ends. Envelopes go the way of all frames (`inbound.ts`).
 */
import type { Clock, LinkClose, Random, Timers } from '../../ports/types.ts';
import type { Log } from '../../telemetry/log.ts';
import type { HandshakePeer } from '../../wire/handshake.ts';
import type { Endpoint, PeerId } from '../../wire/ids.ts';
import { LIBRARY_ITEM } from '../../wire/library-frames.ts';
import { BadFrameError, ITEM } from '../../wire/secure-frames.ts';
import type { CloseCode, ItemType } from '../../wire/secure-frames.ts';
import { MAX_UNKNOWN_FRAMES } from '../../wire/secure-items.ts';
import type { Item } from '../../wire/secure-items.ts';
import type { Connections } from '../connections.ts';
import type { Alarms } from './alarms.ts';
import type { Carrier } from './carrier.ts';
import type { Pins } from './pins.ts';
import type { StoredBytes } from '../stored-bytes.ts';
import { readEnvelopeBody } from './envelope-item.ts';
import { SecureSession } from './secure-session.ts';
import type { ItemHandler, SecureLink, SecureLinks } from './types.ts';
import type { Upgraded } from './upgrade.ts';

export interface LinksComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
  connections: Connections;
  pins: Pins;
  alarms: Alarms;
  log: Log;
  storedBytes: StoredBytes;
  /** Largest envelope taken from a peer, as of now. */
  maxMessageBytes(peer: PeerId): number;
}

export interface LinksInit {
  /** Takes an envelope; `n` is its number, 0 when no acknowledgement is wanted. */
  envelope(session: SecureSession, text: string | Uint8Array, n: number): void;
  /** Charges what an item costs to the peer's budget. */
  charge(session: SecureSession, bytes: number): void;
  /** Replaces a session by a new one. */
  renew(session: SecureSession): void;
}

/** A proven connection that is to be adopted. */
export interface Adoption {
  carrier: Carrier;
  upgraded: Upgraded;
  peer: HandshakePeer;
  capabilities: readonly string[];
  outbound: boolean;
  endpoint: Endpoint | null;
  via: PeerId | null;
}

/** Items whose body is stored. */
const STORED: ReadonlySet<number> = new Set([ITEM.reconcilePage, ITEM.file, LIBRARY_ITEM.record]);

/** See {@link SecureLinks}. */
export class Links implements SecureLinks {
  readonly #components: LinksComponents;
  readonly #init: LinksInit;
  readonly #handlers = new Map<ItemType, ItemHandler>();
  readonly #bounded = new Map<ItemType, (link: SecureLink) => boolean>();
  readonly #openHandlers = new Set<(link: SecureLink) => void>();
  readonly #closeHandlers = new Set<(link: SecureLink, code: CloseCode | null) => void>();
  /** Items nobody registered for, per session. */
  readonly #unhandled = new WeakMap<SecureLink, number>();

  constructor(components: LinksComponents, init: LinksInit) {
    this.#components = components;
    this.#init = init;
  }

  get(peer: PeerId): SecureLink | null {
    return this.#components.connections.get(peer)?.secure ?? null;
  }

  all(): SecureLink[] {
    return this.#components.connections
      .all()
      .map((session) => session.secure)
      .filter((link) => link !== null);
  }

  handle(
    type: ItemType,
    handler: ItemHandler,
    options: { bounded?: (link: SecureLink) => boolean } = {},
  ): void {
    if (type === ITEM.envelope || this.#handlers.has(type))
      throw new Error(`two handlers for items of type ${type}`);
    this.#handlers.set(type, handler);
    if (options.bounded !== undefined) this.#bounded.set(type, options.bounded);
  }

  onOpen(handler: (link: SecureLink) => void): () => void {
    this.#openHandlers.add(handler);
    return () => this.#openHandlers.delete(handler);
  }

  onClose(handler: (link: SecureLink, code: CloseCode | null) => void): () => void {
    this.#closeHandlers.add(handler);
    return () => this.#closeHandlers.delete(handler);
  }

  /**
   * Makes the session of a connection whose adoption was agreed, pins its peer, and puts it in its place.
   * @returns `null` when the peer's keys contradict known ones; then it was closed.
   */
  adopt(adoption: Adoption): SecureSession | null {
    const { clock, timers, random, connections, pins, maxMessageBytes } = this.#components;
    const { carrier, upgraded, ...init } = adoption;
    const { channel, handshakeHash, presence } = upgraded;
    const session = new SecureSession(
      {
        clock,
        timers,
        random,
        carrier,
        channel,
        maxMessageBytes,
        handlers: {
          item: (from, item) => this.#item(from, item),
          closed: (ended, info, code) => this.#closed(ended, info, code),
          suspicious: (from, reason, detail) => this.#suspicious(from, reason, detail),
          odd: (from, error, message) => this.#odd(from, error, message),
          renew: (old) => this.#init.renew(old),
        },
      },
      { ...init, handshakeHash, presence },
    );
    pins.pin(session.peerId, init.peer.x25519PublicKey);
    if (connections.install(session)) return session;
    session.close('not_wanted');
    return null;
  }

  /** The session stands in the table and its peer was reported as connected. */
  opened(link: SecureLink): void {
    for (const handler of [...this.#openHandlers]) handler(link);
  }

  #item(session: SecureSession, item: Item): void | Promise<void> {
    if (item.type === ITEM.envelope) {
      const { n, text } = readEnvelopeBody(item.body);
      return this.#init.envelope(session, text, n);
    }
    if (this.#bounded.get(item.type)?.(session) !== true) this.#init.charge(session, item.body.length);
    if (STORED.has(item.type) && !this.#components.storedBytes.take(session.peerId, item.body.length)) {
      this.#components.alarms.raise(session.peerId, 'quota');
      throw new BadFrameError('more in a day than is stored of one peer', 'limit');
    }
    const handler = this.#handlers.get(item.type);
    if (handler !== undefined) return handler(session, item.body);
    const count = (this.#unhandled.get(session) ?? 0) + 1;
    this.#unhandled.set(session, count);
    if (count === 1) this.#components.alarms.raise(session.peerId, 'unasked');
    if (count === 1) this.#odd(session, null, `items of type ${item.type} are passed over`);
    if (count >= MAX_UNKNOWN_FRAMES) throw new BadFrameError('too many items nobody wants', 'limit');
  }

  #closed(session: SecureSession, info: LinkClose, code: CloseCode | null): void {
    const opened = this.#components.connections.known(session);
    this.#components.connections.ended(session, info);
    if (opened) for (const handler of [...this.#closeHandlers]) handler(session, code);
  }

  #suspicious(session: SecureSession, reason: 'bad_record' | 'bad_frame' | 'limit', detail: string): void {
    const { alarms, log } = this.#components;
    log.warn({ peer: session.peerId, reason, detail }, 'a secure session is closed for what the peer sent');
    alarms.raise(session.peerId, reason);
  }

  #odd(session: SecureSession, error: unknown, message: string): void {
    const { log } = this.#components;
    if (error === null) log.debug({ peer: session.peerId }, message);
    else log.error({ peer: session.peerId, err: error }, message);
  }
}
