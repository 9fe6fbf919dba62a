/** Sizes in words, their numbers as the browser writes them (05 section 10.16, T-2). */

/** `12 KB`, `3.4 MB`, `2.1 GB`: what a person compares. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${decimals(bytes, 0)} B`;
  if (bytes < 1_000_000) return `${decimals(bytes / 1000, 0)} KB`;
  if (bytes < 1_000_000_000) return `${decimals(bytes / 1_000_000, bytes < 10_000_000 ? 1 : 0)} MB`;
  return `${decimals(bytes / 1_000_000_000, 1)} GB`;
}

/** A number with so many digits behind the point. */
export function decimals(value: number, digits: number): string {
  return value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
