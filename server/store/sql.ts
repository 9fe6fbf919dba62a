/**
 * Statements by their text: each is prepared once and kept, so a repository writes its SQL where it uses it.
 * Rows are typed by the caller; the column list of a statement and its row type stand side by side.
 *
 * What every request asks (whose key is this, may they read here) is remembered by {@link Sql.recall} until one of
 * its tables changes (`table-changes.ts`).
 */
import type Database from 'better-sqlite3';
import { freezeRows } from './frozen.ts';
import { TableChanges } from './table-changes.ts';

/** What can be bound to a parameter or come back in a column of the tables here. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlParameters = Record<string, SqlValue>;

/** Answers remembered; when there are more all are forgotten. A few for each account and channel in use. */
const MAX_RECALLED = 4096;
/** What they may take together, in UTF-16 units (8 MiB): rows hold texts that other nodes wrote. */
const MAX_RECALLED_SIZE = 4 * 1024 * 1024;
/** Longest key that is remembered, in UTF-16 units: ids of requests stand in it, and no id that exists is longer. */
const MAX_RECALL_KEY = 256;
/** The table a writing statement names. */
const WRITTEN =
  /^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+)/i;

interface Prepared {
  statement: Database.Statement<unknown[], unknown>;
  /** The table it writes to; null for one that only reads. */
  writes: string | null;
  /** Whether rows may leave that table. */
  removes: boolean;
}

export class Sql {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Prepared>();
  readonly #changes: TableChanges;
  readonly #recalled = new Map<string, { stamp: number; value: unknown }>();
  #recalledSize = 0;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#changes = new TableChanges(db);
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
   * What `read` answers, frozen and remembered until one of its tables changes. Nothing is remembered of a table
   * that the transaction under way wrote to: that may be undone.
   * @param tables every table that is read.
   * @param key names `read` and its parameters, once in the program.
   */
  recall<T>(tables: readonly string[], key: string, read: () => T): T {
    const stamp = this.#changes.stamp(tables);
    const known = this.#recalled.get(key);
    if (known?.stamp === stamp) return known.value as T;
    const value = read();
    const size = freezeRows(value) + key.length;
    if (!this.#changes.isSettled(tables) || key.length > MAX_RECALL_KEY || size > MAX_RECALLED_SIZE)
      return value;
    this.#recalledSize += size;
    if (this.#recalled.size >= MAX_RECALLED || this.#recalledSize > MAX_RECALLED_SIZE) {
      this.#recalled.clear();
      this.#recalledSize = size;
    }
    this.#recalled.set(key, { stamp, value });
    return value;
  }

  /**
   * Grows with every change that may change what is read from `tables`, for other memories than {@link recall}.
   * Null inside a transaction: what is read there may be undone, so it must not be remembered.
   */
  stamp(tables: readonly string[]): number | null {
    return this.#db.inTransaction ? null : this.#changes.stamp(tables);
  }

  /** As {@link stamp}, for what is read from more tables than are worth listing. */
  stampOfAll(): number | null {
    return this.#db.inTransaction ? null : this.#changes.stampOfAll();
  }

  /** Every statement run so far, for the test that looks at what they read. */
  texts(): string[] {
    return [...this.#statements.keys()];
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
    if (prepared.writes !== null) this.#changes.written(prepared.writes, prepared.removes);
    return prepared.statement;
  }
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
