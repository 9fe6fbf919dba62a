/**
 * The event stream (04 section 7.3, 05 section 10.8): server-sent events over the journal, plus what happens on the
 * node between journal rows (peers, requests, delivery, activity). Journal rows carry their number as event id, so a
 * client that comes back with `Last-Event-ID` misses nothing; the others have none and are told again by reading the
 * lists. A client that cannot keep up is cut off and resumes.
 */
import type { Request, Response } from 'express';
import type { Caller } from './auth.ts';
import { holds } from './auth.ts';
import type { HttpComponents, HttpOptions } from './components.ts';
import { ApiError } from './errors.ts';
import { eventJson } from './render.ts';
import type { Timer } from '../ports/types.ts';
import type { NodeEvent } from '../telemetry/bus.ts';
import type { MessageId, PostId, UserId } from '../wire/ids.ts';
import type { Journal, JournalReader } from '../workspace/journal.ts';

/** Comment-free sign of life; proxies and browsers drop silent connections after about a minute. */
const HEARTBEAT_MS = 15_000;
/** How long a browser waits before it reconnects. */
const RETRY_MS = 2_000;
/** Unsent bytes after which a client counts as stuck. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** Streams of one account: a browser has one per profile, scripts a few. */
const MAX_PER_USER = 32;
/** Streams in all: each holds a socket. */
const MAX_STREAMS = 256;
/** Journal rows read and sent at a time; even of the longest rows this is well below {@link MAX_UNSENT_BYTES}. */
const PAGE = 100;

interface Client {
  res: Response;
  reader: JournalReader;
  /** Number of the last journal row looked at. */
  cursor: number;
  /** A pump is already on its way. */
  pumping: boolean;
  heartbeat: Timer;
  stillAllowed(): boolean;
}

/** Serves event streams. */
export class EventStreams {
  readonly #components: HttpComponents;
  readonly #options: HttpOptions;
  readonly #journal: Journal;
  readonly #clients = new Set<Client>();
  #unsubscribe: (() => void) | null = null;

  constructor(components: HttpComponents, options: HttpOptions) {
    this.#components = components;
    this.#options = options;
    this.#journal = components.workspace.journal;
  }

  /** Follows the bus. Idempotent. */
  start(): void {
    this.#unsubscribe ??= this.#components.bus.subscribe((event) => this.#onEvent(event));
  }

  /** Says goodbye to every client and stops. Idempotent. */
  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    for (const client of [...this.#clients]) {
      this.#write(client, 'shutdown', {});
      this.#end(client);
    }
  }

  /** How many are open. */
  get size(): number {
    return this.#clients.size;
  }

  /**
   * Turns an answer into a stream for `caller`.
   * @param stillAllowed asked at every heartbeat and whenever the account's access changes; a stream does not outlive
   *   the key or session it was opened with.
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
    const own = [...this.#clients].filter((client) => client.reader.userId === caller.userId).length;
    if (own >= MAX_PER_USER || this.#clients.size >= MAX_STREAMS) throw new ApiError('too_many_streams');
    const latest = this.#journal.latestSeq();
    const asked = cursorOf(req, query) ?? latest;
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    if (req.method === 'HEAD') {
      res.end();
      return;
    }
    res.flushHeaders();
    res.write(`retry: ${RETRY_MS}\n\n`);
    const client: Client = {
      res,
      reader: { userId: caller.userId, readMessages: holds(caller, 'read_messages') },
      cursor: Math.min(asked, latest),
      pumping: false,
      heartbeat: this.#components.ports.timers.every(HEARTBEAT_MS, () => this.#beat(client)),
      stillAllowed,
    };
    this.#clients.add(client);
    res.on('close', () => this.#end(client));
    res.on('error', () => this.#end(client));
    this.#write(client, 'ready', { latest_seq: latest, version: this.#options.version });
    // A number of the future comes from another database: what the client shows may be of another time.
    if (asked > latest) this.#write(client, 'reset', { latest_seq: latest });
    this.#pump(client);
  }

  #onEvent(event: NodeEvent): void {
    for (const client of [...this.#clients]) {
      if (event.type === 'access.changed') this.#check(client, event.userId);
      else if (event.type === 'journal') this.#pump(client);
      else if (this.#concerns(event, client.reader)) this.#write(client, event.type, dataOf(event));
    }
  }

  /** Deliveries are told only to those who may read the message; the rest concerns all accounts. */
  #concerns(event: NodeEvent, { userId, readMessages }: JournalReader): boolean {
    const { directMessages, channelMessages, feedRule } = this.#components.workspace;
    switch (event.type) {
      case 'journal':
      case 'access.changed':
      case 'channel.message.local':
      case 'reaction.local':
      case 'channel.local':
      case 'channel.learned':
      case 'channel.members':
      case 'channel.deleted':
      case 'channel.key.owed':
      case 'channel.key.missing':
      case 'dm.local':
      case 'feed.local':
      case 'interaction.local':
      case 'attachments.received':
        return false;
      case 'feed.changed':
        return feedRule.seesId(userId, event.postId);
      case 'reaction.changed':
        return readMessages && channelMessages.mayKnow(userId, event.messageId);
      case 'message.delivery':
      case 'attachment.progress':
        if (!readMessages) return false;
        if (event.kind === 'post') return feedRule.seesId(userId, event.id as PostId);
        if (event.kind === 'dm') return directMessages.get(userId, event.id as MessageId) !== undefined;
        return event.kind !== 'message' || channelMessages.mayKnow(userId, event.id as MessageId);
      case 'profile.local':
      case 'trust.changed':
      case 'peer.connected':
      case 'peer.disconnected':
      case 'peer.changed':
      case 'peer.link':
      case 'security':
      case 'sync.progress':
      case 'requests.changed':
      case 'activity':
        return true;
    }
  }

  /**
   * Sends the journal rows after the client's cursor, a page at a time and no faster than the client reads; several
   * events in one turn are one reading.
   */
  #pump(client: Client): void {
    if (client.pumping) return;
    client.pumping = true;
    const goOn = (): void => {
      client.pumping = false;
      try {
        if (this.#sendPage(client)) this.#pump(client);
      } catch (error) {
        this.#components.log.warn({ err: error }, 'an event stream was ended');
        this.#end(client);
      }
    };
    if (client.res.writableNeedDrain) client.res.once('drain', goOn);
    else setImmediate(goOn);
  }

  /** True while there is more. */
  #sendPage(client: Client): boolean {
    if (!this.#clients.has(client)) return false;
    const page = this.#journal.page(client.reader, { afterSeq: client.cursor, limit: PAGE });
    for (const item of page.items) this.#write(client, item.eventType, eventJson(item), item.seq);
    client.cursor = Math.max(client.cursor, page.nextAfterSeq);
    return page.hasMore;
  }

  /** A stream ends with the session, key or account it belongs to, at once. */
  #check(client: Client, userId: UserId): void {
    if (client.reader.userId === userId && !client.stillAllowed()) this.#end(client);
  }

  #beat(client: Client): void {
    if (!client.stillAllowed()) this.#end(client);
    else this.#write(client, 'heartbeat', { server_time: this.#components.ports.clock.now() / 1000 });
  }

  #write(client: Client, event: string, data: object, id?: number): void {
    if (!this.#clients.has(client)) return;
    const { res } = client;
    if (res.writableLength > MAX_UNSENT_BYTES) {
      res.destroy();
      this.#end(client);
      return;
    }
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    res.write(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #end(client: Client): void {
    if (!this.#clients.delete(client)) return;
    client.heartbeat.cancel();
    client.res.end();
  }
}

/** Where the client wants to go on: `Last-Event-ID` (a reconnecting browser) wins over `after_seq`. */
function cursorOf(req: Request, query: URLSearchParams): number | null {
  for (const text of [req.headers['last-event-id'], query.get('after_seq')]) {
    if (typeof text === 'string' && /^\d{1,15}$/.test(text.trim())) return Number(text);
  }
  return null;
}

/** The event in the JSON of this API; only ids, the client reads the rest. */
function dataOf(event: NodeEvent): object {
  switch (event.type) {
    case 'peer.connected':
      return { peer_id: event.peerId, outbound: event.outbound, endpoint: event.endpoint };
    case 'peer.disconnected':
    case 'peer.changed':
      return { peer_id: event.peerId };
    case 'peer.link':
      return { peer_id: event.peerId, protection: event.protection, via: event.via };
    case 'security':
      return { peer_id: event.peerId, reason: event.reason };
    case 'sync.progress':
      return { peer_id: event.peerId, done: event.done, total: event.total, state: event.state };
    case 'trust.changed':
      return { peer_id: event.peerId, trusted: event.trusted };
    case 'profile.local':
      return { user_id: event.userId };
    case 'message.delivery':
      return event.failed === undefined
        ? { kind: event.kind, id: event.id }
        : { kind: event.kind, id: event.id, peer_id: event.failed.peerId, reason: event.failed.reason };
    case 'attachment.progress': {
      const { kind, id, originFileId, state, done, total } = event;
      return { kind, id, origin_file_id: originFileId, state, done, total };
    }
    case 'activity':
      return { id: event.id };
    case 'reaction.changed':
      return { channel_id: event.channelId, message_id: event.messageId };
    case 'feed.changed':
      return { post_id: event.postId };
    case 'journal':
    case 'access.changed':
    case 'channel.message.local':
    case 'reaction.local':
    case 'channel.local':
    case 'channel.learned':
    case 'channel.members':
    case 'channel.deleted':
    case 'channel.key.owed':
    case 'channel.key.missing':
    case 'dm.local':
    case 'feed.local':
    case 'interaction.local':
    case 'attachments.received':
    case 'requests.changed':
      return {};
  }
}
