/** Payloads about channels and their messages as the reference builds them (02 sections 2.1, 2.4, 2.5 and 2.7). */
import type { ChannelMessage } from '../store/channel-messages.ts';
import type { Channel } from '../store/channels.ts';
import { toDbTime, toIsoTime } from '../store/time.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import type { OutgoingText } from '../workspace/channel-keys-texts.ts';
import { isTargeted } from '../workspace/channel-rules.ts';

/** What is said of an author. */
export interface Author {
  displayName: string | null;
  accountType: 'human' | 'agent';
}

/** A payload ready to be signed. */
export interface FramePayload {
  content: string;
  metadata: Record<string, unknown>;
}

/** A live `channel_message`. */
export function channelMessagePayload(
  message: ChannelMessage,
  channel: Channel,
  facts: {
    author: Author;
    localPeer: PeerId;
    allowedPosters: readonly UserId[];
    /** In transfer form. */
    attachments: readonly Record<string, unknown>[];
    text: OutgoingText;
  },
): FramePayload {
  const { sealed } = facts.text;
  return {
    content: sealed === null ? message.content : '',
    metadata: {
      type: 'channel_message',
      channel_id: message.channelId,
      user_id: message.userId,
      message_id: message.id,
      timestamp: toIsoTime(message.createdAt),
      expires_at: message.expiresAt === null ? null : toIsoTime(message.expiresAt),
      ttl_seconds: message.ttlSeconds,
      ttl_mode: message.ttlMode,
      privacy_mode: channel.privacyMode,
      crypto_mode: channel.cryptoMode,
      post_policy: channel.postPolicy,
      allow_member_replies: channel.allowMemberReplies,
      ...(facts.allowedPosters.length > 0 ? { allowed_poster_user_ids: facts.allowedPosters } : {}),
      origin_peer: facts.localPeer,
      security: { privacy_mode: channel.privacyMode, ...message.security },
      repost_policy: message.repostPolicy,
      ...(facts.author.displayName === null ? {} : { display_name: facts.author.displayName }),
      account_type: facts.author.accountType,
      ...(message.parentMessageId === null ? {} : { parent_message_id: message.parentMessageId }),
      ...(message.sourceLayout === null ? {} : { source_layout: message.sourceLayout }),
      ...(message.sourceReference === null ? {} : { source_reference: message.sourceReference }),
      ...(facts.attachments.length > 0 ? { message_type: 'file', attachments: facts.attachments } : {}),
      ...(sealed === null ? {} : { ...sealed, crypto_state: 'encrypted' }),
    },
  };
}

/** One message of a `channel_catchup_response`. */
export function catchupItem(
  message: ChannelMessage,
  channel: Channel,
  facts: {
    displayName: string | null;
    /** The message it answers where that is not here yet. */
    awaitedParent: MessageId | null;
    localPeer: PeerId;
    /** In transfer form. */
    attachments: readonly Record<string, unknown>[];
    text: OutgoingText;
  },
): Record<string, unknown> {
  const { sealed } = facts.text;
  return {
    id: message.id,
    channel_id: message.channelId,
    user_id: message.userId,
    content: sealed === null ? message.content : '',
    message_type: message.messageType,
    created_at: toDbTime(message.createdAt),
    expires_at: message.expiresAt === null ? null : toDbTime(message.expiresAt),
    origin_peer: message.originPeer ?? facts.localPeer,
    channel_name: channel.name,
    channel_type: channel.channelType,
    channel_privacy_mode: channel.privacyMode,
    channel_origin_peer: channel.originPeer,
    ttl_seconds: message.ttlSeconds,
    ttl_mode: message.ttlMode,
    parent_message_id: message.parentMessageId ?? facts.awaitedParent,
    source_layout: message.sourceLayout,
    source_reference: message.sourceReference,
    repost_policy: message.repostPolicy,
    encrypted_content: sealed?.encrypted_content ?? null,
    crypto_state: sealed === null ? 'plaintext' : 'encrypted',
    key_id: sealed?.key_id ?? null,
    nonce: sealed?.nonce ?? null,
    ...(facts.displayName === null ? {} : { display_name: facts.displayName }),
    ...(facts.attachments.length > 0 ? { attachments: facts.attachments } : {}),
  };
}

/** One entry of a `channel_sync`. */
export function syncedChannel(channel: Channel, allowedPosters: readonly UserId[]): Record<string, unknown> {
  return {
    id: channel.id,
    name: channel.name,
    type: channel.channelType,
    desc: channel.description ?? '',
    origin_peer: channel.originPeer ?? '',
    privacy_mode: channel.privacyMode,
    post_policy: channel.postPolicy,
    allow_member_replies: channel.allowMemberReplies,
    allowed_poster_user_ids: allowedPosters,
    last_activity_at: time(channel.lastActivityAt),
    lifecycle_ttl_days: channel.lifecycleTtlDays,
    lifecycle_preserved: channel.lifecyclePreserved,
    lifecycle_archived_at: time(channel.lifecycleArchivedAt),
    lifecycle_archive_reason: channel.lifecycleArchiveReason,
  };
}

/** A `channel_announce`. */
export function channelAnnounce(
  channel: Channel,
  facts: { localPeer: PeerId; allowedPosters: readonly UserId[] },
): FramePayload {
  return {
    content: '',
    metadata: {
      type: 'channel_announce',
      channel_id: channel.id,
      name: channel.name,
      channel_type: channel.channelType,
      description: channel.description ?? '',
      created_by_peer: channel.originPeer ?? facts.localPeer,
      privacy_mode: channel.privacyMode,
      // Of our nodes; Python ignores it.
      ...(isTargeted(channel) ? { crypto_mode: channel.cryptoMode } : {}),
      post_policy: channel.postPolicy,
      allow_member_replies: channel.allowMemberReplies,
      ...(facts.allowedPosters.length > 0 ? { allowed_poster_user_ids: facts.allowedPosters } : {}),
      ...(channel.lastActivityAt === null ? {} : { last_activity_at: toDbTime(channel.lastActivityAt) }),
      lifecycle_ttl_days: channel.lifecycleTtlDays,
      lifecycle_preserved: channel.lifecyclePreserved,
      ...(channel.lifecycleArchivedAt === null
        ? {}
        : { lifecycle_archived_at: toDbTime(channel.lifecycleArchivedAt) }),
      ...(channel.lifecycleArchiveReason === null
        ? {}
        : { lifecycle_archive_reason: channel.lifecycleArchiveReason }),
    },
  };
}

function time(value: number | null): string | null {
  return value === null ? null : toDbTime(value);
}
