/**
 * Names by which people are mentioned in a text, `@name` (03 section 5.9): finding them in texts, and whose they are.
 */
import type { PeerId } from '../wire/ids.ts';
import { isPlaceholder, shadowUsernames } from './shadow-names.ts';
import type { Person } from './types.ts';

/** Code points of the text shown with a mention (03 section 5.9). */
export const MENTION_PREVIEW = 120;
/** Handles of one text that are looked at: nobody calls a whole town with one message. */
export const MAX_HANDLES = 50;
/** A handle is at most 49 characters; `@` must not follow a character of a word, an address or another handle. */
const HANDLE = /(?:^|[^A-Za-z0-9_.\-@])@([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,47}[A-Za-z0-9]))/g;

/** The distinct handles of a text in their order, at most {@link MAX_HANDLES}. */
export function extractMentions(text: string): string[] {
  if (!text.includes('@')) return [];
  const found = new Set<string>();
  for (const [, handle = ''] of text.matchAll(HANDLE)) {
    found.add(handle);
    if (found.size >= MAX_HANDLES) break;
  }
  return [...found];
}

/** What a person can be mentioned by, the handle that changes least first: a shadow's name without its node. */
export function mentionHandles({
  id,
  username,
  displayName,
}: Pick<Person, 'id' | 'username' | 'displayName'>): string[] {
  const [base = ''] = username.split('.', 1);
  const name = spoken(displayName);
  // Nobody is called what stands here for those whose name was not known at first.
  const handles = (isPlaceholder(base) ? [name, username, base, id] : [base, username, name, id]).map(
    (text) => text.replace(/^@/, ''),
  );
  return [...new Set(handles.filter((handle) => handle !== ''))];
}

/**
 * Those of `people` the handles mean: by id, username or display name, exactly, and where that finds nobody without
 * regard to case.
 * @param home the node of `people` who live here: elsewhere they are shown under names made with its id, by which they
 *   are called from there.
 */
export function mentioned(handles: readonly string[], people: readonly Person[], home: PeerId): Person[] {
  if (handles.length === 0) return [];
  const exact = new Map<string, Person[]>();
  const folded = new Map<string, Person[]>();
  for (const person of people) {
    const names = new Set([
      person.id,
      person.username,
      spoken(person.displayName),
      ...namesElsewhere(person, home),
    ]);
    for (const name of names) add(exact, name, person);
    for (const name of new Set([...names].map((one) => one.toLowerCase()))) add(folded, name, person);
  }
  const found = new Set<Person>();
  for (const handle of handles)
    for (const person of exact.get(handle) ?? folded.get(handle.toLowerCase()) ?? []) found.add(person);
  return [...found];
}

function namesElsewhere(person: Person, home: PeerId): string[] {
  return person.originPeer === null ? shadowUsernames(person.displayName, home, person.id) : [];
}

function spoken(displayName: string): string {
  return displayName.split(/\s+/).filter(Boolean).join('_');
}

function add(names: Map<string, Person[]>, name: string, person: Person): void {
  const known = names.get(name);
  if (known === undefined) names.set(name, [person]);
  else known.push(person);
}
