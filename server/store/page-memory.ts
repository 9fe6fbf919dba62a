/**
 * The pages read last: pages and scripts ask for the newest messages of a channel again and again, and mostly nothing
 * came. A page holds until a message is written (the stamp), or until one on it expires; older messages cannot come
 * into it by then, as only expiry takes messages away without a write.
 */
import { freezeRows } from './frozen.ts';

interface Expiring {
  /** Unix ms; null: never. */
  expiresAt: number | null;
}

interface Page<Row> {
  stamp: number;
  from: number;
  until: number;
  rows: readonly Row[];
}

/** Pages kept; the one asked for longest ago goes first. */
const MAX_PAGES = 16;
/** Largest page that is kept, in UTF-16 units, so that all of them stay below 8 MiB. */
const MAX_PAGE_SIZE = 256 * 1024;

export class PageMemory<Row extends Expiring> {
  readonly #pages = new Map<string, Page<Row>>();

  /**
   * The page `key`, as kept or read anew, frozen.
   * @param at the stamp of what the page is read from, null to read it anew and not keep it, and the time in Unix ms
   *   that decides what has expired.
   */
  get(
    key: string,
    at: { stamp: number | null; now: number },
    read: () => readonly Readonly<Row>[],
  ): readonly Readonly<Row>[] {
    const known = this.#pages.get(key);
    this.#pages.delete(key);
    if (known?.stamp === at.stamp && known.from <= at.now && at.now < known.until) {
      this.#pages.set(key, known);
      return known.rows;
    }
    const rows = read();
    const size = freezeRows(rows);
    if (at.stamp !== null && size <= MAX_PAGE_SIZE)
      this.#keep(key, { stamp: at.stamp, from: at.now, until: earliestExpiry(rows), rows });
    return rows;
  }

  #keep(key: string, page: Page<Readonly<Row>>): void {
    this.#pages.set(key, page);
    const oldest = this.#pages.keys().next();
    if (this.#pages.size > MAX_PAGES && oldest.done !== true) this.#pages.delete(oldest.value);
  }
}

function earliestExpiry(rows: readonly Expiring[]): number {
  return rows.reduce((earliest, row) => Math.min(earliest, row.expiresAt ?? Infinity), Infinity);
}
