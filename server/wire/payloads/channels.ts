/** `channel_announce`, `channel_sync` and `channel_metadata_request` (02 sections 2.4, 2.5, 2.15). */
import * as z from 'zod';
import {
  MAX_LONG_LIST,
  MAX_PROSE,
  id,
  listOf,
  optionalFlag,
  optionalId,
  optionalInt,
  optionalListOf,
  optionalPeerId,
  optionalText,
  optionalWord,
  textOr,
} from './fields.ts';
import { POST_POLICIES, PRIVACY_MODES } from './vocabulary.ts';

const policies = {
  privacy_mode: optionalWord(PRIVACY_MODES),
  post_policy: optionalWord(POST_POLICIES),
  allow_member_replies: optionalFlag,
  allowed_poster_user_ids: optionalListOf(id),
  last_activity_at: optionalText(),
  lifecycle_ttl_days: optionalInt,
  lifecycle_preserved: optionalFlag,
  lifecycle_archived_at: optionalText(),
  lifecycle_archive_reason: optionalText(MAX_PROSE),
};

/** `channel_announce`. */
export const channelAnnounceSchema = z.object({
  channel_id: id,
  name: textOr(''),
  channel_type: textOr('public'),
  description: textOr('', MAX_PROSE),
  /** The channel's origin; absent: the author. */
  created_by_peer: optionalPeerId,
  created_by_user_id: optionalId,
  initial_members: optionalListOf(id),
  /** Of our nodes: whether the channel is encrypted; Python announces none. */
  crypto_mode: optionalText(),
  ...policies,
});
export type ChannelAnnounce = z.infer<typeof channelAnnounceSchema>;

/** One channel of a `channel_sync`. */
export const syncedChannelSchema = z.object({
  id,
  name: textOr(''),
  type: textOr('public'),
  desc: textOr('', MAX_PROSE),
  /** Absent or empty: the author. */
  origin_peer: optionalPeerId,
  ...policies,
});
export type SyncedChannel = z.infer<typeof syncedChannelSchema>;

/** `channel_sync`; entries without an id are left out. */
export const channelSyncSchema = z.object({ channels: listOf(syncedChannelSchema, MAX_LONG_LIST) });

/** `channel_metadata_request`. */
export const channelMetadataRequestSchema = z.object({
  request_id: optionalId,
  channel_ids: listOf(id),
  reason: optionalText(),
});
