/**
 * Feed posts (03 sections 2.5.4, 2.6 and 7). The text is written as ciphertext always (03 P6); what stands there may also
 * be clear, empty or the ciphertext of another node, which nobody here can read.
 *
 * Posts that other nodes may have are items of reconciliation (06 section 4.1): `public` and `network` in one set,
 * `trusted` in the set of their author's home. They are kept here, in the transaction of the post.
 */
import type { PeerId, PostId, UserId } from '../wire/ids.ts';
import { FEED_SET, changedAt, trustedFeedSet } from '../wire/item-id.ts';
import type { POST_TYPES, VISIBILITIES } from '../wire/payloads/vocabulary.ts';
import { linksIn } from './file-links.ts';
import { jsonArray, jsonObject, jsonText } from './json.ts';
import type { NativeItems } from './native-items.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { SearchChanges } from './search.ts';
import { assignments } from './sql.ts';
import type { Sql, SqlValue } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault, VaultState } from './vault.ts';

export type PostType = (typeof POST_TYPES)[number];
export type Visibility = (typeof VISIBILITIES)[number];

/** A row of `feed_posts`, content in clear where it can be read. */
export interface FeedPost {
  id: PostId;
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
  shares: number;
  sourceType: string;
  sourceAgentId: string | null;
  sourceUrl: string | null;
}

/** What a new post needs. */
export interface NewFeedPost {
  id: PostId;
  authorId: UserId;
  /** Home of the author; `null`: this node. */
  home: PeerId | null;
  content: string;
  contentType: PostType;
  visibility: Visibility;
  metadata: Record<string, unknown>;
  /** Unix ms. */
  createdAt: number;
  /** Creation time as the author's node gave it, where the row has another. */
  carriedAt?: number;
  expiresAt: number | null;
  tags?: readonly string[];
  sourceType?: string;
  sourceAgentId?: string | null;
  /** The revision of the change it came with, if it came as one. */
  rev?: number | null;
  /** The content is the ciphertext of another node: it is kept as it is, and is no item until the text comes. */
  unreadable?: boolean;
}

/** What may change; absent fields stay. */
export interface FeedPostPatch {
  content?: string;
  contentType?: PostType;
  visibility?: Visibility;
  metadata?: Record<string, unknown>;
  createdAt?: number;
  expiresAt?: number | null;
  tags?: readonly string[];
  lastActivityAt?: number;
  /** Revision of the change (06 section 3.2). */
  rev?: number | null;
}

/** How a list of posts is ordered (04 section 3.10). */
export type FeedOrder = 'chronological' | 'popularity' | 'relevance';

/** Where a post stands in chronological order. */
export interface FeedPosition {
  activity: string;
  createdAt: string;
  row: number;
}

interface FeedRow {
  id: string;
  author_id: string;
  content: string;
  content_type: string | null;
  metadata: Stored | null;
  tags: Stored | null;
  visibility: string | null;
  created_at: string | null;
  expires_at: string | null;
  last_activity_at: string | null;
  likes: number | null;
  comments: number | null;
  shares: number | null;
  source_type: string | null;
  source_agent_id: string | null;
  source_url: string | null;
}

const SELECT = `SELECT id, author_id, content, content_type, metadata, tags, visibility, created_at, expires_at,
  last_activity_at, likes, comments, shares, source_type, source_agent_id, source_url FROM feed_posts p`;
const LIVE = '(p.expires_at IS NULL OR p.expires_at > @now)';
const ACTIVITY = 'coalesce(p.last_activity_at, p.created_at)';
/**
 * Who may see a post, but for the trust in its author's home (03 section 7.1). The signs keep SQLite from collecting all
 * posts by it and sorting them; it is to go along the order of the list and stop.
 */
const FOR_VIEWER = `(+p.author_id = @viewer OR +p.visibility IN ('public', 'network', 'trusted')
  OR (+p.visibility = 'custom'
    AND EXISTS (SELECT 1 FROM post_permissions a WHERE a.post_id = p.id AND a.user_id = @viewer)))`;
/** What one comment or repost is worth beside a like. */
const WEIGHT = '(coalesce(p.likes, 0) + 2 * coalesce(p.comments, 0) + 3 * coalesce(p.shares, 0))';
const ORDERS: Readonly<Record<FeedOrder, string>> = {
  chronological: `${ACTIVITY} DESC, p.created_at DESC, p.rowid DESC`,
  popularity: `${WEIGHT} DESC, ${ACTIVITY} DESC, p.rowid DESC`,
  // What is said of a post counts less with every day.
  relevance: `(1.0 + ${WEIGHT}) / (1.0 + max(0, julianday(@now) - julianday(${ACTIVITY}))) DESC, p.rowid DESC`,
};

export class FeedPosts {
  readonly #sql: Sql;
  readonly #vault: Vault;
  readonly #items: NativeItems;
  readonly #search: SearchChanges;
  readonly #metadata: SealedField;
  readonly #tags: SealedField;

  constructor(components: { sql: Sql; vault: Vault; items: NativeItems; search: SearchChanges }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
    this.#items = components.items;
    this.#search = components.search;
    this.#metadata = components.vault.field('feed_posts.metadata');
    this.#tags = components.vault.field('feed_posts.tags');
  }

  get(id: PostId): FeedPost | undefined {
    const row = this.#sql.get<FeedRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Live posts a local account may see, as far as the rows say; whether their authors' homes count is the caller's. */
  list(query: {
    viewer: UserId;
    limit: number;
    now: number;
    order?: FeedOrder;
    /** Rows passed over; for orders without a place to go on from. */
    offset?: number;
    /** Only in chronological order. */
    before?: FeedPosition | null;
  }): FeedPost[] {
    const { viewer, limit, order = 'chronological', before = null } = query;
    const place =
      before === null
        ? ''
        : // The first part says where in the index to begin.
          `AND ${ACTIVITY} <= @activity AND (${ACTIVITY}, p.created_at, p.rowid) < (@activity, @createdAt, @row)`;
    return this.#sql
      .all<FeedRow>(
        `${SELECT} WHERE ${LIVE} AND ${FOR_VIEWER} ${place} ORDER BY ${ORDERS[order]} LIMIT @limit OFFSET @offset`,
        { viewer, limit, offset: query.offset ?? 0, now: toDbTime(query.now), ...before },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Where a post stands in chronological order; undefined when it is unknown. */
  position(id: PostId): FeedPosition | undefined {
    return this.#sql.get<FeedPosition>(
      `SELECT ${ACTIVITY} AS activity, p.created_at AS createdAt, p.rowid AS row FROM feed_posts p WHERE id = @id`,
      { id },
    );
  }

  /** Live posts that others may have, created after `after` (db-time), oldest first: for catch-up (03 section 8.2). */
  createdAfter(after: number | null, query: { limit: number; now: number }): FeedPost[] {
    return this.#sql
      .all<FeedRow>(
        `${SELECT} WHERE ${LIVE} AND +p.visibility IN ('public', 'network', 'trusted') AND p.created_at > @after
          ORDER BY p.created_at, p.id LIMIT @limit`,
        {
          after: after === null ? '' : toDbTime(after),
          limit: query.limit,
          now: toDbTime(query.now),
        },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Posts that came after the row `after`, in order of arrival. */
  arrivedAfter(after: number, limit: number): { id: PostId; row: number }[] {
    return this.#sql
      .all<{ id: string; row: number }>(
        'SELECT id, rowid AS row FROM feed_posts WHERE rowid > @after ORDER BY rowid LIMIT @limit',
        { after, limit },
      )
      .map(({ id, row }) => ({ id: id as PostId, row }));
  }

  /** The row of the newest post by arrival; 0 when there is none. */
  lastRow(): number {
    return this.#sql.get<{ row: number | null }>('SELECT max(rowid) AS row FROM feed_posts')?.row ?? 0;
  }

  /** Stores a post; false when its id is taken. Likes that came before it count. */
  insert(post: NewFeedPost): boolean {
    const inserted = this.#sql.run(
      `INSERT OR IGNORE INTO feed_posts (id, author_id, content, content_type, metadata, created_at, expires_at,
         visibility, likes, comments, shares, source_type, source_agent_id, source_url, tags, last_activity_at)
       VALUES (@id, @authorId, @content, @contentType, @metadata, @createdAt, @expiresAt, @visibility,
         (SELECT count(*) FROM likes WHERE message_id = @id), 0, 0, @sourceType, @sourceAgentId, NULL, @tags, NULL)`,
      {
        id: post.id,
        authorId: post.authorId,
        content: post.unreadable === true ? post.content : this.#vault.encrypt(post.content),
        contentType: post.contentType,
        metadata: this.#sealed(post.id, post.metadata, post.unreadable === true ? '' : post.content),
        createdAt: toDbTime(post.createdAt),
        expiresAt: post.expiresAt === null ? null : toDbTime(post.expiresAt),
        visibility: post.visibility,
        sourceType: post.sourceType ?? 'human',
        sourceAgentId: post.sourceAgentId ?? null,
        tags: this.#tags.seal(jsonText(post.tags), post.id),
      },
    );
    if (inserted.changes !== 1) return false;
    if (post.unreadable !== true)
      this.#note(post.id, { ...post, ts: Math.floor((post.carriedAt ?? post.createdAt) / 1000) });
    this.#search.changed('feed_post', post.id);
    return true;
  }

  /**
   * Changes the given fields; false when there is no such row.
   * @param home of the author; `null`: this node.
   */
  update(id: PostId, patch: FeedPostPatch, at: { home: PeerId | null; now: number }): boolean {
    const before = this.get(id);
    if (before === undefined) return false;
    const values = this.#values(before, patch);
    const columns = Object.keys(values);
    if (columns.length > 0)
      this.#sql.run(`UPDATE feed_posts SET ${assignments(columns)} WHERE id = @id`, { ...values, id });
    this.#search.changed('feed_post', id);
    const visibility = patch.visibility ?? before.visibility;
    const [item] = this.#items.ofObject('p', id);
    const set = setOf(visibility, at.home);
    if (set === null) {
      // Others have it: what they are to do with it is what they do with a deleted one.
      if (item !== undefined) this.#items.deleted('p', id, at.now);
      return true;
    }
    if (item === undefined && (patch.content !== undefined || isReadable(before)))
      this.#note(id, {
        visibility,
        home: at.home,
        ts: Math.floor(before.createdAt / 1000),
        expiresAt: patch.expiresAt === undefined ? before.expiresAt : patch.expiresAt,
        rev: null,
      });
    else if (item !== undefined && item.setId !== set) this.#items.moved(item, set);
    if (patch.rev != null) this.#items.revised('p', id, changedAt(patch.rev));
    if (patch.expiresAt !== undefined) this.#items.expires('p', id, patch.expiresAt);
    return true;
  }

  /** Deletes a post with everything that hangs on it. That it was deleted is remembered where others may have it. */
  delete(id: PostId, now: number): boolean {
    this.#items.deleted('p', id, now);
    return this.#remove(id);
  }

  /** Removes up to `limit` expired posts and returns them. */
  purge(now: number, limit: number): FeedPost[] {
    const expired = this.#sql
      .all<FeedRow>(`${SELECT} WHERE p.expires_at IS NOT NULL AND p.expires_at <= @now LIMIT @limit`, {
        now: toDbTime(now),
        limit,
      })
      .map((row) => this.#fromRow(row));
    for (const { id } of expired) {
      this.#items.forget('p', id);
      this.#remove(id);
    }
    return expired;
  }

  /** Sets the numbers a row carries to what the tables say. */
  recount(id: PostId): void {
    this.#sql.run(
      `UPDATE feed_posts SET likes = (SELECT count(*) FROM likes WHERE message_id = @id),
         comments = (SELECT count(*) FROM comments WHERE message_id = @id) WHERE id = @id`,
      { id },
    );
  }

  /** One repost or variant more refers to a post. */
  shared(id: PostId): void {
    this.#sql.run('UPDATE feed_posts SET shares = coalesce(shares, 0) + 1 WHERE id = @id', { id });
  }

  /** Users who may see a post with visibility `custom`, in the order they were given. */
  allowedUsers(id: PostId): UserId[] {
    return this.permissions(id).map(({ userId }) => userId);
  }

  /** As {@link allowedUsers}, with when. */
  permissions(id: PostId): { userId: UserId; grantedAt: number | null }[] {
    return this.#sql
      .all<{ user_id: string; created_at: string | null }>(
        'SELECT user_id, created_at FROM post_permissions WHERE post_id = @id ORDER BY id',
        { id },
      )
      .map((row) => ({ userId: row.user_id as UserId, grantedAt: columnTime(row.created_at) }));
  }

  /** Makes `users` those who may see a `custom` post; those who were stay in their place. */
  allow(id: PostId, users: readonly UserId[], now: number): void {
    for (const userId of this.allowedUsers(id)) if (!users.includes(userId)) this.disallow(id, userId);
    for (const userId of users)
      this.#sql.run(
        `INSERT OR IGNORE INTO post_permissions (post_id, user_id, created_at) VALUES (@id, @userId, @now)`,
        { id, userId, now: toDbTime(now) },
      );
  }

  /** Takes one user off a `custom` post; false when they were not on it. */
  disallow(id: PostId, userId: UserId): boolean {
    return (
      this.#sql.run('DELETE FROM post_permissions WHERE post_id = @id AND user_id = @userId', { id, userId })
        .changes > 0
    );
  }

  /** Enters a post that stands in the table into the sets of reconciliation; nothing when no other node may have it. */
  noteItem(id: PostId, home: PeerId | null): void {
    const post = this.get(id);
    // What nobody here can read is nothing to be passed on, and is asked for.
    if (post === undefined || !isReadable(post)) return;
    this.#note(id, { ...post, home, ts: Math.floor(post.createdAt / 1000), rev: null });
  }

  #note(
    id: PostId,
    post: {
      visibility: string;
      home: PeerId | null;
      ts: number;
      expiresAt: number | null;
      rev?: number | null;
    },
  ): void {
    const setId = setOf(post.visibility, post.home);
    if (setId === null) return;
    this.#items.created({ setId, objectId: id, kind: 'p', ts: post.ts, expiresAt: post.expiresAt });
    if (post.rev != null) this.#items.revised('p', id, changedAt(post.rev));
  }

  /** Files that the text names are found beside the attachments, as the text itself is ciphertext. */
  #sealed(id: PostId, metadata: Record<string, unknown>, content: string): Stored | null {
    const links = this.#vault.mode === 'full' ? linksIn(content) : [];
    return this.#metadata.seal(jsonText(metadata) ?? (links.length > 0 ? '{}' : null), id, links);
  }

  #values(before: FeedPost, patch: FeedPostPatch): Record<string, SqlValue> {
    const { id } = before;
    const content = patch.content ?? (isReadable(before) ? before.content : '');
    const relinked = patch.content !== undefined && this.#vault.mode === 'full' ? before.metadata : undefined;
    const metadata = patch.metadata ?? relinked;
    const all: Record<string, SqlValue | undefined> = {
      content: patch.content === undefined ? undefined : this.#vault.encrypt(patch.content),
      content_type: patch.contentType,
      visibility: patch.visibility,
      metadata: metadata === undefined ? undefined : this.#sealed(id, metadata, content),
      created_at: patch.createdAt === undefined ? undefined : toDbTime(patch.createdAt),
      expires_at: typeof patch.expiresAt === 'number' ? toDbTime(patch.expiresAt) : patch.expiresAt,
      tags: patch.tags === undefined ? undefined : this.#tags.seal(jsonText(patch.tags), id),
      last_activity_at: patch.lastActivityAt === undefined ? undefined : toDbTime(patch.lastActivityAt),
    };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, SqlValue] => entry[1] !== undefined),
    );
  }

  #remove(id: PostId): boolean {
    this.#sql.run('DELETE FROM likes WHERE message_id = @id', { id });
    this.#sql.run('DELETE FROM comments WHERE message_id = @id', { id });
    this.#sql.run(`DELETE FROM poll_votes WHERE poll_id = @id AND item_type = 'feed'`, { id });
    this.#sql.run('DELETE FROM post_permissions WHERE post_id = @id', { id });
    this.#search.changed('feed_post', id);
    return this.#sql.run('DELETE FROM feed_posts WHERE id = @id', { id }).changes === 1;
  }

  #fromRow(row: FeedRow): FeedPost {
    const { text, state } = this.#vault.decrypt(row.content);
    return {
      id: row.id as PostId,
      authorId: row.author_id as UserId,
      content: text,
      contentState: state,
      contentType: row.content_type ?? 'text',
      metadata: jsonObject(this.#metadata.open(row.metadata, row.id)) ?? {},
      tags: jsonArray(this.#tags.open(row.tags, row.id)),
      visibility: row.visibility ?? 'network',
      createdAt: columnTime(row.created_at) ?? 0,
      expiresAt: columnTime(row.expires_at),
      lastActivityAt: columnTime(row.last_activity_at),
      likes: row.likes ?? 0,
      comments: row.comments ?? 0,
      shares: row.shares ?? 0,
      sourceType: row.source_type ?? 'human',
      sourceAgentId: row.source_agent_id,
      sourceUrl: row.source_url,
    };
  }
}

/** Whether the text of a post can be read here: it is not another node's ciphertext. */
export function isReadable(post: Pick<FeedPost, 'contentState'>): boolean {
  return post.contentState === 'plain' || post.contentState === 'decrypted';
}

/** The set of reconciliation a post is in; `null` when no other node may have it. */
function setOf(visibility: string, home: PeerId | null): string | null {
  if (visibility === 'public' || visibility === 'network') return FEED_SET;
  return visibility === 'trusted' ? trustedFeedSet(home) : null;
}
