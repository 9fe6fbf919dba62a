/** Channel messages as payloads describe them, in the form the workspace takes them in (02 sections 2.1 and 2.7). */
import { parseTime } from '../store/time.ts';
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { CatchupMessage } from '../wire/payloads/catchup.ts';
import type { ChannelMessage } from '../wire/payloads/channel-message.ts';
import type { CaughtUpMessage, LiveMessage } from '../workspace/channel-inbox.ts';
import { announcedPrivacy } from '../workspace/channel-rules.ts';

/**
 * A live message. Deviation D-21: `null` without author or id: it can neither be shown rightly nor be told from a
 * repeat (03 section 5.4).
 */
export function liveMessage(metadata: ChannelMessage, content: string): LiveMessage | null {
  const { user_id: userId, message_id: messageId } = metadata;
  if (userId === null || messageId === null) return null;
  return {
    id: messageId as MessageId,
    channelId: metadata.channel_id as ChannelId,
    userId: userId as UserId,
    content,
    createdAt: time(metadata.timestamp),
    expiresAt: metadata.expires_at,
    ttlSeconds: metadata.ttl_seconds,
    ttlMode: metadata.ttl_mode,
    originPeer: metadata.origin_peer,
    displayName: metadata.display_name,
    accountType: metadata.account_type,
    parentMessageId: metadata.parent_message_id as MessageId | null,
    attachments: metadata.attachments,
    security: metadata.security,
    sourceLayout: metadata.source_layout,
    sourceReference: metadata.source_reference,
    repostPolicy: metadata.repost_policy,
    encryptedContent: metadata.encrypted_content,
    nonce: metadata.nonce,
    keyId: metadata.key_id,
    updateOnly: metadata.update_only,
    editedAt: time(metadata.edited_at),
    rev: metadata.canopy_rev,
    postPolicy: metadata.post_policy,
    allowMemberReplies: metadata.allow_member_replies,
    allowedPosters: metadata.allowed_poster_user_ids as UserId[] | null,
  };
}

/** A caught-up message; `null` without author. */
export function caughtUpMessage(message: CatchupMessage): CaughtUpMessage | null {
  const { user_id: userId } = message;
  if (userId === null) return null;
  const type = message.channel_type ?? 'private';
  return {
    id: message.id as MessageId,
    channelId: message.channel_id as ChannelId,
    userId: userId as UserId,
    content: message.content,
    createdAt: time(message.created_at),
    expiresAt: message.expires_at,
    ttlSeconds: message.ttl_seconds,
    ttlMode: message.ttl_mode,
    originPeer: message.origin_peer,
    displayName: message.display_name,
    accountType: null,
    parentMessageId: message.parent_message_id as MessageId | null,
    attachments: message.attachments,
    security: null,
    sourceLayout: message.source_layout,
    sourceReference: message.source_reference,
    repostPolicy: message.repost_policy,
    encryptedContent: message.encrypted_content,
    nonce: message.nonce,
    keyId: message.key_id,
    channelName: message.channel_name ?? '',
    channelType: type,
    channelPrivacy: announcedPrivacy(message.channel_privacy_mode, type),
    channelOrigin: message.channel_origin_peer,
  };
}

function time(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}
