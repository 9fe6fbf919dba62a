/**
 * Files that lie within a payload (02 section 6.1): 0.4.29 sends up to 10 MiB of each that way. They are what makes such a
 * payload large, so they are measured, and carried between threads, apart from it.
 */
import type { PyValue } from '../wire/pyjson.ts';

const LIST = 'attachments';
const BYTES = 'data';

/** @returns `payload` with every file's bytes empty, and these in the order in which they stood. Changes nothing. */
export function takeOutFiles(payload: PyValue): { rest: PyValue; files: string[] } {
  const files: string[] = [];
  const rest = eachFile(payload, (data) => {
    files.push(data);
    return '';
  });
  return { rest, files };
}

/** The payload again that {@link takeOutFiles} took them out of. */
export function putBackFiles(rest: PyValue, files: readonly string[]): PyValue {
  let next = 0;
  return eachFile(rest, () => files[next++] ?? '');
}

function eachFile(value: PyValue, change: (data: string) => string, isEntry = false): PyValue {
  if (Array.isArray(value)) return value.map((item) => eachFile(item, change));
  if (!(value instanceof Map)) return value;
  return new Map(
    [...value].map(([key, item]): [string, PyValue] => {
      if (isEntry && key === BYTES && typeof item === 'string') return [key, change(item)];
      if (key === LIST && Array.isArray(item)) return [key, item.map((one) => eachFile(one, change, true))];
      return [key, eachFile(item, change)];
    }),
  );
}
