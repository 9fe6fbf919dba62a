/**
 * Likes of posts (03 sections 5.15 and 7.5, 04 section 4.2): as those of messages, one per person and post, and a second
 * call takes the first away. They need the post, and that it shows to the person.
 */
import type { Clock } from '../ports/types.ts';
import type { FeedPosts } from '../store/feed.ts';
import type { Reactions as ReactionTable } from '../store/reactions.ts';
import type { MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import type { FeedRule } from './feed-rule.ts';
import { isShared } from './feed-rule.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import type { ReactionResult, Reactions } from './reactions.ts';
import type { ReactionType } from './types.ts';

/** Likes of one peer for posts that are not here, until the next start. */
const MAX_EARLY = 1_000;

/** A like as another node describes it. */
export interface ForeignLike {
  postId: PostId;
  userId: UserId;
  action: 'like' | 'unlike';
  reactionType: ReactionType;
  displayName: string | null;
  accountType: 'human' | 'agent' | null;
}

/** Why a like was not taken. */
export type LikeOutcome = 'applied' | 'unknown_post' | 'not_visible' | 'foreign_author';

export interface FeedReactionsComponents {
  table: ReactionTable;
  posts: FeedPosts;
  rule: FeedRule;
  reactions: Pick<Reactions, 'of'>;
  people: People;
  owing: Owing;
  changes: Changes;
  clock: Clock;
}

export class FeedReactions {
  readonly #c: FeedReactionsComponents;
  #lastRevision = 0;
  /** Likes of posts that were not here, by the peer that told of them. */
  readonly #waiting = new Map<PeerId, number>();

  constructor(components: FeedReactionsComponents) {
    this.#c = components;
  }

  /**
   * Adds the caller's reaction, or takes it away when there is one; resolves after the commit.
   * @throws {WorkspaceError} `post_not_found`, also when the post does not show to the caller.
   */
  async toggle(userId: UserId, postId: PostId, reactionType: ReactionType): Promise<ReactionResult> {
    const { table, posts, rule, owing, changes, clock } = this.#c;
    return changes.run(() => {
      const post = posts.get(postId);
      if (post === undefined || !rule.sees(userId, post))
        throw new WorkspaceError('post_not_found', 'Post not found');
      const removed = table.remove(postId, userId);
      if (!removed) table.add({ itemId: postId, userId, reactionType }, clock.now());
      posts.recount(postId);
      // Grows also within a millisecond, so that what was sent before never settles what came after.
      this.#lastRevision = Math.max(this.#lastRevision + 1, clock.now());
      if (isShared(post.visibility)) owing.postReaction({ postId, userId }, changedAt(this.#lastRevision));
      changes.tell({ type: 'interaction.local' });
      changes.tell({ type: 'feed.changed', postId });
      const reactions = this.#c.reactions.of([postId as string as MessageId]).get(postId) ?? {};
      return { liked: !removed, reactionType, reactions };
    });
  }

  /** Takes in what `from`, a trusted peer, says of a person at home there; resolves after the commit. */
  receive(like: ForeignLike, from: PeerId): Promise<LikeOutcome> {
    return this.#c.changes.run(() => this.#receive(like, from));
  }

  #receive(like: ForeignLike, from: PeerId): LikeOutcome {
    const { posts, people, changes } = this.#c;
    const post = posts.get(like.postId);
    // What never left its node nobody elsewhere can like.
    if (post !== undefined && !isShared(post.visibility)) return 'not_visible';
    const waiting = this.#waiting.get(from) ?? 0;
    if (post === undefined && waiting >= MAX_EARLY) return 'unknown_post';
    if (people.admitSigned(like, from) !== null) return 'foreign_author';
    // The post may come later, by another road: until then the like waits for it.
    if (post === undefined) this.#waiting.set(from, waiting + 1);
    this.#apply(like);
    changes.tell({ type: 'feed.changed', postId: like.postId });
    return 'applied';
  }

  #apply({ postId, userId, action, reactionType }: ForeignLike): void {
    const { table, posts, clock } = this.#c;
    table.remove(postId, userId);
    if (action === 'like') table.add({ itemId: postId, userId, reactionType }, clock.now());
    posts.recount(postId);
  }
}
