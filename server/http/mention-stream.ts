/**
 * Mentions as server-sent events (04 section 7.2). The reference's stream falls silent after its first line and holds a
 * thread; this one tells mentions as they come and gives a sign of life, first of all at once. Who comes back with the id
 * of the last mention misses nothing; a client that does not read is cut off.
 */
import type { Request, Response } from 'express';
import type { Timer, Timers } from '../ports/types.ts';
import type { Clock } from '../ports/types.ts';
import type { MentionRow } from '../store/mentions.ts';
import type { EventBus, NodeEvent } from '../telemetry/bus.ts';
import type { UserId } from '../wire/ids.ts';
import type { MentionClaims } from '../workspace/mention-claims.ts';
import type { Mentions } from '../workspace/mentions.ts';
import type { Caller } from './auth.ts';
import { ApiError } from './errors.ts';
import { intQuery, sinceQuery } from './params.ts';
import { mentionJson } from './render-attention.ts';

/** How long a client waits before it comes back. */
const RETRY_MS = 3_000;
/** Between signs of life, seconds. */
const HEARTBEAT = { min: 5, max: 60, default: 15 };
/** Unsent bytes after which a client counts as stuck. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** Streams of one account, and in all: each holds a socket. */
const MAX_PER_USER = 8;
const MAX_STREAMS = 64;
const PAGE = 100;

interface Client {
  res: Response;
  userId: UserId;
  /** Cursor of the last mention told. */
  seq: number;
  heartbeat: Timer;
  stillAllowed: () => boolean;
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
  readonly #clients = new Set<Client>();
  #unsubscribe: (() => void) | null = null;

  constructor(components: MentionStreamsComponents) {
    this.#c = components;
  }

  /** Follows the bus. Idempotent. */
  start(): void {
    this.#unsubscribe ??= this.#c.bus.subscribe((event) => this.#happened(event));
  }

  /** Ends every stream. Idempotent. */
  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    for (const client of [...this.#clients]) this.#end(client);
  }

  /**
   * Turns an answer into a stream for `caller`.
   * @throws {ApiError} `too_many_streams` or `stopping`.
   */
  open(
    req: Request,
    res: Response,
    caller: Caller,
    query: URLSearchParams,
    stillAllowed: () => boolean,
  ): void {
    if (this.#unsubscribe === null) throw new ApiError('stopping');
    const own = [...this.#clients].filter((client) => client.userId === caller.userId).length;
    if (own >= MAX_PER_USER || this.#clients.size >= MAX_STREAMS) throw new ApiError('too_many_streams');
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache',
      'X-Accel-Buffering': 'no',
    });
    if (req.method === 'HEAD') {
      res.end();
      return;
    }
    res.flushHeaders();
    const seconds = intQuery(query, 'heartbeat', HEARTBEAT);
    const client: Client = {
      res,
      userId: caller.userId,
      seq: this.#c.mentions.latestSeq(),
      heartbeat: this.#c.timers.every(seconds * 1000, () => this.#beat(client)),
      stillAllowed,
    };
    this.#clients.add(client);
    res.on('close', () => this.#end(client));
    res.on('error', () => this.#end(client));
    res.write(`retry: ${RETRY_MS}\n\n`);
    this.#write(client, `event: heartbeat\ndata: ${Math.floor(this.#c.clock.now() / 1000)}\n\n`);
    for (const mention of this.#missed(req, query, client)) this.#tell(client, mention);
  }

  /** What a client that comes back, or names a time, has not seen, oldest first. */
  #missed(req: Request, query: URLSearchParams, client: Client): MentionRow[] {
    const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 50 });
    const lastId = req.headers['last-event-id'];
    const last = typeof lastId === 'string' ? this.#c.mentions.get(client.userId, lastId.trim()) : undefined;
    if (last !== undefined) return this.#c.mentions.after(client.userId, last.seq, limit);
    const since = sinceQuery(query);
    return since === null ? [] : this.#c.mentions.list(client.userId, { since, limit }).reverse();
  }

  #happened(event: NodeEvent): void {
    for (const client of [...this.#clients]) {
      if (event.type === 'journal') this.#pump(client);
      else if (event.type === 'access.changed' && event.userId === client.userId && !client.stillAllowed())
        this.#end(client);
    }
  }

  #pump(client: Client): void {
    const latest = this.#c.mentions.latestSeq();
    if (latest === client.seq) return;
    for (const mention of this.#c.mentions.after(client.userId, client.seq, PAGE))
      this.#tell(client, mention);
    client.seq = Math.max(client.seq, latest);
  }

  #tell(client: Client, mention: MentionRow): void {
    client.seq = Math.max(client.seq, mention.seq);
    const claim = this.#c.claims.active(mention.sourceType, mention.sourceId);
    const data = JSON.stringify(mentionJson(mention, claim, client.userId));
    this.#write(client, `id: ${mention.id}\nevent: mention\ndata: ${data}\n\n`);
  }

  #beat(client: Client): void {
    if (!client.stillAllowed()) this.#end(client);
    else this.#write(client, `event: heartbeat\ndata: ${Math.floor(this.#c.clock.now() / 1000)}\n\n`);
  }

  #write(client: Client, text: string): void {
    if (!this.#clients.has(client)) return;
    if (client.res.writableLength > MAX_UNSENT_BYTES) {
      client.res.destroy();
      this.#end(client);
    } else client.res.write(text);
  }

  #end(client: Client): void {
    if (!this.#clients.delete(client)) return;
    client.heartbeat.cancel();
    client.res.end();
  }
}
