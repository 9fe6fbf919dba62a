/** The name somebody probably meant: the one that the fewest typing slips lead to. */

/** More slips than this and a suggestion would be a guess. */
const MAX_SLIPS = 3;
/** Longer inputs are no typing slips; it also bounds the work. */
const MAX_LENGTH = 64;

/** @returns the nearest of `names`, or null when none is near. */
export function nearest(input: string, names: readonly string[]): string | null {
  if (input.length > MAX_LENGTH) return null;
  let best: string | null = null;
  let fewest = MAX_SLIPS + 1;
  for (const name of names) {
    const slips = name.startsWith(input) && input.length > 3 ? 1 : distance(input, name);
    if (slips < fewest) [best, fewest] = [name, slips];
  }
  return best;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
