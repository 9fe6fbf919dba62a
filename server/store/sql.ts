/**
 * Statements by their text: each is prepared once and kept, so a repository writes its SQL where it uses it.
 * Rows are typed by the caller; the column list of a statement and its row type stand side by side.
 *
 * What every request asks (whose key is this, may they read here) is remembered by {@link Sql.recall} until a
 * statement writes to one of its tables. This process is the only writer of an open database (`lock.ts`).
 */
import type Database from 'better-sqlite3';

/** What can be bound to a parameter or come back in a column of the tables here. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlParameters = Record<string, SqlValue>;

/** Answers remembered; when there are more all are forgotten. A few for each account and channel in use. */
const MAX_RECALLED = 4096;
/** Table a writing statement names. Its triggers and cascades are not seen: {@link Sql.recall} is told of them. */
const WRITTEN =
  /^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+)/i;

interface Prepared {
  statement: Database.Statement<unknown[], unknown>;
  /** The table it writes to; null for one that only reads. */
  writes: string | null;
  /** Whether rows may leave that table, and others with them. */
  removes: boolean;
}

/** What an answer depends on. */
export interface Sources {
  /** Every table that is read. */
  tables: readonly string[];
  /** Tables whose rows take rows of those with them when they are deleted. */
  parents?: readonly string[];
}

export class Sql {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Prepared>();
  /** How often each table was written to, and how often rows may have left it. */
  readonly #writes = new Map<string, number>();
  readonly #removals = new Map<string, number>();
  readonly #recalled = new Map<string, { stamp: number; value: unknown }>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** The first row, or undefined. Parameters are named (`@name`). */
  get<Row>(text: string, parameters: SqlParameters = {}): Row | undefined {
    return this.#statement(text).get(parameters) as Row | undefined;
  }

  /** All rows. */
  all<Row>(text: string, parameters: SqlParameters = {}): Row[] {
    return this.#statement(text).all(parameters) as Row[];
  }

  /** Runs a writing statement; the number of rows it changed and the last row id. */
  run(text: string, parameters: SqlParameters = {}): { changes: number; lastRowId: number } {
    const result = this.#statement(text).run(parameters);
    return { changes: result.changes, lastRowId: Number(result.lastInsertRowid) };
  }

  /**
   * What `read` answers, remembered until something it depends on is written to. Nothing read inside a transaction
   * is remembered: it may be undone. Freeze what is handed out, as several callers get the same object.
   * @param key names `read` and its parameters, once in the program.
   */
  recall<T>(sources: Sources, key: string, read: () => T): T {
    const stamp = this.stamp(sources);
    const known = this.#recalled.get(key);
    if (known?.stamp === stamp) return known.value as T;
    const value = read();
    if (this.#db.inTransaction) return value;
    if (this.#recalled.size >= MAX_RECALLED) this.#recalled.clear();
    this.#recalled.set(key, { stamp, value });
    return value;
  }

  /** Grows with every write that may change what is read from `sources`, for other memories than {@link recall}. */
  stamp({ tables, parents = [] }: Sources): number {
    let stamp = 0;
    for (const table of tables) stamp += this.#writes.get(table) ?? 0;
    for (const table of parents) stamp += this.#removals.get(table) ?? 0;
    return stamp;
  }

  #statement(text: string): Database.Statement<unknown[], unknown> {
    let prepared = this.#statements.get(text);
    if (prepared === undefined) {
      const statement = this.#db.prepare(text);
      prepared = {
        statement,
        writes: statement.readonly ? null : writtenTable(text),
        removes: /\b(?:DELETE|REPLACE)\b/i.test(text),
      };
      this.#statements.set(text, prepared);
    }
    // Told before it runs: a failure in between costs one read more, never a stale answer.
    if (prepared.writes !== null) {
      increment(this.#writes, prepared.writes);
      if (prepared.removes) increment(this.#removals, prepared.writes);
    }
    return prepared.statement;
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function writtenTable(text: string): string {
  const table = WRITTEN.exec(text)?.[1];
  if (table === undefined)
    throw new Error('a writing statement begins with INSERT, REPLACE, UPDATE or DELETE');
  return table;
}

/** `a = @a, b = @b` for an UPDATE; the names are column names from code, never from outside. */
export function assignments(columns: readonly string[]): string {
  return columns.map((column) => `${column} = @${column}`).join(', ');
}
