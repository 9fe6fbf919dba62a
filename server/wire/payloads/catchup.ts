/** `channel_catchup_request` and `channel_catchup_response` (02 sections 2.6 and 2.7). */
import * as z from 'zod';
import { MAX_ATTACHMENTS, attachmentSchema } from './attachments.ts';
import {
  MAX_ENCODED,
  MAX_LONG_LIST,
  id,
  listOf,
  mapOf,
  optionalId,
  optionalInt,
  optionalListOf,
  optionalPeerId,
  optionalRecord,
  optionalText,
  optionalWord,
  record,
  textOr,
} from './fields.ts';
import { PRIVACY_MODES } from './vocabulary.ts';

/** `YYYY-MM-DD HH:MM:SS` in UTC; responders compare it as text. */
const storedTime = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?$/);

/** What the requester has of one channel. */
export const channelRangeSchema = z.object({
  oldest: storedTime.nullable().catch(null),
  latest: storedTime.nullable().catch(null),
  message_count: optionalInt,
});

/** `channel_catchup_request`. */
export const catchupRequestSchema = z.object({
  /** Newest stored time per channel. */
  channel_timestamps: mapOf(storedTime),
  channel_ranges: mapOf(channelRangeSchema),
  feed_latest: optionalText(),
  circle_entries_latest: optionalText(),
  circle_votes_latest: optionalText(),
  circles_latest: optionalText(),
  tasks_latest: optionalText(),
  digest: optionalRecord,
});
export type CatchupRequest = z.infer<typeof catchupRequestSchema>;

/** Longest text of one caught-up message, in UTF-16 units; the limit of live messages in bytes (01 section 10). */
const MAX_CONTENT = 524_288;

/** One message of a response. */
export const catchupMessageSchema = z.object({
  id,
  channel_id: id.catch('general'),
  user_id: optionalId,
  content: z.string().max(MAX_CONTENT).catch(''),
  message_type: textOr('text'),
  created_at: optionalText(),
  expires_at: optionalText(),
  origin_peer: optionalPeerId,
  channel_name: optionalText(),
  channel_type: optionalText(),
  channel_privacy_mode: optionalWord(PRIVACY_MODES),
  channel_origin_peer: optionalPeerId,
  ttl_seconds: optionalInt,
  ttl_mode: optionalText(),
  parent_message_id: optionalId,
  source_layout: optionalRecord,
  source_reference: optionalRecord,
  repost_policy: optionalText(),
  encrypted_content: optionalText(MAX_ENCODED),
  crypto_state: optionalText(),
  key_id: optionalId,
  nonce: optionalText(),
  display_name: optionalText(),
  attachments: optionalListOf(attachmentSchema, MAX_ATTACHMENTS),
});
export type CatchupMessage = z.infer<typeof catchupMessageSchema>;

/** `channel_catchup_response`; messages without an id are left out. */
export const catchupResponseSchema = z.object({
  messages: listOf(catchupMessageSchema, MAX_LONG_LIST),
  feed_posts: listOf(record, MAX_LONG_LIST),
  circles: listOf(record, MAX_LONG_LIST),
  circle_entries: listOf(record, MAX_LONG_LIST),
  circle_votes: listOf(record, MAX_LONG_LIST),
  tasks: listOf(record, MAX_LONG_LIST),
});
export type CatchupResponse = z.infer<typeof catchupResponseSchema>;
