/** Feed posts, reading only (03 sections 2.5.4, 2.6). Content is own ciphertext, clear, empty or foreign ciphertext. */
import type { UserId } from '../wire/ids.ts';
import { jsonArray, jsonObject } from './json.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault, VaultState } from './vault.ts';

/** A row of `feed_posts`, content in clear where it can be read. */
export interface FeedPost {
  id: string;
  authorId: UserId;
  content: string;
  contentState: VaultState;
  contentType: string;
  metadata: Record<string, unknown>;
  tags: unknown[];
  visibility: string;
  createdAt: number;
  expiresAt: number | null;
  lastActivityAt: number | null;
  likes: number;
  comments: number;
}

interface FeedRow {
  id: string;
  author_id: string;
  content: string;
  content_type: string | null;
  metadata: string | null;
  tags: string | null;
  visibility: string | null;
  created_at: string | null;
  expires_at: string | null;
  last_activity_at: string | null;
  likes: number | null;
  comments: number | null;
}

const SELECT = `SELECT id, author_id, content, content_type, metadata, tags, visibility, created_at, expires_at,
  last_activity_at, likes, comments FROM feed_posts`;

export class FeedPosts {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  get(id: string): FeedPost | undefined {
    const row = this.#sql.get<FeedRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Live posts, newest first, whoever may see them. */
  list(options: { limit: number; now: number }): FeedPost[] {
    return this.#sql
      .all<FeedRow>(
        `${SELECT} WHERE expires_at IS NULL OR expires_at > @now ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        { limit: options.limit, now: toDbTime(options.now) },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Users who may see a post with visibility `custom`. */
  allowedUsers(id: string): UserId[] {
    return this.#sql
      .all<{ user_id: string }>('SELECT user_id FROM post_permissions WHERE post_id = @id ORDER BY id', {
        id,
      })
      .map((row) => row.user_id as UserId);
  }

  #fromRow(row: FeedRow): FeedPost {
    const { text, state } = this.#vault.decrypt(row.content);
    return {
      id: row.id,
      authorId: row.author_id as UserId,
      content: text,
      contentState: state,
      contentType: row.content_type ?? 'text',
      metadata: jsonObject(row.metadata) ?? {},
      tags: jsonArray(row.tags),
      visibility: row.visibility ?? 'network',
      createdAt: columnTime(row.created_at) ?? 0,
      expiresAt: columnTime(row.expires_at),
      lastActivityAt: columnTime(row.last_activity_at),
      likes: row.likes ?? 0,
      comments: row.comments ?? 0,
    };
  }
}
