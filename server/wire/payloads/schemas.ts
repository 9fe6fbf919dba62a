/** The metadata schema of every type the reference sends (02 section 2); the types nobody sends have none. */
import * as z from 'zod';
import type { MessageType } from '../message-types.ts';
import {
  largeAttachmentChunkSchema,
  largeAttachmentErrorSchema,
  largeAttachmentRequestSchema,
} from './attachments.ts';
import { catchupRequestSchema, catchupResponseSchema } from './catchup.ts';
import {
  channelKeyAckSchema,
  channelKeyDistributionSchema,
  channelKeyRequestSchema,
} from './channel-keys.ts';
import { channelMessageSchema } from './channel-message.ts';
import { channelAnnounceSchema, channelMetadataRequestSchema, channelSyncSchema } from './channels.ts';
import { deleteSignalSchema } from './delete-signal.ts';
import { directMessageSchema } from './direct-message.ts';
import {
  grantRevokeSchema,
  grantSyncSchema,
  principalAnnounceSchema,
  principalKeyUpdateSchema,
  removalProposalSchema,
  removalResultSchema,
  removalVoteSchema,
} from './extended.ts';
import { feedPostSchema, interactionSchema } from './feed.ts';
import {
  brokerIntroSchema,
  brokerRequestSchema,
  peerAnnouncementSchema,
  relayOfferSchema,
} from './introductions.ts';
import {
  memberSyncAckSchema,
  memberSyncSchema,
  membershipQuerySchema,
  membershipResponseSchema,
} from './membership.ts';
import { profileSchema } from './profile.ts';

export const METADATA_SCHEMAS = {
  direct_message: directMessageSchema,
  /** A text for everyone; its metadata is the application's own (02 section 2.3). */
  broadcast: z.looseObject({}),
  channel_message: channelMessageSchema,
  channel_announce: channelAnnounceSchema,
  channel_sync: channelSyncSchema,
  peer_announcement: peerAnnouncementSchema,
  delete_signal: deleteSignalSchema,
  channel_catchup_request: catchupRequestSchema,
  channel_catchup_response: catchupResponseSchema,
  profile_sync: profileSchema,
  profile_update: profileSchema,
  member_sync: memberSyncSchema,
  member_sync_ack: memberSyncAckSchema,
  channel_removal_proposal: removalProposalSchema,
  channel_removal_vote: removalVoteSchema,
  channel_removal_result: removalResultSchema,
  channel_membership_query: membershipQuerySchema,
  channel_membership_response: membershipResponseSchema,
  channel_metadata_request: channelMetadataRequestSchema,
  channel_key_distribution: channelKeyDistributionSchema,
  channel_key_request: channelKeyRequestSchema,
  channel_key_ack: channelKeyAckSchema,
  large_attachment_request: largeAttachmentRequestSchema,
  large_attachment_chunk: largeAttachmentChunkSchema,
  large_attachment_error: largeAttachmentErrorSchema,
  principal_announce: principalAnnounceSchema,
  principal_key_update: principalKeyUpdateSchema,
  bootstrap_grant_sync: grantSyncSchema,
  bootstrap_grant_revoke: grantRevokeSchema,
  broker_request: brokerRequestSchema,
  broker_intro: brokerIntroSchema,
  relay_offer: relayOfferSchema,
  feed_post: feedPostSchema,
  interaction: interactionSchema,
} satisfies Partial<Record<MessageType, z.ZodType>>;
