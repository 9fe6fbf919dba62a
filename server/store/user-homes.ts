/**
 * Which node signed for a person (02 S5). `users.origin_peer` may rest on what a third node said; a row here means the
 * home itself signed a message or card of that person, and binds it.
 */
import type { PeerId, UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

export class UserHomes {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The node that signed for `userId`; `null` while nobody did. */
  get(userId: UserId): PeerId | null {
    return this.#sql.recall(['native_user_homes'], `user-homes.get ${userId}`, () => {
      const row = this.#sql.get<{ peer_id: string }>(
        'SELECT peer_id FROM native_user_homes WHERE user_id = @userId',
        { userId },
      );
      return row === undefined ? null : (row.peer_id as PeerId);
    });
  }

  /** Binds `userId` to `peerId`; the first binding stays. */
  confirm(userId: UserId, peerId: PeerId, now: number): void {
    this.#sql.run(
      'INSERT OR IGNORE INTO native_user_homes (user_id, peer_id, confirmed_at) VALUES (@userId, @peerId, @now)',
      { userId, peerId, now },
    );
  }

  /** Forgets whose `userId` is, with the person. */
  forget(userId: UserId): void {
    this.#sql.run('DELETE FROM native_user_homes WHERE user_id = @userId', { userId });
  }
}
