/** `GET /locate`: in which channel a message stands, for links that name only the message (05 section 3.2, `/channels/locate`). */
import * as z from 'zod';
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { asMessageId } from '../params.ts';
import { id, textParam, type RouteSchema } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';
import type { ChannelMessages } from '../../workspace/channel-messages.ts';

const schema = {
  summary: 'Find the channel a message stands in',
  query: z.looseObject({ message_id: textParam('The message') }),
  answer: z.looseObject({ message_id: id, channel_id: id }),
  errors: ['channel_message_not_found'],
} satisfies RouteSchema;

export function locateRoute({ channelMessages }: { channelMessages: ChannelMessages }): Route {
  return {
    method: 'GET',
    path: '/locate',
    access: KEY.read_feed,
    schema,
    handle: ({ caller, query }) => {
      const wanted = asMessageId(query.get('message_id') ?? '');
      const [message] = wanted === null ? [] : channelMessages.some(caller.userId, [wanted]);
      if (message === undefined) throw new ApiError('channel_message_not_found');
      return ok({ message_id: message.id, channel_id: message.channelId });
    },
  };
}
