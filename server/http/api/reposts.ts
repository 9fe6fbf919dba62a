/** Reposts and variants of posts and channel messages (04 section 4.2). */
import type { MessageId, PostId } from '../../wire/ids.ts';
import type { Permission } from '../../workspace/api-keys.ts';
import type { ChannelMessages } from '../../workspace/channel-messages.ts';
import type { Feed } from '../../workspace/feed.ts';
import { asRelationship } from '../../workspace/reposts.ts';
import type { ReferenceDraft, ReferenceKind, Reposts } from '../../workspace/reposts.ts';
import type { ChannelMessageView, FeedPostView } from '../../workspace/types.ts';
import { KEY } from '../access.ts';
import type { Caller } from '../auth.ts';
import type { JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { asChannelId, asMessageId, stringField } from '../params.ts';
import { readPostJson, referringMessageJson } from '../render-feed.ts';
import type { Answer, Route } from '../routes.ts';
import { feedSchemas } from '../schemas/feed.ts';
import { postId } from './feed.ts';

/** The last part of the path, and what it makes. */
const FORMS = [
  {
    word: 'repost',
    kind: 'repost_v1',
    post: feedSchemas.repost,
    message: feedSchemas.repostMessage,
  },
  {
    word: 'variant',
    kind: 'variant_v1',
    post: feedSchemas.variant,
    message: feedSchemas.variantMessage,
  },
] as const;

export function repostRoutes(components: {
  reposts: Reposts;
  feed: Feed;
  channelMessages: ChannelMessages;
}): Route[] {
  const { reposts, feed, channelMessages } = components;
  const ofPost = (caller: Caller, post: FeedPostView): Answer => ({
    status: 201,
    body: { success: true, post: readPostJson({ reposts }, caller.userId, post) },
  });
  const ofMessage = (message: ChannelMessageView): Answer => ({
    status: 201,
    body: {
      success: true,
      message: { ...referringMessageJson({ reposts }, message), crypto_state: null },
    },
  });
  return FORMS.flatMap(({ word, kind, post, message }): Route[] => [
    {
      method: 'POST',
      path: `/feed/posts/:post/${word}`,
      access: KEY.write_feed,
      body: 'silent',
      creates: true,
      schema: post,
      handle: async ({ caller, param, body }) => {
        if (!mayRead(caller, 'read_feed')) throw new ApiError('read_feed_required');
        const made = await reposts.ofPost(caller.userId, postId(param('post')), draftOf(kind, body));
        return ofPost(caller, made);
      },
      recall: ({ caller }, id) => ofPost(caller, feed.get(caller.userId, id as PostId)),
    },
    {
      method: 'POST',
      path: `/channels/:channel/messages/:message/${word}`,
      access: KEY.write_messages,
      body: 'silent',
      creates: true,
      schema: message,
      handle: async ({ caller, param, body }) => {
        if (!mayRead(caller, 'read_messages')) throw new ApiError('read_messages_required');
        const channelId = asChannelId(param('channel'));
        const messageId = asMessageId(param('message'));
        if (channelId === null || messageId === null) throw new ApiError('message_not_found');
        const made = await reposts.ofMessage(caller.userId, channelId, messageId, draftOf(kind, body));
        return ofMessage(made);
      },
      recall: ({ caller, param }, id) => {
        const channelId = asChannelId(param('channel'));
        const made =
          channelId === null ? undefined : channelMessages.get(caller.userId, channelId, id as MessageId);
        if (made === undefined) throw new ApiError('message_not_found');
        return ofMessage(made);
      },
    },
  ]);
}

/** What is read here needs the permission itself; another one does not imply it (04 section 1.3). */
function mayRead(caller: Caller, permission: Permission): boolean {
  return caller.key === null || caller.key.permissions.has(permission);
}

function draftOf(kind: ReferenceKind, body: JsonObject): ReferenceDraft {
  return {
    kind,
    comment: stringField(body, 'comment') ?? '',
    relationship: asRelationship(body['relationship_kind']),
    moduleParamDelta: stringField(body, 'module_param_delta') ?? null,
  };
}
