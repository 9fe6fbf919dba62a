/** Turns posts, references, comments and polls of the workspace into JSON (04 sections 3.0, 4.2 and 4.8). */
import { toIsoTime } from '../store/time.ts';
import type { CommentView } from '../workspace/feed-comments.ts';
import type { PollView } from '../workspace/polls.ts';
import { RELATIONSHIPS } from '../workspace/reposts.ts';
import type { ReferenceView, Reposts } from '../workspace/reposts.ts';
import type { ChannelMessageView, FeedPostView } from '../workspace/types.ts';
import type { UserId } from '../wire/ids.ts';
import { deliveryJson, isoOrNull, reactionsJson, readChannelMessageJson } from './render.ts';
import type { CommentJson, FeedPostJson, PollJson, ReferenceJson, ReferencesJson } from './types/feed.ts';
import type { ChannelMessageJson } from './types/messages.ts';

/** A post as create calls answer it; {@link readPostJson} adds what read calls have. */
export function postJson(post: FeedPostView): FeedPostJson {
  return {
    id: post.id,
    author_id: post.authorId,
    content: post.content,
    available: post.available,
    post_type: post.postType,
    visibility: post.visibility,
    created_at: toIsoTime(post.createdAt),
    expires_at: isoOrNull(post.expiresAt),
    edited_at: isoOrNull(post.editedAt),
    last_activity_at: isoOrNull(post.lastActivityAt),
    metadata: post.metadata,
    permissions: post.permissions,
    likes: post.likes,
    comments: post.comments,
    shares: post.shares,
    source_type: post.sourceType,
    source_agent_id: post.sourceAgentId,
    source_url: post.sourceUrl,
    tags: post.tags,
    username: post.username,
    display_name: post.displayName,
    origin_peer: post.originPeer,
    ...reactionsJson(post.reactions),
    delivery: deliveryJson(post.delivery),
    unconfirmed_via: post.unconfirmedVia,
  };
}

/** A post as read calls answer it, with what it refers to as far as the reader sees that. */
export function readPostJson(
  components: { reposts: Pick<Reposts, 'inPost'> },
  reader: UserId,
  post: FeedPostView,
): FeedPostJson {
  return { ...postJson(post), ...referencesJson(components.reposts.inPost(reader, post.metadata)) };
}

/** A channel message as read calls answer it, with what it refers to. */
export function referringMessageJson(
  components: { reposts: Pick<Reposts, 'inMessage'> },
  message: ChannelMessageView,
): ChannelMessageJson & ReferencesJson {
  return {
    ...readChannelMessageJson(message),
    ...referencesJson(components.reposts.inMessage(message)),
  };
}

/** What a post or message says of what it refers to. */
export function referencesJson(reference: ReferenceView | null): ReferencesJson {
  if (reference === null) return { is_repost: false, is_variant: false };
  const json = referenceJson(reference);
  return reference.kind === 'repost_v1'
    ? { is_repost: true, is_variant: false, repost_reference: json }
    : { is_repost: false, is_variant: true, variant_reference: json };
}

function referenceJson({ kind, sourceType, sourceId, source, ...variant }: ReferenceView): ReferenceJson {
  const isPost = sourceType === 'feed_post';
  const id = encodeURIComponent(sourceId);
  return {
    kind,
    source_type: sourceType,
    source_id: sourceId,
    available: source !== null,
    unavailable_reason: source === null ? 'source_unavailable' : null,
    author_id: source?.authorId ?? null,
    author_display: source?.authorName ?? null,
    created_at: source === null ? null : toIsoTime(source.createdAt),
    body_text: source?.body ?? null,
    body_truncated: source?.truncated ?? false,
    preview_text: source?.preview ?? null,
    embed: {},
    href: isPost ? `/feed?focus_post=${id}` : `/channels/locate?message_id=${id}`,
    has_source_layout: source?.hasLayout ?? false,
    deck_default_ref: null,
    ...(isPost
      ? { post_type: source?.type ?? null, visibility: source?.visibility ?? null, legacy: false as const }
      : { channel_id: source?.channelId ?? null, message_type: source?.type ?? null }),
    ...(variant.relationship === null
      ? {}
      : {
          relationship_kind: variant.relationship,
          relationship_label: RELATIONSHIPS[variant.relationship],
          module_param_delta: variant.moduleParamDelta,
        }),
  };
}

export function commentJson(comment: CommentView): CommentJson {
  return {
    id: comment.id,
    post_id: comment.postId,
    user_id: comment.userId,
    username: comment.username,
    display_name: comment.displayName,
    content: comment.content,
    parent_comment_id: comment.parentId,
    created_at: toIsoTime(comment.createdAt),
    expires_at: isoOrNull(comment.expiresAt),
  };
}

export function pollJson(poll: PollView): PollJson {
  return {
    question: poll.question,
    options: poll.options.map((option, index) => ({ ...option, index })),
    ends_at: toIsoTime(poll.endsAt),
    status_label: poll.statusLabel,
    is_closed: poll.isClosed,
    total_votes: poll.totalVotes,
    user_vote: poll.userVote,
  };
}
