/** Posts as they are shown to one account (04 section 3.0, FeedPost): with names, reactions, and how far they have come. */
import { isReadable } from '../store/feed.ts';
import type { FeedPost, FeedPosts } from '../store/feed.ts';
import type { NativeReported } from '../store/native-reported.ts';
import { parseTime } from '../store/time.ts';
import type { MessageId, UserId } from '../wire/ids.ts';
import type { DeliveryBook } from './delivery.ts';
import type { FeedRule } from './feed-rule.ts';
import type { People } from './people.ts';
import type { Reactions } from './reactions.ts';
import type { FeedPostView } from './types.ts';

export interface FeedViewsComponents {
  posts: FeedPosts;
  people: People;
  rule: FeedRule;
  reactions: Pick<Reactions, 'of'>;
  delivery: DeliveryBook;
  reported: NativeReported;
}

export class FeedViews {
  readonly #c: FeedViewsComponents;

  constructor(components: FeedViewsComponents) {
    this.#c = components;
  }

  /** The posts for `viewer`, who is known to see them. */
  of(viewer: UserId, posts: readonly FeedPost[]): FeedPostView[] {
    const ids = posts.map((post) => post.id);
    const delivery = this.#c.delivery.summaries('post', ids);
    const reactions = this.#c.reactions.of(ids as readonly string[] as readonly MessageId[]);
    const told = this.#c.reported.viaMany('p', ids);
    return posts.map((post) => {
      const author = this.#c.people.get(post.authorId);
      const edited = post.metadata['edited_at'];
      const isEmpty = Object.keys(post.metadata).length === 0;
      return {
        id: post.id,
        authorId: post.authorId,
        content: post.content,
        available: isReadable(post),
        postType: post.contentType,
        visibility: post.visibility,
        createdAt: post.createdAt,
        expiresAt: post.expiresAt,
        editedAt: typeof edited === 'string' ? parseTime(edited) : null,
        lastActivityAt: post.lastActivityAt,
        metadata: isEmpty ? null : post.metadata,
        permissions: this.#permissions(viewer, post),
        likes: post.likes,
        comments: post.comments,
        shares: post.shares,
        sourceType: post.sourceType,
        sourceAgentId: post.sourceAgentId,
        sourceUrl: post.sourceUrl,
        tags: post.tags.filter((tag) => typeof tag === 'string'),
        username: author?.username ?? post.authorId,
        displayName: author?.displayName ?? post.authorId,
        originPeer: this.#c.rule.home(post.authorId),
        reactions: reactions.get(post.id) ?? {},
        delivery: delivery.get(post.id) ?? null,
        unconfirmedVia: told.get(post.id) ?? null,
      };
    });
  }

  /** All of them for the author; the others see themselves alone. */
  #permissions(viewer: UserId, post: FeedPost): UserId[] | null {
    if (post.visibility !== 'custom') return null;
    const allowed = this.#c.posts.allowedUsers(post.id);
    return viewer === post.authorId ? allowed : allowed.filter((userId) => userId === viewer);
  }
}
