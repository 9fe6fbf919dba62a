/**
 * What other nodes were told of the members of private channels (03 sections 2.5.2 and 5.7): one row per person and
 * node told, kept until the node acknowledges, so that it is told again when it comes back. Times are Unix ms.
 */
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { jsonObject } from './json.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

export type MemberAction = 'add' | 'remove';

/** A row of `channel_member_sync_deliveries`. */
export interface MemberSync {
  syncId: string;
  channelId: ChannelId;
  userId: UserId;
  action: MemberAction;
  role: string;
  peerId: PeerId;
  /** The channel as it was then: name, type, description, privacy. */
  payload: Record<string, unknown>;
  lastError: string | null;
  attempts: number;
  ackedAt: number | null;
}

/** What a new row needs. */
export type NewMemberSync = Pick<
  MemberSync,
  'syncId' | 'channelId' | 'userId' | 'action' | 'role' | 'peerId' | 'payload'
>;

interface SyncRow {
  sync_id: string;
  channel_id: string;
  target_user_id: string;
  action: string;
  role: string | null;
  target_peer_id: string;
  payload_json: string | null;
  last_error: string | null;
  attempt_count: number | null;
  acked_at: string | null;
}

const SELECT = `SELECT sync_id, channel_id, target_user_id, action, role, target_peer_id, payload_json, last_error,
  attempt_count, acked_at FROM channel_member_sync_deliveries`;

export class MemberSyncs {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Adds a row; what the peer was still to be told of that person is out of date. */
  add(sync: NewMemberSync, now: number): void {
    this.#sql.run(
      `DELETE FROM channel_member_sync_deliveries WHERE channel_id = @channelId AND target_user_id = @userId
          AND target_peer_id = @peerId`,
      { channelId: sync.channelId, userId: sync.userId, peerId: sync.peerId },
    );
    this.#sql.run(
      `INSERT INTO channel_member_sync_deliveries
         (sync_id, channel_id, target_user_id, action, role, target_peer_id, payload_json, delivery_state, created_at,
          updated_at)
       VALUES (@syncId, @channelId, @userId, @action, @role, @peerId, @payload, 'pending', @at, @at)`,
      { ...sync, payload: JSON.stringify(sync.payload), at: toDbTime(now) },
    );
  }

  get(syncId: string): MemberSync | undefined {
    const row = this.#sql.get<SyncRow>(`${SELECT} WHERE sync_id = @syncId`, { syncId });
    return row === undefined ? undefined : fromRow(row);
  }

  /** The latest of a person in a channel, to whomever. */
  latest(channelId: ChannelId, userId: UserId): MemberSync | undefined {
    const row = this.#sql.get<SyncRow>(
      `${SELECT} WHERE channel_id = @channelId AND target_user_id = @userId ORDER BY updated_at DESC, rowid DESC LIMIT 1`,
      { channelId, userId },
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** People a node was told last that they are in the channel. */
  toldTo(channelId: ChannelId, peerId: PeerId): Set<UserId> {
    const rows = this.#sql.all<{ user_id: string }>(
      `SELECT target_user_id AS user_id FROM channel_member_sync_deliveries
        WHERE channel_id = @channelId AND target_peer_id = @peerId AND action = 'add'`,
      { channelId, peerId },
    );
    return new Set(rows.map((row) => row.user_id as UserId));
  }

  /** Every node that was ever told of a member of the channel. */
  peersOf(channelId: ChannelId): PeerId[] {
    return this.#sql
      .all<{ peer: string }>(
        `SELECT DISTINCT target_peer_id AS peer FROM channel_member_sync_deliveries WHERE channel_id = @channelId
          ORDER BY peer`,
        { channelId },
      )
      .map((row) => row.peer as PeerId);
  }

  /** What a peer has not acknowledged, the oldest first: tried less than `maxAttempts` times, last before `before`. */
  unacknowledged(
    peerId: PeerId,
    query: { maxAttempts: number; before: number; limit: number },
  ): MemberSync[] {
    return this.#sql
      .all<SyncRow>(
        `${SELECT} WHERE target_peer_id = @peerId AND acked_at IS NULL AND coalesce(attempt_count, 0) < @maxAttempts
            AND coalesce(last_attempt_at, '') <= @before ORDER BY created_at, rowid LIMIT @limit`,
        { peerId, maxAttempts: query.maxAttempts, before: toDbTime(query.before), limit: query.limit },
      )
      .map(fromRow);
  }

  /** Notes that it was sent now. */
  attempted(syncId: string, now: number): void {
    this.#sql.run(
      `UPDATE channel_member_sync_deliveries SET delivery_state = 'sent', attempt_count = coalesce(attempt_count, 0) + 1,
         last_attempt_at = @at, updated_at = @at WHERE sync_id = @syncId AND acked_at IS NULL`,
      { syncId, at: toDbTime(now) },
    );
  }

  /** The peer has it. */
  acknowledged(syncId: string, now: number): void {
    this.#sql.run(
      `UPDATE channel_member_sync_deliveries SET delivery_state = 'acked', acked_at = @at, last_error = NULL,
         updated_at = @at WHERE sync_id = @syncId`,
      { syncId, at: toDbTime(now) },
    );
  }

  /** The peer did not take it. @param error a word of the wire. */
  failed(syncId: string, error: string, now: number): void {
    this.#sql.run(
      `UPDATE channel_member_sync_deliveries SET delivery_state = 'failed', last_error = @error, updated_at = @at
        WHERE sync_id = @syncId AND acked_at IS NULL`,
      { syncId, error, at: toDbTime(now) },
    );
  }

  /** Nothing that was told of a person in a channel counts any more. */
  forget(channelId: ChannelId, userId: UserId): void {
    this.#sql.run(
      'DELETE FROM channel_member_sync_deliveries WHERE channel_id = @channelId AND target_user_id = @userId',
      { channelId, userId },
    );
  }

  /** Nothing that a node was told of a channel counts any more. */
  forgetPeer(channelId: ChannelId, peerId: PeerId): void {
    this.#sql.run(
      'DELETE FROM channel_member_sync_deliveries WHERE channel_id = @channelId AND target_peer_id = @peerId',
      { channelId, peerId },
    );
  }
}

function fromRow(row: SyncRow): MemberSync {
  return {
    syncId: row.sync_id,
    channelId: row.channel_id as ChannelId,
    userId: row.target_user_id as UserId,
    action: row.action === 'remove' ? 'remove' : 'add',
    role: row.role ?? 'member',
    peerId: row.target_peer_id as PeerId,
    payload: jsonObject(row.payload_json) ?? {},
    lastError: row.last_error,
    attempts: row.attempt_count ?? 0,
    ackedAt: columnTime(row.acked_at),
  };
}
