/**
 * Cursors of lists (04 section 10a): a place in the order of a list, as text. It names no row but says where one stood,
 * so it goes on leading there when that row is deleted and when others come. Clients need not understand it; what
 * somebody makes up leads at most to another place of the same list.
 */
import type { RowPlace } from '../store/row-places.ts';
import { WorkspaceError } from './errors.ts';

/** No id of a message begins with this. */
const SIGN = '~';
/** Longest cursor that is looked at; the longest of ours has a name of 100 characters and an id in it. */
const MAX_CURSOR = 2000;

type Place = readonly (string | number)[];

/** The cursor of a place: the values its list is sorted by. */
export function cursorTo(place: Place): string {
  return SIGN + Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * The place a list goes on after.
 * @param before a cursor, or the id of a row.
 * @param like a place of that list: a cursor has values of the same types.
 * @param lookUp the place of a row; undefined when it is unknown.
 * @throws {WorkspaceError} `invalid_cursor`.
 */
export function placeBefore<P extends Place>(
  before: string,
  like: P,
  lookUp: (id: string) => P | undefined,
): P | undefined {
  if (!before.startsWith(SIGN)) return lookUp(before);
  const place = decoded(before);
  if (!isLike(place, like)) throw new WorkspaceError('invalid_cursor', 'Invalid cursor');
  return place;
}

/** {@link cursorTo} of a list that shows the newest rows first; null for an unknown row. */
export function cursorToRow(place: RowPlace | undefined): string | null {
  return place === undefined ? null : cursorTo([place.at, place.row]);
}

/**
 * {@link placeBefore} of such a list. @param lookUp the place of a row the caller may know of.
 * @returns null: from the newest; undefined: after a row that is unknown.
 */
export function rowBefore(
  before: string | undefined,
  lookUp: (id: string) => RowPlace | undefined,
): RowPlace | null | undefined {
  if (before === undefined) return null;
  const place = placeBefore<[string, number]>(before, ['', 0], (id) => {
    const at = lookUp(id);
    return at === undefined ? undefined : [at.at, at.row];
  });
  return place === undefined ? undefined : { at: place[0], row: place[1] };
}

function decoded(cursor: string): unknown {
  if (cursor.length > MAX_CURSOR) return null;
  try {
    return JSON.parse(Buffer.from(cursor.slice(SIGN.length), 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function isLike<P extends Place>(place: unknown, like: P): place is P {
  return (
    Array.isArray(place) &&
    place.length === like.length &&
    like.every(
      (value, at) =>
        typeof value === typeof place[at] && (typeof value === 'string' || Number.isSafeInteger(place[at])),
    )
  );
}
