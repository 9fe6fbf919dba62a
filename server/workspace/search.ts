/**
 * Search over channels, direct messages and posts (04 sections 3.8 to 3.10 and 3.12), newest first. The indexes know
 * nothing of rights: each document they name is shown only if the account may read it where it stands.
 */
import type { Channels as ChannelTable } from '../store/channels.ts';
import { SEARCH_KINDS, placeAt } from '../store/search.ts';
import type { SearchHit, SearchIndex, SearchKind, SearchQuery, SearchState } from '../store/search.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../wire/ids.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { Channels } from './channels.ts';
import type { DirectMessages } from './direct-messages.ts';
import { WorkspaceError } from './errors.ts';
import type { Feed } from './feed.ts';
import { parseSearch } from './search-syntax.ts';
import type { SearchTerms } from './search-syntax.ts';
import type { ChannelMessageView, DirectMessageView, FeedPostView } from './types.ts';

/** Documents found but not shown to this account are passed over, up to this many pages of each index for one answer. */
const MAX_PAGES = 12;
const MIN_STEP = 20;
/** In place of a person: what is written to everybody. */
const EVERYONE = 'everyone';

/** What somebody looks for. Absent filters let everything pass. */
export interface SearchWish {
  /** Empty: whatever the filters let pass. */
  text: string;
  /** `words`: words, beginnings and phrases, as {@link parseSearch} reads them; `part`: the text as it stands. */
  mode: 'words' | 'part';
  kinds: readonly SearchKind[];
  /** Only this channel; needs the kind `channel_message`. */
  channelId?: ChannelId;
  /** Only direct messages with this person, of this group, or to `everyone`. */
  with?: string;
  author?: UserId;
  /** Unix ms, inclusive. */
  from?: number;
  /** Unix ms, exclusive. */
  until?: number;
  hasAttachment?: boolean;
  limit: number;
  /** Of the answer before; found results go on after it. */
  cursor?: string;
}

/** Something that was found, as the account sees it. */
export type Found =
  | { kind: 'channel_message'; message: ChannelMessageView }
  | { kind: 'direct_message'; message: DirectMessageView }
  | { kind: 'feed_post'; post: FeedPostView };

export interface SearchAnswer {
  found: Found[];
  /** Where to go on; null when there is no more. */
  cursor: string | null;
  state: SearchState;
  /** What was looked for, to mark it. */
  terms: SearchTerms;
}

export interface SearchComponents {
  indexes: readonly SearchIndex[];
  channels: Pick<Channels, 'access'>;
  channelTable: Pick<ChannelTable, 'ofUser'>;
  channelMessages: Pick<ChannelMessages, 'some'>;
  directMessages: Pick<DirectMessages, 'some'>;
  feed: Pick<Feed, 'some'>;
}

/** One kind in the index that holds it, read as far as `before`. */
interface Stream {
  kind: SearchKind;
  index: SearchIndex;
  query: SearchQuery;
  /** The last place that was taken; null at the beginning. */
  taken: number | null;
  /** Found, not yet taken. */
  hits: SearchHit[];
  /** Where the index goes on after `hits`; null: nothing further. */
  next: number | null;
  pages: number;
}

export class Search {
  readonly #c: SearchComponents;

  constructor(components: SearchComponents) {
    this.#c = components;
  }

  /** Begins to fill the indexes; idempotent. */
  start(): void {
    for (const index of this.#c.indexes) index.start();
  }

  /** Ends that; idempotent. */
  stop(): void {
    for (const index of this.#c.indexes) index.stop();
  }

  /**
   * What the account may see of what matches, newest first.
   * @throws {WorkspaceError} as `Channels.access` when a channel is named; `invalid_cursor`.
   */
  find(userId: UserId, wish: SearchWish): SearchAnswer {
    if (wish.channelId !== undefined) this.#c.channels.access(userId, wish.channelId);
    const terms = parseSearch(wish.text, wish.mode);
    // A text in which there is nothing to look for finds nothing; no text at all leaves it to the filters.
    const nothing = terms.all.length === 0 && wish.text.trim() !== '';
    const streams = nothing ? [] : this.#streams(userId, wish, terms);
    const found: Found[] = [];
    const step = Math.max(wish.limit, MIN_STEP);
    while (found.length < wish.limit) {
      const hits = takeNext(streams, { limit: wish.limit - found.length, step });
      if (hits.length === 0) break;
      found.push(...this.#shown(userId, hits, wish));
    }
    const indexing = streams.some(({ index }) => index.state === 'indexing');
    return { found, cursor: cursorOf(streams), state: indexing ? 'indexing' : 'ready', terms };
  }

  #streams(userId: UserId, wish: SearchWish, terms: SearchTerms): Stream[] {
    const places = wish.cursor === undefined ? null : readCursor(wish.cursor);
    return this.#c.indexes.flatMap((index) =>
      index.kinds
        .filter((kind) => wish.kinds.includes(kind) && places?.get(kind) !== null)
        .map((kind) => {
          const until = wish.until === undefined ? null : placeAt(Math.ceil(wish.until / 1000) * 1000);
          const taken = places?.get(kind) ?? until;
          const query = { ...terms, ...this.#filters(userId, wish, kind), kinds: [kind] };
          return { kind, index, query, taken, hits: [], next: taken ?? Infinity, pages: 0 };
        }),
    );
  }

  #filters(userId: UserId, wish: SearchWish, kind: SearchKind): Omit<SearchQuery, 'all'> {
    const filters = {
      authors: wish.author === undefined ? null : [wish.author],
      from: wish.from ?? null,
      until: wish.until ?? null,
      hasAttachment: wish.hasAttachment ?? null,
    };
    if (kind === 'channel_message') {
      const channels =
        wish.channelId === undefined
          ? this.#c.channelTable.ofUser(userId).map((channel) => channel.id)
          : [wish.channelId];
      return { ...filters, containers: channels };
    }
    // What is sent to a person stands under the one it was sent to.
    if (kind === 'direct_message' && wish.with !== undefined)
      return { ...filters, containers: wish.with === EVERYONE ? [''] : [wish.with, userId] };
    return filters;
  }

  /** Those that the account may read, in their order. */
  #shown(userId: UserId, hits: readonly SearchHit[], wish: SearchWish): Found[] {
    const { channelMessages, directMessages, feed } = this.#c;
    const idsOf = <Id>(kind: SearchKind): Id[] =>
      hits.filter((hit) => hit.kind === kind).map((hit) => hit.id as Id);
    const views = new Map<string, Found>();
    for (const message of channelMessages.some(userId, idsOf<MessageId>('channel_message')))
      views.set(`channel_message ${message.id}`, { kind: 'channel_message', message });
    for (const message of directMessages.some(userId, idsOf<MessageId>('direct_message')))
      if (wish.with === undefined || isWith(message, wish.with, userId))
        views.set(`direct_message ${message.id}`, { kind: 'direct_message', message });
    for (const post of feed.some(userId, idsOf<PostId>('feed_post')))
      views.set(`feed_post ${post.id}`, { kind: 'feed_post', post });
    return hits.map(({ kind, id }) => views.get(`${kind} ${id}`)).filter((view) => view !== undefined);
  }
}

/** The newest hits of all streams; none when nothing is left, or the work for one answer is done. */
function takeNext(streams: readonly Stream[], { limit, step }: { limit: number; step: number }): SearchHit[] {
  const taken: SearchHit[] = [];
  while (taken.length < limit) {
    const front = streams.filter(isOpen).sort((a, b) => frontOf(b) - frontOf(a))[0];
    if (front === undefined) return taken;
    const hit = front.hits.shift();
    if (hit !== undefined) {
      front.taken = hit.place;
      taken.push(hit);
    } else if (front.pages < MAX_PAGES) readPage(front, step);
    else return taken;
  }
  return taken;
}

function readPage(stream: Stream, limit: number): void {
  const before = Number.isFinite(stream.next) ? stream.next : null;
  const page = stream.index.find(stream.query, { limit, before });
  stream.pages += 1;
  stream.hits = page.hits;
  stream.next = page.next;
  if (page.hits.length === 0) stream.taken = page.next ?? stream.taken;
}

function isOpen(stream: Stream): boolean {
  return stream.hits.length > 0 || stream.next !== null;
}

/** The place before which the stream has nothing more. */
function frontOf(stream: Stream): number {
  return stream.hits[0]?.place ?? stream.next ?? -1;
}

const LETTERS: Readonly<Record<SearchKind, string>> = {
  channel_message: 'c',
  direct_message: 'd',
  feed_post: 'f',
};

/** How far each kind was taken: `c1882521914572800.d-` (all of the direct messages). */
function cursorOf(streams: readonly Stream[]): string | null {
  if (!streams.some(isOpen)) return null;
  return streams
    .map((stream) => LETTERS[stream.kind] + (isOpen(stream) ? String(stream.taken ?? '') : '-'))
    .join('.');
}

/** @returns the last place taken of each kind; null for kinds that are done; absent: from the beginning. */
function readCursor(text: string): Map<SearchKind, number | null> {
  const places = new Map<SearchKind, number | null>();
  for (const part of text.split('.', SEARCH_KINDS.length)) {
    const kind = SEARCH_KINDS.find((each) => LETTERS[each] === part[0]);
    const place = part.slice(1);
    if (kind === undefined || !/^(?:-|\d{0,16})$/.test(place))
      throw new WorkspaceError('invalid_cursor', 'Invalid cursor');
    if (place === '-') places.set(kind, null);
    else if (place !== '') places.set(kind, Number(place));
  }
  return places;
}

function isWith(message: DirectMessageView, other: string, userId: UserId): boolean {
  if (other === EVERYONE) return message.recipientId === null;
  if (message.recipientId?.startsWith('group:') === true || message.metadata?.['group_id'] !== undefined)
    return message.recipientId === other || message.metadata?.['group_id'] === other;
  return (
    (message.senderId === other && message.recipientId === userId) ||
    (message.senderId === userId && message.recipientId === other)
  );
}
