/** A channel by time for the page (05 section 10.5, M-7, M-10), and how far it was read (10.9, U-1, U-2). */
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { asChannelId, asMessageId } from '../params.ts';
import { referringMessageJson } from '../render-feed.ts';
import { readBodyBy, readQueryBy } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import { channelSchemas } from '../schemas/messages.ts';
import type { ChannelId, MessageId } from '../../wire/ids.ts';
import type { ChannelHistory, HistoryWish } from '../../workspace/channel-history.ts';
import type { Reposts } from '../../workspace/reposts.ts';
import type { PartPlace } from '../../workspace/threads.ts';

const SIDES = ['before', 'after', 'around'] as const;
type Asked = Partial<Record<(typeof SIDES)[number] | 'thread', string>>;

export function historyRoutes(components: { channelHistory: ChannelHistory; reposts: Reposts }): Route[] {
  const { channelHistory } = components;
  return [
    {
      method: 'GET',
      path: '/channels/:channel/history',
      access: KEY.read_feed,
      polled: 'stored',
      schema: channelSchemas.part,
      handle: ({ caller, param, query }) => {
        const asked = readQueryBy(channelSchemas.part.query, query);
        const wish = wishOf(asked);
        const page = channelHistory.page(caller.userId, channelParam(param('channel')), wish, asked.limit);
        return ok({
          messages: page.messages.map((message) => referringMessageJson(components, message)),
          older: page.older,
          newer: page.newer,
          replies: page.replies,
          first_unread: page.firstUnread,
          ...(wish.kind !== 'thread'
            ? {}
            : { root: page.root === null ? null : referringMessageJson(components, page.root) }),
        });
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/position',
      access: KEY.read_feed,
      body: 'strict',
      schema: channelSchemas.position,
      handle: ({ caller, param, body }) => {
        const channelId = channelParam(param('channel'));
        const asked = readBodyBy(channelSchemas.position.body, body);
        if ('read_to' in asked) channelHistory.readTo(caller.userId, channelId, messageId(asked.read_to));
        else channelHistory.unreadFrom(caller.userId, channelId, messageId(asked.unread_from));
        return ok({ success: true });
      },
    },
  ];
}

/** What a query asks for, in a channel as in a conversation. @throws {ApiError} for what names no message. */
export function wishOf(asked: Asked): HistoryWish {
  if (asked.around === 'unread') return { kind: 'unread' };
  const kind = SIDES.find((name) => (asked[name] ?? '') !== '');
  const place: PartPlace<MessageId> =
    kind === undefined ? { kind: 'newest' } : { kind, id: messageId(asked[kind] ?? '') };
  const thread = asked.thread ?? '';
  return thread === '' ? place : { kind: 'thread', of: messageId(thread), place };
}

function channelParam(text: string): ChannelId {
  const id = asChannelId(text);
  if (id === null) throw new ApiError('not_found');
  return id;
}

export function messageId(text: string): MessageId {
  const id = asMessageId(text);
  if (id === null) throw new ApiError('channel_message_not_found');
  return id;
}
