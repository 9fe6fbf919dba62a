/**
 * The search index in the database (04 sections 3.8 and 3.12), for channel messages where they stand in clear.
 *
 * What changed is noted and taken up a little later, many together: a message costs a third then of what it would in a
 * transaction of its own, and nobody who posts waits for it. Whoever searches does: what was noted last is taken up
 * first. Nothing of the notes is on the disk, so at every start the table of messages is compared with what is
 * indexed, which also finds what Python's program wrote, changed or removed.
 */
import type { Timers } from '../ports/types.ts';
import type { GroupCommit } from './group-commit.ts';
import { driverOf, partsText, wordsText } from './search-expression.ts';
import { SearchUpkeep, pageOf } from './search-upkeep.ts';
import type { Noted } from './search-upkeep.ts';
import { PLACES_PER_SECOND, placeAt, placesOf } from './search.ts';
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
import type { Sql } from './sql.ts';

/** Documents taken up in one step: some 8 ms. */
const STEP_DOCUMENTS = 100;
/** Between steps, so that most of the time is left for other work. */
const STEP_PAUSE_MS = 20;
/** Rows compared in one step. */
const STEP_ROWS = 500;
/** Candidates read at once while looking for documents. */
const LOOK_STEP = 100;

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
  readonly #source: SearchSource;
  readonly #upkeep: SearchUpkeep;
  #stage: Stage = 'messages';
  #place = Number.MAX_SAFE_INTEGER;

  constructor(components: {
    sql: Sql;
    commit: Pick<GroupCommit, 'unsynced'>;
    timers: Timers;
    source: SearchSource;
    changes: SearchChanges;
  }) {
    this.#sql = components.sql;
    this.#source = components.source;
    this.#upkeep = new SearchUpkeep(components, {
      kinds: this.kinds,
      stepDocuments: STEP_DOCUMENTS,
      pauseMs: STEP_PAUSE_MS,
      takeUp: (noted) => this.#takeUp(noted),
      together: (task) => {
        components.commit.unsynced(task);
      },
      manyWent: () => {
        // They are found by comparing; what is compared already need not be again.
        if (this.#stage === 'done') this.#compare('gone');
      },
      work: () => this.#compareStep(),
    });
  }

  get state(): SearchState {
    return this.#stage !== 'messages' && this.#upkeep.size === 0 ? 'ready' : 'indexing';
  }

  start(): void {
    this.#upkeep.start();
  }

  stop(): void {
    this.#upkeep.stop();
  }

  find(query: SearchQuery, page: { limit: number; before?: number | null }): SearchPage {
    this.#upkeep.refresh();
    if (query.kinds != null && !query.kinds.includes('channel_message')) return { hits: [], next: null };
    return pageOf(this.#candidates(query, page.before ?? null), {
      query,
      limit: page.limit,
      sources: new Map([['channel_message', this.#source]]),
      // Gone with its channel.
      gone: ({ id }) => this.#note(id),
    });
  }

  *#candidates(query: SearchQuery, first: number | null): Generator<SearchHit> {
    const driver = driverOf(query);
    const { from, before: last } = placesOf(query, first);
    for (let before = last; ;) {
      const rows = this.#candidatesIn(driver, { from, before });
      for (const { id, place } of rows) yield { kind: 'channel_message', id, place };
      if (rows.length < LOOK_STEP) return;
      before = rows.at(-1)?.place ?? 0;
    }
  }

  #candidatesIn(
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

  #note(id: string): void {
    this.#upkeep.note({ kind: 'channel_message', id, document: null });
  }

  #compare(stage: Stage): void {
    this.#stage = stage;
    this.#place = Number.MAX_SAFE_INTEGER;
  }

  #compareStep(): boolean {
    if (this.#stage === 'done') return false;
    const rows = this.#sql.all<Compared>(this.#stage === 'messages' ? STALE : GONE, { place: this.#place });
    for (const row of rows) if (row.stale !== 0) this.#note(row.id);
    if (rows.length < STEP_ROWS) this.#compare(this.#stage === 'messages' ? 'gone' : 'done');
    else this.#place = rows.at(-1)?.place ?? 0;
    return true;
  }

  #takeUp({ id, document: noted }: Noted): number {
    const known = this.#sql.get<{ place: number }>(
      'SELECT place FROM native_search_messages WHERE id = @id',
      { id },
    );
    if (known !== undefined) this.#remove(known.place);
    const document = noted ?? this.#source.get(id);
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
    const isThere = this.#sql.run(
      `INSERT INTO native_search_messages (place, id, version)
        SELECT @place, m.id, ${VERSION} FROM channel_messages m WHERE m.id = @id`,
      { place, id: document.id },
    );
    // It came to nothing with its transaction.
    if (isThere.changes === 0) return;
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
