/** Who follows which thread, and who does not want to (03 section 2.5.2, `channel_thread_subscriptions`). */
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { toDbTime } from './time.ts';

export class ThreadSubscriptionRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** What somebody chose for a thread; null when nothing. */
  get(rootId: MessageId, userId: UserId): boolean | null {
    const row = this.#sql.get<{ subscribed: number }>(
      `SELECT subscribed FROM channel_thread_subscriptions WHERE thread_root_message_id = @rootId AND user_id = @userId`,
      { rootId, userId },
    );
    return row === undefined ? null : row.subscribed !== 0;
  }

  set(
    thread: { channelId: ChannelId; rootId: MessageId; userId: UserId },
    subscribed: boolean,
    now: number,
  ): void {
    this.#sql.run(
      `INSERT INTO channel_thread_subscriptions
         (channel_id, thread_root_message_id, user_id, subscribed, source, created_at, updated_at)
       VALUES (@channelId, @rootId, @userId, @subscribed, 'manual', @at, @at)
       ON CONFLICT (thread_root_message_id, user_id) DO UPDATE SET subscribed = excluded.subscribed,
         source = 'manual', updated_at = excluded.updated_at`,
      { ...thread, subscribed: Number(subscribed), at: toDbTime(now) },
    );
  }

  /** Those who chose to follow a thread. */
  followers(rootId: MessageId): UserId[] {
    return this.#sql
      .all<{ user_id: string }>(
        `SELECT user_id FROM channel_thread_subscriptions WHERE thread_root_message_id = @rootId AND subscribed = 1
          ORDER BY user_id`,
        { rootId },
      )
      .map((row) => row.user_id as UserId);
  }
}
