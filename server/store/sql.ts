/**
 * Statements by their text: each is prepared once and kept, so a repository writes its SQL where it uses it.
 * Rows are typed by the caller; the column list of a statement and its row type stand side by side.
 */
import type Database from 'better-sqlite3';

/** What can be bound to a parameter or come back in a column of the tables here. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlParameters = Record<string, SqlValue>;

export class Sql {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement<unknown[], unknown>>();

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

  #statement(text: string): Database.Statement<unknown[], unknown> {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}

/** `a = @a, b = @b` for an UPDATE; the names are column names from code, never from outside. */
export function assignments(columns: readonly string[]): string {
  return columns.map((column) => `${column} = @${column}`).join(', ');
}
