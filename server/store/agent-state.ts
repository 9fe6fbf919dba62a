/** What is kept of programs that look in: when they did, and which events they want (03 section 2.5.7). */
import type { UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toFineDbTime } from './time.ts';

/** When a program last looked in, Unix ms, and how. */
export interface CheckIn {
  at: number;
  source: string | null;
}

export class AgentState {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  checkIn(userId: UserId): CheckIn | null {
    const row = this.#sql.get<{ at: string; source: string | null }>(
      'SELECT last_checkin_at AS at, last_source AS source FROM agent_presence WHERE user_id = @userId',
      { userId },
    );
    const at = columnTime(row?.at);
    return row === undefined || at === null ? null : { at, source: row.source };
  }

  noteCheckIn(userId: UserId, source: string, now: number): void {
    this.#sql.run(
      `INSERT INTO agent_presence (user_id, last_checkin_at, last_source, updated_at) VALUES (@userId, @at, @source, @at)
       ON CONFLICT (user_id) DO UPDATE SET last_checkin_at = excluded.last_checkin_at,
         last_source = excluded.last_source, updated_at = excluded.updated_at`,
      { userId, source, at: toFineDbTime(now) },
    );
  }

  /** The event types somebody chose; null when they did not choose. */
  subscriptions(userId: UserId): string[] | null {
    const chosen = this.#sql.get<{ custom: number }>(
      'SELECT custom_enabled AS custom FROM agent_event_subscription_state WHERE user_id = @userId',
      { userId },
    );
    if (chosen === undefined || chosen.custom === 0) return null;
    return this.#sql
      .all<{ type: string }>(
        'SELECT event_type AS type FROM agent_event_subscriptions WHERE user_id = @userId ORDER BY event_type',
        { userId },
      )
      .map((row) => row.type);
  }

  /** @param types null goes back to the default. */
  subscribe(userId: UserId, types: readonly string[] | null, now: number): void {
    const at = toFineDbTime(now);
    this.#sql.run('DELETE FROM agent_event_subscriptions WHERE user_id = @userId', { userId });
    for (const type of types ?? [])
      this.#sql.run(
        'INSERT INTO agent_event_subscriptions (user_id, event_type, updated_at) VALUES (@userId, @type, @at)',
        { userId, type, at },
      );
    this.#sql.run(
      `INSERT INTO agent_event_subscription_state (user_id, custom_enabled, updated_at) VALUES (@userId, @custom, @at)
       ON CONFLICT (user_id) DO UPDATE SET custom_enabled = excluded.custom_enabled, updated_at = excluded.updated_at`,
      { userId, custom: Number(types !== null), at },
    );
  }
}
