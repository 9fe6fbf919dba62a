/** Lists that go on after a cursor (04 section 10a): what a query says, and what an answer tells. */

/** `before` of a list: where it goes on; absent at the beginning. */
export function beforeQuery(query: URLSearchParams): { before?: string } {
  const text = query.get('before')?.trim() ?? '';
  return text === '' ? {} : { before: text };
}

/**
 * `next_cursor` of a list whose last row is the last of the page; null at its end.
 * @param cursorTo where the list goes on after a row.
 */
export function nextCursor<Row>(
  list: readonly Row[],
  limit: number,
  cursorTo: (row: Row) => string | null,
): string | null {
  const last = list.at(-1);
  return last === undefined || list.length < limit ? null : cursorTo(last);
}
