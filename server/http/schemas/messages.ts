/** Shapes of channels and messages (04 section 3.0), and what their routes take and answer (04 sections 3.7 to 3.9). */
import * as z from 'zod';
import type {
  ChannelJson,
  ChannelMemberJson,
  ChannelMessageJson,
  DeliveryDetailsJson,
  DeliveryJson,
  ArrivalJson,
  DirectMessageJson,
} from '../types/messages.ts';
import { done, id, limitParam, nextCursor, textParam, time, type RouteSchema } from '../route-schema.ts';

const count = z.int().min(0);
const words = z.enum(['like', 'love', 'laugh', 'wow', 'sad', 'angry']).or(z.string());

/** How far an own message has come. */
export const delivery = z
  .object({
    state: z.enum(['queued', 'sent', 'delivered', 'read', 'failed', 'partial']),
    of: count,
    delivered: count,
    failed: count,
    sent_to: z.array(id),
    queued_for: z.array(z.object({ peer_id: id, reason: z.string().nullable() })),
    failed_for: z.array(z.object({ peer_id: id, reason: z.string().nullable() })),
    files_left_out: z.array(id).optional(),
  })
  .meta({ id: 'Delivery' }) satisfies z.ZodType<DeliveryJson>;

/** A file of a message; fields depend on where it came from. */
export const attachment = z
  .looseObject({
    id: id.optional(),
    name: z.string().optional(),
    type: z.string().optional(),
    size: z.number().optional(),
  })
  .meta({ id: 'Attachment' });

export const channel = z
  .looseObject({
    id,
    name: z.string(),
    type: z.string(),
    created_by: z.string(),
    created_at: time.nullable(),
    description: z.string().nullable(),
    topic: z.string().nullable(),
    origin_peer: z.string().nullable(),
    privacy_mode: z.enum(['open', 'guarded', 'private', 'confidential']),
    post_policy: z.enum(['open', 'curated']),
    allow_member_replies: z.boolean(),
    crypto_mode: z.string(),
    encrypted: z.boolean(),
    encryption_prevented_by: z.array(z.looseObject({ peer_id: id, user_ids: z.array(id) })),
    member_count: count,
    unread_count: count,
    allowed_poster_count: count,
    last_message_at: time.nullable(),
    last_activity_at: time.nullable(),
    archived_at: time.nullable(),
    archive_reason: z.string().nullable(),
    lifecycle_ttl_days: z.int(),
    lifecycle_preserved: z.boolean(),
    lifecycle_status: z.string(),
    days_until_archive: z.number().nullable(),
    user_role: z.enum(['admin', 'member']),
    notifications_enabled: z.boolean(),
    can_post_top_level: z.boolean(),
    can_reply: z.boolean(),
    retired_by_vote: z.boolean(),
    owner_peer_state: z.string().nullable(),
    removal_status: z.string().nullable(),
    active_removal_proposal_id: z.string().nullable(),
  })
  .meta({ id: 'Channel' }) satisfies z.ZodType<ChannelJson>;

export const channelMember = z
  .looseObject({
    user_id: id,
    role: z.enum(['admin', 'member']),
    joined_at: time.nullable(),
    username: z.string(),
    display_name: z.string(),
    explicit_post_permission: z.boolean(),
    can_start_threads: z.boolean(),
    posting_access: z.enum(['admin', 'allowed', 'member']),
  })
  .meta({ id: 'ChannelMember' }) satisfies z.ZodType<ChannelMemberJson>;

const record = z.record(z.string(), z.unknown());

export const channelMessage = z
  .looseObject({
    id,
    channel_id: id,
    user_id: id,
    content: z.string(),
    type: z.string(),
    created_at: time,
    expires_at: time.nullable(),
    edited_at: time.nullable(),
    parent_message_id: id.nullable(),
    thread_id: z.null(),
    origin_peer: z.string().nullable(),
    repost_policy: z.string().nullable(),
    crypto_state: z.string().nullable(),
    reactions: z.record(z.string(), z.never()),
    like_counts: z.record(z.string(), count),
    liked_by: z.record(z.string(), z.array(id).readonly()),
    attachments: z.array(attachment),
    security: record,
    source_layout: z.unknown(),
    source_reference: z.unknown(),
    delivery: delivery.nullable(),
    unconfirmed_via: z.string().nullable(),
    display_name: z.string(),
    username: z.string(),
    is_repost: z.boolean().optional(),
    is_variant: z.boolean().optional(),
  })
  .meta({ id: 'ChannelMessage' }) satisfies z.ZodType<ChannelMessageJson>;

export const directMessage = z
  .looseObject({
    id,
    sender_id: id,
    recipient_id: z.string().nullable().describe('A user id, `group:…`, or null for everybody on this node'),
    content: z.string(),
    message_type: z.string(),
    status: z.enum(['sent', 'delivered']),
    created_at: time,
    edited_at: time.nullable(),
    delivered_at: time.nullable(),
    read_at: time.nullable(),
    metadata: record.nullable(),
    attachments: z.array(attachment),
    sender_name: z.string(),
    delivery: delivery.nullable(),
    like_counts: z.record(z.string(), count),
    liked_by: z.record(z.string(), z.array(id)),
    reactions_unseen_by: z
      .array(id)
      .describe('People it is between whose programs do not show these reactions'),
  })
  .meta({ id: 'DirectMessage' }) satisfies z.ZodType<DirectMessageJson>;

const reacted = z.looseObject({
  liked: z.boolean(),
  reaction_type: z.string().nullable(),
  like_counts: z.record(z.string(), count),
  liked_by: z.record(z.string(), z.array(id)),
});
const arrival = z
  .object({ way: z.enum(['live', 'caught_up']), peer_id: id })
  .nullable()
  .describe(
    'How it came here; null when it was written here, or before that was noted',
  ) satisfies z.ZodType<ArrivalJson | null>;

const after = textParam('The id of a message: the oldest of what is newer, instead of `before`');
const before = textParam('The `next_cursor` of the page before, or the id of a message: what is older');
const posted = z.looseObject({
  success: z.literal(true),
  message: channelMessage,
});

const files = z.array(z.unknown()).optional().describe('Files that were uploaded: objects with `id`');
const optional = {
  text: z.string().nullish(),
  number: z.number().nullish(),
};

const earlierTexts = z.looseObject({
  message_id: id,
  versions: z.array(z.looseObject({ content: z.string(), written_at: time })),
  count,
});

/** Route by route; the names are those of the handlers. */
/** Most messages of one part of a channel. */
const MAX_HISTORY = 300;
const historyErrors = [
  'not_found',
  'channel_message_not_found',
  'governance_public_channels_blocked',
  'governance_channel_not_allowlisted',
] as const;

const thread = textParam('Any message of a thread: of its answers alone, a part as the other parameters say');
const partFields = {
  older: z.boolean().describe('There are messages before the first one'),
  newer: z.boolean().describe('There are messages after the last one'),
  replies: z.record(z.string(), count).describe('How many are in the thread below a message, by its id'),
  first_unread: id.nullable(),
};

export const channelSchemas = {
  list: {
    summary: 'List the channels the caller may see',
    answer: z.looseObject({ channels: z.array(channel), count }),
  },
  create: {
    summary: 'Create a channel',
    body: z.looseObject({
      name: z.string(),
      description: optional.text,
      type: optional.text,
      privacy_mode: optional.text,
      post_policy: optional.text,
      allow_member_replies: z.union([z.boolean(), z.string(), z.number()]).nullish(),
      members: z.array(id).nullish().describe('Who is in besides the caller, from here or elsewhere'),
      accept_unencrypted: z
        .union([z.boolean(), z.string(), z.number()])
        .nullish()
        .describe('Also people whose nodes cannot read the channel encrypted'),
    }),
    answer: z.looseObject({ success: z.literal(true), channel }),
    status: 201,
    errors: [
      'json_required',
      'invalid_field',
      'channel_name_required',
      'channel_name_too_long',
      'channel_name_taken',
      'invalid_channel_type',
      'invalid_privacy_mode',
      'invalid_post_policy',
      'channel_creation_blocked',
      'membership_denied',
      'channel_not_readable_encrypted',
    ],
  },
  post: {
    summary: 'Post a message into a channel, or a reply',
    body: z.looseObject({
      channel_id: id,
      content: optional.text,
      attachments: files.nullable(),
      parent_message_id: id.nullish(),
      reply_to: id.nullish(),
      expires_at: optional.text,
      ttl_seconds: optional.number,
      ttl_mode: optional.text,
      security: record.nullish(),
      source_layout: z.unknown().optional(),
      repost_policy: optional.text,
      client_id: optional.text,
    }),
    answer: posted,
    status: 201,
    errors: [
      'json_required',
      'content_or_attachments_required',
      'channel_id_required',
      'content_too_long',
      'too_many_attachments',
      'invalid_channel_id',
      'invalid_parent_id',
      'invalid_field',
      'not_found',
      'parent_not_found',
      'top_level_post_restricted',
      'reply_restricted',
      'governance_public_channels_blocked',
      'governance_channel_not_allowlisted',
    ],
  },
  members: {
    summary: 'List the members of a channel, and who may post',
    answer: z.looseObject({
      members: z.array(channelMember),
      count,
      policy: z.looseObject({
        post_policy: z.enum(['open', 'curated']),
        allow_member_replies: z.boolean(),
        can_manage: z.boolean(),
        can_post_top_level: z.boolean(),
        can_reply: z.boolean(),
        allowed_poster_count: count,
      }),
    }),
    errors: ['not_found', 'governance_public_channels_blocked', 'governance_channel_not_allowlisted'],
  },
  read: { summary: 'Mark a channel as read', answer: done, errors: ['not_found'] },
  part: {
    summary: 'Read a part of a channel by time, oldest first, without gaps, for lists that go both ways',
    query: z.looseObject({
      limit: limitParam(50, MAX_HISTORY),
      before: textParam('A message: what is older than it'),
      after: textParam('A message: what is newer than it'),
      around: textParam('A message with its surroundings; `unread`: the first the caller has not read'),
      thread,
    }),
    answer: z.looseObject({
      ...partFields,
      messages: z.array(channelMessage),
      root: channelMessage.nullish().describe('What a thread begins with; null when that is gone'),
    }),
    errors: historyErrors,
  },
  position: {
    summary: 'Say how far the caller has read a channel',
    body: z
      .object({ read_to: id.describe('Read up to this message; never goes back') })
      .or(z.object({ unread_from: id.describe('This message and what follows is unread again') })),
    answer: done,
    errors: historyErrors,
  },
  messages: {
    summary: 'Read the messages of a channel, the newest first',
    query: z.looseObject({ limit: limitParam(50), before }),
    answer: z.looseObject({
      messages: z.array(channelMessage),
      channel_id: id,
      count,
      next_cursor: nextCursor,
    }),
    errors: [
      'not_found',
      'channel_message_not_found',
      'invalid_cursor',
      'governance_public_channels_blocked',
      'governance_channel_not_allowlisted',
    ],
  },
  message: {
    summary: 'Read one message of a channel',
    answer: z.looseObject({ message: channelMessage, arrival }),
    errors: [
      'not_found',
      'channel_message_not_found',
      'governance_public_channels_blocked',
      'governance_channel_not_allowlisted',
    ],
  },
  edit: {
    summary: 'Change an own message of a channel',
    body: z.looseObject({
      content: optional.text,
      attachments: files.nullable(),
      source_layout: z.unknown().optional(),
      repost_policy: optional.text,
      expires_at: optional.text.describe(
        'When it disappears; also ttl_seconds or ttl_mode, as with a new message',
      ),
      ttl_seconds: optional.number,
      ttl_mode: optional.text,
    }),
    answer: done,
    errors: [
      'message_not_found',
      'content_or_attachments_required',
      'expiry_not_ahead',
      'not_found',
      'not_message_author',
      'empty_message',
      'content_too_long',
      'too_many_attachments',
      'governance_public_channels_blocked',
      'governance_channel_not_allowlisted',
    ],
  },
  history: {
    summary: 'What a message said before it was changed, oldest first',
    answer: earlierTexts,
    errors: ['message_not_found'],
  },
  remove: {
    summary: 'Delete an own message of a channel, on every node',
    answer: done,
    errors: [
      'delete_not_allowed',
      'not_found',
      'governance_public_channels_blocked',
      'governance_channel_not_allowlisted',
    ],
  },
  react: {
    summary: 'Set, change or take back a reaction to a message',
    body: z.looseObject({ reaction_type: words.nullish() }),
    answer: reacted,
    errors: ['message_not_found'],
  },
} satisfies Record<string, RouteSchema>;

const messageList = { messages: z.array(directMessage), count, next_cursor: nextCursor };
const dmBody = {
  content: optional.text,
  message_type: optional.text,
  metadata: record.nullish(),
  attachments: files.nullable(),
  reply_to: id.nullish(),
  source_layout: z.unknown().optional(),
  client_id: optional.text,
};
const writingErrors = [
  'json_required',
  'content_or_attachments_required',
  'invalid_message_type',
  'dm_too_long',
  'wrong_endpoint',
] as const;

const WHOSE = 'Whose conversation: a user id, a group id, or `everyone`';
const whose = id.describe(WHOSE);

export const directSchemas = {
  conversations: {
    summary: 'List the conversations of the caller by their last messages, the liveliest first',
    answer: z.looseObject({
      conversations: z.array(z.looseObject({ last: directMessage, unread: count })),
      count,
    }),
  },
  part: {
    summary: 'Read a part of a conversation by time, oldest first, without gaps, for lists that go both ways',
    query: z.looseObject({
      with: textParam(WHOSE),
      limit: limitParam(50, MAX_HISTORY),
      before: textParam('A message: what is older than it'),
      after: textParam('A message: what is newer than it'),
      around: textParam('A message with its surroundings; `unread`: the first the caller has not read'),
      thread,
    }),
    answer: z.looseObject({
      ...partFields,
      messages: z.array(directMessage),
      root: directMessage.nullish().describe('What a thread begins with'),
    }),
    errors: ['user_not_found', 'message_not_found', 'channel_message_not_found'],
  },
  position: {
    summary: 'Say how far the caller has read a conversation',
    body: z
      .object({ with: whose, read_to: id.describe('Read up to this message') })
      .or(
        z.object({ with: whose, unread_from: id.describe('This message and what follows is unread again') }),
      )
      .or(z.object({ with: whose, read_all: z.literal(true) })),
    answer: done,
    errors: ['user_not_found', 'message_not_found', 'channel_message_not_found', 'invalid_field'],
  },
  list: {
    summary: 'List the direct messages of the caller, the newest first',
    query: z.looseObject({ limit: limitParam(50), since: textParam('ISO time: only newer ones'), before }),
    answer: z.looseObject(messageList),
    errors: ['invalid_cursor'],
  },
  send: {
    summary: 'Send a direct message to a person, to several, or to everybody on this node',
    body: z.looseObject({
      ...dmBody,
      recipient_id: optional.text,
      recipient_ids: z
        .union([z.array(id), z.string()])
        .nullish()
        .describe('Ids, as a list or with commas'),
    }),
    answer: z.looseObject({
      message: directMessage,
      status: z.literal('sent'),
      success: z.literal(true),
      group_id: id.optional(),
    }),
    status: 201,
    errors: [...writingErrors, 'recipient_not_found', 'invalid_field'],
  },
  reply: {
    summary: 'Answer a direct message, to everybody who has it',
    body: z.looseObject({ ...dmBody, message_id: id.nullish(), original_message_id: id.nullish() }),
    answer: z.looseObject({
      success: z.literal(true),
      message: directMessage,
      reply_to: id,
      group_id: id.optional(),
    }),
    status: 201,
    errors: [
      ...writingErrors,
      'message_id_required',
      'original_not_found',
      'not_allowed',
      'no_recipient',
      'no_group_members',
      'recipient_not_found',
    ],
  },
  everyone: {
    summary: 'Read what was written to everybody on this node',
    query: z.looseObject({ limit: limitParam(100), before, after }),
    answer: z.looseObject(messageList),
    errors: ['invalid_cursor'],
  },
  group: {
    summary: 'Read the messages of a group',
    query: z.looseObject({ limit: limitParam(100), before, after }),
    answer: z.looseObject({ ...messageList, group_id: id }),
    errors: ['invalid_cursor'],
  },
  conversation: {
    summary: 'Read the messages between the caller and one person',
    query: z.looseObject({ limit: limitParam(50), before, after }),
    answer: z.looseObject({ ...messageList, other_user_id: id }),
    errors: ['user_not_found', 'invalid_cursor'],
  },
  read: {
    summary: 'Mark a direct message as read',
    answer: z.looseObject({ success: z.literal(true), message: z.string() }),
    errors: ['message_not_accessible'],
  },
  message: {
    summary: 'Read one direct message',
    answer: z.looseObject({ message: directMessage, arrival }),
    errors: ['message_not_found'],
  },
  edit: {
    summary: 'Change an own direct message',
    body: z.looseObject({
      content: optional.text,
      attachments: files.nullable(),
      metadata: record.nullish(),
      source_layout: z.unknown().optional(),
    }),
    answer: done,
    errors: [
      'message_not_found',
      'content_or_attachments_required',
      'not_message_author',
      'empty_message',
      'dm_too_long',
    ],
  },
  react: {
    summary: 'Set or take back a reaction to a direct message',
    body: z.looseObject({ reaction_type: words.nullish() }),
    answer: reacted,
    errors: ['message_not_found'],
  },
  history: {
    summary: 'What a direct message said before it was changed, oldest first',
    answer: earlierTexts,
    errors: ['message_not_found'],
  },
  remove: {
    summary: 'Delete an own direct message, on every node',
    answer: z.looseObject({ success: z.literal(true), message: z.string() }),
    errors: ['message_not_owned'],
  },
} satisfies Record<string, RouteSchema>;

export const deliveryDetails: RouteSchema = {
  summary: 'How far one message has come, peer by peer',
  query: z.looseObject({
    kind: z.enum(['message', 'dm', 'post', 'send']),
    id,
  }),
  answer: z.object({
    kind: z.string(),
    id,
    delivery: delivery.nullable(),
    peers: z.array(
      z.object({
        peer_id: id,
        state: z.enum(['queued', 'sent', 'delivered', 'read', 'failed']),
        reason: z.string().nullable(),
        at: time,
      }),
    ),
  }) satisfies z.ZodType<DeliveryDetailsJson>,
  errors: ['invalid_field', 'not_found'],
};
