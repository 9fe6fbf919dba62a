/**
 * Direct messages as notifications (05 section 10.9, U-4): those the inbox holds, each by itself; and of an unread conversation the
 * newest, where the inbox left it out because it came soon after another.
 */
import { computed } from '@preact/signals';
import { directItems, DISMISSED, OPEN, type Call, type InboxRow } from './attention.ts';
import {
  conversationKey,
  conversationParam,
  directMessageAddress,
  type Conversation,
  type ConversationId,
} from './conversations.ts';
import { conversations } from './direct.ts';
import { me } from './session.ts';
import { parseTime } from './time.ts';

/** The newest first; without what was put away. @param own what one wrote oneself calls nobody. */
export function lettersOf(items: readonly InboxRow[], list: readonly Conversation[], own: string): Call[] {
  const unreadBy = new Map(list.map(({ key, unread }) => [key, unread]));
  const known = new Set(items.map((row) => row.source_id));
  const held = items
    .filter((row) => row.status !== DISMISSED)
    .map((row): Call => {
      const id = conversationOf(row);
      return {
        ...letter(id, row.source_id),
        authorId: row.sender_user_id,
        text: row.preview,
        at: parseTime(row.created_at) ?? 0,
        // What was read where it stands needs no second look.
        unread: OPEN.has(row.status) && (unreadBy.get(conversationKey(id)) ?? 0) > 0,
        inboxIds: [row.id],
      };
    });
  const others = list
    .filter(({ last, unread }) => unread > 0 && last.sender_id !== own && !known.has(last.id))
    .map(({ id, last, at }): Call => ({
      ...letter(id, last.id),
      authorId: last.sender_id,
      text: last.content,
      at,
      unread: true,
      readsAll: conversationParam(id),
    }));
  return [...held, ...others].sort((a, b) => b.at - a.at);
}

function conversationOf(row: InboxRow): ConversationId {
  const id = row.dm_thread_id ?? row.sender_user_id ?? '';
  return id.startsWith('group:') ? { kind: 'group', id } : { kind: 'person', id };
}

function letter(
  id: ConversationId,
  messageId: string,
): Pick<Call, 'key' | 'kind' | 'channelId' | 'place' | 'dismissed' | 'address' | 'mentionIds' | 'inboxIds'> {
  return {
    key: messageId,
    kind: 'dm',
    channelId: null,
    place: conversationKey(id),
    dismissed: false,
    address: directMessageAddress(id, messageId),
    mentionIds: [],
    inboxIds: [],
  };
}

export const letters = computed(() => lettersOf(directItems.value, conversations.value, me.value?.id ?? ''));
