/**
 * Rows read last, by their id: a message that was just written is read for the answer, for each peer it goes to and for
 * the search, one after the other. They hold until their table changes in another way than by new rows.
 */
import { freezeRows } from './frozen.ts';
import type { Sql } from './sql.ts';

/** Rows kept; the one read longest ago goes first. As many as are written in a busy second. */
const MAX_ROWS = 256;
/** Largest row that is kept, in UTF-16 units, so that all of them stay below 4 MiB. */
const MAX_ROW_SIZE = 8 * 1024;

export class RowMemory<Row> {
  readonly #sql: Sql;
  readonly #table: readonly [string];
  readonly #rows = new Map<string, Row>();
  #inserts = 0;
  #at: number | null = null;

  /** @param init.table all that the rows are read from. */
  constructor(components: { sql: Sql }, init: { table: string }) {
    this.#sql = components.sql;
    this.#table = [init.table];
  }

  /** Says that the next statement puts one new row into the table, and changes no other. */
  inserts(): void {
    this.#inserts += 1;
  }

  /** The row `id`, frozen, as kept or read anew; inside a transaction always anew, and as it came. */
  get(id: string, read: () => Row | undefined): Row | undefined {
    const stamp = this.#sql.stamp(this.#table);
    if (stamp === null) return read();
    const at = stamp - this.#inserts;
    if (at !== this.#at) this.#rows.clear();
    this.#at = at;
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = read();
    if (row === undefined || freezeRows(row) > MAX_ROW_SIZE) return row;
    this.#rows.set(id, row);
    const oldest = this.#rows.keys().next();
    if (this.#rows.size > MAX_ROWS && oldest.done !== true) this.#rows.delete(oldest.value);
    return row;
  }
}
