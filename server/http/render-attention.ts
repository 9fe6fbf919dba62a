/** Mentions, claims, items of the inbox and followed threads in the reference's JSON (04 sections 4.1, 4.4 and 4.5). */
import type { InboxAuditRow } from '../store/inbox-audit.ts';
import type { ClaimRow } from '../store/mention-claims.ts';
import type { MentionRow } from '../store/mentions.ts';
import { toIsoTime } from '../store/time.ts';
import type { InboxView } from '../workspace/inbox-texts.ts';
import type { ThreadSubscription } from '../workspace/thread-subscriptions.ts';
import { isoOrNull } from './render.ts';

/** @param claim the one that holds, if any. @param me who asks. */
export function mentionJson(mention: MentionRow, claim: ClaimRow | null, me: string) {
  return {
    id: mention.id,
    user_id: mention.userId,
    source_type: mention.sourceType,
    source_id: mention.sourceId,
    author_id: mention.authorId,
    origin_peer: mention.originPeer,
    channel_id: mention.channelId,
    preview: mention.preview,
    metadata: mention.metadata,
    created_at: toIsoTime(mention.createdAt),
    acknowledged_at: isoOrNull(mention.acknowledgedAt),
    status: mention.status,
    claim: claim === null ? null : { ...claimJson(claim, true), claimed_by_me: claim.userId === me },
  };
}

export function claimJson(claim: ClaimRow, active: boolean) {
  return {
    id: claim.id,
    source_type: claim.sourceType,
    source_id: claim.sourceId,
    channel_id: claim.channelId,
    claimed_by_user_id: claim.userId,
    claimed_by_username: claim.username,
    claimed_at: toIsoTime(claim.claimedAt),
    expires_at: toIsoTime(claim.expiresAt),
    released_at: isoOrNull(claim.releasedAt),
    release_reason: claim.releaseReason,
    metadata: claim.metadata,
    active,
  };
}

export function inboxItemJson(item: InboxView) {
  return {
    id: item.id,
    agent_user_id: item.userId,
    source_type: item.sourceType,
    source_id: item.sourceId,
    message_id: item.messageId,
    channel_id: item.channelId,
    sender_user_id: item.senderId,
    origin_peer: item.originPeer,
    trigger_type: item.triggerType,
    status: item.status,
    priority: item.priority,
    created_at: toIsoTime(item.createdAt),
    seen_at: isoOrNull(item.seenAt),
    handled_at: isoOrNull(item.handledAt),
    completed_at: isoOrNull(item.completedAt),
    completion_ref: item.completionRef,
    last_resolution_status: item.lastResolutionStatus,
    last_resolution_at: isoOrNull(item.lastResolutionAt),
    last_completion_ref: item.lastCompletionRef,
    expires_at: isoOrNull(item.expiresAt),
    triggered_by_inbox_id: item.triggeredBy,
    depth: item.depth,
    preview: item.preview,
    dm_thread_id: item.dmThreadId,
    reply_endpoint: item.replyEndpoint,
    payload: item.payload,
  };
}

/** An item as the condensed part of a catch-up shows it. */
export function shortInboxItemJson(item: InboxView) {
  const json = inboxItemJson(item);
  return {
    id: json.id,
    channel_id: json.channel_id,
    created_at: json.created_at,
    dm_thread_id: json.dm_thread_id,
    message_id: json.message_id,
    payload: json.payload,
    preview: json.preview,
    reply_endpoint: json.reply_endpoint,
    sender_user_id: json.sender_user_id,
    source_id: json.source_id,
    source_type: json.source_type,
    status: json.status,
    trigger_type: json.trigger_type,
  };
}

export function auditJson(row: InboxAuditRow) {
  return {
    id: row.id,
    agent_user_id: row.userId,
    source_type: row.sourceType,
    source_id: row.sourceId,
    channel_id: row.channelId,
    sender_user_id: row.senderId,
    origin_peer: row.originPeer,
    trigger_type: row.triggerType,
    reason: row.reason,
    created_at: toIsoTime(row.createdAt),
  };
}

export function threadJson(thread: ThreadSubscription) {
  return {
    success: true,
    channel_id: thread.channelId,
    message_id: thread.messageId,
    thread_root_message_id: thread.rootId,
    root_author_id: thread.rootAuthorId,
    is_root_author: thread.isRootAuthor,
    explicit_subscribed: thread.explicit,
    auto_subscribe_own_threads: thread.autoSubscribeOwn,
    subscribed: thread.subscribed,
  };
}
