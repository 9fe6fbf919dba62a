/** Reactions to messages and posts (03 sections 2.5.4, 5.15): one per user and item. */
import type { Random } from '../ports/types.ts';
import type { UserId } from '../wire/ids.ts';
import { hexId } from './ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

/** A row of `likes`. */
export interface Reaction {
  itemId: string;
  userId: UserId;
  reactionType: string;
}

/** Random characters of a reaction id after its `L` (03 section 2.2). */
const ID_HEX = 16;

export class Reactions {
  readonly #sql: Sql;
  readonly #random: Random;

  constructor(components: { sql: Sql; random: Random }) {
    this.#sql = components.sql;
    this.#random = components.random;
  }

  /** Reactions to the given items, oldest first. */
  of(itemIds: readonly string[]): Reaction[] {
    return this.#sql
      .all<{ message_id: string; user_id: string; reaction_type: string | null }>(
        `SELECT message_id, user_id, reaction_type FROM likes
          WHERE message_id IN (SELECT value FROM json_each(@ids)) ORDER BY created_at, rowid`,
        { ids: JSON.stringify(itemIds) },
      )
      .map((row) => ({
        itemId: row.message_id,
        userId: row.user_id as UserId,
        reactionType: row.reaction_type ?? 'like',
      }));
  }

  /** The newest of these people, with their times (Unix ms). */
  newestBy(userIds: readonly string[], limit: number): { itemId: string; userId: UserId; at: number }[] {
    return this.#sql
      .all<{ message_id: string; user_id: string; created_at: string | null }>(
        `SELECT message_id, user_id, created_at FROM likes WHERE user_id IN (SELECT value FROM json_each(@ids))
          ORDER BY rowid DESC LIMIT @limit`,
        { ids: JSON.stringify(userIds), limit },
      )
      .map((row) => ({
        itemId: row.message_id,
        userId: row.user_id as UserId,
        at: columnTime(row.created_at) ?? 0,
      }));
  }

  /** Adds a reaction; false when the user has one on the item. */
  add(reaction: Reaction, now: number): boolean {
    return (
      this.#sql.run(
        `INSERT OR IGNORE INTO likes (id, message_id, user_id, reaction_type, created_at)
         VALUES (@id, @itemId, @userId, @reactionType, @at)`,
        { id: `L${hexId(this.#random, ID_HEX)}`, ...reaction, at: toDbTime(now) },
      ).changes === 1
    );
  }

  remove(itemId: string, userId: UserId): boolean {
    return (
      this.#sql.run('DELETE FROM likes WHERE message_id = @itemId AND user_id = @userId', { itemId, userId })
        .changes === 1
    );
  }
}
