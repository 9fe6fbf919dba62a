/**
 * Direct messages of this account: the list of conversations and the one on the screen (05 sections 3.3, 10.2).
 */
import { computed, signal } from '@preact/signals';
import type { DirectMessage } from '../api/types.ts';
import { choiceOf } from './choices.ts';
import { coalesced } from './coalesce.ts';
import {
  conversationKey,
  conversationList,
  conversationParam,
  placeOf,
  withOwn,
  type ConversationId,
  type ListedConversation,
} from './conversations.ts';
import { directEntry } from './entries.ts';
import { announceMessages } from './catch-up.ts';
import { personName } from './people.ts';
import { api, me } from './session.ts';
import { History, type Part, type Place } from './history.ts';
import { beginning } from './entering.ts';

const listed = signal<readonly ListedConversation[]>([]);
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
/** How many are in the thread below a message. */
export const directReplies = signal<Readonly<Record<string, number>>>({});

export const conversations = computed(() => conversationList(listed.value, me.value?.id ?? ''));
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

async function readList(): Promise<void> {
  const answer = await api.get<{ conversations: ListedConversation[] }>('/api/v1/messages/conversations');
  listed.value = answer.conversations;
  directLoaded.value = true;
}

/** What `GET /messages/part` answers. */
interface PartAnswer extends Part<DirectMessage> {
  replies: Record<string, number>;
  first_unread: string | null;
}

async function readPart(place: Place, limit: number): Promise<Part<DirectMessage>> {
  const open = openConversation.value;
  if (open === null) return { messages: [], older: false, newer: false };
  const query = new URLSearchParams({ with: conversationParam(open), limit: String(limit) });
  if (place.kind === 'unread') query.set('around', 'unread');
  else if (place.kind !== 'newest') query.set(place.kind, place.id);
  const part = await api.get<PartAnswer>(`/api/v1/messages/part?${query.toString()}`);
  if (openConversation.value === open) {
    directReplies.value = { ...directReplies.value, ...part.replies };
    if (threadLoaded.value !== conversationKey(open)) threadNewFrom.value = part.first_unread;
  }
  return part;
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

/** Reads the open conversation anew: where reading begins, or around a message. */
async function openAt(messageId: string | null): Promise<void> {
  const id = openConversation.value;
  if (id === null) return;
  const place: Place = messageId === null ? beginning() : { kind: 'around', id: messageId };
  if ((await directHistory.open(place)) && openConversation.value === id)
    threadLoaded.value = conversationKey(id);
}

function isUnread(message: DirectMessage): boolean {
  return message.sender_id !== me.value?.id && message.read_at == null;
}

/** Who is in a group besides oneself, as its messages say. */
export function groupMembers(id: string): string[] {
  const message = [...thread.value, ...listed.value.map(({ last }) => last)].find(
    (one) => one.recipient_id === id,
  );
  const members = message?.metadata?.['group_members'];
  const others = Array.isArray(members) ? members.filter((one) => typeof one === 'string') : [];
  return others.filter((one) => one !== me.value?.id);
}

/** Reads the list of conversations; calls in between are joined. */
export const loadConversations = coalesced(readList);
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
    directReplies.value = {};
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
  const mine = me.value?.id ?? '';
  listed.value = withOwn(listed.value, message, mine);
  const open = openConversation.value;
  if (open !== null && conversationKey(open) === conversationKey(placeOf(message, mine)))
    directHistory.take(message);
}

/** An own message with this text that stands after `after`. */
export async function findOwnDirectAfter(
  id: ConversationId,
  text: string,
  after: string | null,
): Promise<DirectMessage | null> {
  await loadConversations();
  const query = new URLSearchParams({ with: conversationParam(id), limit: '50' });
  const { messages } = await api.get<PartAnswer>(`/api/v1/messages/part?${query.toString()}`);
  const from = messages.findIndex((message) => message.id === after) + 1;
  const mine = messages.slice(from).filter((message) => message.sender_id === me.value?.id);
  return mine.find((message) => message.content === text) ?? null;
}
