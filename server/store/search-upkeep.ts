/**
 * How a search index follows what changes, and what one search may cost: the same for both indexes.
 *
 * What changed is noted and taken up a little later, many together, outside of the transaction that wrote it. Whoever
 * searches takes up first what is outstanding. A text that has just been written is noted with it, so nothing of it is
 * read again: whatever came to nothing with its transaction is not found, as every hit is looked at in the database.
 */
import type { Timer, Timers } from '../ports/types.ts';
import { matches } from './search-query.ts';
import type {
  SearchChanges,
  SearchDocument,
  SearchHit,
  SearchKind,
  SearchPage,
  SearchQuery,
  SearchSource,
} from './search.ts';
import type { Sql } from './sql.ts';

/** Text of documents, in UTF-16 units, after which a step ends: an unusual step, of long messages. */
export const STEP_TEXT = 32_768;
/** Documents a search takes up before it answers. */
const FRESH_DOCUMENTS = 200;
/** What was changed waits this long for company. */
const GATHER_MS = 300;
/** After a step that failed, as on a full disk. */
const RETRY_MS = 10_000;
/** Text noted with documents, in UTF-16 units; of what goes beyond it the id is noted. */
const MAX_NOTED_TEXT = 262_144;
/** Documents looked at for one page. */
export const MAX_LOOKS = 1000;
/** Documents read at once for a page. */
const READ_CHUNK = 50;
/** Text looked through for one page, in UTF-16 units: some 10 ms, however long the messages are. */
const MAX_LOOKED_TEXT = 1024 * 1024;

/** Something that changed; with the document itself when it is new and was not changed since. */
export interface Noted {
  readonly kind: SearchKind;
  readonly id: string;
  readonly document: SearchDocument | null;
}

export interface UpkeepInit {
  readonly kinds: readonly SearchKind[];
  /** Documents taken up in one step. */
  readonly stepDocuments: number;
  /** Between steps, ms. */
  readonly pauseMs: number;
  /** Takes up one document; the length of its text, in UTF-16 units. */
  takeUp(noted: Noted): number;
  /** Runs what takes up several, as in one transaction; all of them stay noted when it throws. */
  together(task: () => void): void;
  /** Documents went whose ids nobody listed. */
  manyWent(kind: SearchKind): void;
  /** One slice of what is to be done beside; false when nothing is. */
  work(): boolean;
}

export class SearchUpkeep {
  readonly #sql: Sql;
  readonly #timers: Timers;
  readonly #init: UpkeepInit;
  readonly #noted = new Map<string, Noted>();
  #notedText = 0;
  #timer: Timer | null = null;
  #started = false;

  constructor(components: { sql: Sql; timers: Timers; changes: SearchChanges }, init: UpkeepInit) {
    this.#sql = components.sql;
    this.#timers = components.timers;
    this.#init = init;
    for (const kind of init.kinds)
      components.changes.watch(kind, (id, document) => {
        if (id === null) init.manyWent(kind);
        else this.note({ kind, id, document });
        this.#arm(GATHER_MS);
      });
  }

  /** Documents outstanding. */
  get size(): number {
    return this.#noted.size;
  }

  /** Begins to work in steps; idempotent. */
  start(): void {
    this.#started = true;
    this.#arm(0);
  }

  /** Ends that; idempotent. */
  stop(): void {
    this.#started = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  note(noted: Noted): void {
    const key = `${noted.kind} ${noted.id}`;
    const known = this.#noted.get(key);
    // Written twice: one of both may be undone, so it is read again.
    const isNew = known === undefined && this.#notedText <= MAX_NOTED_TEXT;
    this.#notedText += lengthOf(isNew ? noted : null) - lengthOf(known ?? null);
    this.#noted.set(key, isNew ? noted : { ...noted, document: null });
  }

  /** Takes up as much as a search waits for. */
  refresh(): void {
    this.#takeUp(FRESH_DOCUMENTS);
  }

  /** Takes up documents, the ones noted first; false when it failed. Not inside a transaction, which may be undone. */
  #takeUp(limit: number): boolean {
    if (this.#noted.size === 0 || this.#sql.stamp([]) === null) return true;
    const taken: [string, Noted][] = [];
    try {
      this.#init.together(() => {
        let text = 0;
        for (const entry of this.#noted) {
          if (taken.length === limit || text > STEP_TEXT) return;
          text += this.#init.takeUp(entry[1]);
          taken.push(entry);
        }
      });
    } catch {
      // They stay noted, and the state says that something is missing.
      return false;
    }
    for (const [key, noted] of taken) {
      this.#noted.delete(key);
      this.#notedText -= lengthOf(noted);
    }
    return true;
  }

  #arm(ms: number): void {
    if (!this.#started || this.#timer !== null) return;
    this.#timer = this.#timers.after(ms, () => {
      this.#timer = null;
      const pause = this.#step();
      if (pause !== null) this.#arm(pause);
    });
  }

  /** @returns ms until the next step; null when everything is done. */
  #step(): number | null {
    const { stepDocuments, pauseMs } = this.#init;
    if (this.#noted.size < stepDocuments && this.#init.work()) return pauseMs;
    if (this.#noted.size === 0) return null;
    return this.#takeUp(stepDocuments) ? pauseMs : RETRY_MS;
  }
}

/**
 * The page that candidates make: those that are what the query asks for, each looked at in its source.
 * @param candidates newest first.
 * @param page.gone is told of those that are not there any more.
 */
export function pageOf(
  candidates: Iterable<SearchHit>,
  page: {
    query: SearchQuery;
    limit: number;
    sources: ReadonlyMap<SearchKind, SearchSource>;
    gone(hit: SearchHit): void;
  },
): SearchPage {
  const hits: SearchHit[] = [];
  let looks = 0;
  let text = 0;
  let next: number | null = null;
  for (const hit of inChunks(candidates, page.sources)) {
    if (hits.length === page.limit || looks === MAX_LOOKS || text > MAX_LOOKED_TEXT) return { hits, next };
    looks += 1;
    next = hit.place;
    const { document } = hit;
    if (document === undefined) page.gone(hit);
    else {
      text += document.text.length;
      if (matches(document, page.query)) hits.push({ kind: hit.kind, id: hit.id, place: hit.place });
    }
  }
  return { hits, next: null };
}

/** The candidates with their documents, some of which are read at once. */
function* inChunks(
  candidates: Iterable<SearchHit>,
  sources: ReadonlyMap<SearchKind, SearchSource>,
): Generator<SearchHit & { document: SearchDocument | undefined }> {
  let chunk: SearchHit[] = [];
  for (const hit of candidates) {
    chunk.push(hit);
    if (chunk.length < READ_CHUNK) continue;
    yield* withDocuments(chunk, sources);
    chunk = [];
  }
  yield* withDocuments(chunk, sources);
}

function withDocuments(
  hits: readonly SearchHit[],
  sources: ReadonlyMap<SearchKind, SearchSource>,
): (SearchHit & { document: SearchDocument | undefined })[] {
  const documents = new Map<SearchKind, Map<string, SearchDocument>>();
  for (const kind of new Set(hits.map((hit) => hit.kind))) {
    const ids = hits.filter((hit) => hit.kind === kind).map((hit) => hit.id);
    documents.set(kind, sources.get(kind)?.some(ids) ?? new Map<string, SearchDocument>());
  }
  return hits.map((hit) => ({ ...hit, document: documents.get(hit.kind)?.get(hit.id) }));
}

function lengthOf(noted: Noted | null): number {
  return noted?.document?.text.length ?? 0;
}
