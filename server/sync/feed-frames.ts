/** Payloads about posts as the reference builds them (02 sections 2.7, 2.11 and 2.12). */
import type { FeedPost } from '../store/feed.ts';
import { toDbTime, toIsoTime } from '../store/time.ts';
import { fromPlain, printPyJson } from '../wire/pyjson.ts';
import type { PeerId } from '../wire/ids.ts';
import { revOf } from '../workspace/owing.ts';
import type { Author, FramePayload } from './channel-frames.ts';

/** Our key for the revision of a change (06 section 3.2); Python ignores it. */
const REV_KEY = 'canopy_rev';
/** Largest inner metadata of a post that receivers take, files within it included (03 section 7.3). */
export const MAX_POST_METADATA = 65_536;
/** What senders fill of it (02 R7), and what one attachment takes beside its bytes, at most. */
const METADATA_FILL = 60_000;
const ATTACHMENT_BYTES = 700;

/** Room for small files within a post, encoded. */
export function roomForFiles(post: Pick<FeedPost, 'metadata'>): number {
  const { attachments, ...rest } = post.metadata;
  const count = Array.isArray(attachments) ? attachments.length : 0;
  return Math.max(0, METADATA_FILL - sizeOf(rest) - count * ATTACHMENT_BYTES);
}

/** A live `feed_post`; `null` when no receiver would take it. @param version of the object, as the outbox names it. */
export function feedPostPayload(
  post: FeedPost,
  facts: {
    author: Author;
    localPeer: PeerId;
    /** In transfer form. */
    attachments: readonly Record<string, unknown>[];
    version: string;
  },
): FramePayload | null {
  const metadata = innerMetadata(post, facts.localPeer, facts.attachments);
  if (sizeOf(metadata) > MAX_POST_METADATA) return null;
  const rev = revOf(facts.version);
  return {
    content: post.content,
    metadata: {
      type: 'feed_post',
      post_id: post.id,
      author_id: post.authorId,
      post_type: post.contentType,
      visibility: post.visibility,
      timestamp: toIsoTime(post.createdAt),
      metadata,
      expires_at: post.expiresAt === null ? null : toIsoTime(post.expiresAt),
      ttl_seconds: null,
      ttl_mode: null,
      ...(facts.author.displayName === null ? {} : { display_name: facts.author.displayName }),
      account_type: facts.author.accountType,
      ...(rev === null ? {} : { [REV_KEY]: rev }),
    },
  };
}

/** One post of a `channel_catchup_response`: the text in clear, the metadata as JSON text (03 section 8.5). */
export function caughtUpPostItem(
  post: FeedPost,
  facts: { displayName: string | null; home: PeerId; attachments: readonly Record<string, unknown>[] },
): Record<string, unknown> {
  return {
    id: post.id,
    author_id: post.authorId,
    content: post.content,
    content_type: post.contentType,
    visibility: post.visibility,
    metadata: JSON.stringify(innerMetadata(post, facts.home, facts.attachments)),
    created_at: toDbTime(post.createdAt),
    expires_at: post.expiresAt === null ? null : toDbTime(post.expiresAt),
    origin_peer: facts.home,
    ...(facts.displayName === null ? {} : { display_name: facts.displayName }),
  };
}

/** An `interaction` that says how somebody voted. */
export function votePayload(
  vote: { pollId: string; userId: string; kind: string; optionIndex: number; channelId: string | null },
  facts: { author: Author; localPeer: PeerId },
): FramePayload {
  return {
    content: '',
    metadata: {
      type: 'interaction',
      item_id: vote.pollId,
      user_id: vote.userId,
      action: 'poll_vote',
      item_type: 'poll',
      poll_id: vote.pollId,
      poll_kind: vote.kind,
      option_index: vote.optionIndex,
      ...(vote.channelId === null ? {} : { channel_id: vote.channelId }),
      origin_peer: facts.localPeer,
      ...(facts.author.displayName === null ? {} : { display_name: facts.author.displayName }),
      account_type: facts.author.accountType,
    },
  };
}

function innerMetadata(
  post: Pick<FeedPost, 'metadata'>,
  home: PeerId,
  attachments: readonly Record<string, unknown>[],
): Record<string, unknown> {
  const { attachments: _stored, withdrawn_from: _withdrawn, ...rest } = post.metadata;
  return { ...rest, origin_peer: home, ...(attachments.length > 0 ? { attachments } : {}) };
}

/** Length as the reference measures it: its JSON, ASCII. */
function sizeOf(value: object): number {
  return printPyJson(fromPlain(value)).length;
}
