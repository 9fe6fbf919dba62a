/** Members and allowed posters of channels (03 section 2.5.2). */
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

export type MemberRole = 'admin' | 'member';

/** A row of `channel_members`. */
export interface ChannelMember {
  channelId: ChannelId;
  userId: UserId;
  role: MemberRole;
  joinedAt: number | null;
  notificationsEnabled: boolean;
  lastReadAt: number | null;
}

interface MemberRow {
  channel_id: string;
  user_id: string;
  role: string | null;
  joined_at: string | null;
  notifications_enabled: number | null;
  last_read_at: string | null;
}

const SELECT =
  'SELECT channel_id, user_id, role, joined_at, notifications_enabled, last_read_at FROM channel_members';

export class ChannelMembers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Members of a channel, in the order they joined. */
  list(channelId: ChannelId): ChannelMember[] {
    return this.#sql
      .all<MemberRow>(`${SELECT} WHERE channel_id = @channelId ORDER BY id`, { channelId })
      .map(fromRow);
  }

  get(channelId: ChannelId, userId: UserId): Readonly<ChannelMember> | undefined {
    return this.#sql.recall(['channel_members'], `channel-members.get ${channelId}\0${userId}`, () => {
      const row = this.#sql.get<MemberRow>(`${SELECT} WHERE channel_id = @channelId AND user_id = @userId`, {
        channelId,
        userId,
      });
      return row === undefined ? undefined : fromRow(row);
    });
  }

  /** Every membership of a user. */
  ofUser(userId: UserId): ChannelMember[] {
    return this.#sql.all<MemberRow>(`${SELECT} WHERE user_id = @userId ORDER BY id`, { userId }).map(fromRow);
  }

  /** Adds a member; false when they are one already (the role then stays). */
  add(channelId: ChannelId, userId: UserId, role: MemberRole, now: number): boolean {
    // Mostly they are: who writes is added with every message.
    if (this.get(channelId, userId) !== undefined) return false;
    return (
      this.#sql.run(
        `INSERT OR IGNORE INTO channel_members (channel_id, user_id, role, joined_at)
         VALUES (@channelId, @userId, @role, @at)`,
        { channelId, userId, role, at: toDbTime(now) },
      ).changes === 1
    );
  }

  setRole(channelId: ChannelId, userId: UserId, role: MemberRole): boolean {
    return (
      this.#sql.run(
        'UPDATE channel_members SET role = @role WHERE channel_id = @channelId AND user_id = @userId',
        {
          channelId,
          userId,
          role,
        },
      ).changes === 1
    );
  }

  /** Removes a member and their posting grant. */
  remove(channelId: ChannelId, userId: UserId): boolean {
    this.#sql.run(
      'DELETE FROM channel_post_permissions WHERE channel_id = @channelId AND user_id = @userId',
      {
        channelId,
        userId,
      },
    );
    return (
      this.#sql.run('DELETE FROM channel_members WHERE channel_id = @channelId AND user_id = @userId', {
        channelId,
        userId,
      }).changes === 1
    );
  }

  /** Moves the read mark of a member forward to `at`; false when it stands there or later already. */
  markRead(channelId: ChannelId, userId: UserId, at: number): boolean {
    return (
      this.#sql.run(
        `UPDATE channel_members SET last_read_at = @at
          WHERE channel_id = @channelId AND user_id = @userId AND coalesce(last_read_at, '') < @at`,
        { channelId, userId, at: toDbTime(at) },
      ).changes === 1
    );
  }

  /** Sets the read mark of a member to `at` (Unix ms), back too. */
  setReadMark(channelId: ChannelId, userId: UserId, at: number): void {
    this.#sql.run(
      'UPDATE channel_members SET last_read_at = @at WHERE channel_id = @channelId AND user_id = @userId',
      { channelId, userId, at: toDbTime(at) },
    );
  }

  setNotifications(channelId: ChannelId, userId: UserId, enabled: boolean): boolean {
    return (
      this.#sql.run(
        'UPDATE channel_members SET notifications_enabled = @enabled WHERE channel_id = @channelId AND user_id = @userId',
        { channelId, userId, enabled: Number(enabled) },
      ).changes === 1
    );
  }

  /** Home peers of members that live elsewhere, sorted. */
  remotePeers(channelId: ChannelId, localPeer: PeerId | null): PeerId[] {
    return this.#sql
      .all<{ peer: string }>(
        `SELECT DISTINCT users.origin_peer AS peer FROM channel_members JOIN users ON users.id = channel_members.user_id
          WHERE channel_id = @channelId AND coalesce(users.origin_peer, '') <> '' AND users.origin_peer IS NOT @localPeer
          ORDER BY peer`,
        { channelId, localPeer },
      )
      .map((row) => row.peer as PeerId);
  }

  /** The allow-list of a curated channel. */
  posters(channelId: ChannelId): readonly UserId[] {
    return this.#sql.recall(['channel_post_permissions'], `posters ${channelId}`, () =>
      this.#sql
        .all<{ user_id: string }>(
          'SELECT user_id FROM channel_post_permissions WHERE channel_id = @channelId ORDER BY granted_at, user_id',
          { channelId },
        )
        .map((row) => row.user_id as UserId),
    );
  }

  /** @param grantedBy null when the grant came from the mesh. */
  grant(channelId: ChannelId, userId: UserId, grantedBy: UserId | null, now: number): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO channel_post_permissions (channel_id, user_id, granted_by, granted_at)
       VALUES (@channelId, @userId, @grantedBy, @at)`,
      { channelId, userId, grantedBy, at: toDbTime(now) },
    );
  }

  revoke(channelId: ChannelId, userId: UserId): boolean {
    return (
      this.#sql.run(
        'DELETE FROM channel_post_permissions WHERE channel_id = @channelId AND user_id = @userId',
        {
          channelId,
          userId,
        },
      ).changes === 1
    );
  }
}

function fromRow(row: MemberRow): ChannelMember {
  return {
    channelId: row.channel_id as ChannelId,
    userId: row.user_id as UserId,
    role: row.role === 'admin' ? 'admin' : 'member',
    joinedAt: columnTime(row.joined_at),
    notificationsEnabled: row.notifications_enabled !== 0,
    lastReadAt: columnTime(row.last_read_at),
  };
}
