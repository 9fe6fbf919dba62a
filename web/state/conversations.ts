/**
 * Direct messages as conversations (05 section 3.3 Messages, 10.2): with one person, with a group, or everyone. Pure
 * functions over what `GET /api/v1/messages` gives.
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

/** Where a message belongs, seen by `me`. */
export function placeOf(message: DirectMessage, me: string): ConversationId {
  const to = message.recipient_id;
  if (to === null || to === '') return { kind: 'everyone' };
  if (to.startsWith('group:')) return { kind: 'group', id: to };
  return { kind: 'person', id: message.sender_id === me ? to : message.sender_id };
}

/** Conversations, the one with the newest message first. `messages` may stand in any order. */
export function conversationList(messages: readonly DirectMessage[], me: string): Conversation[] {
  const found = new Map<string, Conversation>();
  for (const message of messages) {
    const id = placeOf(message, me);
    const key = conversationKey(id);
    const at = parseTime(message.created_at) ?? 0;
    const unread = message.sender_id !== me && message.read_at == null && id.kind !== 'everyone' ? 1 : 0;
    const known = found.get(key);
    if (known === undefined) {
      found.set(key, { id, key, last: message, at, unread, members: membersOf(message) });
    } else {
      known.unread += unread;
      if (at > known.at) {
        known.last = message;
        known.at = at;
      }
    }
  }
  return [...found.values()].sort((a, b) => b.at - a.at);
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
