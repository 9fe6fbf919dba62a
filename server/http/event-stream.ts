/**
 * The event stream (04 section 7.3, 05 section 10.8): server-sent events over the journal, plus what happens on the
 * node between journal rows (peers, requests, delivery, activity). Journal rows carry their number as event id, so a
 * client that comes back with `Last-Event-ID` misses nothing; the others have none and are told again by reading the
 * lists. A client that cannot keep up is cut off and resumes.
 */
import type { Request, Response } from 'express';
import type { Caller } from './auth.ts';
import { holds, mayManage } from './auth.ts';
import type { HttpComponents, HttpOptions } from './components.ts';
import { ApiError } from './errors.ts';
import { intQuery } from './params.ts';
import { eventJson } from './render.ts';
import { pageBuild } from './pages.ts';
import { SseClients, type SseClient, type SseLimits } from './sse-clients.ts';
import type { NodeEvent } from '../telemetry/bus.ts';
import type { MessageId, PostId } from '../wire/ids.ts';
import type { Journal, JournalReader } from '../workspace/journal.ts';

/**
 * Seconds between signs of life, which the query may choose. Proxies and browsers drop connections that are silent for
 * about a minute; the page asks for one every second, to notice soon when the node hangs.
 */
const HEARTBEAT = { min: 1, max: 60, default: 15 };
/** Unsent bytes after which a client counts as stuck. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** Streams of one account: a browser has one per profile, scripts a few. */
const MAX_PER_USER = 32;
/** Streams in all: each holds a socket. */
const MAX_STREAMS = 256;
const LIMITS: SseLimits = {
  perUser: MAX_PER_USER,
  inAll: MAX_STREAMS,
  unsentBytes: MAX_UNSENT_BYTES,
  retryMs: 2_000,
  cacheControl: 'no-store',
};
/** Journal rows read and sent at a time; even of the longest rows this is well below {@link MAX_UNSENT_BYTES}. */
const PAGE = 100;

/** Where a client stands. */
interface Place {
  reader: JournalReader;
  /** Whether it may manage the node, as libraries are, and read its assets. */
  manages: boolean;
  readsAssets: boolean;
  /** Number of the last journal row looked at. */
  cursor: number;
  /** A pump is already on its way. */
  pumping: boolean;
}

/** Serves event streams. */
export class EventStreams {
  readonly #components: HttpComponents;
  /** Which build of the page is served. */
  readonly #page: string | null;
  readonly #options: HttpOptions;
  readonly #journal: Journal;
  readonly #clients: SseClients<Place>;
  #unsubscribe: (() => void) | null = null;

  constructor(components: HttpComponents, options: HttpOptions) {
    this.#components = components;
    this.#options = options;
    this.#page = pageBuild(options.webRoot);
    this.#journal = components.workspace.journal;
    this.#clients = new SseClients(components.ports, LIMITS);
  }

  /** Follows the bus. Idempotent. */
  start(): void {
    this.#unsubscribe ??= this.#components.bus.subscribe((event) => this.#onEvent(event));
  }

  /** Says goodbye to every client and stops. Idempotent. */
  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#clients.endAll((client) => client.write('shutdown', {}));
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
    const latest = this.#journal.latestSeq();
    const asked = cursorOf(req, query) ?? latest;
    const place: Place = {
      reader: {
        userId: caller.userId,
        readMessages: holds(caller, 'read_messages'),
      },
      manages: mayManage(caller),
      readsAssets: holds(caller, 'read_files'),
      cursor: Math.min(asked, latest),
      pumping: false,
    };
    const heartbeatMs = intQuery(query, 'heartbeat', HEARTBEAT) * 1000;
    const opening = { userId: caller.userId, heartbeatMs, stillAllowed };
    const client = this.#clients.open({ req, res }, opening, place, (one) =>
      one.write('heartbeat', {
        server_time: this.#components.ports.clock.now() / 1000,
      }),
    );
    if (client === null) return;
    client.write('ready', {
      latest_seq: latest,
      version: this.#options.version,
      page: this.#page,
    });
    // A number of the future comes from another database: what the client shows may be of another time.
    if (asked > latest) client.write('reset', { latest_seq: latest });
    this.#pump(client, place);
  }

  #onEvent(event: NodeEvent): void {
    if (event.type === 'access.changed') this.#clients.accessChanged(event.userId);
    else
      for (const [client, place] of this.#clients.all())
        if (event.type === 'journal') this.#pump(client, place);
        else if (this.#concerns(event, place)) client.write(event.type, dataOf(event));
  }

  /** Deliveries are told only to those who may read the message; the rest concerns all accounts. */
  #concerns(event: NodeEvent, { reader: { userId, readMessages }, manages, readsAssets }: Place): boolean {
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
      case 'clock.set':
      case 'attachments.received':
        return false;
      case 'settings.changed':
        return event.userId === null || event.userId === userId || manages;
      case 'choices.changed':
      case 'file.served':
        return event.userId === userId;
      case 'feed.changed':
        return feedRule.seesId(userId, event.postId);
      case 'reaction.changed':
        if (event.channelId === null)
          return readMessages && directMessages.get(userId, event.messageId) !== undefined;
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
      case 'tasks.changed':
      case 'activity':
        return true;
      case 'asset.changed':
        return readsAssets;
      case 'library.progress':
      case 'library.changed':
        return manages;
    }
  }

  /**
   * Sends the journal rows after the client's cursor, a page at a time and no faster than the client reads; several
   * events in one turn are one reading.
   */
  #pump(client: SseClient, place: Place): void {
    if (place.pumping) return;
    place.pumping = true;
    client.whenRead(() => {
      place.pumping = false;
      try {
        if (this.#sendPage(client, place)) this.#pump(client, place);
      } catch (error) {
        this.#components.log.warn({ err: error }, 'an event stream was ended');
        client.end();
      }
    });
  }

  /** True while there is more. */
  #sendPage(client: SseClient, place: Place): boolean {
    if (!client.isOpen) return false;
    const page = this.#journal.page(place.reader, {
      afterSeq: place.cursor,
      limit: PAGE,
    });
    for (const item of page.items) client.write(item.eventType, eventJson(item), item.seq);
    place.cursor = Math.max(place.cursor, page.nextAfterSeq);
    return page.hasMore;
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
      return {
        peer_id: event.peerId,
        outbound: event.outbound,
        endpoint: event.endpoint,
      };
    case 'peer.disconnected':
    case 'peer.changed':
      return { peer_id: event.peerId };
    case 'peer.link':
      return {
        peer_id: event.peerId,
        protection: event.protection,
        via: event.via,
      };
    case 'security':
      return { peer_id: event.peerId, reason: event.reason };
    case 'sync.progress':
      return {
        peer_id: event.peerId,
        done: event.done,
        total: event.total,
        state: event.state,
      };
    case 'trust.changed':
      return { peer_id: event.peerId, trusted: event.trusted };
    case 'profile.local':
      return { user_id: event.userId };
    case 'message.delivery':
      return event.failed === undefined
        ? { kind: event.kind, id: event.id }
        : {
            kind: event.kind,
            id: event.id,
            peer_id: event.failed.peerId,
            reason: event.failed.reason,
          };
    case 'attachment.progress': {
      const { kind, id, originFileId, state, done, total } = event;
      return { kind, id, origin_file_id: originFileId, state, done, total };
    }
    case 'file.served': {
      const { peerId, fileId, state, done, total } = event;
      return { peer_id: peerId, file_id: fileId, state, done, total };
    }
    case 'activity':
      return { id: event.id };
    case 'asset.changed':
      return { hash: event.hash };
    case 'library.progress':
    case 'library.changed':
      return { library_id: event.libraryId };
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
    case 'clock.set':
    case 'attachments.received':
    case 'requests.changed':
    case 'tasks.changed':
    case 'choices.changed':
    case 'settings.changed':
      return {};
  }
}
