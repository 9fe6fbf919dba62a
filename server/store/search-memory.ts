/**
 * The search index in memory (04 sections 3.8 to 3.12), for texts that are encrypted at rest: none of their words
 * reaches the disk. It is filled in slices after every start, newest first, and says `indexing` until it is complete.
 *
 * It knows which documents hold which words, and nothing of their order: a document that may match is read again from
 * its source, so whatever is stale here is never found.
 */
import type { Timers } from '../ports/types.ts';
import { SearchEntries } from './search-entries.ts';
import { folded, wordsOf } from './search-query.ts';
import { MAX_LOOKS, STEP_TEXT, SearchUpkeep, pageOf } from './search-upkeep.ts';
import type { Noted } from './search-upkeep.ts';
import type {
  SearchChanges,
  SearchDocument,
  SearchIndex,
  SearchKind,
  SearchPage,
  SearchQuery,
  SearchSource,
  SearchState,
  SearchTerm,
} from './search.ts';
import type { Sql } from './sql.ts';
import { WordPostings, intersection, union } from './word-postings.ts';

/** Documents taken up in one step: some 6 ms. */
const STEP_DOCUMENTS = 400;
/** Documents read at once. */
const READ_DOCUMENTS = 100;
/** Between steps: other work gets its turn, and most of the time is this index's until it is complete. */
const STEP_PAUSE_MS = 1;
/** Entries of which those that went with their channel are looked for in one step. */
const SWEPT_ENTRIES = 2000;
/** So many more documents that are gone than there are, and the index is built anew. */
const MAX_GONE = 20_000;

export class MemorySearchIndex implements SearchIndex {
  readonly kinds: readonly SearchKind[];
  readonly #sources: ReadonlyMap<SearchKind, SearchSource>;
  readonly #upkeep: SearchUpkeep;
  #words = new WordPostings();
  #entries = new SearchEntries();
  /** Kinds still to be walked through, and where in the first of them. */
  #left: SearchKind[] = [];
  #place: number | null = null;
  /** How far was looked for entries that went unnoticed; null: nowhere to look. */
  #swept: number | null = null;

  /** @param components.sources one for each kind this index holds. */
  constructor(components: {
    sql: Sql;
    timers: Timers;
    sources: readonly SearchSource[];
    changes: SearchChanges;
  }) {
    this.#sources = new Map(components.sources.map((source) => [source.kind, source]));
    this.kinds = [...this.#sources.keys()];
    this.#left = [...this.kinds];
    this.#upkeep = new SearchUpkeep(components, {
      kinds: this.kinds,
      stepDocuments: STEP_DOCUMENTS,
      pauseMs: STEP_PAUSE_MS,
      takeUp: (noted) => this.#takeUp(noted),
      together: (task) => {
        task();
      },
      manyWent: () => {
        this.#swept = 0;
      },
      work: () => this.#work(),
    });
  }

  get state(): SearchState {
    return this.#left.length === 0 && this.#upkeep.size === 0 ? 'ready' : 'indexing';
  }

  start(): void {
    this.#upkeep.start();
  }

  stop(): void {
    this.#upkeep.stop();
  }

  find(query: SearchQuery, page: { limit: number; before?: number | null }): SearchPage {
    this.#upkeep.refresh();
    const candidates = this.#entries.newest(this.#candidates(query), query, {
      before: page.before ?? null,
      // One more than are looked at tells that there are more.
      count: MAX_LOOKS + 1,
    });
    return pageOf(candidates, {
      query,
      limit: page.limit,
      sources: this.#sources,
      gone: ({ kind, id }) => this.#entries.remove(kind, id),
    });
  }

  /** Numbers of all documents that may match, and some more; null for every document. */
  #candidates(query: SearchQuery): Uint32Array | null {
    let found: Uint32Array | null = null;
    for (const terms of query.all) {
      const lists = terms.map((term) => this.#withTerm(term));
      if (lists.some((list) => list === null)) continue;
      const some = union(lists.filter((list) => list !== null));
      found = found === null ? some : intersection(found, some);
    }
    return found;
  }

  #withTerm(term: SearchTerm): Uint32Array | null {
    const words = term.type === 'words' ? term.words : wordsOf(term.text);
    if (words.length === 0) return null;
    const lists = words.map((word, index) => {
      if (term.type === 'part') return this.#words.containing(word);
      const isBegun = term.prefix && index === words.length - 1;
      return isBegun ? this.#words.startingWith(word) : this.#words.of(word);
    });
    return lists.reduce(intersection);
  }

  #work(): boolean {
    if (this.#left.length > 0) this.#walk();
    else if (this.#swept !== null) this.#sweep(this.#swept);
    else return false;
    return true;
  }

  /** Enters the next documents of what was there when this began. */
  #walk(): void {
    let text = 0;
    for (let read = 0; read < STEP_DOCUMENTS && text < STEP_TEXT * 4; read += READ_DOCUMENTS) {
      const [kind] = this.#left;
      const source = kind === undefined ? undefined : this.#sources.get(kind);
      if (source === undefined) return;
      const { documents, next } = source.walk(this.#place, READ_DOCUMENTS);
      for (const document of documents) {
        text += document.text.length;
        // What changed meanwhile was entered as it is now.
        if (!this.#entries.has(document.kind, document.id)) this.#enter(document, null);
      }
      this.#place = next;
      if (next === null) this.#left.shift();
    }
  }

  /** Takes out entries of documents that went with their channel. */
  #sweep(from: number): void {
    const until = from + SWEPT_ENTRIES;
    for (const [kind, source] of this.#sources)
      for (const id of source.missing(this.#entries.idsBetween(kind, from, until)))
        this.#entries.remove(kind, id);
    this.#swept = until < this.#entries.length ? until : null;
    this.#limitGone();
  }

  #takeUp({ kind, id, document }: Noted): number {
    const before = this.#entries.remove(kind, id);
    const now = document ?? this.#sources.get(kind)?.get(id);
    if (now !== undefined) this.#enter(now, before);
    this.#limitGone();
    return now?.text.length ?? 0;
  }

  /** @param before its place until now; in the same second it keeps it. */
  #enter(document: SearchDocument, before: number | null): void {
    this.#words.add(this.#entries.add(document, before), folded(document.text));
  }

  /** Words of documents that are gone stay until the index is built anew. */
  #limitGone(): void {
    if (this.#entries.gone <= this.#entries.length / 2 + MAX_GONE) return;
    this.#words = new WordPostings();
    this.#entries = new SearchEntries();
    this.#left = [...this.kinds];
    this.#place = null;
    this.#swept = null;
  }
}
