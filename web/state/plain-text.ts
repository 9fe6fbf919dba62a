/** Texts on one line, in the words a person reads, of what is shown again and again (05 section 9, P-11). */
import { LINE_CHARS, plainText } from '../../server/markdown/plain-text.ts';
import { mentionSpans } from './mentions.ts';

/** Lines kept; more than all lists show at once. */
const CACHE_SIZE = 600;
const cache = new Map<string, string>();

/** @param max UTF-16 units that are kept; what is left out is marked. */
export function plainLine(text: string, max = LINE_CHARS): string {
  const key = `${max} ${text}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const line = plainText(text, max);
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? '');
  cache.set(key, line);
  return line;
}

/** A line with names in place of the ids that stand after an `@`. @param nameOf null for what is no id. */
export function withNames(line: string, nameOf: (handle: string) => string | null): string {
  let named = '';
  let at = 0;
  for (const { start, end, handle } of mentionSpans(line)) {
    const name = nameOf(handle);
    if (name === null) continue;
    named += `${line.slice(at, start)}@${name}`;
    at = end;
  }
  return named + line.slice(at);
}
