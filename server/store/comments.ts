/** Comments on posts (03 sections 2.5.4 and 7.5). They never leave this node. Times are Unix milliseconds. */
import type { Random } from '../ports/types.ts';
import type { PostId, UserId } from '../wire/ids.ts';
import { hexId } from './ids.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime, toIsoTime } from './time.ts';
import type { Vault } from './vault.ts';

/** A row of `comments`. */
export interface Comment {
  id: string;
  postId: PostId;
  userId: UserId;
  content: string;
  parentId: string | null;
  createdAt: number;
  expiresAt: number | null;
}

interface CommentRow {
  id: string;
  message_id: string;
  user_id: string;
  content: Stored;
  parent_comment_id: string | null;
  created_at: string | null;
  expires_at: string | null;
}

/** Random characters of a comment id (03 section 2.2). */
const ID_HEX = 32;
const SELECT =
  'SELECT id, message_id, user_id, content, parent_comment_id, created_at, expires_at FROM comments';

export class Comments {
  readonly #sql: Sql;
  readonly #random: Random;
  readonly #content: SealedField;

  constructor(components: { sql: Sql; vault: Vault; random: Random }) {
    this.#sql = components.sql;
    this.#random = components.random;
    this.#content = components.vault.field('comments.content');
  }

  /** Stores a comment; its id. */
  add(comment: Omit<Comment, 'id'>): string {
    const id = hexId(this.#random, ID_HEX);
    this.#sql.run(
      `INSERT INTO comments (id, message_id, user_id, content, parent_comment_id, created_at, expires_at)
       VALUES (@id, @postId, @userId, @content, @parentId, @createdAt, @expiresAt)`,
      {
        ...comment,
        id,
        content: this.#content.seal(comment.content, id),
        // Those on posts have this form (03 section 2.3).
        createdAt: toIsoTime(comment.createdAt),
        expiresAt: comment.expiresAt === null ? null : toDbTime(comment.expiresAt),
      },
    );
    return id;
  }

  get(id: string): Comment | undefined {
    const row = this.#sql.get<CommentRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** The comments on a post, oldest first. */
  of(postId: PostId, limit: number): Comment[] {
    return this.#sql
      .all<CommentRow>(`${SELECT} WHERE message_id = @postId ORDER BY created_at, rowid LIMIT @limit`, {
        postId,
        limit,
      })
      .map((row) => this.#fromRow(row));
  }

  /** Removes a comment; answers to it stay and lose what they answered. */
  remove(id: string): void {
    this.#sql.run('UPDATE comments SET parent_comment_id = NULL WHERE parent_comment_id = @id', { id });
    this.#sql.run('DELETE FROM comments WHERE id = @id', { id });
  }

  #fromRow(row: CommentRow): Comment {
    return {
      id: row.id,
      postId: row.message_id as PostId,
      userId: row.user_id as UserId,
      content: this.#content.open(row.content, row.id),
      parentId: row.parent_comment_id,
      createdAt: columnTime(row.created_at) ?? 0,
      expiresAt: columnTime(row.expires_at),
    };
  }
}
