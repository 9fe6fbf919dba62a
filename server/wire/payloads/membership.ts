/** Membership of private channels: `member_sync`, its ack, and the recovery query (02 sections 2.13 and 2.14). */
import * as z from 'zod';
import {
  MAX_LONG_LIST,
  MAX_PROSE,
  flag,
  id,
  listOf,
  mapOf,
  optionalId,
  optionalInt,
  optionalPeerId,
  optionalText,
  optionalWord,
  peerId,
  textOr,
} from './fields.ts';
import { PRIVACY_MODES } from './vocabulary.ts';

/** `member_sync`. */
export const memberSyncSchema = z.object({
  channel_id: id,
  target_user_id: id,
  action: z.enum(['add', 'remove']).catch('add'),
  role: textOr('member'),
  channel_name: textOr(''),
  channel_type: textOr('private'),
  channel_description: textOr('', MAX_PROSE),
  privacy_mode: z.enum(PRIVACY_MODES).catch('private'),
  sync_id: optionalId,
  /** Ours: where the person lives; Python ignores it. */
  canopy_member: z
    .object({ origin_peer: peerId, display_name: optionalText() })
    .nullable()
    .default(null)
    .catch(null),
});

/** `member_sync_ack`. */
export const memberSyncAckSchema = z.object({
  sync_id: optionalId,
  status: textOr('ok'),
  error: optionalText(),
  channel_id: optionalId,
  target_user_id: optionalId,
  action: optionalText(),
});

/** Most users asked for at once. */
const MAX_QUERIED_USERS = 256;

/** `channel_membership_query`. */
export const membershipQuerySchema = z.object({
  query_id: id,
  local_user_ids: listOf(id, MAX_QUERIED_USERS),
  limit: optionalInt,
  username_hints: mapOf(z.string().max(MAX_PROSE), MAX_QUERIED_USERS),
});

const memberSchema = z.object({
  user_id: id,
  role: textOr('member'),
  origin_peer: optionalPeerId,
  username: optionalText(),
  display_name: optionalText(),
  joined_at: optionalText(),
});

const recoveredChannelSchema = z.object({
  channel_id: id,
  name: textOr(''),
  channel_type: textOr('private'),
  description: textOr('', MAX_PROSE),
  origin_peer: optionalPeerId,
  created_by_user_id: optionalId,
  privacy_mode: optionalWord(PRIVACY_MODES),
  crypto_mode: optionalText(),
  members: listOf(memberSchema, MAX_LONG_LIST),
});

/** `channel_membership_response`. */
export const membershipResponseSchema = z.object({
  query_id: id,
  channels: listOf(recoveredChannelSchema),
  truncated: flag,
});
