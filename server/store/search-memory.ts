/**
 * The search index in memory (04 sections 3.8 to 3.12), for texts that are encrypted at rest: none of their words
 * reaches the disk. It is filled in slices after every start, newest first, and says `indexing` until it is complete.
 *
 * It knows which documents hold which words, and nothing of their order: a document that may match is read again from
 * its source, so whatever is stale here is never found.
 */
import type { Timer, Timers } from '../ports/types.ts';
import { PLACES_PER_SECOND, placeAt } from './search.ts';
import type {
  SearchChanges,
  SearchDocument,
  SearchHit,
  SearchIndex,
  SearchKind,
  SearchPage,
  SearchQuery,
  SearchSource,
  SearchState,
  SearchTerm,
} from './search.ts';
import { folded, matches, passes, wordsOf } from './search-query.ts';
import type { Sql } from './sql.ts';
import { WordPostings, intersection, union } from './word-postings.ts';

/** Documents taken up in one step: some 5 ms. */
const STEP_DOCUMENTS = 200;
/** Documents a search takes up before it answers. */
const FRESH_DOCUMENTS = 200;
/** What was changed waits this long for company. */
const GATHER_MS = 300;
/** Between steps, so that other work gets its turn. */
const STEP_PAUSE_MS = 5;
/** Documents read for one page. */
const MAX_LOOKS = 1000;
/** Stretches of time that candidates are counted in, to find the newest of many. */
const BINS = 4096;
/** So many more documents that are gone than there are, and the index is built anew. */
const MAX_GONE = 20_000;

/** What is kept of a document. */
interface Entry {
  readonly kind: SearchKind;
  readonly id: string;
  readonly container: string;
  readonly author: string;
  readonly time: number;
  readonly hasAttachment: boolean;
  readonly place: number;
}

export class MemorySearchIndex implements SearchIndex {
  readonly kinds: readonly SearchKind[];
  readonly #sql: Sql;
  readonly #timers: Timers;
  readonly #sources: ReadonlyMap<SearchKind, SearchSource>;
  readonly #changed = new Map<string, { kind: SearchKind; id: string }>();
  #words = new WordPostings();
  /** By number; undefined: gone, or entered anew under another number. */
  #entries: (Entry | undefined)[] = [];
  readonly #numbers = new Map<SearchKind, Map<string, number>>();
  /** Texts that stand in many entries, once each. */
  #shared = new Map<string, string>();
  #gone = 0;
  /** Kinds still to be walked through, and where in the first of them. */
  #left: SearchKind[] = [];
  #place: number | null = null;
  #timer: Timer | null = null;
  #started = false;

  /** @param components.sources one for each kind this index holds. */
  constructor(components: {
    sql: Sql;
    timers: Timers;
    sources: readonly SearchSource[];
    changes: SearchChanges;
  }) {
    this.#sql = components.sql;
    this.#timers = components.timers;
    this.#sources = new Map(components.sources.map((source) => [source.kind, source]));
    this.kinds = [...this.#sources.keys()];
    this.#restart();
    for (const kind of this.kinds) {
      components.changes.watch(kind, (id) => {
        // Documents that went are noticed when they are met.
        if (id === null) return;
        this.#changed.set(`${kind} ${id}`, { kind, id });
        this.#arm(GATHER_MS);
      });
    }
  }

  get state(): SearchState {
    return this.#left.length === 0 && this.#changed.size <= FRESH_DOCUMENTS ? 'ready' : 'indexing';
  }

  start(): void {
    this.#started = true;
    this.#arm(0);
  }

  stop(): void {
    this.#started = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  find(query: SearchQuery, page: { limit: number; before?: number | null }): SearchPage {
    this.#takeUp(FRESH_DOCUMENTS);
    const hits: SearchHit[] = [];
    const { entries, isAll } = this.#newest(query, page.before ?? Infinity);
    let before: number | null = null;
    for (const { kind, id, place } of entries) {
      if (hits.length === page.limit) return { hits, next: before };
      before = place;
      const document = this.#sources.get(kind)?.get(id);
      if (document === undefined) this.#remove(kind, id);
      else if (matches(document, query)) hits.push({ kind, id, place });
    }
    return { hits, next: isAll ? null : before };
  }

  /** The newest entries that may match, as many as are read for one page. */
  #newest(query: SearchQuery, before: number): { entries: Entry[]; isAll: boolean } {
    const isFiltered = Object.entries(query).some(
      ([name, value]) => name !== 'all' && name !== 'none' && value != null,
    );
    const numbers = this.#candidates(query) ?? this.#entries.keys();
    const found: Entry[] = [];
    for (const number of numbers) {
      const entry = this.#entries[number];
      if (entry !== undefined && entry.place < before && (!isFiltered || passes(entry, query)))
        found.push(entry);
    }
    const newest = found.length <= MAX_LOOKS ? found : newestOf(found, MAX_LOOKS);
    newest.sort((a, b) => b.place - a.place);
    return { entries: newest.slice(0, MAX_LOOKS), isAll: found.length <= MAX_LOOKS };
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

  #arm(ms: number): void {
    if (!this.#started || this.#timer !== null) return;
    this.#timer = this.#timers.after(ms, () => {
      this.#timer = null;
      if (this.#changed.size > 0) this.#takeUp(STEP_DOCUMENTS);
      else this.#walk();
      if (this.#changed.size > 0 || this.#left.length > 0) this.#arm(STEP_PAUSE_MS);
    });
  }

  /** Enters the next documents of what was there when this began. */
  #walk(): void {
    const kind = this.#left[0];
    const source = kind === undefined ? undefined : this.#sources.get(kind);
    if (kind === undefined || source === undefined) return;
    const { documents, next } = source.walk(this.#place, STEP_DOCUMENTS);
    for (const document of documents) {
      // What changed meanwhile was entered as it is now.
      if (this.#numbers.get(kind)?.has(document.id) !== true) this.#enter(document);
    }
    this.#place = next;
    if (next === null) this.#left.shift();
    if (this.#left.length === 0) this.#words.trim();
  }

  /** Takes up documents that changed, the ones noted first. Not inside a transaction, which may be undone. */
  #takeUp(limit: number): void {
    if (this.#changed.size === 0 || this.#sql.stamp([]) === null) return;
    for (const [key, { kind, id }] of [...this.#changed].slice(0, limit)) {
      this.#changed.delete(key);
      const before = this.#remove(kind, id);
      const document = this.#sources.get(kind)?.get(id);
      if (document !== undefined) this.#enter(document, before);
    }
    if (this.#gone > this.#entries.length / 2 + MAX_GONE) this.#restart();
  }

  /** @param before what it was entered as; in the same second it keeps its place. */
  #enter(document: SearchDocument, before?: Entry): void {
    const { kind, id, time, hasAttachment, text } = document;
    const number = this.#entries.length;
    const second = placeAt(time);
    const isSame = before !== undefined && placeAt(before.time) === second;
    this.#entries.push({
      kind,
      id,
      container: this.#once(document.container),
      author: this.#once(document.author),
      time,
      hasAttachment,
      place: isSame ? before.place : second + (number % PLACES_PER_SECOND),
    });
    this.#numbers.get(kind)?.set(id, number);
    this.#words.add(number, wordsOf(folded(text)));
  }

  /** Its words stay until the index is built anew. */
  #remove(kind: SearchKind, id: string): Entry | undefined {
    const number = this.#numbers.get(kind)?.get(id);
    if (number === undefined) return undefined;
    const entry = this.#entries[number];
    this.#numbers.get(kind)?.delete(id);
    this.#entries[number] = undefined;
    this.#gone += 1;
    return entry;
  }

  #restart(): void {
    this.#words = new WordPostings();
    this.#entries = [];
    this.#shared = new Map();
    this.#gone = 0;
    this.#left = [...this.kinds];
    this.#place = null;
    for (const kind of this.kinds) this.#numbers.set(kind, new Map());
  }

  #once(text: string): string {
    const known = this.#shared.get(text);
    if (known === undefined) this.#shared.set(text, text);
    return known ?? text;
  }
}

/** At least the `count` newest of many entries, without sorting them all. */
function newestOf(entries: readonly Entry[], count: number): Entry[] {
  let first = Infinity;
  let last = 0;
  for (const { place } of entries) {
    first = Math.min(first, place);
    last = Math.max(last, place);
  }
  const width = (last - first) / BINS + 1;
  const bins = new Uint32Array(BINS);
  const binOf = (entry: Entry): number => Math.floor((entry.place - first) / width);
  for (const entry of entries) {
    const bin = binOf(entry);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  let from = BINS;
  for (let seen = 0; seen < count; seen += bins[from] ?? 0) from -= 1;
  return entries.filter((entry) => binOf(entry) >= from);
}
