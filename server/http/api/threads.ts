/** Following threads of channels (04 section 4.1). */
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { asChannelId, asMessageId, isYes, truthy } from '../params.ts';
import { threadJson } from '../render-attention.ts';
import { ok, type Route } from '../routes.ts';
import { threadSchemas } from '../schemas/attention.ts';
import type { ChannelId, MessageId } from '../../wire/ids.ts';
import type { ThreadSubscriptions } from '../../workspace/thread-subscriptions.ts';

const PATH = '/channels/threads/subscription';

export function threadRoutes({ threads }: { threads: ThreadSubscriptions }): Route[] {
  return [
    {
      method: 'GET',
      path: PATH,
      access: KEY.read_feed,
      schema: threadSchemas.get,
      handle: ({ caller, query }) => {
        const { channelId, messageId } = named((name) => query.get(name));
        return ok(threadJson(threads.get(caller.userId, channelId, messageId)));
      },
    },
    {
      method: 'POST',
      path: PATH,
      access: KEY.write_feed,
      body: 'silent',
      schema: threadSchemas.set,
      handle: async ({ caller, body }) => {
        const { channelId, messageId } = named((name) => body[name]);
        const wanted = body['subscribed'];
        const subscribed =
          wanted === undefined || wanted === null
            ? null
            : typeof wanted === 'string'
              ? isYes(wanted)
              : truthy(wanted);
        return ok(threadJson(await threads.set(caller.userId, channelId, messageId, subscribed)));
      },
    },
  ];
}

function named(field: (name: string) => unknown): { channelId: ChannelId; messageId: MessageId } {
  const text = (name: string): string => {
    const value = field(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  if (text('channel_id') === '' || text('message_id') === '') throw new ApiError('thread_fields_required');
  const channelId = asChannelId(text('channel_id'));
  const messageId = asMessageId(text('message_id'));
  if (channelId === null || messageId === null) throw new ApiError('thread_not_found');
  return { channelId, messageId };
}
