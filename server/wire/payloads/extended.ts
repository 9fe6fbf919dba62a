/** Types of optional features: channel removal votes and identity portability (02 sections 2.17 and 2.18). */
import * as z from 'zod';
import {
  MAX_PROSE,
  id,
  listOf,
  optionalId,
  optionalInt,
  optionalPeerId,
  optionalText,
  peerId,
  record,
} from './fields.ts';

const vote = { proposal_id: id, channel_id: id };

/** `channel_removal_proposal`. */
export const removalProposalSchema = z.object({
  ...vote,
  channel_name: optionalText(),
  channel_origin_peer: optionalPeerId,
  channel_privacy_mode: optionalText(),
  initiator_peer_id: peerId,
  initiator_user_id: optionalId,
  electorate_peer_ids: listOf(peerId),
  threshold_count: optionalInt,
  opened_at: optionalText(),
});

/** `channel_removal_vote`. */
export const removalVoteSchema = z.object({
  ...vote,
  voter_peer_id: peerId,
  voter_user_id: optionalId,
  vote: z.enum(['remove', 'keep']),
  reason: optionalText(MAX_PROSE),
  cast_at: optionalText(),
});

/** `channel_removal_result`. */
export const removalResultSchema = z.object({
  ...vote,
  result: z.enum(['retired', 'rejected']),
  electorate_peer_ids: listOf(peerId),
  threshold_count: optionalInt,
  finalizing_peer_id: peerId,
  finalizing_user_id: optionalId,
  tombstone_id: optionalId,
  finalized_at: optionalText(),
});

/** `principal_announce`. */
export const principalAnnounceSchema = z.object({ principal: record, keys: listOf(record) });

/** `principal_key_update`. */
export const principalKeyUpdateSchema = z.object({ principal_id: id, key: record });

/** `bootstrap_grant_sync`; the grant itself is checked by `verifyGrant`. */
export const grantSyncSchema = z.object({ grant: record });

/** `bootstrap_grant_revoke`. */
export const grantRevokeSchema = z.object({
  grant_id: id,
  revoked_at: optionalText(),
  reason: optionalText(MAX_PROSE),
  issuer_peer_id: peerId,
});
