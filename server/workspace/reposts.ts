/**
 * Reposts and variants of posts and channel messages (04 section 4.2): a post or message that refers to another one in
 * the same place. The reference holds ids only; what it shows is read from the source, for those who see the source.
 */
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import { isReadable } from '../store/feed.ts';
import type { FeedPost, FeedPosts, Visibility } from '../store/feed.ts';
import { hexId } from '../store/ids.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Feed } from './feed.ts';
import { isShared } from './feed-rule.ts';
import type { FeedRule } from './feed-rule.ts';
import type { People } from './people.ts';
import { cut, preview } from './text.ts';
import type { ChannelMessageView, FeedPostView } from './types.ts';

/** What a reference can be. */
export const REFERENCE_KINDS = ['repost_v1', 'variant_v1'] as const;
export type ReferenceKind = (typeof REFERENCE_KINDS)[number];
/** How a variant relates to its source. */
export const RELATIONSHIPS = {
  curated_recomposition: 'Curated recomposition',
  module_variant: 'Module variant',
  parameterized_variant: 'Parameterized variant',
} as const;
export type Relationship = keyof typeof RELATIONSHIPS;

/** Code points of the source that are shown (04 section 4.2). */
const MAX_BODY = 8_000;
/** Code points of its preview. */
const MAX_PREVIEW = 280;
/** Longest note of what a variant changes. */
const MAX_DELTA = 2_000;
const POST_ID_HEX = 32;

/** What the caller wants. */
export interface ReferenceDraft {
  kind: ReferenceKind;
  /** May be empty. */
  comment: string;
  relationship: Relationship;
  moduleParamDelta: string | null;
}

/** A reference as one account sees it (04 section 4.2). */
export interface ReferenceView {
  kind: ReferenceKind;
  sourceType: 'feed_post' | 'channel_message';
  sourceId: string;
  relationship: Relationship | null;
  moduleParamDelta: string | null;
  /** `null`: the source is gone, or does not show to this account. */
  source: {
    authorId: UserId;
    authorName: string;
    createdAt: number;
    body: string;
    truncated: boolean;
    preview: string;
    hasLayout: boolean;
    channelId: ChannelId | null;
    type: string;
    visibility: string | null;
  } | null;
}

export interface RepostsComponents {
  feed: Feed;
  posts: FeedPosts;
  rule: FeedRule;
  messages: MessageTable;
  channelMessages: ChannelMessages;
  channels: Channels;
  people: People;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class Reposts {
  readonly #c: RepostsComponents;

  constructor(components: RepostsComponents) {
    this.#c = components;
  }

  /**
   * Posts a reference to a post, for those its source is for; resolves after the commit.
   * @throws {WorkspaceError} `post_not_found`, `post_access_denied`, `repost_not_shared`, `repost_chain`, and those of
   *   {@link Feed.create}.
   */
  async ofPost(userId: UserId, sourceId: PostId, draft: ReferenceDraft): Promise<FeedPostView> {
    const { feed, posts, rule, changes, clock, random } = this.#c;
    const id = hexId(random, POST_ID_HEX) as PostId;
    await changes.run(() => {
      const source = posts.get(sourceId);
      if (source === undefined || (source.expiresAt ?? Infinity) <= clock.now())
        throw new WorkspaceError('post_not_found', 'Post not found');
      if (!rule.sees(userId, source)) throw new WorkspaceError('post_access_denied', 'Access denied');
      if (!isShared(source.visibility))
        throw new WorkspaceError('repost_not_shared', 'Only shared posts can be reposted');
      if (source.metadata['source_reference'] !== undefined)
        throw new WorkspaceError('repost_chain', 'Repost chains are not supported');
      const reference = {
        ...stored(draft),
        source_type: 'feed_post',
        source_id: sourceId,
        created_by_user_id: userId,
        source_visibility: source.visibility,
      };
      feed.insert(userId, id, {
        content: draft.comment,
        visibility: source.visibility as Visibility,
        sourceReference: reference,
      });
      posts.shared(sourceId);
      feed.lift(sourceId);
      changes.tell({ type: 'feed.changed', postId: sourceId });
    });
    return feed.get(userId, id);
  }

  /**
   * Posts a reference to a message, in its channel; resolves after the commit.
   * @throws {WorkspaceError} `message_not_found`, `repost_denied` (by its author), `repost_chain`, and those of
   *   {@link ChannelMessages.post}.
   */
  async ofMessage(
    userId: UserId,
    channelId: ChannelId,
    sourceId: MessageId,
    draft: ReferenceDraft,
  ): Promise<ChannelMessageView> {
    const source = this.#c.channelMessages.get(userId, channelId, sourceId);
    if (source === undefined) throw new WorkspaceError('message_not_found', 'Message not found');
    if (source.repostPolicy === 'deny')
      throw new WorkspaceError('repost_denied', 'The author does not allow reposts of this message');
    if (source.sourceReference !== null)
      throw new WorkspaceError('repost_chain', 'Repost chains are not supported');
    const reference = {
      ...stored(draft),
      source_type: 'channel_message',
      source_id: sourceId,
      channel_id: channelId,
      created_by_user_id: userId,
    };
    return this.#c.channelMessages.post(userId, {
      channelId,
      content: draft.comment,
      sourceReference: reference,
    });
  }

  /** What a post refers to, for somebody who sees the post; `null` when it refers to nothing. */
  inPost(viewer: UserId, metadata: Readonly<Record<string, unknown>> | null): ReferenceView | null {
    const reference = readReference(metadata?.['source_reference'], 'feed_post');
    if (reference === null) return null;
    const post = this.#c.posts.get(reference.sourceId as PostId);
    const shows =
      post !== undefined && this.#isLive(post) && this.#c.rule.sees(viewer, post) && isReadable(post);
    return { ...reference, source: shows ? this.#postSource(post) : null };
  }

  /** What a message of a channel refers to, for somebody who reads the channel; `null` when it refers to nothing. */
  inMessage(message: Pick<ChannelMessageView, 'channelId' | 'sourceReference'>): ReferenceView | null {
    const reference = readReference(message.sourceReference, 'channel_message');
    if (reference === null) return null;
    const row = this.#c.messages.get(reference.sourceId as MessageId);
    // Only from the same channel: whoever reads this message reads those of its channel, and no others.
    if (row === undefined || row.channelId !== message.channelId || !this.#isLive(row))
      return { ...reference, source: null };
    return {
      ...reference,
      source: {
        ...this.#shown(row.userId, row.content),
        createdAt: row.createdAt,
        hasLayout: row.sourceLayout !== null,
        channelId: row.channelId,
        type: row.messageType,
        visibility: null,
      },
    };
  }

  #postSource(post: FeedPost): NonNullable<ReferenceView['source']> {
    return {
      ...this.#shown(post.authorId, post.content),
      createdAt: post.createdAt,
      hasLayout: post.metadata['source_layout'] !== undefined,
      channelId: null,
      type: post.contentType,
      visibility: post.visibility,
    };
  }

  #shown(
    authorId: UserId,
    text: string,
  ): Pick<
    NonNullable<ReferenceView['source']>,
    'authorId' | 'authorName' | 'body' | 'truncated' | 'preview'
  > {
    const body = cut(text, MAX_BODY);
    return {
      authorId,
      authorName: this.#c.people.get(authorId)?.displayName ?? authorId,
      body,
      truncated: body.length < text.trim().length,
      preview: preview(text, MAX_PREVIEW),
    };
  }

  #isLive(row: { expiresAt: number | null }): boolean {
    return (row.expiresAt ?? Infinity) > this.#c.clock.now();
  }
}

function stored(draft: ReferenceDraft): Record<string, unknown> {
  if (draft.kind === 'repost_v1') return { kind: draft.kind };
  return {
    kind: draft.kind,
    relationship_kind: draft.relationship,
    ...(draft.moduleParamDelta === null
      ? {}
      : { module_param_delta: cut(draft.moduleParamDelta, MAX_DELTA) }),
  };
}

/** Reads a stored reference, which may come from another node; `null` when it is none. */
function readReference(
  value: unknown,
  sourceType: ReferenceView['sourceType'],
): Omit<ReferenceView, 'source'> | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const kind = REFERENCE_KINDS.find((one) => one === fields['kind']);
  const sourceId = fields['source_id'];
  if (kind === undefined || fields['source_type'] !== sourceType || typeof sourceId !== 'string') return null;
  const relationship = fields['relationship_kind'];
  const delta = fields['module_param_delta'];
  const isVariant = kind === 'variant_v1';
  return {
    kind,
    sourceType,
    sourceId,
    relationship: isVariant ? asRelationship(relationship) : null,
    moduleParamDelta: isVariant && typeof delta === 'string' ? cut(delta, MAX_DELTA) : null,
  };
}

/** The relationship a word names; anything unknown is the usual one, as in the reference. */
export function asRelationship(word: unknown): Relationship {
  return typeof word === 'string' && Object.hasOwn(RELATIONSHIPS, word)
    ? (word as Relationship)
    : 'curated_recomposition';
}
