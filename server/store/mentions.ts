/** Mentions of people of this node (03 section 2.5.7, `mention_events`): one row for each person and source. */
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { jsonObject, jsonText } from './json.ts';
import { isOlder, placeOf, placeValues, type RowPlace } from './row-places.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toFineDbTime } from './time.ts';
import type { Vault } from './vault.ts';

/** A row of `mention_events`. */
export interface MentionRow {
  id: string;
  /** Grows with every row; the cursor of streams. */
  seq: number;
  userId: UserId;
  sourceType: string;
  sourceId: string;
  authorId: UserId | null;
  originPeer: PeerId | null;
  channelId: ChannelId | null;
  preview: string | null;
  metadata: Record<string, unknown> | null;
  createdAt: number;
  acknowledgedAt: number | null;
  status: string;
}

export type NewMention = Pick<
  MentionRow,
  'id' | 'userId' | 'sourceType' | 'sourceId' | 'authorId' | 'originPeer' | 'channelId' | 'preview'
> & { now: number; metadata?: Record<string, unknown> | null };

interface DbRow {
  id: string;
  seq: number;
  user_id: string;
  source_type: string;
  source_id: string;
  author_id: string | null;
  origin_peer: string | null;
  channel_id: string | null;
  preview: Stored | null;
  metadata: Stored | null;
  created_at: string | null;
  acknowledged_at: string | null;
  status: string | null;
}

const SELECT = `SELECT id, rowid AS seq, user_id, source_type, source_id, author_id, origin_peer, channel_id, preview,
  metadata, created_at, acknowledged_at, status FROM mention_events`;

export class MentionRows {
  readonly #sql: Sql;
  readonly #preview: SealedField;
  readonly #metadata: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#preview = components.vault.field('mention_events.preview');
    this.#metadata = components.vault.field('mention_events.metadata');
  }

  /** Adds a row; false when this person has one for the source already. */
  add(row: NewMention): boolean {
    return (
      this.#sql.run(
        `INSERT OR IGNORE INTO mention_events (id, user_id, source_type, source_id, author_id, origin_peer, channel_id,
           preview, metadata, created_at, status)
         VALUES (@id, @userId, @sourceType, @sourceId, @authorId, @originPeer, @channelId, @preview, @metadata, @at, 'new')`,
        {
          id: row.id,
          userId: row.userId,
          sourceType: row.sourceType,
          sourceId: row.sourceId,
          authorId: row.authorId,
          originPeer: row.originPeer,
          channelId: row.channelId,
          preview: this.#preview.seal(row.preview, row.id),
          metadata: this.#metadata.seal(jsonText(row.metadata), row.id),
          at: toFineDbTime(row.now),
        },
      ).changes === 1
    );
  }

  get(id: string): MentionRow | undefined {
    const row = this.#sql.get<DbRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Whether somebody has a row for a source. */
  has(userId: UserId, sourceType: string, sourceId: string): boolean {
    return (
      this.#sql.get(
        'SELECT 1 FROM mention_events WHERE user_id = @userId AND source_type = @sourceType AND source_id = @sourceId',
        { userId, sourceType, sourceId },
      ) !== undefined
    );
  }

  /** Somebody's, newest first. @param query.since Unix ms; only later ones. */
  list(
    userId: UserId,
    query: { since?: number | null; limit: number; acknowledged?: boolean; before?: RowPlace | null },
  ): MentionRow[] {
    return this.#sql
      .all<DbRow>(
        `${SELECT} WHERE user_id = @userId AND (@since IS NULL OR created_at > @since)
           AND (@acknowledged = 1 OR acknowledged_at IS NULL) AND ${isOlder('created_at')} ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        {
          userId,
          since: query.since == null ? null : toFineDbTime(query.since),
          acknowledged: Number(query.acknowledged === true),
          limit: query.limit,
          ...placeValues(query.before),
        },
      )
      .map((row) => this.#fromRow(row));
  }

  place(id: string): RowPlace | undefined {
    return placeOf(this.#sql, 'mention_events', 'created_at', id);
  }

  /** Somebody's rows after a cursor, in the order they came. */
  after(userId: UserId, seq: number, limit: number): MentionRow[] {
    return this.#sql
      .all<DbRow>(`${SELECT} WHERE user_id = @userId AND rowid > @seq ORDER BY rowid LIMIT @limit`, {
        userId,
        seq,
        limit,
      })
      .map((row) => this.#fromRow(row));
  }

  /** The cursor of the newest row; 0 without any. */
  latestSeq(): number {
    return this.#sql.get<{ seq: number | null }>('SELECT max(rowid) AS seq FROM mention_events')?.seq ?? 0;
  }

  /** Number not acknowledged: of one person, or of all. */
  countNew(userId: UserId | null): number {
    return (
      this.#sql.get<{ n: number }>(
        `SELECT count(*) AS n FROM mention_events WHERE acknowledged_at IS NULL
          ${userId === null ? '' : 'AND user_id = @userId'}`,
        { userId },
      )?.n ?? 0
    );
  }

  /** Marks a row of somebody; false when it is not theirs or was marked before. */
  acknowledge(id: string, userId: UserId, now: number): boolean {
    return (
      this.#sql.run(
        `UPDATE mention_events SET acknowledged_at = @at, status = 'acknowledged'
          WHERE id = @id AND user_id = @userId AND acknowledged_at IS NULL`,
        { id, userId, at: toFineDbTime(now) },
      ).changes === 1
    );
  }

  /** Puts a row of somebody away for good; false when it is not theirs or was put away before. */
  dismiss(id: string, userId: UserId, now: number): boolean {
    return (
      this.#sql.run(
        `UPDATE mention_events SET acknowledged_at = coalesce(acknowledged_at, @at), status = 'dismissed'
          WHERE id = @id AND user_id = @userId AND status IS NOT 'dismissed'`,
        { id, userId, at: toFineDbTime(now) },
      ).changes === 1
    );
  }

  /** The source reads otherwise now, for those who may read it. */
  setPreview(
    sourceType: string,
    sourceId: string,
    preview: string,
    mayRead: (userId: UserId) => boolean,
  ): void {
    const rows = this.#sql.all<{ id: string; user_id: string }>(
      'SELECT id, user_id FROM mention_events WHERE source_type = @sourceType AND source_id = @sourceId',
      { sourceType, sourceId },
    );
    for (const { id } of rows.filter((row) => mayRead(row.user_id as UserId)))
      this.#sql.run('UPDATE mention_events SET preview = @preview WHERE id = @id', {
        id,
        preview: this.#preview.seal(preview, id),
      });
  }

  /** The source is gone, for everybody or for one person. */
  remove(sourceType: string, sourceId: string, userId: UserId | null = null): void {
    this.#sql.run(
      `DELETE FROM mention_events WHERE source_type = @sourceType AND source_id = @sourceId
         AND (@userId IS NULL OR user_id = @userId)`,
      { sourceType, sourceId, userId },
    );
  }

  #fromRow(row: DbRow): MentionRow {
    return {
      id: row.id,
      seq: row.seq,
      userId: row.user_id as UserId,
      sourceType: row.source_type,
      sourceId: row.source_id,
      authorId: row.author_id as UserId | null,
      originPeer: row.origin_peer as PeerId | null,
      channelId: row.channel_id as ChannelId | null,
      preview: this.#preview.open(row.preview, row.id),
      metadata: jsonObject(this.#metadata.open(row.metadata, row.id)),
      createdAt: columnTime(row.created_at) ?? 0,
      acknowledgedAt: columnTime(row.acknowledged_at),
      status: row.status ?? 'new',
    };
  }
}
