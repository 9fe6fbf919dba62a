/** The event journal (03 section 2.5.7, 04 section 7.1): rows with an ascending number that pages and scripts follow. */
import type { ChannelId, UserId } from '../wire/ids.ts';
import { jsonObject, jsonText } from './json.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toIsoTime } from './time.ts';
import type { Vault } from './vault.ts';

/** Who a row is for: one user, the parties of a direct message, or whoever may see the post or channel. */
export type JournalScope = 'user' | 'dm' | 'feed' | 'channel';

/** A row of `workspace_events`. */
export interface JournalRow {
  seq: number;
  eventId: string;
  eventType: string;
  actorUserId: UserId | null;
  targetUserId: UserId | null;
  channelId: ChannelId | null;
  postId: string | null;
  messageId: string | null;
  scope: JournalScope;
  createdAt: number;
  payload: Record<string, unknown> | null;
}

/** What a new row needs. */
export interface NewJournalRow {
  eventId: string;
  eventType: string;
  scope: JournalScope;
  now: number;
  actorUserId?: UserId | null;
  targetUserId?: UserId | null;
  channelId?: ChannelId | null;
  postId?: string | null;
  messageId?: string | null;
  /** At most one row ever exists per key. */
  dedupeKey?: string | null;
  payload?: Record<string, unknown> | null;
}

interface JournalDbRow {
  seq: number;
  event_id: string;
  event_type: string;
  actor_user_id: string | null;
  target_user_id: string | null;
  channel_id: string | null;
  post_id: string | null;
  message_id: string | null;
  visibility_scope: string;
  created_at: string;
  payload_json: Stored | null;
}

const SELECT = `SELECT seq, event_id, event_type, actor_user_id, target_user_id, channel_id, post_id, message_id,
  visibility_scope, created_at, payload_json FROM workspace_events`;
const SCOPES: readonly string[] = ['user', 'dm', 'feed', 'channel'] satisfies JournalScope[];

export class JournalRows {
  readonly #sql: Sql;
  readonly #payload: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#payload = components.vault.field('workspace_events.payload_json');
  }

  /** Appends a row; its number, or null when a row with the same dedupe key exists. */
  append(row: NewJournalRow): number | null {
    const { changes, lastRowId } = this.#sql.run(
      `INSERT OR IGNORE INTO workspace_events (event_id, event_type, actor_user_id, target_user_id, channel_id, post_id,
         message_id, visibility_scope, dedupe_key, payload_json, created_at)
       VALUES (@eventId, @eventType, @actor, @target, @channelId, @postId, @messageId, @scope, @dedupeKey, @payload, @at)`,
      {
        eventId: row.eventId,
        eventType: row.eventType,
        actor: row.actorUserId ?? null,
        target: row.targetUserId ?? null,
        channelId: row.channelId ?? null,
        postId: row.postId ?? null,
        messageId: row.messageId ?? null,
        scope: row.scope,
        dedupeKey: row.dedupeKey ?? null,
        payload: this.#payload.seal(jsonText(row.payload), row.eventId),
        at: toIsoTime(row.now),
      },
    );
    return changes === 1 ? lastRowId : null;
  }

  get(seq: number): JournalRow | undefined {
    const row = this.#sql.get<JournalDbRow>(`${SELECT} WHERE seq = @seq`, { seq });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /**
   * Rows after a number, ascending.
   * @param options.types only these event types; absent: all.
   * @param options.userId leaves out rows addressed to other users (scope `user`, other target).
   */
  after(
    seq: number,
    options: { limit: number; types?: readonly string[] | null; userId?: UserId | null },
  ): JournalRow[] {
    return this.#sql
      .all<JournalDbRow>(
        `${SELECT} WHERE seq > @seq AND (@types IS NULL OR event_type IN (SELECT value FROM json_each(@types)))
          AND (@userId IS NULL OR visibility_scope <> 'user' OR target_user_id = @userId)
          ORDER BY seq LIMIT @limit`,
        {
          seq,
          limit: options.limit,
          types: options.types === null || options.types === undefined ? null : JSON.stringify(options.types),
          userId: options.userId ?? null,
        },
      )
      .map((row) => this.#fromRow(row));
  }

  /** The highest number given out; 0 when the journal is empty. */
  latestSeq(): number {
    return this.#sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM workspace_events')?.seq ?? 0;
  }

  /** The highest number of rows addressed to a user, of these types; null without any. */
  latestFor(userId: UserId, types: readonly string[]): number | null {
    return (
      this.#sql.get<{ seq: number | null }>(
        `SELECT max(seq) AS seq FROM workspace_events
          WHERE target_user_id = @userId AND event_type IN (SELECT value FROM json_each(@types))`,
        { userId, types: JSON.stringify(types) },
      )?.seq ?? null
    );
  }

  /** How many rows there are of each type, and since when. */
  overview(): { oldestAt: number | null; latestAt: number | null; typeCounts: Record<string, number> } {
    const rows = this.#sql.all<{ type: string; n: number; oldest: string; latest: string }>(
      `SELECT event_type AS type, count(*) AS n, min(created_at) AS oldest, max(created_at) AS latest
         FROM workspace_events GROUP BY event_type ORDER BY event_type`,
    );
    const times = (pick: 'oldest' | 'latest'): number[] =>
      rows.map((row) => columnTime(row[pick])).filter((at) => at !== null);
    return {
      oldestAt: rows.length === 0 ? null : Math.min(...times('oldest')),
      latestAt: rows.length === 0 ? null : Math.max(...times('latest')),
      typeCounts: Object.fromEntries(rows.map((row) => [row.type, row.n])),
    };
  }

  /** The newest rows, newest first, with their dedupe keys. */
  newest(limit: number): (JournalRow & { dedupeKey: string | null })[] {
    return this.#sql
      .all<JournalDbRow & { dedupe_key: string | null }>(
        `SELECT seq, event_id, event_type, actor_user_id, target_user_id, channel_id, post_id, message_id,
           visibility_scope, created_at, payload_json, dedupe_key FROM workspace_events ORDER BY seq DESC LIMIT @limit`,
        { limit },
      )
      .map((row) => ({ ...this.#fromRow(row), dedupeKey: row.dedupe_key }));
  }

  /** Removes rows created before `before` and all but the newest `keep`; the number removed. */
  prune(before: number, keep: number): number {
    const old = this.#sql.run('DELETE FROM workspace_events WHERE created_at < @before', {
      before: toIsoTime(before),
    });
    const many = this.#sql.run(
      'DELETE FROM workspace_events WHERE seq <= (SELECT seq FROM workspace_events ORDER BY seq DESC LIMIT 1 OFFSET @keep)',
      { keep },
    );
    return old.changes + many.changes;
  }

  #fromRow(row: JournalDbRow): JournalRow {
    return {
      seq: row.seq,
      eventId: row.event_id,
      eventType: row.event_type,
      actorUserId: row.actor_user_id as UserId | null,
      targetUserId: row.target_user_id as UserId | null,
      channelId: row.channel_id as ChannelId | null,
      postId: row.post_id,
      messageId: row.message_id,
      // An unknown scope is shown to nobody but its target.
      scope: SCOPES.includes(row.visibility_scope) ? (row.visibility_scope as JournalScope) : 'user',
      createdAt: columnTime(row.created_at) ?? 0,
      payload: jsonObject(this.#payload.open(row.payload_json, row.event_id)),
    };
  }
}
