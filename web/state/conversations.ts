/**
 * Direct messages as conversations (05 section 3.3 Messages, 10.2): with one person, with a group, or everyone. Pure
 * functions over what the node lists.
 */
import type { DirectMessage } from '../api/types.ts';
import { parseTime } from './time.ts';

/** Which conversation a message belongs to; the texts are the query of the address. */
export type ConversationId =
  { kind: 'person'; id: string } | { kind: 'group'; id: string } | { kind: 'everyone' };

/** One line of the list. */
export interface Conversation {
  id: ConversationId;
  key: string;
  last: DirectMessage;
  /** Unix ms of the last message. */
  at: number;
  unread: number;
  members: string[];
}

/** A stable text for a conversation. */
export function conversationKey(id: ConversationId): string {
  return id.kind === 'everyone' ? 'everyone' : `${id.kind}:${id.id}`;
}

/** The address of a conversation (05 section 3.2). */
export function conversationAddress(id: ConversationId): string {
  if (id.kind === 'everyone') return '/messages?with=everyone';
  const name = id.kind === 'group' ? 'group' : 'with';
  return `/messages?${name}=${encodeURIComponent(id.id)}`;
}

/** The conversation an address names, or null. */
export function conversationOf(query: URLSearchParams): ConversationId | null {
  const group = query.get('group');
  if (group !== null && group !== '') return { kind: 'group', id: group };
  const person = query.get('with');
  if (person === null || person === '') return null;
  return person === 'everyone' ? { kind: 'everyone' } : { kind: 'person', id: person };
}

/** How a conversation is named in queries of the API. */
export function conversationParam(id: ConversationId): string {
  return id.kind === 'everyone' ? 'everyone' : id.id;
}

/** Where a message of a conversation stands, or the thread it is in. */
export function directMessageAddress(
  id: ConversationId,
  messageId: string,
  as: 'focus_message' | 'thread' = 'focus_message',
): string {
  return `${conversationAddress(id)}&${new URLSearchParams([[as, messageId]]).toString()}`;
}

/** Where a message belongs, seen by `me`. */
export function placeOf(message: DirectMessage, me: string): ConversationId {
  const to = message.recipient_id;
  if (to === null || to === '') return { kind: 'everyone' };
  if (to.startsWith('group:')) return { kind: 'group', id: to };
  return { kind: 'person', id: message.sender_id === me ? to : message.sender_id };
}

/** One entry of `GET /api/v1/messages/conversations`. */
export interface ListedConversation {
  last: DirectMessage;
  unread: number;
}

/** Conversations as the node lists them, the one with the newest message first. */
export function conversationList(listed: readonly ListedConversation[], me: string): Conversation[] {
  return listed
    .map(({ last, unread }) => {
      const id = placeOf(last, me);
      const at = parseTime(last.created_at) ?? 0;
      return { id, key: conversationKey(id), last, at, unread, members: membersOf(last) };
    })
    .sort((a, b) => b.at - a.at);
}

/** The list with a message of the reader's own at the end of its conversation. */
export function withOwn(
  listed: readonly ListedConversation[],
  message: DirectMessage,
  me: string,
): ListedConversation[] {
  const key = conversationKey(placeOf(message, me));
  const known = listed.find(({ last }) => conversationKey(placeOf(last, me)) === key);
  const others = listed.filter((one) => one !== known);
  return [{ last: message, unread: known?.unread ?? 0 }, ...others];
}

function membersOf(message: DirectMessage): string[] {
  const members = message.metadata?.['group_members'];
  return Array.isArray(members) ? members.filter((member) => typeof member === 'string') : [];
}

/** How a message was protected on its way, in words; never more than holds (05 section 10.13, X-8). */
export function protectionWords(message: DirectMessage | null): string {
  const security = message?.metadata?.['security'];
  if (typeof security !== 'object' || security === null) return '';
  const { e2e, local_only: localOnly, label } = security as Partial<Record<string, unknown>>;
  if (localOnly === true) return 'Stays on this node';
  if (e2e === true) return 'Last message encrypted for the other device';
  return typeof label === 'string' ? label : '';
}
