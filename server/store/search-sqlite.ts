/**
 * The search index in the database (04 sections 3.8 and 3.12), for channel messages where they stand in clear.
 *
 * What changed is noted and taken up a little later, many together: a message costs a third then of what it would in a
 * transaction of its own, and nobody who posts waits for it. Whoever searches does: what was noted last is taken up
 * first. Nothing of the notes is on the disk, so at every start the table of messages is compared with what is
 * indexed, which also finds what Python's program wrote, changed or removed.
 */
import type { Timer, Timers } from '../ports/types.ts';
import type { GroupCommit } from './group-commit.ts';
import { PLACES_PER_SECOND, placeAt } from './search.ts';
import type {
  SearchChanges,
  SearchDocument,
  SearchHit,
  SearchIndex,
  SearchPage,
  SearchQuery,
  SearchSource,
  SearchState,
} from './search.ts';
import { driverOf, partsText, wordsText } from './search-expression.ts';
import { matches } from './search-query.ts';
import type { Sql } from './sql.ts';

/** Documents taken up in one step: some 8 ms. */
const STEP_DOCUMENTS = 100;
/** Text of them, in UTF-16 units, after which a step ends: an unusual step, of long messages. */
const STEP_TEXT = 32_768;
/** Documents a search takes up before it answers. */
const FRESH_DOCUMENTS = 200;
/** Rows compared in one step. */
const STEP_ROWS = 500;
/** What was changed waits this long for company. */
const GATHER_MS = 300;
/** Between steps, so that most of the time is left for other work. */
const STEP_PAUSE_MS = 20;
/** After a step that failed, as on a full disk. */
const RETRY_MS = 10_000;
/** Candidates read at once while looking for documents, and at most for one page. */
const LOOK_STEP = 100;
const MAX_LOOKS = 1000;
/** Text looked through for one page, in UTF-16 units: some 10 ms, however long the messages are. */
const MAX_LOOKED_TEXT = 1024 * 1024;

/** Differs when Python's program, or this one just before it ended, changed a message. */
const VERSION = `coalesce(m.edited_at, '') || '/' || length(m.content) || '/' || coalesce(length(m.attachments), 0)
  || '/' || coalesce(m.created_at, '')`;

const STALE = `SELECT m.rowid AS place, m.id, d.version IS NOT (${VERSION}) AS stale
  FROM channel_messages m LEFT JOIN native_search_messages d ON d.id = m.id
  WHERE m.rowid < @place ORDER BY m.rowid DESC LIMIT ${STEP_ROWS}`;
const GONE = `SELECT d.place, d.id, NOT EXISTS (SELECT 1 FROM channel_messages m WHERE m.id = d.id) AS stale
  FROM native_search_messages d WHERE d.place < @place ORDER BY d.place DESC LIMIT ${STEP_ROWS}`;

type Stage = 'messages' | 'gone' | 'done';

interface Compared {
  place: number;
  id: string;
  stale: number;
}

export class SqliteSearchIndex implements SearchIndex {
  readonly kinds = ['channel_message'] as const;
  readonly #sql: Sql;
  readonly #commit: Pick<GroupCommit, 'unsynced'>;
  readonly #timers: Timers;
  readonly #source: SearchSource;
  readonly #changed = new Set<string>();
  #stage: Stage = 'messages';
  #place = Number.MAX_SAFE_INTEGER;
  #timer: Timer | null = null;
  #started = false;

  constructor(components: {
    sql: Sql;
    commit: Pick<GroupCommit, 'unsynced'>;
    timers: Timers;
    source: SearchSource;
    changes: SearchChanges;
  }) {
    this.#sql = components.sql;
    this.#commit = components.commit;
    this.#timers = components.timers;
    this.#source = components.source;
    components.changes.watch('channel_message', (id) => {
      if (id !== null) this.#changed.add(id);
      // Those that went are found by comparing; what is compared already need not be again.
      else if (this.#stage === 'done') this.#compare('gone');
      this.#arm(GATHER_MS);
    });
  }

  get state(): SearchState {
    return this.#stage !== 'messages' && this.#changed.size === 0 ? 'ready' : 'indexing';
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
    if (query.kinds != null && !query.kinds.includes('channel_message')) return { hits, next: null };
    const driver = driverOf(query);
    const from = query.from == null ? 0 : placeAt(Math.ceil(query.from / 1000) * 1000);
    const until = query.until == null ? Infinity : placeAt(Math.ceil(query.until / 1000) * 1000);
    let before = Math.min(page.before ?? Infinity, until, Number.MAX_SAFE_INTEGER);
    let looked = 0;
    for (let looks = 0; looks < MAX_LOOKS; looks += LOOK_STEP) {
      const candidates = this.#candidates(driver, { from, before });
      for (const { place, id } of candidates) {
        if (hits.length === page.limit || looked > MAX_LOOKED_TEXT) return { hits, next: before };
        before = place;
        const document = this.#source.get(id);
        // Gone with its channel.
        if (document === undefined) this.#changed.add(id);
        else {
          looked += document.text.length;
          if (matches(document, query)) hits.push({ kind: 'channel_message', id, place });
        }
      }
      if (candidates.length < LOOK_STEP) return { hits, next: null };
    }
    return { hits, next: before };
  }

  #candidates(
    driver: ReturnType<typeof driverOf>,
    range: { from: number; before: number },
  ): { place: number; id: string }[] {
    // As whole numbers: FTS5 passes over limits that are none.
    const bound = { from: BigInt(range.from), before: BigInt(range.before) };
    if (driver.table === null) {
      return this.#sql.all(
        `SELECT place, id FROM native_search_messages WHERE place < @before AND place >= @from
          ORDER BY place DESC LIMIT ${LOOK_STEP}`,
        bound,
      );
    }
    const { table, expression } = driver;
    return this.#sql.all(
      `SELECT d.place, d.id FROM ${table} t CROSS JOIN native_search_messages d ON d.place = t.rowid
        WHERE t.${table} MATCH @expression AND t.rowid < @before AND t.rowid >= @from
        ORDER BY t.rowid DESC LIMIT ${LOOK_STEP}`,
      { expression, ...bound },
    );
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
    if (this.#changed.size < STEP_DOCUMENTS && this.#stage !== 'done') this.#compareStep();
    else if (!this.#takeUp(STEP_DOCUMENTS)) return RETRY_MS;
    return this.#changed.size > 0 || this.#stage !== 'done' ? STEP_PAUSE_MS : null;
  }

  #compare(stage: Stage): void {
    this.#stage = stage;
    this.#place = Number.MAX_SAFE_INTEGER;
  }

  #compareStep(): void {
    const rows = this.#sql.all<Compared>(this.#stage === 'messages' ? STALE : GONE, { place: this.#place });
    for (const row of rows) if (row.stale !== 0) this.#changed.add(row.id);
    if (rows.length < STEP_ROWS) this.#compare(this.#stage === 'messages' ? 'gone' : 'done');
    else this.#place = rows.at(-1)?.place ?? 0;
  }

  /** Takes up documents that changed, the ones noted first; false when it failed. Not inside a transaction. */
  #takeUp(limit: number): boolean {
    if (this.#changed.size === 0 || this.#sql.stamp([]) === null) return true;
    const taken: string[] = [];
    try {
      this.#commit.unsynced(() => {
        let text = 0;
        for (const id of this.#changed) {
          if (taken.length === limit || text > STEP_TEXT) return;
          text += this.#refresh(id);
          taken.push(id);
        }
      });
    } catch {
      // They stay noted, and the state says that something is missing.
      return false;
    }
    for (const id of taken) this.#changed.delete(id);
    return true;
  }

  /** @returns the length of its text. */
  #refresh(id: string): number {
    const known = this.#sql.get<{ place: number }>(
      'SELECT place FROM native_search_messages WHERE id = @id',
      { id },
    );
    if (known !== undefined) this.#remove(known.place);
    const document = this.#source.get(id);
    if (document === undefined) return 0;
    const place = this.#freePlace(document.time, known?.place);
    if (place !== null) this.#insert(document, place);
    return document.text.length;
  }

  #remove(at: number): void {
    const place = BigInt(at);
    this.#sql.run('DELETE FROM native_search_messages WHERE place = @place', { place });
    this.#sql.run('DELETE FROM native_search_words WHERE rowid = @place', { place });
    this.#sql.run('DELETE FROM native_search_parts WHERE rowid = @place', { place });
  }

  #insert(document: SearchDocument, at: number): void {
    const place = BigInt(at);
    this.#sql.run(
      `INSERT INTO native_search_messages (place, id, version)
        SELECT @place, m.id, ${VERSION} FROM channel_messages m WHERE m.id = @id`,
      { place, id: document.id },
    );
    this.#sql.run('INSERT INTO native_search_words (rowid, text) VALUES (@place, @text)', {
      place,
      text: wordsText(document),
    });
    this.#sql.run('INSERT INTO native_search_parts (rowid, text) VALUES (@place, @text)', {
      place,
      text: partsText(document),
    });
  }

  /** The place it had if it still stands in that second, else the next one there; null when there is none left. */
  #freePlace(time: number, known: number | undefined): number | null {
    const first = placeAt(time);
    const end = first + PLACES_PER_SECOND;
    if (known !== undefined && known >= first && known < end) return known;
    const last = this.#sql.get<{ place: number | null }>(
      'SELECT max(place) AS place FROM native_search_messages WHERE place >= @first AND place < @end',
      { first, end },
    );
    const place = last?.place == null ? first : last.place + 1;
    return place < end ? place : null;
  }
}

/** Empties the index, for a directory whose messages are to be encrypted. Inside a transaction. */
export function clearSearchTables(sql: Sql): void {
  sql.run('DELETE FROM native_search_messages');
  sql.run("INSERT INTO native_search_words (native_search_words) VALUES ('delete-all')");
  sql.run("INSERT INTO native_search_parts (native_search_parts) VALUES ('delete-all')");
}
