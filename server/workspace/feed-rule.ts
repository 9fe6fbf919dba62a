/**
 * Who sees a post on this node (03 section 7.1): its author always; `public`, `network` and `trusted` every account here;
 * `custom` those it names. Posts of a node that is not trusted (any more) nobody does.
 */
import type { FeedPost, FeedPosts } from '../store/feed.ts';
import type { PeerId, PostId, UserId } from '../wire/ids.ts';
import type { People } from './people.ts';
import type { Trust } from './trust.ts';

/** A post by whom and for whom it is. */
export type Posted = Pick<FeedPost, 'id' | 'authorId' | 'visibility'>;

export interface FeedRuleComponents {
  posts: FeedPosts;
  people: People;
  trust: Trust;
}

export class FeedRule {
  readonly #c: FeedRuleComponents;

  constructor(components: FeedRuleComponents) {
    this.#c = components;
  }

  /** Whether a local account sees a post. */
  sees(userId: UserId, post: Posted): boolean {
    if (post.authorId === userId) return true;
    if (!this.counts(post.authorId)) return false;
    if (isShared(post.visibility)) return this.#c.people.get(userId)?.local === true;
    return post.visibility === 'custom' && this.#c.posts.allowedUsers(post.id).includes(userId);
  }

  /** As {@link sees}, of a post by its id; false for unknown ones. */
  seesId(userId: UserId, id: PostId): boolean {
    const post = this.#c.posts.get(id);
    return post !== undefined && this.sees(userId, post);
  }

  /** Whether posts of somebody are shown at all: written here, or on a node that is trusted. */
  counts(authorId: UserId): boolean {
    const home = this.home(authorId);
    return home === null || this.#c.trust.isTrusted(home);
  }

  /** Home of an author; `null`: this node. */
  home(authorId: UserId): PeerId | null {
    return this.#c.people.get(authorId)?.originPeer ?? null;
  }

  /** Whether a post may go to an accepted peer: `trusted` ones only from their author's own node. */
  isFor(peer: PeerId, post: Posted): boolean {
    if (!this.#c.trust.isTrusted(peer) || !isShared(post.visibility)) return false;
    const home = this.home(post.authorId);
    return post.visibility !== 'trusted' || home === null || home === peer;
  }
}

/** Whether posts of this visibility leave the node of their author. */
export function isShared(visibility: string): boolean {
  return visibility === 'public' || visibility === 'network' || visibility === 'trusted';
}
