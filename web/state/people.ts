/**
 * Names instead of ids: the people this node knows, and what to call a peer (05 section 10.4, C-5). Names come from
 * other nodes; they are text and nothing else.
 */
import { computed, signal } from '@preact/signals';
import type { Person } from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import { cleanName, distinctNames, skeleton } from './names.ts';
import { mentionSpans, peopleByHandle } from './mentions.ts';
import { plainLine, withNames } from './plain-text.ts';
import { api, me } from './session.ts';

/** Enough for one page of people; more come with search. */
const MAX_PEOPLE = 500;

export const people = signal<readonly Person[]>([]);
const byId = computed(() => new Map(people.value.map((person) => [person.user_id, person])));

/** People by what they can be called by in a text. */
export const byHandle = computed(() => peopleByHandle(people.value));

/** Accounts the node needs for itself. */
const RESERVED = new Set(['system', 'local_user']);

/** Whether the list has somebody. */
export function isKnown(userId: string): boolean {
  return byId.value.has(userId);
}

/** Whether an account is nobody's. */
export function isReserved(userId: string): boolean {
  return RESERVED.has(userId);
}

/** Everybody one can write to: people and agents except oneself and the node's own rows. */
export const correspondents = computed(() =>
  people.value.filter((person) => person.user_id !== me.value?.id && !RESERVED.has(person.user_id)),
);

/** Reads the people again; calls in between are joined, so that no older answer replaces a newer one. */
export const loadPeople = coalesced(async () => {
  const answer = await api.get<{ agents: Person[] }>(`/api/v1/agents?include_humans=1&limit=${MAX_PEOPLE}`);
  people.value = answer.agents;
});

/** A short form of an id, for where nothing better is known. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 8)}…` : id;
}

/** What people are called here; two that look alike carry their ids (05 section 10.13, X-3). */
const shownNames = computed(() =>
  distinctNames(
    people.value
      .filter((person) => !RESERVED.has(person.user_id))
      .map(({ user_id: id, display_name: name, username }) => ({
        id,
        name: cleanName(name ?? '') || cleanName(username) || shortId(id),
      })),
    me.value?.id ?? null,
  ),
);
const takenNames = computed(() => new Set([...shownNames.value.values()].map(skeleton)));

/** The name to show for a user id; `fallback` is what a message said. */
export function personName(userId: string, fallback?: string | null): string {
  if (userId === me.value?.id) return me.value.display_name;
  const known = shownNames.value.get(userId);
  if (known !== undefined) return known;
  const name = cleanName(fallback ?? '');
  if (name === '') return cleanName(byId.value.get(userId)?.display_name ?? '') || shortId(userId);
  return takenNames.value.has(skeleton(name)) ? `${name} (${shortId(userId)})` : name;
}

/** A text on one line, as a person reads it; an id after an `@` says nothing to anybody. */
export function lineOf(text: string, max?: number): string {
  return withNames(plainLine(text, max), (id) => (byId.value.has(id) ? personName(id) : null));
}

/** Where the small picture of a person is; null without one. */
export function pictureOf(userId: string): string | null {
  return byId.value.get(userId)?.avatar_url ?? null;
}

/** The peer a person is at home on; null for this node and for who is not known. */
export function homeOf(userId: string): string | null {
  return byId.value.get(userId)?.origin_peer || null;
}

/** Names of the people at home on each peer, without placeholders. */
export const peopleByPeer = computed(() => {
  const names = new Map<string, string[]>();
  for (const person of people.value) {
    const name = cleanName(person.display_name ?? '');
    if (person.account_type === 'agent' || name === '' || name.startsWith('peer-')) continue;
    names.set(person.origin_peer, [...(names.get(person.origin_peer) ?? []), name]);
  }
  return names;
});

/** Whether a text of somebody else mentions whoever is signed in. */
export function callsMe({ text, mine }: { text: string; mine: boolean }): boolean {
  const own = me.value?.id;
  return (
    !mine &&
    mentionSpans(text).some(({ handle }) => byHandle.value.get(handle.toLowerCase())?.user_id === own)
  );
}
