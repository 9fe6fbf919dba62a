/** Who works on a source just now (03 section 2.5.7, `mention_claims`): one row for each source, the latest claim. */
import type { ChannelId, UserId } from '../wire/ids.ts';
import { jsonObject, jsonText } from './json.ts';
import type { Sql } from './sql.ts';
import { columnTime, toFineDbTime } from './time.ts';

/** A row of `mention_claims`. */
export interface ClaimRow {
  id: string;
  sourceType: string;
  sourceId: string;
  channelId: ChannelId | null;
  userId: UserId;
  username: string;
  claimedAt: number;
  expiresAt: number;
  releasedAt: number | null;
  releaseReason: string | null;
  metadata: Record<string, unknown> | null;
}

interface DbRow {
  id: string;
  source_type: string;
  source_id: string;
  channel_id: string | null;
  claimed_by_user_id: string;
  claimed_by_username: string | null;
  claimed_at: string | null;
  expires_at: string;
  released_at: string | null;
  release_reason: string | null;
  metadata: string | null;
}

const SELECT = `SELECT id, source_type, source_id, channel_id, claimed_by_user_id, claimed_by_username, claimed_at,
  expires_at, released_at, release_reason, metadata FROM mention_claims`;

export class MentionClaimRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(sourceType: string, sourceId: string): ClaimRow | undefined {
    const row = this.#sql.get<DbRow>(`${SELECT} WHERE source_type = @sourceType AND source_id = @sourceId`, {
      sourceType,
      sourceId,
    });
    return row === undefined ? undefined : fromRow(row);
  }

  /** Writes the claim of a source in the place of an earlier one. */
  put(claim: Omit<ClaimRow, 'releasedAt' | 'releaseReason'>): void {
    this.#sql.run(
      `INSERT INTO mention_claims (id, source_type, source_id, channel_id, claimed_by_user_id, claimed_by_username,
         claimed_at, expires_at, metadata)
       VALUES (@id, @sourceType, @sourceId, @channelId, @userId, @username, @claimedAt, @expiresAt, @metadata)
       ON CONFLICT (source_type, source_id) DO UPDATE SET id = excluded.id, channel_id = excluded.channel_id,
         claimed_by_user_id = excluded.claimed_by_user_id, claimed_by_username = excluded.claimed_by_username,
         claimed_at = excluded.claimed_at, expires_at = excluded.expires_at, metadata = excluded.metadata,
         released_at = NULL, release_reason = NULL`,
      {
        ...claim,
        claimedAt: toFineDbTime(claim.claimedAt),
        expiresAt: toFineDbTime(claim.expiresAt),
        metadata: jsonText(claim.metadata),
      },
    );
  }

  release(sourceType: string, sourceId: string, reason: string, now: number): void {
    this.#sql.run(
      `UPDATE mention_claims SET released_at = @at, release_reason = @reason
        WHERE source_type = @sourceType AND source_id = @sourceId AND released_at IS NULL`,
      { sourceType, sourceId, reason, at: toFineDbTime(now) },
    );
  }

  remove(sourceType: string, sourceId: string): void {
    this.#sql.run('DELETE FROM mention_claims WHERE source_type = @sourceType AND source_id = @sourceId', {
      sourceType,
      sourceId,
    });
  }
}

function fromRow(row: DbRow): ClaimRow {
  return {
    id: row.id,
    sourceType: row.source_type,
    sourceId: row.source_id,
    channelId: row.channel_id as ChannelId | null,
    userId: row.claimed_by_user_id as UserId,
    username: row.claimed_by_username ?? '',
    claimedAt: columnTime(row.claimed_at) ?? 0,
    expiresAt: columnTime(row.expires_at) ?? 0,
    releasedAt: columnTime(row.released_at),
    releaseReason: row.release_reason,
    metadata: jsonObject(row.metadata),
  };
}
