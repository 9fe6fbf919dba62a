/**
 * Where rows stand in lists that show the newest first: by a time, and by the row, as several may have the same time. A
 * list that goes on after a place names no row, so it does so also when the row is gone.
 */
import type { Sql } from './sql.ts';

/** A place in such a list: the time as it is stored, and the row. */
export interface RowPlace {
  at: string;
  row: number;
}

/** SQL that lets only older rows through, with the values of {@link placeValues}. @param time the column sorted by. */
export function isOlder(time: string): string {
  return `(@placeAt IS NULL OR (${time}, rowid) < (@placeAt, @placeRow))`;
}

/** As {@link isOlder}, of a list that shows rows of the same time in the order they came. */
export function isOlderInOrder(time: string): string {
  return `(@placeAt IS NULL OR ${time} < @placeAt OR (${time} = @placeAt AND rowid > @placeRow))`;
}

/** Values for {@link isOlder}. @param place null or absent: from the newest. */
export function placeValues(place: RowPlace | null | undefined): {
  placeAt: string | null;
  placeRow: number;
} {
  return place == null ? { placeAt: null, placeRow: 0 } : { placeAt: place.at, placeRow: place.row };
}

/** Where a row with this id stands; undefined when it is unknown. */
export function placeOf(sql: Sql, table: string, time: string, id: string): RowPlace | undefined {
  return sql.get<RowPlace>(`SELECT coalesce(${time}, '') AS at, rowid AS row FROM ${table} WHERE id = @id`, {
    id,
  });
}
