/**
 * One adopted connection to a peer as the mesh sees it, and the plain kind of it (01 section 5): sends one after the
 * other with a time limit, its own keepalive (01 sections 5.10 and 11 R7), and what diagnostics want to know. The
 * encrypted kind is `secure/secure-session.ts`.
 */
import type { Clock, LinkClose, Timer, Timers } from '../ports/types.ts';
import type { CloseCode } from '../wire/secure-frames.ts';
import type { HandshakePeer } from '../wire/handshake.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import type { Greeting } from './greeting.ts';
import { IDLE_TIMEOUT, KEEPALIVE_INTERVAL, PONG_TIMEOUT, SEND_TIMEOUT } from './limits.ts';
import type { SecureLink } from './secure/types.ts';
import type { PeerInfo } from './types.ts';

/** An adopted connection; there is one per peer. */
export interface Session {
  readonly peerId: PeerId;
  readonly peer: HandshakePeer;
  readonly outbound: boolean;
  /** The endpoint that was dialled. */
  readonly endpoint: Endpoint | null;
  /** The peer's receiver delays what comes too fast instead of dropping it. */
  readonly shapesIntake: boolean;
  /** Unix ms. */
  readonly connectedAt: number;
  /** The encrypted link this session is, `null` for a plain one. */
  readonly secure: SecureLink | null;
  /** Whether it has ended. */
  readonly ended: boolean;
  /** Bytes handed to {@link send} and not written yet. */
  readonly backlogBytes: number;
  /** Ms since it was adopted. */
  readonly age: number;
  /** Begins to hand frames on and to watch the connection. */
  start(): void;
  /**
   * Sends one frame after those before it; resolves when it was handed to the operating system.
   * @throws when the session ends first.
   */
  send(text: string): Promise<void>;
  /** Whether everything sent so far has arrived at the peer's program. */
  confirm(): Promise<boolean>;
  /** Whether the peer answers within `timeoutMs`; a session that does not is cut. */
  probe(timeoutMs: number): Promise<boolean>;
  /** Stops reading from the peer, so that its sender feels it. */
  pause(): void;
  resume(): void;
  /** Ends it politely. @param code told to the peer, where there is a way to. */
  close(code?: CloseCode): void;
  info(): PeerInfo;
}

/** What only the session itself knows of its {@link PeerInfo}. */
export type OwnInfo = Pick<
  PeerInfo,
  'lastInbound' | 'lastOutbound' | 'rttMs' | 'remoteAddress' | 'protection' | 'via' | 'clockSkewMs'
>;

/** A session as others see it: what the peer said in its handshake, and what the session has seen since. */
export function sessionInfo(session: Session, own: OwnInfo): PeerInfo {
  const { peerId, peer, connectedAt, endpoint, outbound } = session;
  return {
    peerId,
    capabilities: peer.capabilities,
    canopyVersion: peer.canopyVersion,
    protocolVersion: peer.protocolVersion,
    version: peer.version,
    connectedAt,
    lastActivity: Math.max(connectedAt, own.lastInbound ?? 0, own.lastOutbound ?? 0),
    endpoint,
    outbound,
    ...own,
  };
}

/** What a session reports. */
export interface SessionHandlers {
  /** @param text as its bytes when it is large. */
  frame(session: Session, text: string | Uint8Array): void;
  /** Called exactly once. */
  closed(session: Session, info: LinkClose): void;
}

export interface SessionComponents {
  clock: Clock;
  timers: Timers;
  greeting: Greeting;
  handlers: SessionHandlers;
}

export interface SessionInit {
  peer: HandshakePeer;
  outbound: boolean;
  /** The endpoint that was dialled. */
  endpoint: Endpoint | null;
}

/** A plain connection: signed, readable on the way unless it runs over TLS. */
export class LegacySession implements Session {
  readonly peerId: PeerId;
  readonly peer: HandshakePeer;
  readonly outbound: boolean;
  readonly endpoint: Endpoint | null;
  readonly shapesIntake = false;
  readonly connectedAt: number;
  readonly secure = null;
  readonly #openedAt: number;
  readonly #components: SessionComponents;
  #lastInbound: number | null = null;
  #lastOutbound: number | null = null;
  #activeAt: number;
  #rttMs: number | null = null;
  #sending: Promise<void> = Promise.resolve();
  #backlogBytes = 0;
  #keepalive: Timer | null = null;
  #ended = false;

  constructor(components: SessionComponents, init: SessionInit) {
    const { clock } = components;
    this.#components = components;
    this.peer = init.peer;
    this.peerId = init.peer.peerId;
    this.outbound = init.outbound;
    this.endpoint = init.endpoint;
    this.connectedAt = clock.now();
    this.#openedAt = clock.monotonic();
    this.#activeAt = this.#openedAt;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  get age(): number {
    return this.#components.clock.monotonic() - this.#openedAt;
  }

  /** Takes the link over: from now on frames are handed on, and the connection is watched. */
  start(): void {
    const { greeting, handlers, timers, clock } = this.#components;
    this.#keepalive = timers.every(KEEPALIVE_INTERVAL, () => void this.#check());
    const frame = (text: string | Uint8Array): void => {
      this.#lastInbound = clock.now();
      this.#activeAt = clock.monotonic();
      handlers.frame(this, text);
    };
    greeting.handOver({
      message: frame,
      large: frame,
      close: (info) => {
        this.#ended = true;
        this.#keepalive?.cancel();
        handlers.closed(this, info);
      },
    });
    // The first round trip is known at once, not after the first interval.
    if (!this.#ended) void this.probe(PONG_TIMEOUT);
  }

  /**
   * Sends one frame after those before it; resolves when it was handed to the operating system.
   * @throws when the link is gone, or did not take it within {@link SEND_TIMEOUT} (then it is cut).
   */
  send(text: string): Promise<void> {
    this.#backlogBytes += text.length;
    const turn = this.#sending
      .then(() => this.#write(text))
      .finally(() => (this.#backlogBytes -= text.length));
    this.#sending = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Whether everything sent so far has arrived: a websocket keeps its order, so a pong proves what went before its
   * ping. The peer's program may still lose it; the link no more.
   */
  confirm(): Promise<boolean> {
    return this.probe(PONG_TIMEOUT);
  }

  /** Whether the peer answers a ping within `timeoutMs`; a session that does not is cut. */
  async probe(timeoutMs: number): Promise<boolean> {
    if (this.#ended) return false;
    const { timers, greeting } = this.#components;
    const answer = greeting.link.ping().then(
      (ms) => Math.round(ms * 10) / 10,
      () => null,
    );
    const rtt = await withTimeout(timers, timeoutMs, answer);
    if (rtt === null) {
      if (!this.#ended) greeting.link.terminate();
      return false;
    }
    this.#rttMs = rtt;
    return !this.#ended;
  }

  pause(): void {
    this.#components.greeting.link.pause();
  }

  resume(): void {
    this.#components.greeting.link.resume();
  }

  /** A plain connection knows no codes. */
  close(): void {
    this.#components.greeting.link.close(1000);
  }

  info(): PeerInfo {
    const { peer } = this;
    return sessionInfo(this, {
      lastInbound: this.#lastInbound,
      lastOutbound: this.#lastOutbound,
      rttMs: this.#rttMs,
      remoteAddress: this.#components.greeting.link.remoteAddress,
      protection: this.endpoint?.startsWith('wss://') === true ? 'tls' : 'signed',
      via: null,
      clockSkewMs: peer.timestamp === null ? null : Math.round(peer.timestamp * 1000 - this.connectedAt),
    });
  }

  async #write(text: string): Promise<void> {
    if (this.#ended) throw new Error('the session has ended');
    const { clock, timers, greeting } = this.#components;
    let late = false;
    const timer = timers.after(SEND_TIMEOUT, () => {
      late = true;
      greeting.link.terminate();
    });
    try {
      await greeting.link.send(text);
    } finally {
      timer.cancel();
    }
    if (late) throw new Error('the peer did not take the message in time');
    this.#lastOutbound = clock.now();
    this.#activeAt = clock.monotonic();
  }

  async #check(): Promise<void> {
    if (this.#components.clock.monotonic() - this.#activeAt > IDLE_TIMEOUT) return this.close();
    await this.probe(PONG_TIMEOUT);
  }
}

/** The value, or `null` after `ms`. */
async function withTimeout<T>(timers: Timers, ms: number, value: Promise<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = timers.after(ms, () => resolve(null));
    void value.then((result) => {
      timer.cancel();
      resolve(result);
    });
  });
}
