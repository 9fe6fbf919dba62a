/** How answers look on a terminal. */
import { toIsoTime } from '../store/time.ts';

/** Rows in columns, two spaces apart; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Time in UTC to the second, or a dash. */
export function time(ms: number | null): string {
  return ms === null ? '–' : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** ISO time in UTC for JSON. */
export function jsonTime(ms: number | null): string | null {
  return ms === null ? null : toIsoTime(ms);
}

/** `1 account`, `2 accounts`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Text without what could steer a terminal: names come from other nodes too. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '');
}
