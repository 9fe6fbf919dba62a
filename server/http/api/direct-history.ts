/** Conversations for the page (05 section 10.5, M-7, M-10): the list, parts of one, and how far it was read (10.9, U-1, U-2). */
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { asUserId } from '../params.ts';
import { directMessageJson } from '../render.ts';
import { readBodyBy, readQueryBy } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { directSchemas } from '../schemas/messages.ts';
import { messageId, wishOf } from './history.ts';
import type { Conversation } from '../../store/direct-places.ts';
import type { DirectHistory } from '../../workspace/direct-history.ts';

export function directHistoryRoutes({ directHistory }: { directHistory: DirectHistory }): Route[] {
  return [
    {
      method: 'GET',
      path: '/messages/conversations',
      access: KEY.read_messages,
      polled: 'stored',
      schema: directSchemas.conversations,
      handle: ({ caller }) => {
        const conversations = directHistory
          .conversations(caller.userId)
          .map(({ last, unread }) => ({ last: directMessageJson(last), unread }));
        return ok({ conversations, count: conversations.length });
      },
    },
    {
      method: 'GET',
      path: '/messages/part',
      access: KEY.read_messages,
      polled: 'stored',
      schema: directSchemas.part,
      handle: ({ caller, query }) => {
        const asked = readQueryBy(directSchemas.part.query, query);
        const wish = wishOf(asked);
        const part = directHistory.part(caller.userId, conversationOf(asked.with ?? ''), wish, asked.limit);
        return ok({
          messages: part.messages.map(directMessageJson),
          older: part.older,
          newer: part.newer,
          replies: part.replies,
          first_unread: part.firstUnread,
          ...(part.root === null ? {} : { root: directMessageJson(part.root) }),
        });
      },
    },
    {
      method: 'POST',
      path: '/messages/position',
      access: KEY.read_messages,
      body: 'strict',
      schema: directSchemas.position,
      handle: async ({ caller, body }) => {
        const asked = readBodyBy(directSchemas.position.body, body);
        const of = conversationOf(asked.with);
        if ('unread_from' in asked)
          await directHistory.unreadFrom(caller.userId, of, messageId(asked.unread_from));
        else
          await directHistory.readTo(caller.userId, of, 'read_to' in asked ? messageId(asked.read_to) : null);
        return ok({ success: true });
      },
    },
  ];
}

/** A conversation as it is named in queries. @throws {ApiError} `user_not_found`. */
function conversationOf(name: string): Conversation {
  if (name === 'everyone') return { kind: 'everyone' };
  if (name.startsWith('group:')) return { kind: 'group', id: name };
  const id = asUserId(name);
  if (id === null) throw new ApiError('user_not_found');
  return { kind: 'person', id };
}
