/** The lines of the table of `npm run bench`, and how they are printed. Figures are aims, never assertions. */

/** One figure. */
export interface Row {
  what: string;
  /** `NaN` when it could not be had here; `note` says why. */
  value: number;
  unit: string;
  aim?: string;
  /** Share of the limit it is compared with, measured in the same run. */
  ofLimit?: number;
  /** That limit by name. */
  limit?: string;
  note?: string;
}

/** Takes a row when it is known, so that a long run shows how far it is. */
export type Report = (row: Row) => void;

/** Rows that belong together; `npm run bench -- NAME` measures them alone. */
export interface Group {
  name: string;
  title: string;
  measure(report: Report): Promise<void>;
}

/** A figure as people read it. */
export function formatted(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

/** All rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.note === undefined ? row.what : `${row.what} (${row.note})`,
    formatted(row.value),
    row.unit,
    row.aim ?? '',
    row.ofLimit === undefined
      ? ''
      : `${row.ofLimit.toFixed(2)}${row.limit === undefined ? '' : ` of ${row.limit}`}`,
  ]);
  const all = [['what', 'value', 'unit', 'aim', 'of the limit'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
