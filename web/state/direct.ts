/**
 * Direct messages of this account: the list of conversations and the one on the screen (05 sections 3.3, 10.2).
 */
import { computed, signal } from '@preact/signals';
import type { DirectMessage } from '../api/types.ts';
import { choiceOf } from './choices.ts';
import { coalesced } from './coalesce.ts';
import { conversationKey, conversationList, placeOf, type ConversationId } from './conversations.ts';
import { directEntry } from './entries.ts';
import { announceMessages } from './catch-up.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import { History, type Part, type Place } from './history.ts';
import type { Entry } from './thread.ts';

/** Enough messages to find the recent conversations by. */
const RECENT = 200;

const recent = signal<readonly DirectMessage[]>([]);
export const directLoaded = signal(false);
/** The conversation on the screen. */
export const openConversation = signal<ConversationId | null>(null);
/** The part of it that is at hand. */
export const directHistory = new History<DirectMessage>(readPart);
const thread = directHistory.messages;
/** Key of the conversation whose first page came. */
export const threadLoaded = signal<string | null>(null);
/** The first message that was not read when the conversation was opened. */
export const threadNewFrom = signal<string | null>(null);

export const conversations = computed(() => conversationList(recent.value, me.value?.id ?? ''));
/** Unread messages of the conversations that call with every one of theirs (05 section 10.9, U-3). */
export const unreadDirect = computed(() =>
  conversations.value.reduce((sum, one) => sum + (choiceOf(one.key).level === 'all' ? one.unread : 0), 0),
);
export const threadEntries = computed(() => {
  const id = me.value?.id ?? '';
  return thread.value.map((message) => directEntry(message, id, personName));
});
/** The newest message of the open conversation; it says how the conversation is protected. */
export const newestDirect = computed(() => thread.value.at(-1) ?? null);

async function readRecent(): Promise<void> {
  const answer = await api.get<{ messages: DirectMessage[] }>(`/api/v1/messages?limit=${RECENT}`);
  recent.value = answer.messages;
  directLoaded.value = true;
}

/** Path of a conversation. */
function pathOf(id: ConversationId): string {
  if (id.kind === 'everyone') return '/api/v1/messages/everyone';
  const place = id.kind === 'group' ? `group/${encodeURIComponent(id.id)}` : encodeURIComponent(id.id);
  return `/api/v1/messages/conversation/${place}`;
}

async function readPart(place: Place, limit: number): Promise<Part<DirectMessage>> {
  const open = openConversation.value;
  if (open === null) return { messages: [], older: false, newer: false };
  const read = async (query: string, count = limit): Promise<DirectMessage[]> =>
    (await api.get<{ messages: DirectMessage[] }>(`${pathOf(open)}?limit=${count}${query}`)).messages;
  switch (place.kind) {
    case 'before':
    case 'after': {
      const messages = await read(`&${place.kind}=${encodeURIComponent(place.id)}`);
      const full = messages.length >= limit;
      return { messages, older: place.kind === 'after' || full, newer: place.kind === 'before' || full };
    }
    case 'around': {
      const half = Math.ceil(limit / 2);
      const id = encodeURIComponent(place.id);
      const [{ message }, before, after] = await Promise.all([
        api.get<{ message: DirectMessage }>(`/api/v1/messages/${id}`),
        read(`&before=${id}`, half),
        read(`&after=${id}`, half),
      ]);
      const messages = [...before, message, ...after];
      return { messages, older: before.length >= half, newer: after.length >= half };
    }
    default: {
      const messages = await read('');
      return { messages, older: messages.length >= limit, newer: false };
    }
  }
}

async function readThread(): Promise<void> {
  const id = openConversation.value;
  if (id === null) return;
  const key = conversationKey(id);
  if (threadLoaded.value !== key) return openAt(null);
  const before = new Set(thread.value.map((message) => message.id));
  await directHistory.refresh(true);
  if (openConversation.value === null || conversationKey(openConversation.value) !== key) return;
  const fresh = threadEntries.value.filter((entry) => !before.has(entry.id));
  if (directHistory.hasNewer.value) directHistory.missed.value = missing(id);
  announceMessages(fresh);
}

/** Unread messages of a conversation that are newer than what is at hand. */
function missing(id: ConversationId): number {
  const key = conversationKey(id);
  const unread = conversations.value.find((one) => one.key === key)?.unread ?? 0;
  return Math.max(0, unread - thread.value.filter(isUnread).length);
}

/** Parts read to find the first message that was not read. */
const UNREAD_PARTS = 3;

/** Reads the open conversation anew, at its end or around a message. */
async function openAt(messageId: string | null): Promise<void> {
  const id = openConversation.value;
  if (id === null) return;
  const key = conversationKey(id);
  if (
    !(await directHistory.open(messageId === null ? { kind: 'newest' } : { kind: 'around', id: messageId }))
  )
    return;
  for (let part = 0; part < UNREAD_PARTS && messageId === null; part += 1) {
    const first = thread.value[0];
    if (first === undefined || !isUnread(first) || !directHistory.hasOlder.value) break;
    await directHistory.older();
  }
  if (openConversation.value !== id) return;
  threadNewFrom.value = thread.value.find(isUnread)?.id ?? null;
  threadLoaded.value = key;
}

function isUnread(message: DirectMessage): boolean {
  const mine = me.value?.id;
  const forMe = message.recipient_id === mine || message.recipient_id?.startsWith('group:') === true;
  return forMe && message.sender_id !== mine && message.read_at == null;
}

/** Messages the node was told of, or is being told of. */
const told = new Set<string>();

/** Marks what was on the screen of a focused window as read: everything up to a message (05 section 10.9, U-1). */
export async function directSeen({ id }: Pick<Entry, 'id'>): Promise<void> {
  const end = thread.value.findIndex((message) => message.id === id) + 1;
  const unread = thread.value.slice(0, end).filter((message) => isUnread(message) && !told.has(message.id));
  for (const message of unread) told.add(message.id);
  for (const message of unread) {
    await api.post(`/api/v1/messages/${encodeURIComponent(message.id)}/read`).catch(() => undefined);
  }
  if (unread.length > 0) await loadConversations();
}

/** Who is in a group besides oneself, as its messages say. */
export function groupMembers(id: string): string[] {
  const message = [...thread.value, ...recent.value].find((one) => one.recipient_id === id);
  const members = message?.metadata?.['group_members'];
  const others = Array.isArray(members) ? members.filter((one) => typeof one === 'string') : [];
  return others.filter((one) => one !== me.value?.id);
}

/** Reads the recent messages; calls in between are joined. */
export const loadConversations = coalesced(readRecent);
const refreshThread = coalesced(readThread);

/** Reads the list and what is open. */
export async function refreshDirect(): Promise<void> {
  await loadConversations();
  await refreshThread();
}

/** Shows a conversation, with a message in its surroundings if one is asked for. */
export async function showConversation(
  id: ConversationId | null,
  messageId: string | null = null,
): Promise<void> {
  const old = openConversation.value;
  if ((old === null ? null : conversationKey(old)) !== (id === null ? null : conversationKey(id))) {
    openConversation.value = id;
    threadLoaded.value = null;
    directHistory.clear();
  }
  if (id === null) return;
  if (messageId !== null && !directHistory.has(messageId)) return openAt(messageId);
  await refreshThread();
}

/** Leaves what is far back for what is new. */
export async function showNewestDirect(): Promise<void> {
  await directHistory.open({ kind: 'newest' });
}

/** Takes the node's answer to a message of ours into the lists. */
export function takeDirectMessage(message: DirectMessage): void {
  recent.value = [message, ...recent.value.filter((other) => other.id !== message.id)];
  const open = openConversation.value;
  const place = conversationKey(placeOf(message, me.value?.id ?? ''));
  if (open !== null && conversationKey(open) === place) directHistory.take(message);
}

/** An own message with this text that stands after `after`. */
export async function findOwnDirectAfter(
  id: ConversationId,
  text: string,
  after: string | null,
): Promise<DirectMessage | null> {
  await loadConversations();
  const mine = me.value?.id ?? '';
  const place = conversationKey(id);
  const own = recent.value.filter(
    (one) => one.sender_id === mine && conversationKey(placeOf(one, mine)) === place,
  );
  const cut = own.findIndex((message) => message.id === after);
  return (cut === -1 ? own : own.slice(0, cut)).find((message) => message.content === text) ?? null;
}
