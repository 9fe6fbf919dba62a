/**
 * One authenticated connection to a peer: sends one after the other with a time limit, its own keepalive (01
 * sections 5.10 and 11 R7), and what diagnostics want to know of it.
 */
import type { Clock, LinkClose, Timer, Timers } from '../ports/types.ts';
import type { HandshakePeer } from '../wire/handshake.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import type { Greeting } from './greeting.ts';
import type { Greeted } from './handshaker.ts';
import { IDLE_TIMEOUT, KEEPALIVE_INTERVAL, PONG_TIMEOUT, SEND_TIMEOUT } from './limits.ts';
import type { PeerInfo } from './types.ts';

/** What a session reports. */
export interface SessionHandlers {
  frame(session: Session, text: string): void;
  /** Called exactly once. */
  closed(session: Session, info: LinkClose): void;
}

export interface SessionComponents {
  clock: Clock;
  timers: Timers;
  greeting: Greeting;
  handlers: SessionHandlers;
}

export interface SessionInit extends Greeted {
  outbound: boolean;
  /** The endpoint that was dialled. */
  endpoint: Endpoint | null;
}

/** A connection that was adopted. */
export class Session {
  readonly peerId: PeerId;
  readonly peer: HandshakePeer;
  readonly outbound: boolean;
  readonly endpoint: Endpoint | null;
  readonly shapesIntake: boolean;
  /** Unix ms. */
  readonly connectedAt: number;
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
    this.shapesIntake = init.shapesIntake;
    this.connectedAt = clock.now();
    this.#openedAt = clock.monotonic();
    this.#activeAt = this.#openedAt;
  }

  /** Whether the link has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes handed to {@link send} and not written yet. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** Ms since it was adopted. */
  get age(): number {
    return this.#components.clock.monotonic() - this.#openedAt;
  }

  /** Takes the link over: from now on frames are handed on, and the connection is watched. */
  start(): void {
    const { greeting, handlers, timers, clock } = this.#components;
    this.#keepalive = timers.every(KEEPALIVE_INTERVAL, () => void this.#check());
    greeting.handOver({
      message: (text) => {
        this.#lastInbound = clock.now();
        this.#activeAt = clock.monotonic();
        handlers.frame(this, text);
      },
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

  /** Stops reading from the peer, so that its sender feels it. */
  pause(): void {
    this.#components.greeting.link.pause();
  }

  resume(): void {
    this.#components.greeting.link.resume();
  }

  /** Ends the connection politely. */
  close(): void {
    this.#components.greeting.link.close(1000);
  }

  info(): PeerInfo {
    const { peer } = this;
    const lastActivity = Math.max(this.connectedAt, this.#lastInbound ?? 0, this.#lastOutbound ?? 0);
    return {
      peerId: this.peerId,
      capabilities: peer.capabilities,
      canopyVersion: peer.canopyVersion,
      protocolVersion: peer.protocolVersion,
      version: peer.version,
      connectedAt: this.connectedAt,
      lastActivity,
      lastInbound: this.#lastInbound,
      lastOutbound: this.#lastOutbound,
      rttMs: this.#rttMs,
      endpoint: this.endpoint,
      remoteAddress: this.#components.greeting.link.remoteAddress,
      outbound: this.outbound,
      clockSkewMs: peer.timestamp === null ? null : Math.round(peer.timestamp * 1000 - this.connectedAt),
    };
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
