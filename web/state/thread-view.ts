/**
 * The thread that is open beside its channel or conversation (05 section 10.5, M-7): its first message, and a part of what
 * answers it, which grows as one scrolls.
 */
import { computed, signal } from '@preact/signals';
import type { ChannelMessage, DirectMessage } from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import { channelEntry, directEntry } from './entries.ts';
import { History, type Part, type Place } from './history.ts';
import { targetKey, type Target } from './outbox.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import type { Entry } from './thread.ts';

type Message = ChannelMessage | DirectMessage;

/** Any message of it. */
const open = signal<{ target: Target; id: string } | null>(null);
const first = signal<Message | null>(null);
export const threadHistory = new History<Message>(readPart);
/** The message the open thread was asked for by, once it was read. */
export const threadShown = signal<string | null>(null);

function entryOf(message: Message): Entry {
  const id = me.value?.id ?? '';
  return 'channel_id' in message
    ? channelEntry(message, id, personName)
    : directEntry(message, id, personName);
}

/** The message a thread begins with; what is written in it answers that. Null when it is gone. */
export const threadRoot = computed(() => (first.value === null ? null : entryOf(first.value)));
export const threadViewEntries = computed(() => [
  ...(threadRoot.value === null ? [] : [threadRoot.value]),
  ...threadHistory.messages.value.map(entryOf),
]);

function pathOf(target: Target, query: URLSearchParams): string {
  if (target.kind === 'channel')
    return `/api/v1/channels/${encodeURIComponent(target.id)}/history?${query.toString()}`;
  query.set('with', target.kind === 'everyone' ? 'everyone' : target.id);
  return `/api/v1/messages/part?${query.toString()}`;
}

async function readPart(place: Place, limit: number): Promise<Part<Message>> {
  const asked = open.value;
  if (asked === null) return { messages: [], older: false, newer: false };
  const query = new URLSearchParams({ thread: asked.id, limit: String(limit) });
  if ('id' in place) query.set(place.kind, place.id);
  const part = await api.get<Part<Message> & { root: Message | null }>(pathOf(asked.target, query));
  if (open.value === asked) first.value = part.root;
  return part;
}

/** Opens the thread a message is in, or closes it. */
export async function showThread(target: Target, id: string | null): Promise<void> {
  const now = open.value;
  if (now !== null && now.id === id && targetKey(now.target) === targetKey(target)) return;
  open.value = id === null ? null : { target, id };
  first.value = null;
  threadShown.value = null;
  threadHistory.clear();
  if (id !== null && (await threadHistory.open({ kind: 'newest' }))) threadShown.value = id;
}

/** Reads the open thread again; calls in between are joined. */
export const refreshThread = coalesced(async () => {
  if (threadShown.value !== null) await threadHistory.refresh(true);
});
