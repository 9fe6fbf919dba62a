/** Bookmarks of the accounts of this node (03 section 2.5.9, 04 section 4.7); they never leave it. Times are Unix ms. */
import type { UserId } from '../wire/ids.ts';
import { jsonArray, jsonObject, jsonText } from './json.ts';
import { isOlderInOrder, placeOf, placeValues, type RowPlace } from './row-places.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import { assignments } from './sql.ts';
import type { Sql, SqlValue } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault } from './vault.ts';

/** What can be marked. */
export const BOOKMARK_TYPES = ['channel_message', 'feed_post', 'dm_message'] as const;
export type BookmarkType = (typeof BOOKMARK_TYPES)[number];

/** A row of `user_bookmarks`. */
export interface Bookmark {
  id: string;
  userId: UserId;
  sourceType: BookmarkType;
  sourceId: string;
  containerType: string | null;
  containerId: string | null;
  authorId: UserId | null;
  title: string;
  preview: string;
  href: string;
  sourceLayout: Record<string, unknown> | null;
  snapshot: Record<string, unknown>;
  note: string | null;
  tags: string[];
  createdAt: number;
  updatedAt: number;
  openedAt: number | null;
  archivedAt: number | null;
}

/** What changes; absent fields stay. */
export type BookmarkPatch = Partial<Pick<Bookmark, 'note' | 'tags' | 'openedAt' | 'archivedAt'>>;

interface Row {
  id: string;
  user_id: string;
  source_type: string;
  source_id: string;
  container_type: string | null;
  container_id: string | null;
  source_author_id: string | null;
  title: Stored | null;
  preview: Stored | null;
  source_href: string;
  source_layout_json: Stored | null;
  snapshot_json: Stored | null;
  note: Stored | null;
  tags_json: string | null;
  created_at: string | null;
  updated_at: string | null;
  last_opened_at: string | null;
  archived_at: string | null;
}

const SELECT = `SELECT id, user_id, source_type, source_id, container_type, container_id, source_author_id, title, preview,
  source_href, source_layout_json, snapshot_json, note, tags_json, created_at, updated_at, last_opened_at, archived_at
  FROM user_bookmarks`;

export class Bookmarks {
  readonly #sql: Sql;
  readonly #title: SealedField;
  readonly #preview: SealedField;
  readonly #snapshot: SealedField;
  readonly #layout: SealedField;
  readonly #note: SealedField;

  constructor({ sql, vault }: { sql: Sql; vault: Vault }) {
    this.#sql = sql;
    this.#title = vault.field('user_bookmarks.title');
    this.#preview = vault.field('user_bookmarks.preview');
    this.#snapshot = vault.field('user_bookmarks.snapshot_json');
    this.#layout = vault.field('user_bookmarks.source_layout_json');
    this.#note = vault.field('user_bookmarks.note');
  }

  /** One of the account's own. */
  get(userId: UserId, id: string): Bookmark | undefined {
    const row = this.#sql.get<Row>(`${SELECT} WHERE id = @id AND user_id = @userId`, { id, userId });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** The account's bookmark of something. */
  of(userId: UserId, type: BookmarkType, sourceId: string): Bookmark | undefined {
    const row = this.#sql.get<Row>(
      `${SELECT} WHERE user_id = @userId AND source_type = @type AND source_id = @sourceId`,
      { userId, type, sourceId },
    );
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Those of an account, the newest first; `all`: also archived ones. */
  list(
    userId: UserId,
    query: { types: readonly BookmarkType[]; limit: number; all: boolean; before?: RowPlace | null },
  ): Bookmark[] {
    return this.#sql
      .all<Row>(
        `${SELECT} WHERE user_id = @userId AND source_type IN (SELECT value FROM json_each(@types))
          AND (@all OR archived_at IS NULL) AND ${isOlderInOrder('created_at')} ORDER BY created_at DESC, rowid LIMIT @limit`,
        {
          userId,
          types: JSON.stringify(query.types),
          limit: query.limit,
          all: query.all ? 1 : 0,
          ...placeValues(query.before),
        },
      )
      .map((row) => this.#fromRow(row));
  }

  place(id: string): RowPlace | undefined {
    return placeOf(this.#sql, 'user_bookmarks', 'created_at', id);
  }

  count(userId: UserId): number {
    const row = this.#sql.get<{ n: number }>(
      'SELECT count(*) AS n FROM user_bookmarks WHERE user_id = @userId',
      {
        userId,
      },
    );
    return row?.n ?? 0;
  }

  /** Stores a bookmark; one of the same source is replaced and keeps its id. */
  put(bookmark: Bookmark): void {
    const { id } = bookmark;
    this.#sql.run(
      `INSERT OR REPLACE INTO user_bookmarks (id, user_id, source_type, source_id, container_type, container_id,
         source_author_id, title, preview, source_href, source_layout_json, snapshot_json, note, tags_json, created_at,
         updated_at, last_opened_at, archived_at)
       VALUES (@id, @userId, @sourceType, @sourceId, @containerType, @containerId, @authorId, @title, @preview, @href,
         @layout, @snapshot, @note, @tags, @createdAt, @updatedAt, @openedAt, @archivedAt)`,
      {
        id,
        userId: bookmark.userId,
        sourceType: bookmark.sourceType,
        sourceId: bookmark.sourceId,
        containerType: bookmark.containerType,
        containerId: bookmark.containerId,
        authorId: bookmark.authorId,
        title: this.#title.seal(bookmark.title, id),
        preview: this.#preview.seal(bookmark.preview, id),
        href: bookmark.href,
        layout: this.#layout.seal(jsonText(bookmark.sourceLayout), id),
        snapshot: this.#snapshot.seal(JSON.stringify(bookmark.snapshot), id),
        note: this.#note.seal(bookmark.note, id),
        tags: JSON.stringify(bookmark.tags),
        createdAt: toDbTime(bookmark.createdAt),
        updatedAt: toDbTime(bookmark.updatedAt),
        openedAt: dbTime(bookmark.openedAt),
        archivedAt: dbTime(bookmark.archivedAt),
      },
    );
  }

  /** Changes one of the account's own; false when there is none. */
  update(userId: UserId, id: string, patch: BookmarkPatch, now: number): boolean {
    const values: Record<string, SqlValue> = { updated_at: toDbTime(now) };
    if (patch.note !== undefined) values['note'] = this.#note.seal(patch.note, id);
    if (patch.tags !== undefined) values['tags_json'] = JSON.stringify(patch.tags);
    if (patch.openedAt !== undefined) values['last_opened_at'] = dbTime(patch.openedAt);
    if (patch.archivedAt !== undefined) values['archived_at'] = dbTime(patch.archivedAt);
    const updated = this.#sql.run(
      `UPDATE user_bookmarks SET ${assignments(Object.keys(values))} WHERE id = @id AND user_id = @userId`,
      { ...values, id, userId },
    );
    return updated.changes === 1;
  }

  remove(userId: UserId, id: string): boolean {
    return (
      this.#sql.run('DELETE FROM user_bookmarks WHERE id = @id AND user_id = @userId', { id, userId })
        .changes === 1
    );
  }

  #fromRow(row: Row): Bookmark {
    const { id } = row;
    const text = (field: SealedField, value: Stored | null): string | null => field.open(value, id) ?? null;
    return {
      id,
      userId: row.user_id as UserId,
      sourceType: row.source_type as BookmarkType,
      sourceId: row.source_id,
      containerType: row.container_type,
      containerId: row.container_id,
      authorId: row.source_author_id as UserId | null,
      title: text(this.#title, row.title) ?? '',
      preview: text(this.#preview, row.preview) ?? '',
      href: row.source_href,
      sourceLayout: jsonObject(text(this.#layout, row.source_layout_json)),
      snapshot: jsonObject(text(this.#snapshot, row.snapshot_json)) ?? {},
      note: text(this.#note, row.note),
      tags: jsonArray(row.tags_json).filter((tag) => typeof tag === 'string'),
      createdAt: columnTime(row.created_at) ?? 0,
      updatedAt: columnTime(row.updated_at) ?? 0,
      openedAt: columnTime(row.last_opened_at),
      archivedAt: columnTime(row.archived_at),
    };
  }
}

function dbTime(value: number | null): string | null {
  return value === null ? null : toDbTime(value);
}
