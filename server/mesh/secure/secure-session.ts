/**
 * An adopted secure session (06 section 1.5), over whatever carries its records: items out by class and in by type,
 * liveness, rekeying, renewal and closing. What it was before its adoption is `upgrade.ts`. Deviation D-12: it does
 * not end for being idle, and a carrier may take a minute over what it was given.
 */
import { NoiseError } from '../../crypto/noise.ts';
import type { Clock, LinkClose, Random, Timer, Timers } from '../../ports/types.ts';
import type { HandshakePeer } from '../../wire/handshake.ts';
import type { Endpoint, PeerId } from '../../wire/ids.ts';
import {
  BadFrameError,
  CONTROL,
  FIRST_ITEM_TYPE,
  ITEM,
  PING_BYTES,
  closeBody,
  controlFrame,
  readClose,
} from '../../wire/secure-frames.ts';
import type { CloseCode, Frame, ItemType, Presence } from '../../wire/secure-frames.ts';
import { Reassembly, maxItemBytes } from '../../wire/secure-items.ts';
import type { Item } from '../../wire/secure-items.ts';
import { TokenBucket } from '../token-bucket.ts';
import { sessionInfo } from '../session.ts';
import type { Session } from '../session.ts';
import type { PeerInfo } from '../types.ts';
import type { Carrier } from './carrier.ts';
import { envelopeBody } from './envelope-item.ts';
import { ItemLanes } from './item-lanes.ts';
import { Liveness } from './liveness.ts';
import type { RecordChannel } from './record-channel.ts';
import { SendQueue } from './send-queue.ts';
import { LinkLost } from './types.ts';
import type { SecureLink } from './types.ts';

/** Bytes handed to the carrier and not taken by it; a chat message waits behind at most this. */
const MAX_IN_FLIGHT_BYTES = 256 * 1024;
/** Pongs that may wait; whoever asks faster than it reads wants our memory. */
const MAX_CONTROL_WAITING = 64;
/** Control frames taken at once, and per second: an honest peer pings with what it wants confirmed. */
const MAX_CONTROL_FRAMES = 1_000;
const CONTROL_FRAMES_PER_SECOND = 100;
/** A session is replaced by a new one after this, give or take a tenth, by the side that opened it. */
const RENEW_AFTER_MS = 24 * 3_600_000;
const RENEW_SPREAD = 0.1;
/** When a renewal that failed is tried again, and how often before the session is closed for one. */
const RENEW_RETRY_MS = 600_000;
const MAX_RENEWALS = 3;
/** A carrier that takes nothing for this long is dead, or its owner wants our memory; a busy reader is slower than a dead one. */
const MAX_STALL_MS = 60_000;

/** What a session reports. */
export interface SecureSessionHandlers {
  /** A complete item. A rejected promise with a `BadFrameError` closes the session with its code. */
  item(session: SecureSession, item: Item): void | Promise<void>;
  /** Called exactly once, and at once when this side closes. `code`: of the close frame, sent or received. */
  closed(session: SecureSession, info: LinkClose, code: CloseCode | null): void;
  /** Something that no honest peer sends. */
  suspicious(session: SecureSession, reason: 'bad_record' | 'bad_frame' | 'limit', detail: string): void;
  /** An error of ours, or a frame nobody knows: for the log. */
  odd(session: SecureSession, error: unknown, message: string): void;
  /** It is old: replace it. */
  renew(session: SecureSession): void;
}

export interface SecureSessionComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
  carrier: Carrier;
  channel: RecordChannel;
  handlers: SecureSessionHandlers;
  /** Largest envelope taken from a peer, as of now. */
  maxMessageBytes(peer: PeerId): number;
}

export interface SecureSessionInit {
  peer: HandshakePeer;
  outbound: boolean;
  endpoint: Endpoint | null;
  via: PeerId | null;
  /** In both signed lists. */
  capabilities: readonly string[];
  handshakeHash: Uint8Array;
  /** What the peer's `confirm` or `ready` said. */
  presence: Presence;
}

/** One secure session. */
export class SecureSession implements Session, SecureLink {
  readonly peerId: PeerId;
  readonly peer: HandshakePeer;
  readonly outbound: boolean;
  readonly endpoint: Endpoint | null;
  readonly via: PeerId | null;
  readonly capabilities: readonly string[];
  readonly handshakeHash: Uint8Array;
  /** Made anew at every start of the peer's process. */
  readonly instance: string;
  readonly skewMs: number;
  readonly shapesIntake = true;
  readonly connectedAt: number;
  readonly #components: SecureSessionComponents;
  readonly #openedAt: number;
  readonly #queue = new SendQueue();
  readonly #controls: TokenBucket;
  readonly #reassembly: Reassembly;
  readonly #lanes: ItemLanes;
  readonly #liveness: Liveness;
  readonly #pausedBy = new Set<'owner' | 'lanes'>();
  #renewal: Timer | null = null;
  #inFlight = 0;
  #stalledSince: number | null = null;
  #lastInbound: number | null = null;
  #lastOutbound: number | null = null;
  #ended = false;

  constructor(components: SecureSessionComponents, init: SecureSessionInit) {
    const { clock, handlers } = components;
    this.#components = components;
    this.peer = init.peer;
    this.peerId = init.peer.peerId;
    this.outbound = init.outbound;
    this.endpoint = init.endpoint;
    this.via = init.via;
    this.capabilities = init.capabilities;
    this.handshakeHash = init.handshakeHash;
    this.instance = init.presence.instance;
    this.connectedAt = clock.now();
    this.skewMs = init.presence.clock - this.connectedAt;
    this.#openedAt = clock.monotonic();
    this.#controls = new TokenBucket(MAX_CONTROL_FRAMES, CONTROL_FRAMES_PER_SECOND, this.#openedAt);
    this.#reassembly = new Reassembly(
      (type) => handlers.odd(this, null, `frames of type ${type} are passed over`),
      () => components.maxMessageBytes(this.peerId),
    );
    this.#lanes = new ItemLanes({
      handle: (item) => handlers.item(this, item),
      failed: (error) => this.#failed(error),
      full: (full) => (full ? this.#pause('lanes') : this.#resume('lanes')),
    });
    this.#liveness = new Liveness(components, {
      ping: (body) => this.#control(CONTROL.ping, body),
      checked: () => this.#check(),
      dead: () => this.#components.carrier.terminate(),
    });
  }

  get secure(): SecureLink {
    return this;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get backlogBytes(): number {
    return this.#queue.bytes + this.#inFlight;
  }

  get age(): number {
    return this.#components.clock.monotonic() - this.#openedAt;
  }

  start(): void {
    const { carrier, random } = this.#components;
    if (this.outbound) this.#planRenewal(RENEW_AFTER_MS * (1 + RENEW_SPREAD * (2 * random.fraction() - 1)));
    this.#liveness.start();
    carrier.attach({
      record: (bytes) => this.#record(bytes),
      closed: (info) => this.#end(info, null),
    });
  }

  /**
   * One envelope or one item.
   * @throws {LinkLost} when the session ends first.
   */
  send(text: string): Promise<void>;
  send(type: ItemType, body: Uint8Array): Promise<void>;
  send(what: string | ItemType, body: Uint8Array = new Uint8Array(0)): Promise<void> {
    this.#lastOutbound = this.#components.clock.now();
    return typeof what === 'string'
      ? this.#item(ITEM.envelope, envelopeBody(what, 0))
      : this.#item(what, body);
  }

  /** A pong proves what was handed to the carrier before its ping: records keep their order. */
  confirm(): Promise<boolean> {
    return this.#liveness.confirm();
  }

  probe(timeoutMs: number): Promise<boolean> {
    return this.#liveness.probe(timeoutMs);
  }

  pause(): void {
    this.#pause('owner');
  }

  resume(): void {
    this.#resume('owner');
  }

  /** Says why, and ends it at once: nothing is sent or handed on after it. */
  close(code: CloseCode = 'normal', text = ''): void {
    if (this.#ended) return;
    const { carrier, channel } = this.#components;
    try {
      for (const record of channel.seal(controlFrame(CONTROL.close, closeBody(code, text))))
        carrier.send(record).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof NoiseError)) throw error;
    }
    carrier.close(1000);
    this.#end({ code: 1000, reason: code }, code);
  }

  info(): PeerInfo {
    return sessionInfo(this, {
      lastInbound: this.#lastInbound,
      lastOutbound: this.#lastOutbound,
      rttMs: this.#liveness.rttMs,
      remoteAddress: this.#components.carrier.remoteAddress,
      protection: 'secure',
      via: this.via,
      clockSkewMs: this.skewMs,
    });
  }

  #item(type: ItemType, body: Uint8Array): Promise<void> {
    if (this.#ended) return Promise.reject(new LinkLost());
    if (body.length > maxItemBytes(type)) return Promise.reject(new RangeError('the item is too large'));
    const handed = this.#queue.item(type, body);
    this.#pump();
    if (this.#queue.exhausted) this.close('renew');
    return handed;
  }

  #control(type: typeof CONTROL.ping | typeof CONTROL.pong, body: Uint8Array): void {
    if (this.#ended) return;
    this.#queue.control(controlFrame(type, body));
    this.#pump();
  }

  /** Hands records to the carrier as long as it takes them. */
  #pump(): void {
    const { channel } = this.#components;
    while (!this.#ended && this.#inFlight < MAX_IN_FLIGHT_BYTES) {
      const next = this.#queue.next();
      if (next === null) return;
      const records = channel.seal(next.frame);
      for (const [index, record] of records.entries())
        this.#hand(record, index === records.length - 1 ? next.handed : null);
    }
  }

  #hand(record: Uint8Array, handed: ((error: Error | null) => void) | null): void {
    this.#inFlight += record.length;
    this.#stalledSince ??= this.#components.clock.monotonic();
    this.#components.carrier.send(record).then(
      () => {
        this.#taken(record.length);
        handed?.(null);
      },
      () => {
        this.#taken(record.length);
        handed?.(new LinkLost());
      },
    );
  }

  #taken(bytes: number): void {
    this.#inFlight -= bytes;
    this.#stalledSince = this.#inFlight > 0 ? this.#components.clock.monotonic() : null;
    this.#pump();
  }

  #record(bytes: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#frame(this.#components.channel.open(bytes));
    } catch (error) {
      this.#failed(error);
    }
  }

  #frame(frame: Frame): void {
    this.#liveness.heard();
    const { type, body } = frame;
    if (type >= FIRST_ITEM_TYPE) {
      this.#lastInbound = this.#components.clock.now();
      const item = this.#reassembly.add(frame, this.#components.clock.monotonic());
      if (item !== null) this.#lanes.add(item);
    } else {
      this.#controlFrame(type, body);
    }
  }

  #controlFrame(type: number, body: Uint8Array): void {
    if (!this.#controls.take(1, this.#components.clock.monotonic()))
      throw new BadFrameError('more control frames than anybody needs', 'limit');
    if (type === CONTROL.ping) {
      if (body.length !== PING_BYTES) throw new BadFrameError('a ping of another length');
      if (this.#queue.controlCount >= MAX_CONTROL_WAITING)
        throw new BadFrameError('more pings than pongs are read', 'limit');
      this.#control(CONTROL.pong, body);
    } else if (type === CONTROL.pong) {
      if (body.length !== PING_BYTES) throw new BadFrameError('a pong of another length');
      this.#liveness.pong(body);
    } else if (type === CONTROL.close) {
      const { code } = readClose(body);
      this.#components.carrier.close(1000);
      this.#end({ code: 1000, reason: code }, code);
    } else if (type === CONTROL.confirm || type === CONTROL.ready) {
      throw new BadFrameError('a session begins only once');
    } else if (type !== CONTROL.rekey) {
      this.#reassembly.unknown(type);
    }
  }

  /** Looks after what the peer began and what it does not take. */
  #check(): void {
    const now = this.#components.clock.monotonic();
    try {
      this.#reassembly.check(now);
    } catch (error) {
      return this.#failed(error);
    }
    if (this.#stalledSince !== null && now - this.#stalledSince > MAX_STALL_MS)
      this.#components.carrier.terminate();
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    const { handlers, carrier } = this.#components;
    if (error instanceof NoiseError) {
      handlers.suspicious(this, 'bad_record', error.message);
      carrier.close(1008);
      this.#end({ code: 1008, reason: '' }, null);
    } else if (error instanceof BadFrameError) {
      handlers.suspicious(this, error.code, error.message);
      this.close(error.code, error.message);
    } else {
      handlers.odd(this, error, 'an item could not be handled');
    }
  }

  #end(info: LinkClose, code: CloseCode | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#renewal?.cancel();
    this.#liveness.stop();
    this.#lanes.stop();
    this.#queue.fail(new LinkLost());
    this.#components.handlers.closed(this, info, code);
  }

  #planRenewal(ms: number, tries = 0): void {
    this.#renewal = this.#components.timers.after(ms, () => {
      // Deviation D-58: a session that cannot be replaced ends.
      if (tries >= MAX_RENEWALS) return this.close('renew');
      this.#planRenewal(RENEW_RETRY_MS, tries + 1);
      this.#components.handlers.renew(this);
    });
  }

  #pause(by: 'owner' | 'lanes'): void {
    if (this.#ended || this.#pausedBy.has(by)) return;
    this.#pausedBy.add(by);
    if (this.#pausedBy.size > 1) return;
    this.#components.carrier.pause();
    this.#liveness.reads(false);
  }

  #resume(by: 'owner' | 'lanes'): void {
    if (!this.#pausedBy.delete(by) || this.#pausedBy.size > 0 || this.#ended) return;
    this.#liveness.reads(true);
    this.#components.carrier.resume();
  }
}
