/** Numbers, counts and sizes as the browser writes them (05 section 10.16, T-2). */

/** `12 KB`, `3.4 MB`, `2.1 GB`: what a person compares. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${decimals(bytes, 0)} B`;
  if (bytes < 1_000_000) return `${decimals(bytes / 1000, 0)} KB`;
  if (bytes < 1_000_000_000) return `${decimals(bytes / 1_000_000, bytes < 10_000_000 ? 1 : 0)} MB`;
  return `${decimals(bytes / 1_000_000_000, 1)} GB`;
}

// Made once: every row of a list may have a number.
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A number without a fraction, or with one digit of it. */
export function decimals(value: number, digits: 0 | 1): string {
  return (digits === 0 ? whole : tenths).format(value);
}

/** `1 file`, `1,234 files`. */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${decimals(count, 0)} ${many}`;
}

/** `41 %`, from 0 to 100. */
export function percentWords(percent: number): string {
  return `${decimals(percent, 0)} %`;
}
