/**
 * Mentions as server-sent events (04 section 7.2). The reference's stream falls silent after its first line and holds a
 * thread; this one tells mentions as they come and gives a sign of life, first of all at once. Who comes back with the id
 * of the last mention misses nothing; a client that does not read is cut off.
 */
import type { Request, Response } from 'express';
import type { Clock, Timers } from '../ports/types.ts';
import type { MentionRow } from '../store/mentions.ts';
import type { EventBus, NodeEvent } from '../telemetry/bus.ts';
import type { UserId } from '../wire/ids.ts';
import type { MentionClaims } from '../workspace/mention-claims.ts';
import type { Mentions } from '../workspace/mentions.ts';
import type { Caller } from './auth.ts';
import { ApiError } from './errors.ts';
import { intQuery, sinceQuery } from './params.ts';
import { mentionJson } from './render-attention.ts';
import { SseClients, type SseClient, type SseLimits } from './sse-clients.ts';

/** Between signs of life, seconds. */
const HEARTBEAT = { min: 5, max: 60, default: 15 };
/** Unsent bytes after which a client counts as stuck. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** Streams of one account, and in all: each holds a socket. */
const MAX_PER_USER = 8;
const MAX_STREAMS = 64;
const LIMITS: SseLimits = {
  perUser: MAX_PER_USER,
  inAll: MAX_STREAMS,
  unsentBytes: MAX_UNSENT_BYTES,
  retryMs: 3_000,
  cacheControl: 'no-cache',
};
const PAGE = 100;

/** Where a client stands. */
interface Place {
  /** Cursor of the last mention told. */
  seq: number;
}

export interface MentionStreamsComponents {
  mentions: Mentions;
  claims: MentionClaims;
  bus: EventBus;
  timers: Timers;
  clock: Clock;
}

export class MentionStreams {
  readonly #c: MentionStreamsComponents;
  readonly #clients: SseClients<Place>;
  #unsubscribe: (() => void) | null = null;

  constructor(components: MentionStreamsComponents) {
    this.#c = components;
    this.#clients = new SseClients(components, LIMITS);
  }

  /** Follows the bus. Idempotent. */
  start(): void {
    this.#unsubscribe ??= this.#c.bus.subscribe((event) => this.#happened(event));
  }

  /** Ends every stream. Idempotent. */
  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#clients.endAll();
  }

  /**
   * Turns an answer into a stream for `caller`.
   * @throws {ApiError} `too_many_streams` or `stopping`.
   */
  open(
    req: Request,
    res: Response,
    { userId }: Caller,
    query: URLSearchParams,
    stillAllowed: () => boolean,
  ): void {
    if (this.#unsubscribe === null) throw new ApiError('stopping');
    const heartbeatMs = intQuery(query, 'heartbeat', HEARTBEAT) * 1000;
    const place: Place = { seq: this.#c.mentions.latestSeq() };
    const opening = { userId, heartbeatMs, stillAllowed };
    const client = this.#clients.open({ req, res }, opening, place, (one) => this.#beat(one));
    if (client === null) return;
    this.#beat(client);
    for (const mention of this.#missed(req, query, userId)) this.#tell(client, place, mention);
  }

  /** What a client that comes back, or names a time, has not seen, oldest first. */
  #missed(req: Request, query: URLSearchParams, userId: UserId): MentionRow[] {
    const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
    const lastId = req.headers['last-event-id'];
    const last = typeof lastId === 'string' ? this.#c.mentions.get(userId, lastId.trim()) : undefined;
    if (last !== undefined) return this.#c.mentions.after(userId, last.seq, limit);
    const since = sinceQuery(query);
    return since === null ? [] : this.#c.mentions.list(userId, { since, limit }).reverse();
  }

  #happened(event: NodeEvent): void {
    if (event.type === 'access.changed') this.#clients.accessChanged(event.userId);
    else if (event.type === 'journal')
      for (const [client, place] of this.#clients.all()) this.#pump(client, place);
  }

  #pump(client: SseClient, place: Place): void {
    const latest = this.#c.mentions.latestSeq();
    if (latest === place.seq) return;
    for (const mention of this.#c.mentions.after(client.userId, place.seq, PAGE))
      this.#tell(client, place, mention);
    place.seq = Math.max(place.seq, latest);
  }

  #tell(client: SseClient, place: Place, mention: MentionRow): void {
    place.seq = Math.max(place.seq, mention.seq);
    const claim = this.#c.claims.active(mention.sourceType, mention.sourceId);
    client.write('mention', mentionJson(mention, claim, client.userId), mention.id);
  }

  #beat(client: SseClient): void {
    client.write('heartbeat', String(Math.floor(this.#c.clock.now() / 1000)));
  }
}
