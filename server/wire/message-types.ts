/** Message types and capabilities by name, and the classes the router sorts types into (01 sections 5.5, 7.2, 7.5, 7.6). */

/** Every type of a p2p message; a message of another type cannot be parsed and is not relayed (01 section 7.2). */
export const MESSAGE_TYPES = [
  'direct_message',
  'broadcast',
  'channel_message',
  'channel_announce',
  'channel_join',
  'channel_sync',
  'peer_announcement',
  'delete_signal',
  'trust_update',
  'sync_request',
  'sync_response',
  'channel_catchup_request',
  'channel_catchup_response',
  'profile_sync',
  'profile_update',
  'member_sync',
  'member_sync_ack',
  'channel_removal_proposal',
  'channel_removal_vote',
  'channel_removal_result',
  'channel_membership_query',
  'channel_membership_response',
  'channel_metadata_request',
  'private_channel_invite',
  'channel_key_distribution',
  'channel_key_request',
  'channel_key_ack',
  'large_attachment_request',
  'large_attachment_chunk',
  'large_attachment_error',
  'principal_announce',
  'principal_key_update',
  'bootstrap_grant_sync',
  'bootstrap_grant_revoke',
  'broker_request',
  'broker_intro',
  'relay_offer',
  'feed_post',
  'interaction',
  'voice_offer',
  'voice_answer',
  'voice_ice',
] as const;

/** A type of a p2p message. */
export type MessageType = (typeof MESSAGE_TYPES)[number];

const known: ReadonlySet<string> = new Set(MESSAGE_TYPES);

/** Whether `value` names a message type. */
export function isMessageType(value: unknown): value is MessageType {
  return typeof value === 'string' && known.has(value);
}

/** Types that are flooded to their target when no route is known (01 section 7.5). */
export const CONTROL_TYPES: ReadonlySet<MessageType> = new Set([
  'channel_announce',
  'member_sync',
  'member_sync_ack',
  'channel_removal_proposal',
  'channel_removal_vote',
  'channel_removal_result',
  'channel_membership_query',
  'channel_membership_response',
  'channel_metadata_request',
  'channel_key_distribution',
  'channel_key_request',
  'channel_key_ack',
  'large_attachment_request',
  'large_attachment_chunk',
  'large_attachment_error',
  'principal_announce',
  'principal_key_update',
  'bootstrap_grant_sync',
  'bootstrap_grant_revoke',
  'delete_signal',
]);

/** Types with the reference's generous receive limit (01 section 7.6); all others have the ordinary one. */
export const SYNC_RATE_TYPES: ReadonlySet<MessageType> = new Set([
  'channel_catchup_response',
  'channel_sync',
  'peer_announcement',
  'profile_sync',
  'profile_update',
  ...CONTROL_TYPES,
]);

/** Reads encrypted private channels (01 section 8.3). */
export const CHANNEL_E2E_CAPABILITY = 'e2e_channel_v1';

/** What a node of the reference advertises by default (01 section 5.5). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'chat',
  'files',
  'voice',
  'dm_e2e_v1',
  'large_attachment_store_v1',
  'bulk_sync_1mb_v1',
];

/** What this program advertises, extensions aside, in the order of the reference. */
export const OWN_CAPABILITIES: readonly string[] = DEFAULT_CAPABILITIES.flatMap((name) =>
  name === 'dm_e2e_v1' ? [name, CHANNEL_E2E_CAPABILITY] : [name],
);
