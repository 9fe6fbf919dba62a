/**
 * Comments on posts (03 section 7.5). They stay on this node, as in the reference, go with their post, raise its counter
 * and lift it.
 */
import type { Clock } from '../ports/types.ts';
import type { Comment, Comments } from '../store/comments.ts';
import type { FeedPost, FeedPosts } from '../store/feed.ts';
import type { PostId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import type { Feed } from './feed.ts';
import type { FeedRule } from './feed-rule.ts';
import type { People } from './people.ts';
import { codePoints } from './text.ts';

/** Longest comment in code points: as a post. */
const MAX_CONTENT = 4096;
/** Most comments of a post that are shown. */
const MAX_SHOWN = 500;

/** A comment with its author's names. */
export interface CommentView extends Comment {
  username: string;
  displayName: string;
}

export interface FeedCommentsComponents {
  comments: Comments;
  posts: FeedPosts;
  rule: FeedRule;
  feed: Pick<Feed, 'lift'>;
  people: People;
  changes: Changes;
  clock: Clock;
}

export class FeedComments {
  readonly #c: FeedCommentsComponents;

  constructor(components: FeedCommentsComponents) {
    this.#c = components;
  }

  /** The comments on a post, oldest first. @throws {WorkspaceError} `post_not_found`. */
  list(userId: UserId, postId: PostId): CommentView[] {
    this.#post(userId, postId);
    return this.#c.comments.of(postId, MAX_SHOWN).map((comment) => this.#view(comment));
  }

  /** One comment of a post. @throws {WorkspaceError} `post_not_found`, `comment_not_found`. */
  get(userId: UserId, postId: PostId, id: string): CommentView {
    this.#post(userId, postId);
    const comment = this.#c.comments.get(id);
    if (comment?.postId !== postId) throw new WorkspaceError('comment_not_found', 'Comment not found');
    return this.#view(comment);
  }

  /**
   * Stores a comment; resolves after the commit.
   * @param parentId the comment it answers.
   * @throws {WorkspaceError} `post_not_found`, `comment_required`, `comment_too_long`, `comment_not_found` (the parent).
   */
  async add(
    userId: UserId,
    postId: PostId,
    text: { content: string; parentId: string | null },
  ): Promise<CommentView> {
    const content = text.content.trim();
    if (content === '') throw new WorkspaceError('comment_required', 'Comment content required');
    if (codePoints(content) > MAX_CONTENT)
      throw new WorkspaceError('comment_too_long', `Comment exceeds maximum length (${MAX_CONTENT} chars)`);
    const { comments, posts, feed, changes, clock } = this.#c;
    const id = await changes.run(() => {
      const { expiresAt } = this.#post(userId, postId);
      const { parentId } = text;
      if (parentId !== null && comments.get(parentId)?.postId !== postId)
        throw new WorkspaceError('comment_not_found', 'Comment not found');
      const added = comments.add({ postId, userId, content, parentId, createdAt: clock.now(), expiresAt });
      changes.creates(added);
      posts.recount(postId);
      feed.lift(postId);
      changes.tell({ type: 'feed.changed', postId });
      return added;
    });
    return this.get(userId, postId, id);
  }

  /**
   * Removes a comment of the caller, or one on the caller's own post; resolves after the commit.
   * @throws {WorkspaceError} `post_not_found`, `comment_not_found`, also for those of others.
   */
  async remove(userId: UserId, postId: PostId, id: string): Promise<void> {
    const { comments, posts, changes } = this.#c;
    await changes.run(() => {
      const post = this.#post(userId, postId);
      const comment = comments.get(id);
      if (comment?.postId !== postId || (comment.userId !== userId && post.authorId !== userId))
        throw new WorkspaceError('comment_not_found', 'Comment not found');
      comments.remove(id);
      posts.recount(postId);
      changes.tell({ type: 'feed.changed', postId });
    });
  }

  #post(userId: UserId, postId: PostId): FeedPost {
    const post = this.#c.posts.get(postId);
    const isLive = post !== undefined && (post.expiresAt ?? Infinity) > this.#c.clock.now();
    if (!isLive || !this.#c.rule.sees(userId, post))
      throw new WorkspaceError('post_not_found', 'Post not found');
    return post;
  }

  #view(comment: Comment): CommentView {
    const person = this.#c.people.get(comment.userId);
    return {
      ...comment,
      username: person?.username ?? comment.userId,
      displayName: person?.displayName ?? comment.userId,
    };
  }
}
