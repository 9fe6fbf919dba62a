/** What is new in channels since a time, for the catch-up of programs (04 section 3.13). */
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

/** New messages of one channel. */
export interface ChannelNews {
  channelId: ChannelId;
  count: number;
  latestId: MessageId;
  latestAt: number;
}

export class ChannelNewsRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Channels of a member with messages of others since `since`, the latest first; times in Unix ms. */
  of(userId: UserId, since: number, now: number): ChannelNews[] {
    return this.#sql
      .all<{ channel_id: string; n: number; id: string; latest: string }>(
        `SELECT m.channel_id, count(*) AS n, m.id, max(m.created_at) AS latest FROM channel_messages m
           JOIN channel_members cm ON cm.channel_id = m.channel_id AND cm.user_id = @userId
          WHERE m.created_at > @since AND m.user_id <> @userId AND (m.expires_at IS NULL OR m.expires_at > @now)
          GROUP BY m.channel_id ORDER BY latest DESC`,
        { userId, since: toDbTime(since), now: toDbTime(now) },
      )
      .map((row) => ({
        channelId: row.channel_id as ChannelId,
        count: row.n,
        latestId: row.id as MessageId,
        latestAt: columnTime(row.latest) ?? 0,
      }));
  }
}
