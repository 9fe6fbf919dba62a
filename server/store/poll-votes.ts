/** Votes in polls of posts and channel messages (03 section 2.5.4): one per person and poll. */
import type { Random } from '../ports/types.ts';
import type { UserId } from '../wire/ids.ts';
import { hexId } from './ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

/** Where a poll stands. */
export type PollKind = 'feed' | 'channel';

/** A row of `poll_votes`. */
export interface PollVote {
  userId: UserId;
  optionIndex: number;
}

/** Random characters of a vote id after its `PV` (03 section 2.2). */
const ID_HEX = 20;

export class PollVotes {
  readonly #sql: Sql;
  readonly #random: Random;

  constructor(components: { sql: Sql; random: Random }) {
    this.#sql = components.sql;
    this.#random = components.random;
  }

  of(kind: PollKind, pollId: string): PollVote[] {
    return this.#sql
      .all<{ user_id: string; option_index: number }>(
        'SELECT user_id, option_index FROM poll_votes WHERE poll_id = @pollId AND item_type = @kind',
        { pollId, kind },
      )
      .map((row) => ({ userId: row.user_id as UserId, optionIndex: row.option_index }));
  }

  /** Whether anybody voted. */
  any(kind: PollKind, pollId: string): boolean {
    return (
      this.#sql.get('SELECT 1 FROM poll_votes WHERE poll_id = @pollId AND item_type = @kind LIMIT 1', {
        pollId,
        kind,
      }) !== undefined
    );
  }

  /** The vote of one person; null when there is none. */
  get(kind: PollKind, pollId: string, userId: UserId): number | null {
    return (
      this.#sql.get<{ option_index: number }>(
        `SELECT option_index FROM poll_votes
          WHERE poll_id = @pollId AND item_type = @kind AND user_id = @userId`,
        { pollId, kind, userId },
      )?.option_index ?? null
    );
  }

  /** The newest of these people, with their times (Unix ms). */
  newestBy(userIds: readonly string[], limit: number): { pollId: string; userId: UserId; at: number }[] {
    return this.#sql
      .all<{ poll_id: string; user_id: string; updated_at: string | null }>(
        `SELECT poll_id, user_id, updated_at FROM poll_votes WHERE user_id IN (SELECT value FROM json_each(@ids))
          ORDER BY rowid DESC LIMIT @limit`,
        { ids: JSON.stringify(userIds), limit },
      )
      .map((row) => ({
        pollId: row.poll_id,
        userId: row.user_id as UserId,
        at: columnTime(row.updated_at) ?? 0,
      }));
  }

  /** Enters a vote in the place of an earlier one. */
  put(vote: { kind: PollKind; pollId: string } & PollVote, now: number): void {
    this.#sql.run(
      `INSERT INTO poll_votes (id, poll_id, item_type, user_id, option_index, created_at, updated_at)
       VALUES (@id, @pollId, @kind, @userId, @optionIndex, @at, @at)
       ON CONFLICT (poll_id, item_type, user_id)
       DO UPDATE SET option_index = excluded.option_index, updated_at = excluded.updated_at`,
      { ...vote, id: `PV${hexId(this.#random, ID_HEX)}`, at: toDbTime(now) },
    );
  }

  /** Whether a poll was closed before its time (by Python's program). */
  isClosed(kind: PollKind, pollId: string): boolean {
    return (
      this.#sql.get('SELECT 1 FROM poll_closures WHERE poll_id = @pollId AND item_type = @kind', {
        pollId,
        kind,
      }) !== undefined
    );
  }
}
