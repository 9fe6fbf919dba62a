/** Tables in text files (05 section 10.7, F-4): values between commas, semicolons or tabs. Pure functions. */

/** More rows than this nobody reads in a preview. */
const MAX_ROWS = 500;
const MAX_COLUMNS = 50;
const SIGNS = [',', ';', '\t'] as const;

/** The rows of a table, the first being its head; null for what is none. Quoted values may hold the sign and line breaks. */
export function tableOf(text: string): string[][] | null {
  const first = text.slice(0, text.search(/\r?\n|$/u));
  const sign = SIGNS.map((one) => [one, first.split(one).length] as const).reduce((best, next) =>
    next[1] > best[1] ? next : best,
  )[0];
  const rows = rowsOf(text, sign);
  return rows.length > 1 && (rows[0]?.length ?? 0) > 1 ? rows : null;
}

function rowsOf(text: string, sign: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(value);
    value = '';
    if (row.some((cell) => cell !== '')) rows.push(row.slice(0, MAX_COLUMNS));
    row = [];
  };
  for (let at = 0; at < text.length && rows.length < MAX_ROWS; at += 1) {
    const char = text[at] ?? '';
    if (quoted) {
      if (char !== '"') value += char;
      else if (text[at + 1] === '"') {
        value += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && value === '') quoted = true;
    else if (char === sign) {
      row.push(value);
      value = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r') value += char;
  }
  if (rows.length < MAX_ROWS && (value !== '' || row.length > 0)) endRow();
  return rows;
}
