/** Posts as payloads describe them, in the form the workspace takes them in (02 sections 2.7 and 2.11). */
import { parseTime } from '../store/time.ts';
import { AT_REST_PREFIX } from '../wire/at-rest.ts';
import type { PeerId, PostId, UserId } from '../wire/ids.ts';
import { CREATED, changedAt } from '../wire/item-id.ts';
import { MAX_POST_TEXT, postDetailsSchema } from '../wire/payloads/feed.ts';
import type { CaughtUpPostPayload, FeedPostMetadata } from '../wire/payloads/feed.ts';
import { fromPlain, printPyJson } from '../wire/pyjson.ts';
import { asRecord } from '../wire/records.ts';
import type { ForeignPost } from '../workspace/feed-inbox.ts';
import { peerUserId } from '../workspace/people.ts';
import { MAX_POST_METADATA } from './feed-frames.ts';

/** A live post of `from`; `null` when it is too large (03 section 7.3). */
export function livePost(metadata: FeedPostMetadata, content: string, from: PeerId): ForeignPost | null {
  const inner = innerOf(metadata.metadata ?? {});
  if (inner === null || content.length > MAX_POST_TEXT) return null;
  return {
    id: metadata.post_id as PostId,
    userId: (metadata.author_id ?? peerUserId(from)) as UserId,
    content,
    postType: metadata.post_type,
    visibility: metadata.visibility,
    createdAt: time(metadata.timestamp),
    expiresAt: metadata.expires_at,
    ttlSeconds: metadata.ttl_seconds,
    ttlMode: metadata.ttl_mode,
    displayName: metadata.display_name,
    accountType: metadata.account_type,
    ...inner,
    rev: metadata.canopy_rev,
    unreadable: false,
  };
}

/** A caught-up post; `null` when it is too large. Ciphertext of the sender is told apart (03 section 8.5). */
export function caughtUpPost(post: CaughtUpPostPayload): ForeignPost | null {
  const inner = innerOf(
    asRecord(typeof post.metadata === 'string' ? parsed(post.metadata) : post.metadata) ?? {},
  );
  if (inner === null) return null;
  return {
    id: post.id as PostId,
    userId: post.author_id as UserId,
    content: post.content,
    postType: post.content_type,
    visibility: post.visibility,
    createdAt: time(post.created_at),
    expiresAt: post.expires_at,
    ttlSeconds: null,
    ttlMode: null,
    displayName: post.display_name,
    accountType: null,
    ...inner,
    originPeer: post.origin_peer ?? inner.originPeer,
    rev: null,
    unreadable: post.content.startsWith(AT_REST_PREFIX),
  };
}

/** What a post makes of its object (06 section 4.1). */
export function versionOf(post: Pick<ForeignPost, 'rev' | 'editedAt'>): string {
  const rev = post.rev ?? post.editedAt;
  return rev === null ? CREATED : changedAt(rev);
}

function innerOf(
  metadata: Readonly<Record<string, unknown>>,
): Pick<ForeignPost, 'metadata' | 'originPeer' | 'editedAt' | 'attachments'> | null {
  if (printPyJson(fromPlain(metadata)).length > MAX_POST_METADATA) return null;
  const details = postDetailsSchema.parse(metadata);
  return {
    metadata,
    originPeer: details.origin_peer,
    editedAt: time(details.edited_at),
    attachments: details.attachments,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function time(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}
