/** Polls of posts and channel messages (04 section 4.8). */
import { isOpaqueId } from '../../wire/ids.ts';
import type { Polls } from '../../workspace/polls.ts';
import { KEY } from '../access.ts';
import { ok } from '../answer.ts';
import { ApiError } from '../errors.ts';
import { pollJson } from '../render-feed.ts';
import type { Route } from '../routes.ts';
import { feedSchemas } from '../schemas/feed.ts';

const KINDS = ['feed', 'channel'] as const;
type Kind = (typeof KINDS)[number];

export function pollRoutes({ polls }: { polls: Polls }): Route[] {
  return [
    {
      method: 'GET',
      path: '/polls/:poll',
      access: KEY.read_feed,
      schema: feedSchemas.poll,
      handle: ({ caller, param, query }) => {
        const kind = kindOf(query.get('item_type'));
        if (kind === null) throw new ApiError('poll_type_required');
        const poll = polls.get(caller.userId, kind, pollId(param('poll'), kind));
        return ok({
          poll_id: poll.pollId,
          item_type: kind,
          channel_id: poll.channelId,
          ...pollJson(poll),
        });
      },
    },
    {
      method: 'POST',
      path: '/polls/vote',
      access: KEY.write_feed,
      body: 'caught',
      schema: feedSchemas.vote,
      handle: async ({ caller, body }) => {
        const { poll_id: id, option_index: option } = body;
        const kind = kindOf(body['item_type']);
        if (typeof id !== 'string' || id === '' || kind === null) throw new ApiError('poll_fields_required');
        if (option === undefined || option === null) throw new ApiError('option_index_required');
        if (typeof option !== 'number') throw new ApiError('invalid_poll_option');
        const poll = await polls.vote(caller.userId, kind, pollId(id, kind), option);
        return ok({ success: true, poll: pollJson(poll) });
      },
    },
  ];
}

function kindOf(word: unknown): Kind | null {
  return KINDS.find((kind) => kind === word) ?? null;
}

function pollId(text: string, kind: Kind): string {
  if (!isOpaqueId(text))
    throw new ApiError(kind === 'feed' ? 'poll_post_not_found' : 'poll_message_not_found');
  return text;
}
