/**
 * Turns what the workspace hands out into the reference's JSON (04 section 3.0): snake-case names, ISO times with
 * zone, and every field a client may look for.
 */
import type { Arrival } from '../store/arrivals.ts';
import { toIsoTime } from '../store/time.ts';
import type {
  ChannelJson,
  ChannelMemberJson,
  ChannelMessageJson,
  DeliveryJson,
  ArrivalJson,
  DirectMessageJson,
  EventItemJson,
} from './types/messages.ts';
import type {
  ChannelMember,
  ChannelMessageView,
  ChannelView,
  DeliverySummary,
  DirectMessageView,
  JournalItem,
  ReactionsByKind,
} from '../workspace/types.ts';

/** ISO text of a time in Unix ms; null stays null. */
export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : toIsoTime(ms);
}

export function channelJson(channel: ChannelView): ChannelJson {
  return {
    id: channel.id,
    name: channel.name,
    type: channel.type,
    created_by: channel.createdBy,
    created_at: isoOrNull(channel.createdAt),
    description: channel.description,
    topic: channel.topic,
    origin_peer: channel.originPeer,
    privacy_mode: channel.privacyMode,
    post_policy: channel.postPolicy,
    allow_member_replies: channel.allowMemberReplies,
    crypto_mode: channel.cryptoMode,
    encrypted: channel.encryption.encrypted,
    encryption_prevented_by: channel.encryption.preventedBy.map(({ peerId, userIds }) => ({
      peer_id: peerId,
      user_ids: userIds,
    })),
    member_count: channel.memberCount,
    unread_count: channel.unreadCount,
    allowed_poster_count: channel.allowedPosterCount,
    last_message_at: isoOrNull(channel.lastMessageAt),
    last_activity_at: isoOrNull(channel.lastActivityAt),
    archived_at: isoOrNull(channel.archivedAt),
    archive_reason: channel.archiveReason,
    lifecycle_ttl_days: channel.lifecycleTtlDays,
    lifecycle_preserved: channel.lifecyclePreserved,
    lifecycle_status: channel.lifecycleStatus,
    days_until_archive: channel.daysUntilArchive,
    user_role: channel.userRole,
    notifications_enabled: channel.notificationsEnabled,
    can_post_top_level: channel.canPostTopLevel,
    can_reply: channel.canReply,
    retired_by_vote: channel.retiredByVote,
    owner_peer_state: null,
    removal_status: null,
    active_removal_proposal_id: null,
  };
}

export function memberJson(member: ChannelMember): ChannelMemberJson {
  return {
    user_id: member.userId,
    role: member.role,
    joined_at: isoOrNull(member.joinedAt),
    username: member.username,
    display_name: member.displayName,
    explicit_post_permission: member.explicitPostPermission,
    can_start_threads: member.canStartThreads,
    posting_access: member.postingAccess,
  };
}

/** A channel message as create calls answer it; {@link readChannelMessageJson} adds what read calls have. */
export function channelMessageJson(message: ChannelMessageView): ChannelMessageJson {
  return {
    id: message.id,
    channel_id: message.channelId,
    user_id: message.userId,
    content: message.content,
    type: message.type,
    created_at: toIsoTime(message.createdAt),
    expires_at: isoOrNull(message.expiresAt),
    edited_at: isoOrNull(message.editedAt),
    parent_message_id: message.parentMessageId,
    thread_id: null,
    origin_peer: message.originPeer,
    repost_policy: message.repostPolicy,
    crypto_state: message.cryptoState,
    reactions: {},
    ...reactionsJson(message.reactions),
    attachments: message.attachments,
    security: message.security,
    source_layout: message.sourceLayout ?? null,
    source_reference: message.sourceReference ?? null,
    delivery: deliveryJson(message.delivery),
    unconfirmed_via: message.unconfirmedVia,
    display_name: message.displayName,
    username: message.username,
  };
}

/** How a message came to this node. */
export function arrivalJson(arrival: Arrival | null): ArrivalJson | null {
  return arrival === null ? null : { way: arrival.way, peer_id: arrival.peerId };
}

/** Reactions: how many of each kind, and whose. */
export function reactionsJson(
  reactions: ReactionsByKind,
): Pick<ChannelMessageJson, 'like_counts' | 'liked_by'> {
  const counts = Object.entries(reactions).map(([kind, users]): [string, number] => [kind, users.length]);
  return { like_counts: Object.fromEntries(counts), liked_by: reactions };
}

/** A channel message as the channel search answers it: the reference leaves these fields out there. */
export function foundMessageJson(message: ChannelMessageView): ChannelMessageJson {
  return {
    ...channelMessageJson(message),
    origin_peer: null,
    repost_policy: null,
    crypto_state: null,
    security: {},
    source_layout: null,
    source_reference: null,
  };
}

/** A channel message as read calls answer it. */
export function readChannelMessageJson(message: ChannelMessageView): ChannelMessageJson {
  return { ...channelMessageJson(message), is_repost: false, is_variant: false };
}

/**
 * A direct message. `status` and `delivered_at` speak of this node's own copy, as in the reference; how far it came on
 * the mesh stands in `delivery`.
 */
export function directMessageJson(message: DirectMessageView): DirectMessageJson {
  const deliveredAt = message.deliveredAt ?? (message.recipientId === null ? null : message.createdAt);
  return {
    id: message.id,
    sender_id: message.senderId,
    recipient_id: message.recipientId,
    content: message.content,
    message_type: message.messageType,
    status: deliveredAt === null ? 'sent' : 'delivered',
    created_at: toIsoTime(message.createdAt),
    edited_at: isoOrNull(message.editedAt),
    delivered_at: isoOrNull(deliveredAt),
    read_at: isoOrNull(message.readAt),
    metadata: message.metadata,
    attachments: message.attachments,
    sender_name: message.senderName,
    delivery: deliveryJson(message.delivery),
    ...reactionsJson(message.reactions),
    reactions_unseen_by: message.reactionsUnseenBy,
  };
}

export function eventJson(item: JournalItem): EventItemJson {
  return {
    seq: item.seq,
    event_id: item.eventId,
    event_type: item.eventType,
    actor_user_id: item.actorUserId,
    target_user_id: item.targetUserId,
    channel_id: item.channelId,
    post_id: item.postId,
    message_id: item.messageId,
    visibility_scope: item.visibilityScope,
    created_at: toIsoTime(item.createdAt),
    payload: item.payload,
  };
}

/** How far an own message has come; null when nobody is owed it. */
export function deliveryJson(delivery: DeliverySummary | null): DeliveryJson | null {
  if (delivery === null) return null;
  return {
    state: delivery.state,
    of: delivery.of,
    delivered: delivery.delivered,
    failed: delivery.failed,
    sent_to: delivery.sentTo,
    queued_for: delivery.queuedFor.map(({ peerId, reason }) => ({ peer_id: peerId, reason })),
    failed_for: delivery.failedFor.map(({ peerId, reason }) => ({ peer_id: peerId, reason })),
    ...(delivery.filesLeftOut === undefined ? {} : { files_left_out: delivery.filesLeftOut }),
  };
}
