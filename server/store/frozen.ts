/**
 * What is remembered goes to several callers as the same object, so it is frozen, with everything in it: a caller
 * that changes it fails there and then, and not the next one who reads it.
 */

/** What any value takes besides its text, in UTF-16 units; about what an entry of an object costs. */
const UNITS_PER_VALUE = 16;

/**
 * Freezes a row or a list of rows, whose values are those of JSON, however deep.
 * @returns its size in UTF-16 units, roughly.
 */
export function freezeRows(value: unknown): number {
  let size = 0;
  // A list of what is left and no recursion: JSON of other nodes may be nested deeper than the stack.
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    size += UNITS_PER_VALUE;
    if (typeof next === 'string') size += next.length;
    if (typeof next !== 'object' || next === null) continue;
    Object.freeze(next);
    for (const inner of Object.values(next)) left.push(inner);
  }
  return size;
}
