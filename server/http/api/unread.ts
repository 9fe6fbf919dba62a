/** `GET /unread`: what the caller has not read, for badges, in one answer (04 section 10a; 05 U-3). */
import { KEY } from '../access.ts';
import { holds } from '../auth.ts';
import { ok, type Route } from '../routes.ts';
import { unreadSchema } from '../schemas/attention.ts';
import type { Unread } from '../../workspace/unread.ts';

export function unreadRoutes({ unread }: { unread: Unread }): Route[] {
  return [
    {
      method: 'GET',
      path: '/unread',
      access: KEY.read_feed,
      polled: 'live',
      schema: unreadSchema,
      handle: ({ caller }) => {
        const counts = unread.of(caller.userId, holds(caller, 'read_messages'));
        const sum = (list: readonly { count: number }[]): number =>
          list.reduce((total, { count }) => total + count, 0);
        return ok({
          channels: counts.channels.map(({ channelId, count, muted }) => ({
            channel_id: channelId,
            count,
            muted,
          })),
          channels_total: sum(counts.channels),
          direct: counts.direct,
          direct_total: sum(counts.direct),
          mentions: counts.mentions,
          inbox: counts.inbox,
        });
      },
    },
  ];
}
