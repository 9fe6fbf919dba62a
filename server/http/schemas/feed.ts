/** Shapes of posts, comments and polls (04 sections 3.0, 4.2 and 4.8), and what their routes take and answer. */
import * as z from 'zod';
import { POST_TYPES, REACTIONS, VISIBILITIES } from '../../wire/payloads/vocabulary.ts';
import { done, id, limitParam, textParam, time, type RouteSchema } from '../route-schema.ts';
import type { CommentJson, FeedPostJson, PollJson } from '../types/feed.ts';
import { channelMessage, delivery } from './messages.ts';

const count = z.int().min(0);
const record = z.record(z.string(), z.unknown());
const text = z.string().nullish();

export const feedPost = z
  .looseObject({
    id,
    author_id: id,
    content: z.string(),
    available: z.boolean(),
    post_type: z.string(),
    visibility: z.string(),
    created_at: time,
    expires_at: time.nullable(),
    edited_at: time.nullable(),
    last_activity_at: time.nullable(),
    metadata: record.nullable(),
    permissions: z.array(id).readonly().nullable(),
    likes: count,
    comments: count,
    shares: count,
    source_type: z.string(),
    source_agent_id: z.string().nullable(),
    source_url: z.string().nullable(),
    tags: z.array(z.string()).readonly(),
    username: z.string(),
    display_name: z.string(),
    origin_peer: z.string().nullable(),
    like_counts: z.record(z.string(), count),
    liked_by: z.record(z.string(), z.array(id).readonly()),
    delivery: delivery.nullable(),
    unconfirmed_via: z.string().nullable(),
    is_repost: z.boolean().optional(),
    is_variant: z.boolean().optional(),
  })
  .meta({ id: 'FeedPost' }) satisfies z.ZodType<Partial<FeedPostJson>>;

export const comment = z
  .looseObject({
    id,
    post_id: id,
    user_id: id,
    username: z.string(),
    display_name: z.string(),
    content: z.string(),
    parent_comment_id: id.nullable(),
    created_at: time,
    expires_at: time.nullable(),
  })
  .meta({ id: 'Comment' }) satisfies z.ZodType<CommentJson>;

const pollFields = {
  question: z.string(),
  options: z.array(
    z.looseObject({ label: z.string(), count, percent: z.number().min(0).max(100), index: count }),
  ),
  ends_at: time,
  status_label: z.string(),
  is_closed: z.boolean(),
  total_votes: count,
  user_vote: z.int().nullable(),
};
const poll = z.looseObject(pollFields) satisfies z.ZodType<PollJson>;

const expiry = { expires_at: text, ttl_seconds: z.union([z.number(), z.string()]).nullish(), ttl_mode: text };
const listed = {
  metadata: record.nullish().describe('`attachments`, `title` and whatever else belongs to the post'),
  permissions: z.array(id).nullish().describe('Who sees a `custom` post'),
  tags: z.array(z.string()).nullish(),
  source_layout: z.unknown().optional(),
  ...expiry,
};
const like = z.looseObject({
  liked: z.boolean(),
  reaction_type: z.string(),
  like_counts: z.record(z.string(), count),
  liked_by: z.record(z.string(), z.array(id)),
});
const referring = z.looseObject({ comment: text });
const varying = z.looseObject({
  comment: text,
  relationship_kind: text.describe('curated_recomposition, module_variant or parameterized_variant'),
  module_param_delta: text,
});
const refusals = ['post_not_found', 'post_access_denied', 'repost_not_shared', 'repost_chain'] as const;
const denials = ['not_found', 'message_not_found', 'repost_denied', 'repost_chain'] as const;
const reposted = z.looseObject({ success: z.literal(true), post: feedPost });
const repostedMessage = z.looseObject({ success: z.literal(true), message: channelMessage });

export const feedSchemas = {
  create: {
    summary: 'Write a post',
    body: z.looseObject({
      content: z.string(),
      post_type: text.describe(POST_TYPES.join(', ')),
      visibility: text.describe(`${VISIBILITIES.join(', ')}; private unless said otherwise`),
      ...listed,
    }),
    answer: z.looseObject({ post: feedPost, status: z.literal('created'), success: z.literal(true) }),
    status: 201,
    errors: [
      'json_required',
      'post_content_required',
      'content_too_long',
      'post_too_long',
      'user_not_found',
      'metadata_too_large',
      'too_many_tags',
      'too_many_permissions',
      'too_many_attachments',
    ],
  },
  list: {
    summary: 'Read the feed, what moved last first',
    query: z.looseObject({
      limit: limitParam(50),
      algorithm: textParam('`chronological`, `popularity`, `relevance` or `smart`'),
      before: textParam('The `next_cursor` of the page before: what comes after it, in chronological order'),
    }),
    answer: z.looseObject({
      posts: z.array(feedPost),
      count,
      next_cursor: z.string().nullable().optional(),
    }),
  },
  get: {
    summary: 'Read one post',
    answer: z.looseObject({ post: feedPost }),
    errors: ['post_not_found', 'post_access_denied'],
  },
  edit: {
    summary: 'Change an own post; one made less visible is withdrawn from other nodes',
    body: z.looseObject({ content: text, post_type: text, visibility: text, ...listed }),
    answer: done,
    errors: [
      'post_not_found',
      'not_post_author',
      'post_content_required',
      'post_too_long',
      'invalid_post_type',
      'invalid_visibility',
      'post_withdrawn',
      'poll_locked',
      'metadata_too_large',
      'too_many_tags',
      'too_many_permissions',
      'too_many_attachments',
    ],
  },
  remove: {
    summary: 'Delete an own post, on every node',
    answer: z.looseObject({ success: z.literal(true), message: z.string() }),
    errors: ['post_not_owned'],
  },
  like: {
    summary: 'Set or take back a reaction to a post',
    body: z.looseObject({ reaction_type: text.describe(REACTIONS.join(', ')) }),
    answer: like,
    errors: ['post_not_found'],
  },
  comments: {
    summary: 'Read the comments on a post, the oldest first',
    answer: z.looseObject({ comments: z.array(comment), count }),
    errors: ['post_not_found'],
  },
  comment: {
    summary: 'Comment on a post; comments stay on this node',
    body: z.looseObject({ content: z.string(), parent_comment_id: id.nullish() }),
    answer: z.looseObject({ success: z.literal(true), comment }),
    status: 201,
    errors: ['post_not_found', 'comment_required', 'comment_too_long', 'comment_not_found'],
  },
  uncomment: {
    summary: 'Delete an own comment, or one on an own post',
    answer: done,
    errors: ['post_not_found', 'comment_not_found'],
  },
  access: {
    summary: 'List who may see a custom post',
    answer: z.looseObject({
      post_id: id,
      recipients: z.array(z.looseObject({ user_id: id, granted_at: time.nullable() })),
      count,
    }),
    errors: ['post_not_found', 'post_access_view'],
  },
  revoke: {
    summary: 'Take somebody off a custom post',
    body: z.looseObject({ user_id: id }),
    answer: z.looseObject({ success: z.literal(true), message: z.string(), post_id: id }),
    errors: ['json_required', 'user_id_required', 'post_not_found', 'post_access_revoke'],
  },
  repost: {
    summary: 'Repost a post',
    body: referring,
    answer: reposted,
    status: 201,
    errors: ['read_feed_required', ...refusals],
  },
  variant: {
    summary: 'Post a variant of a post',
    body: varying,
    answer: reposted,
    status: 201,
    errors: ['read_feed_required', ...refusals],
  },
  repostMessage: {
    summary: 'Repost a message in its channel',
    body: referring,
    answer: repostedMessage,
    status: 201,
    errors: ['read_messages_required', ...denials],
  },
  variantMessage: {
    summary: 'Post a variant of a message into its channel',
    body: varying,
    answer: repostedMessage,
    status: 201,
    errors: ['read_messages_required', ...denials],
  },
  poll: {
    summary: 'Read a poll and how it stands',
    query: z.looseObject({ item_type: textParam('`feed` or `channel`: where the poll stands') }),
    answer: z.looseObject({
      poll_id: id,
      item_type: z.enum(['feed', 'channel']),
      channel_id: id.nullable(),
      ...pollFields,
    }),
    errors: [
      'poll_type_required',
      'poll_post_not_found',
      'poll_message_not_found',
      'poll_access_denied',
      'not_a_poll',
    ],
  },
  vote: {
    summary: 'Vote in a poll; a new vote takes the place of the old one',
    body: z.looseObject({ poll_id: id, item_type: z.string(), option_index: z.int() }),
    answer: z.looseObject({ success: z.literal(true), poll }),
    errors: [
      'poll_fields_required',
      'option_index_required',
      'invalid_poll_option',
      'poll_closed',
      'poll_post_not_found',
      'poll_message_not_found',
      'poll_access_denied',
      'not_a_poll',
    ],
  },
} satisfies Record<string, RouteSchema>;
