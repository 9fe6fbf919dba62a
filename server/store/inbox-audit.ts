/** Why something did not get into an inbox, and how each inbox is set (03 section 2.5.7). */
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { jsonObject } from './json.ts';
import { isOlder, placeOf, placeValues, type RowPlace } from './row-places.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime, toFineDbTime } from './time.ts';

/** A row of `agent_inbox_audit`. */
export interface InboxAuditRow {
  id: string;
  userId: UserId;
  reason: string;
  sourceType: string;
  sourceId: string;
  channelId: ChannelId | null;
  senderId: UserId | null;
  originPeer: PeerId | null;
  triggerType: string;
  createdAt: number;
}

interface DbRow {
  id: string;
  agent_user_id: string;
  reason: string;
  source_type: string;
  source_id: string;
  channel_id: string | null;
  sender_user_id: string | null;
  origin_peer: string | null;
  trigger_type: string;
  created_at: string | null;
}

export class InboxAudit {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add(row: Omit<InboxAuditRow, 'createdAt'>, now: number): void {
    this.#sql.run(
      `INSERT INTO agent_inbox_audit (id, agent_user_id, reason, source_type, source_id, channel_id, sender_user_id,
         origin_peer, trigger_type, created_at)
       VALUES (@id, @userId, @reason, @sourceType, @sourceId, @channelId, @senderId, @originPeer, @triggerType, @at)`,
      { ...row, at: toFineDbTime(now) },
    );
  }

  /** Newest first. @param query.since Unix ms; only later ones. */
  list(
    userId: UserId,
    query: { since: number | null; limit: number; before?: RowPlace | null },
  ): InboxAuditRow[] {
    return this.#sql
      .all<DbRow>(
        `SELECT id, agent_user_id, reason, source_type, source_id, channel_id, sender_user_id, origin_peer, trigger_type,
           created_at FROM agent_inbox_audit WHERE agent_user_id = @userId AND (@since IS NULL OR created_at > @since)
           AND ${isOlder('created_at')}
           ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        {
          userId,
          since: query.since === null ? null : toFineDbTime(query.since),
          limit: query.limit,
          ...placeValues(query.before),
        },
      )
      .map(fromRow);
  }

  place(id: string): RowPlace | undefined {
    return placeOf(this.#sql, 'agent_inbox_audit', 'created_at', id);
  }

  /** Reasons since a time, with their numbers. */
  counts(userId: UserId, since: number): Record<string, number> {
    const rows = this.#sql.all<{ reason: string; n: number }>(
      `SELECT reason, count(*) AS n FROM agent_inbox_audit WHERE agent_user_id = @userId AND created_at > @since
        GROUP BY reason`,
      { userId, since: toFineDbTime(since) },
    );
    return Object.fromEntries(rows.map((row) => [row.reason, row.n]));
  }

  /** Removes somebody's rows before a time, and all but the newest `keep`. */
  prune(userId: UserId, before: number, keep: number): void {
    this.#sql.run(
      `DELETE FROM agent_inbox_audit WHERE agent_user_id = @userId AND (created_at < @before OR created_at <
         (SELECT created_at FROM agent_inbox_audit WHERE agent_user_id = @userId ORDER BY created_at DESC
           LIMIT 1 OFFSET @keep))`,
      { userId, before: toFineDbTime(before), keep },
    );
  }

  /** The settings somebody made; null without any. */
  config(userId: UserId): Record<string, unknown> | null {
    const row = this.#sql.get<{ config: string }>(
      'SELECT config_json AS config FROM agent_inbox_config WHERE user_id = @userId',
      { userId },
    );
    return jsonObject(row?.config ?? null);
  }

  setConfig(userId: UserId, config: object, now: number): void {
    this.#sql.run(
      `INSERT INTO agent_inbox_config (user_id, config_json, updated_at) VALUES (@userId, @config, @at)
       ON CONFLICT (user_id) DO UPDATE SET config_json = excluded.config_json, updated_at = excluded.updated_at`,
      { userId, config: JSON.stringify(config), at: toDbTime(now) },
    );
  }
}

function fromRow(row: DbRow): InboxAuditRow {
  return {
    id: row.id,
    userId: row.agent_user_id as UserId,
    reason: row.reason,
    sourceType: row.source_type,
    sourceId: row.source_id,
    channelId: row.channel_id as ChannelId | null,
    senderId: row.sender_user_id as UserId | null,
    originPeer: row.origin_peer as PeerId | null,
    triggerType: row.trigger_type,
    createdAt: columnTime(row.created_at) ?? 0,
  };
}
