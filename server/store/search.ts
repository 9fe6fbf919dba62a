/**
 * What a search index is (04 sections 3.8 to 3.12). It answers with ids only, newest first: what the asker may see is
 * decided by the workspace for each of them. Two indexes exist: one in the database for texts that stand there in clear
 * (`search-sqlite.ts`), one in memory for texts that are encrypted at rest, whose words must not be on the disk.
 *
 * An index is told by {@link SearchChanges} that a document came, changed or went, and reads it again from its
 * {@link SearchSource} afterwards. So a change that is undone with its transaction does no harm, many changes are taken
 * up together, and `find` takes up what is outstanding before it answers. What was not taken up when the process
 * ended, or was changed by Python's program, is found by the comparison at the next start.
 */

/** What can be found. Every index holds one or more of these kinds. */
export const SEARCH_KINDS = ['channel_message', 'direct_message', 'feed_post'] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

/** One thing that can be found. */
export interface SearchDocument {
  kind: SearchKind;
  id: string;
  /** The channel; for direct messages the group or the recipient; empty for posts and for messages to everybody. */
  container: string;
  author: string;
  /** Creation, Unix ms; compared by the second, as it is stored. */
  time: number;
  /** The text in clear, with the names of attachments on lines of their own (`documentText`). */
  text: string;
  hasAttachment: boolean;
}

/** Consecutive words, the last one maybe only begun; or a part of the text. Both folded. */
export type SearchTerm =
  | { readonly type: 'words'; readonly words: readonly string[]; readonly prefix: boolean }
  | { readonly type: 'part'; readonly text: string };

/** What a document has to be; `matches` in `search-query.ts` says it exactly. An absent filter lets everything pass. */
export interface SearchQuery {
  /** Of each list one term has to be there. */
  readonly all: readonly (readonly SearchTerm[])[];
  /** None of these may be there. */
  readonly none?: readonly SearchTerm[];
  readonly kinds?: readonly SearchKind[] | null;
  /** Channels (or groups and recipients of direct messages). */
  readonly containers?: readonly string[] | null;
  readonly authors?: readonly string[] | null;
  /** Unix ms; created at or after. */
  readonly from?: number | null;
  /** Unix ms; created before. */
  readonly until?: number | null;
  readonly hasAttachment?: boolean | null;
}

/** A document that was found. */
export interface SearchHit {
  kind: SearchKind;
  id: string;
  /** Where it stands: {@link placeAt} its time, and a number below 2^20 that makes it unique in its index. */
  place: number;
}

/** Some of what was found. */
export interface SearchPage {
  hits: SearchHit[];
  /**
   * Where to go on (`before` of the next page); null when there is nothing further. A page may have fewer hits than
   * asked for, or none, and still go on: the work for one page is bounded.
   */
  next: number | null;
}

/** `indexing`: older documents may still be missing from the answers. */
export type SearchState = 'ready' | 'indexing';

export interface SearchIndex {
  /** What it holds. */
  readonly kinds: readonly SearchKind[];
  readonly state: SearchState;
  /** Begins to compare itself with its source, in slices that leave room for other work; idempotent. */
  start(): void;
  /** Ends that; idempotent. */
  stop(): void;
  /**
   * Documents that match, newest first. Those that stand in the same second come in any order that stays the same.
   * @param page.limit hits wanted.
   * @param page.before a place: only what stands before it.
   */
  find(query: SearchQuery, page: { limit: number; before?: number | null }): SearchPage;
}

/** Where an index reads its documents. */
export interface SearchSource {
  readonly kind: SearchKind;
  /** The document; undefined when it is gone or its text cannot be read. */
  get(id: string): SearchDocument | undefined;
  /** Those documents of the ids that are there and can be read, by their ids. */
  some(ids: readonly string[]): Map<string, SearchDocument>;
  /** The next documents, the last written ones first; `place` is null for the first, `next` after the last. */
  walk(place: number | null, limit: number): { documents: SearchDocument[]; next: number | null };
  /** Those of the ids that name no document. */
  missing(ids: readonly string[]): string[];
}

/** Places in one second. */
export const PLACES_PER_SECOND = 2 ** 20;
/** Later times (2242) stand at this one: places stay whole numbers that JavaScript counts exactly. */
const LAST_SECOND = 2 ** 33 - 1;

/** The first place of the second of a time (Unix ms). */
export function placeAt(time: number): number {
  const second = Math.floor(time / 1000);
  return Math.min(Math.max(second, 0), LAST_SECOND) * PLACES_PER_SECOND;
}

/** The places from which and before which a document of a query stands. */
export function placesOf(query: SearchQuery, before: number | null): { from: number; before: number } {
  const secondAfter = (time: number): number => placeAt(Math.ceil(time / 1000) * 1000);
  const until = query.until == null ? Infinity : secondAfter(query.until);
  return {
    from: query.from == null ? 0 : secondAfter(query.from),
    before: Math.min(before ?? Infinity, until, Number.MAX_SAFE_INTEGER),
  };
}

/** What an index is told: the id (null: any of them went), and the document itself when it is new. */
type Listener = (id: string | null, document: SearchDocument | null) => void;

/** Tells the indexes what changed. A repository calls it in the transaction of the change. */
export class SearchChanges {
  readonly #listeners = new Map<SearchKind, Listener>();

  /** Tells one listener for each kind; it only notes what it is told, and reads after the transaction. */
  watch(kind: SearchKind, changed: Listener): void {
    this.#listeners.set(kind, changed);
  }

  /** A document came. */
  came(document: SearchDocument): void {
    this.#listeners.get(document.kind)?.(document.id, document);
  }

  /** A document changed or went. */
  changed(kind: SearchKind, id: string): void {
    this.#listeners.get(kind)?.(id, null);
  }

  /** Documents went whose ids nobody listed, as with a channel that is deleted. */
  manyChanged(kind: SearchKind): void {
    this.#listeners.get(kind)?.(null, null);
  }
}
