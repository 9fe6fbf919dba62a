/** Mentions in texts (05 section 10.5, M-6): whom `@name` means, and what completes what is being typed. Pure functions. */
import type { Person } from '../api/types.ts';

/** As the node finds them: not after a character of a word, an address or another handle. */
const HANDLE = /(^|[^A-Za-z0-9_.\-@])@([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,47}[A-Za-z0-9])?)/gu;

/** One `@name` in a text, with where it stands. */
export interface Span {
  start: number;
  end: number;
  handle: string;
}

/** Every `@name` of a text. */
export function mentionSpans(text: string): Span[] {
  if (!text.includes('@')) return [];
  return [...text.matchAll(HANDLE)].map((match) => {
    const start = match.index + (match[1]?.length ?? 0);
    const handle = match[2] ?? '';
    return { start, end: start + 1 + handle.length, handle };
  });
}

/** People by everything they can be called by, in lower case; a name of several people means none of them. */
export function peopleByHandle(people: readonly Person[]): ReadonlyMap<string, Person> {
  const found = new Map<string, Person | null>();
  for (const person of people) {
    const names = [...(person.mention_handles ?? []), person.username, person.user_id];
    for (const name of new Set(names.map((one) => one.toLowerCase())))
      found.set(name, found.has(name) && found.get(name) !== person ? null : person);
  }
  return new Map([...found].filter((entry): entry is [string, Person] => entry[1] !== null));
}

/** What to write for a person: the shortest handle that means nobody else. */
export function handleOf(person: Person, people: readonly Person[]): string {
  const known = peopleByHandle(people);
  const own = [...(person.mention_handles ?? []), person.username];
  return own.find((handle) => known.get(handle.toLowerCase()) === person) ?? person.user_id;
}

/** What is being typed at the caret, for which something can be offered. */
export interface Completing {
  sign: '@' | '#' | ':';
  /** Where the sign stands. */
  start: number;
  query: string;
}

/** An emoji is offered from two letters on, or every colon would open a list. */
const TYPED =
  /(?:^|[\s(])(?:(@)([\p{L}\p{N}_.-]{0,40})|(#)([\p{L}\p{N}_-]{0,40})|(:)([a-z+][a-z\d_+-]{1,24}))$/u;

/** @param caret where one types; what stands behind it is not looked at. */
export function completionAt(text: string, caret: number): Completing | null {
  const match = TYPED.exec(text.slice(0, caret));
  if (match === null) return null;
  const sign = match[1] ?? match[3] ?? match[5];
  const query = match[2] ?? match[4] ?? match[6] ?? '';
  if (sign !== '@' && sign !== '#' && sign !== ':') return null;
  return { sign, start: caret - query.length - 1, query };
}

/** Puts `choice` where something was being typed. @returns the text and where the caret goes. */
export function completed(
  text: string,
  { start, query }: Completing,
  choice: string,
): { text: string; caret: number } {
  const end = start + 1 + query.length;
  const space = /^\s/u.test(text.slice(end)) ? '' : ' ';
  const put = choice + space;
  return { text: text.slice(0, start) + put + text.slice(end), caret: start + choice.length + 1 };
}

/** Names that begin with what was typed come first, then those that contain it at the beginning of a word. */
export function ranked<T>(items: readonly T[], query: string, wordsOf: (item: T) => string[]): T[] {
  const wanted = query.toLocaleLowerCase();
  const rank = (item: T): number => {
    const words = wordsOf(item).map((word) => word.toLocaleLowerCase());
    if (words.some((word) => word.startsWith(wanted))) return 0;
    return words.some((word) => word.split(/[\s._-]+/u).some((part) => part.startsWith(wanted))) ? 1 : 2;
  };
  return items
    .map((item, index) => ({ item, index, at: rank(item) }))
    .filter(({ at }) => at < 2)
    .sort((a, b) => a.at - b.at || a.index - b.index)
    .map(({ item }) => item);
}
