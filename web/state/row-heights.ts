/**
 * How high the rows of a long list are (05 section 10.5, M-10): as measured, or as it seems from what they hold until they
 * were on the screen. Only rows near the screen are in the document; the others are as much empty room. Pure.
 */
import type { Row } from './thread.ts';

const LINE = 22;
const DIVIDER = 40;
const HEAD = 46;
const GROUPED = 24;
const FILE = 90;
const EXTRA = 26;
/** Characters of a line of text, roughly. */
const CHARACTERS = 85;
/** Measured heights kept of rows that are not in the list now. */
const KNOWN = 2_000;

/** A guess that depends on nothing but the row, so that it does not change while the row is not measured. */
function estimate(row: Row): number {
  if (row.kind !== 'message') return DIVIDER;
  const { entry, head, showState } = row;
  const lines = entry.text
    .split('\n')
    .reduce((sum, line) => sum + Math.ceil(line.length / CHARACTERS || 1), 0);
  const extras = [entry.reactions.length > 0, entry.replyTo !== null, entry.edited, showState].filter(
    Boolean,
  );
  const files = (entry.files?.length ?? 0) * FILE;
  return (head ? HEAD : GROUPED) + (lines - 1) * LINE + extras.length * EXTRA + files;
}

export class RowHeights {
  readonly #known = new Map<string, number>();

  /** Takes the height of a row in px. */
  measured(key: string, height: number): void {
    this.#known.set(key, height);
  }

  /** Another width makes other heights. */
  forget(): void {
    this.#known.clear();
  }

  /** Where each row begins, in px below the first; one more for the end of the last. */
  offsets(rows: readonly Row[]): number[] {
    if (this.#known.size > rows.length + KNOWN) {
      const keys = new Set(rows.map(({ key }) => key));
      for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
    }
    const offsets = [0];
    let sum = 0;
    for (const row of rows) offsets.push((sum += this.#known.get(row.key) ?? estimate(row)));
    return offsets;
  }
}

/** The first row that ends below `y`; the number of rows when none does. */
export function rowAt(offsets: readonly number[], y: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle + 1] ?? 0) > y) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Less of a row than this below the edge is what browsers round away. */
const ROUNDED_PX = 2;

/** The last row that is seen to its end above `bottom`; -1 when none is. */
export function lastWhole(offsets: readonly number[], bottom: number): number {
  return rowAt(offsets, bottom + ROUNDED_PX) - 1;
}

/**
 * How far below the upper edge of the list a row stays when that edge moves by so much: where it is in the window. One
 * that was in full view is not pushed out of it, however often the edge moves: that is what somebody came to read.
 */
export function keptAt(
  { top, inView = top > 0 }: { top: number; inView?: boolean | undefined },
  moved: number,
): { top: number; inView: boolean } {
  return { top: inView ? Math.max(0, top - moved) : top - moved, inView };
}

/** The rows that are seen between two heights: from the first to before the second. */
export function rowsBetween(
  offsets: readonly number[],
  top: number,
  bottom: number,
): readonly [from: number, to: number] {
  const count = offsets.length - 1;
  return [rowAt(offsets, top), Math.min(count, rowAt(offsets, bottom) + 1)];
}

/** Rows and the empty room between them. */
export type Piece = { kind: 'row'; index: number } | { kind: 'room'; key: string; height: number };

/**
 * What of a list is in the document.
 * @param range the rows that are seen, and some around them.
 * @param pinned rows that stay wherever one scrolls: one with the focus must not go.
 */
export function pieces(
  offsets: readonly number[],
  [from, to]: readonly [from: number, to: number],
  pinned: readonly number[],
): Piece[] {
  const count = offsets.length - 1;
  const shown = new Set(pinned.filter((index) => index >= 0 && index < count));
  for (let index = from; index < to; index += 1) shown.add(index);
  const found: Piece[] = [];
  let end = 0;
  const room = (until: number): void => {
    const height = (offsets[until] ?? 0) - (offsets[end] ?? 0);
    if (until > end) found.push({ kind: 'room', key: `room:${found.length}`, height });
  };
  for (const index of [...shown].sort((a, b) => a - b)) {
    room(index);
    found.push({ kind: 'row', index });
    end = index + 1;
  }
  room(count);
  return found;
}
