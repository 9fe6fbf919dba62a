/**
 * Direct messages of this account: the list of conversations and the one on the screen (05 sections 3.3, 10.2).
 */
import { computed, signal } from '@preact/signals';
import type { DirectMessage } from '../api/types.ts';
import { coalesced } from './coalesce.ts';
import { conversationKey, conversationList, placeOf, type ConversationId } from './conversations.ts';
import { directEntry } from './entries.ts';
import { announceMessages } from './catch-up.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import { mergeNewest, prependOlder, upsert } from './thread.ts';

const PAGE = 50;
/** Enough messages to find the recent conversations by. */
const RECENT = 200;

const recent = signal<readonly DirectMessage[]>([]);
export const directLoaded = signal(false);
/** The conversation on the screen. */
export const openConversation = signal<ConversationId | null>(null);
const thread = signal<readonly DirectMessage[]>([]);
/** Key of the conversation whose first page came. */
export const threadLoaded = signal<string | null>(null);
/** The first message that was not read when the conversation was opened. */
export const threadNewFrom = signal<string | null>(null);
export const threadHasOlder = signal(false);

export const conversations = computed(() => conversationList(recent.value, me.value?.id ?? ''));
export const unreadDirect = computed(() => conversations.value.reduce((sum, one) => sum + one.unread, 0));
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

/** Path of one page of a conversation; everyone has none of its own and is read from the recent messages. */
function threadPath(id: ConversationId, before: string | null): string | null {
  const older = before === null ? '' : `&before=${encodeURIComponent(before)}`;
  if (id.kind === 'everyone') return null;
  const place = id.kind === 'group' ? `group/${encodeURIComponent(id.id)}` : encodeURIComponent(id.id);
  return `/api/v1/messages/conversation/${place}?limit=${PAGE}${older}`;
}

function broadcasts(): DirectMessage[] {
  const mine = me.value?.id ?? '';
  return recent.value.filter((message) => placeOf(message, mine).kind === 'everyone').reverse();
}

async function readThread(): Promise<void> {
  const id = openConversation.value;
  if (id === null) return;
  const key = conversationKey(id);
  const path = threadPath(id, null);
  const page = path === null ? broadcasts() : (await api.get<{ messages: DirectMessage[] }>(path)).messages;
  if (openConversation.value === null || conversationKey(openConversation.value) !== key) return;
  const first = threadLoaded.value !== key;
  const before = new Set(thread.value.map((message) => message.id));
  const next = first ? page : mergeNewest(thread.value, page);
  if (first || next.length <= page.length) threadHasOlder.value = path !== null && page.length >= PAGE;
  thread.value = next;
  if (first) threadNewFrom.value = page.find(isUnread)?.id ?? null;
  threadLoaded.value = key;
  if (!first) announceMessages(threadEntries.value.filter((entry) => !before.has(entry.id)));
  void markRead(page);
}

function isUnread(message: DirectMessage): boolean {
  return message.recipient_id === me.value?.id && message.read_at == null;
}

/** Marks what is on the screen of a focused window as read. */
async function markRead(page: readonly DirectMessage[]): Promise<void> {
  if (document.visibilityState !== 'visible') return;
  const unread = page.filter(isUnread);
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

/** Shows a conversation. */
export async function showConversation(id: ConversationId | null): Promise<void> {
  const old = openConversation.value;
  if ((old === null ? null : conversationKey(old)) !== (id === null ? null : conversationKey(id))) {
    openConversation.value = id;
    thread.value = [];
    threadLoaded.value = null;
    threadHasOlder.value = false;
  }
  if (id !== null) await (id.kind === 'everyone' ? refreshDirect() : refreshThread());
}

let loadingOlder = false;

/** Reads the page before the oldest message of the open conversation. */
export async function loadOlderDirect(): Promise<void> {
  const id = openConversation.value;
  const oldest = thread.value[0];
  if (id === null || oldest === undefined || loadingOlder || !threadHasOlder.value) return;
  const path = threadPath(id, oldest.id);
  if (path === null) return;
  loadingOlder = true;
  try {
    const page = await api.get<{ messages: DirectMessage[] }>(path);
    if (openConversation.value !== id) return;
    const next = prependOlder(thread.value, page.messages);
    threadHasOlder.value = next.length > thread.value.length && page.messages.length >= PAGE;
    thread.value = next;
  } finally {
    loadingOlder = false;
  }
}

/** Takes the node's answer to a message of ours into the lists. */
export function takeDirectMessage(message: DirectMessage): void {
  recent.value = [message, ...recent.value.filter((other) => other.id !== message.id)];
  const open = openConversation.value;
  const place = conversationKey(placeOf(message, me.value?.id ?? ''));
  if (open !== null && conversationKey(open) === place) thread.value = upsert(thread.value, message);
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
