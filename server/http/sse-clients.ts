/**
 * The clients of a stream of server-sent events: how many there may be, signs of life, and their end. A client that does
 * not read is cut off, and none outlives the key or session it was opened with.
 */
import type { Request, Response } from 'express';
import type { Timer, Timers } from '../ports/types.ts';
import type { UserId } from '../wire/ids.ts';
import { ApiError } from './errors.ts';

/** What all streams of one kind have in common. */
export interface SseLimits {
  /** Streams of one account, and in all: each holds a socket. */
  perUser: number;
  inAll: number;
  /** Unsent bytes after which a client counts as stuck. */
  unsentBytes: number;
  /** How long a client waits before it comes back. */
  retryMs: number;
  cacheControl: 'no-cache' | 'no-store';
}

/** Who opened a stream. */
export interface SseOpening {
  userId: UserId;
  /** Between signs of life. */
  heartbeatMs: number;
  /** Asked at every sign of life and whenever the account's access changes. */
  stillAllowed: () => boolean;
}

/** One stream. */
export class SseClient {
  readonly userId: UserId;
  readonly stillAllowed: () => boolean;
  readonly #res: Response;
  readonly #maxUnsent: number;
  readonly #ended: (client: SseClient) => void;
  #heartbeat: Timer | null = null;
  #isOpen = true;

  constructor(
    { res }: { res: Response },
    init: { opening: SseOpening; maxUnsent: number; ended: (client: SseClient) => void },
  ) {
    this.#res = res;
    this.userId = init.opening.userId;
    this.stillAllowed = init.opening.stillAllowed;
    this.#maxUnsent = init.maxUnsent;
    this.#ended = init.ended;
    res.on('close', () => this.end());
    res.on('error', () => this.end());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Gives a sign of life again and again, as long as it is allowed. */
  beat(heartbeat: Timer): void {
    this.#heartbeat = heartbeat;
  }

  /** Sends an event. @param data JSON, or a text on one line. */
  write(event: string, data: object | string, id?: string | number): void {
    if (!this.#isOpen) return;
    if (this.#res.writableLength > this.#maxUnsent) {
      this.#res.destroy();
      this.end();
      return;
    }
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    this.#res.write(`${idLine}event: ${event}\ndata: ${text}\n\n`);
  }

  /** Calls back when the client has read what it was sent, in another turn. */
  whenRead(goOn: () => void): void {
    if (this.#res.writableNeedDrain) this.#res.once('drain', goOn);
    else setImmediate(goOn);
  }

  /** Idempotent. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#heartbeat?.cancel();
    this.#ended(this);
    this.#res.end();
  }
}

/** Keeps the streams of one kind, each with what its kind knows of it. */
export class SseClients<State> {
  readonly #timers: Timers;
  readonly #limits: SseLimits;
  readonly #clients = new Map<SseClient, State>();

  constructor(components: { timers: Timers }, limits: SseLimits) {
    this.#timers = components.timers;
    this.#limits = limits;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** All that are open now. */
  all(): [client: SseClient, state: State][] {
    return [...this.#clients];
  }

  /**
   * Turns an answer into a stream; null for a `HEAD`, which has none.
   * @param beat gives a sign of life.
   * @throws {ApiError} `too_many_streams`.
   */
  open(
    { req, res }: { req: Request; res: Response },
    opening: SseOpening,
    state: State,
    beat: (client: SseClient) => void,
  ): SseClient | null {
    const { perUser, inAll, unsentBytes, retryMs, cacheControl } = this.#limits;
    const own = [...this.#clients.keys()].filter(({ userId }) => userId === opening.userId).length;
    if (own >= perUser || this.#clients.size >= inAll) throw new ApiError('too_many_streams');
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': cacheControl,
      'X-Accel-Buffering': 'no',
    });
    if (req.method === 'HEAD') {
      res.end();
      return null;
    }
    res.flushHeaders();
    res.write(`retry: ${retryMs}\n\n`);
    const client = new SseClient(
      { res },
      { opening, maxUnsent: unsentBytes, ended: (one) => void this.#clients.delete(one) },
    );
    this.#clients.set(client, state);
    client.beat(
      this.#timers.every(opening.heartbeatMs, () => (client.stillAllowed() ? beat(client) : client.end())),
    );
    return client;
  }

  /** The access of an account changed: its streams that are no longer allowed end at once. */
  accessChanged(userId: UserId): void {
    for (const client of [...this.#clients.keys()])
      if (client.userId === userId && !client.stillAllowed()) client.end();
  }

  /** Ends all. @param goodbye what each is told before. */
  endAll(goodbye: (client: SseClient) => void = () => undefined): void {
    for (const client of [...this.#clients.keys()]) {
      goodbye(client);
      client.end();
    }
  }
}
