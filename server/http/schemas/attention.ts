/** What mentions, claims, inbox, followed threads and unread counts take and answer (04 sections 4.1, 4.4, 4.5). */
import * as z from 'zod';
import {
  beforeParam,
  id,
  limitParam,
  nextCursor,
  textParam,
  time,
  yesParam,
  type RouteSchema,
} from '../route-schema.ts';

const since = textParam('only later ones; seconds since 1970, or ISO 8601');
const record = z.record(z.string(), z.unknown());
/** Also as a word, as the reference takes it. */
const yes = z.union([z.boolean(), z.string()]);

const claim = z.looseObject({
  id,
  source_type: z.string(),
  source_id: id,
  channel_id: id.nullable(),
  claimed_by_user_id: id,
  claimed_by_username: z.string(),
  claimed_at: time,
  expires_at: time,
  released_at: time.nullable(),
  release_reason: z.string().nullable(),
  metadata: record.nullable(),
  active: z.boolean(),
});
const mention = z.looseObject({
  id,
  user_id: id,
  source_type: z.string(),
  source_id: id,
  author_id: id.nullable(),
  origin_peer: id.nullable(),
  channel_id: id.nullable(),
  preview: z.string().nullable(),
  metadata: record.nullable(),
  created_at: time,
  acknowledged_at: time.nullable(),
  status: z.string(),
  claim: claim.nullable(),
});
const claimReference = z.object({
  mention_id: id.optional(),
  inbox_id: id.optional(),
  source_type: z.string().optional(),
  source_id: id.optional(),
});
const claimed = {
  inbox_id: id.nullable(),
  source_type: z.string(),
  source_id: id,
  claim: claim.nullable(),
};
const claimErrors = [
  'claim_source_required',
  'mention_not_found',
  'inbox_item_not_found',
  'claim_not_yours',
] as const;

export const mentionSchemas = {
  list: {
    summary: 'List mentions of the caller, newest first',
    query: z.object({
      since,
      limit: limitParam(50, 200),
      include_acknowledged: yesParam(false),
      before: beforeParam,
    }),
    answer: z.looseObject({ mentions: z.array(mention), count: z.int(), next_cursor: nextCursor }),
    errors: ['invalid_cursor'],
  },
  acknowledge: {
    summary: 'Mark mentions as dealt with and give claims of the caller on them back',
    body: z.object({
      mention_ids: z.array(id),
      dismiss: z.boolean().optional().describe('Put them away: lists of pages leave them out'),
    }),
    answer: z.looseObject({ acknowledged: z.int() }),
    errors: ['mention_ids_not_list'],
  },
  claimState: {
    summary: 'Say who works on something that mentions people',
    query: claimReference,
    answer: z.looseObject({ ...claimed, claimed: z.boolean() }),
    errors: claimErrors,
  },
  claim: {
    summary: 'Claim something for a while, so that nobody else answers it; 409 while somebody else has it',
    others: { 409: 'Somebody else has it: reason already_claimed, and when to try again.' },
    body: claimReference.extend({ ttl_seconds: z.int().optional(), takeover: yes.optional() }),
    answer: z.looseObject({ ...claimed, claimed: z.boolean(), reason: z.string() }),
    errors: [...claimErrors, 'manage_keys_required'],
  },
  release: {
    summary: 'Give a claim back; 409 when somebody else has it',
    others: { 409: 'Somebody else has it: reason not_owner.' },
    body: claimReference.extend({ force: yes.optional() }),
    answer: z.looseObject({ ...claimed, released: z.boolean(), reason: z.string() }),
    errors: [...claimErrors, 'claim_not_found', 'manage_keys_required'],
  },
  stream: {
    summary: 'Stream mentions of the caller as they come',
    query: z.object({ since, limit: limitParam(50, 200), heartbeat: textParam('seconds, 5 to 60') }),
    answer: 'text/event-stream',
    errors: ['too_many_streams', 'stopping'],
  },
} satisfies Record<string, RouteSchema>;

const item = z.looseObject({
  id,
  agent_user_id: id,
  source_type: z.string(),
  source_id: id,
  message_id: id.nullable(),
  channel_id: id.nullable(),
  sender_user_id: id.nullable(),
  trigger_type: z.string(),
  status: z.string(),
  created_at: time,
  expires_at: time.nullable(),
  preview: z.string(),
  payload: record,
});
const change = z.object({ status: z.string().optional(), completion_ref: record.optional() });
const changeErrors = ['inbox_status_invalid', 'completion_ref_not_object'] as const;
const config = z.looseObject({ config: record });

export const inboxSchemas = {
  list: {
    summary: 'List what waits for an answer of the caller, newest first',
    query: z.object({
      status: textParam('one state: pending, seen, completed, skipped or expired'),
      limit: limitParam(50, 200),
      since,
      include_handled: yesParam(false),
      before: beforeParam,
    }),
    answer: z.looseObject({ items: z.array(item), count: z.int(), next_cursor: nextCursor }),
    errors: ['invalid_cursor'],
  },
  count: {
    summary: 'Count what waits for an answer of the caller',
    query: z.object({ status: textParam('one state; default pending') }),
    answer: z.looseObject({ count: z.int() }),
  },
  changeMany: {
    summary: 'Move items to a state',
    body: change.extend({ ids: z.array(id) }),
    answer: z.looseObject({ updated: z.int() }),
    errors: ['inbox_ids_not_list', ...changeErrors],
  },
  change: {
    summary: 'Move an item to a state',
    body: change,
    answer: z.looseObject({ updated: z.int() }),
    errors: changeErrors,
  },
  config: { summary: 'Show how the inbox is set', answer: config },
  configure: {
    summary: 'Change how the inbox is set; what is not named stays',
    body: record,
    answer: config,
    errors: ['invalid_field'],
  },
  stats: {
    summary: 'Count what came in and what did not',
    query: z.object({ window_hours: textParam('hours looked back; default 24') }),
    answer: z.looseObject({ stats: record }),
  },
  audit: {
    summary: 'List what did not come in, and why',
    query: z.object({ since, limit: limitParam(50, 200), before: beforeParam }),
    answer: z.looseObject({ items: z.array(record), count: z.int(), next_cursor: nextCursor }),
    errors: ['invalid_cursor'],
  },
  rebuild: {
    summary: 'Put what was held back into the inbox, as mentions say',
    body: z.object({ window_hours: z.int().optional(), limit: z.int().optional() }),
    answer: z.looseObject({ scanned: z.int(), created: z.int(), skipped: z.int(), pending_after: z.int() }),
  },
} satisfies Record<string, RouteSchema>;

const thread = z.looseObject({
  success: z.literal(true),
  channel_id: id,
  message_id: id,
  thread_root_message_id: id,
  explicit_subscribed: z.boolean().nullable(),
  subscribed: z.boolean(),
});
const threadErrors = ['thread_fields_required', 'thread_not_found', 'not_found'] as const;

export const threadSchemas = {
  get: {
    summary: 'Say whether the caller is told of answers in a thread',
    query: z.object({
      channel_id: textParam('the channel'),
      message_id: textParam('any message of the thread'),
    }),
    answer: thread,
    errors: threadErrors,
  },
  set: {
    summary: 'Follow a thread or leave it alone; without a choice the other way round than now',
    body: z.object({ channel_id: id, message_id: id, subscribed: yes.optional() }),
    answer: thread,
    errors: threadErrors,
  },
} satisfies Record<string, RouteSchema>;

export const unreadSchema: RouteSchema = {
  summary: 'Count what the caller has not read, by channel and conversation',
  answer: z.looseObject({
    channels: z.array(z.looseObject({ channel_id: id, count: z.int(), muted: z.boolean() })),
    channels_total: z.int(),
    direct: z.array(z.looseObject({ conversation: id.nullable(), count: z.int() })),
    direct_total: z.int(),
    mentions: z.int(),
    inbox: z.int(),
  }),
};
