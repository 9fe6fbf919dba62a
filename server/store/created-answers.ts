/** Creations that clients named with an idempotency key (04 section 10a), and their answers, sealed by the vault. */
import type { UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** What a client named: its key holds for one account and one route. */
export interface CreationName {
  userId: UserId;
  /** Method and path pattern. */
  route: string;
  key: string;
}

export interface Creation {
  /** What the request asked for. */
  fingerprint: string;
  /** The object; null when it is not known. */
  created: string | null;
  /** JSON of the answer; null when it is not kept, or was not written down before the node ended. */
  answer: string | null;
}

interface Row {
  fingerprint: string;
  created: string | null;
  answer: Uint8Array | null;
}

const ONE = 'user_id = @userId AND route = @route AND key = @key';

export class CreatedAnswers {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  /** The creation of that name that is younger than `since` (Unix ms). */
  get(name: CreationName, since: number): Creation | undefined {
    const row = this.#sql.get<Row>(
      `SELECT fingerprint, created, answer FROM native_created WHERE ${ONE} AND created_at >= @since`,
      { ...name, since },
    );
    if (row === undefined) return undefined;
    return {
      fingerprint: row.fingerprint,
      created: row.created,
      answer: row.answer === null ? null : this.#vault.open(row.answer),
    };
  }

  /**
   * Notes that it was created; an older one of the same name gives way.
   * @param creation.created the object, if it is known. @param at Unix ms.
   */
  add(name: CreationName, creation: Omit<Creation, 'answer'>, at: number): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_created (user_id, route, key, fingerprint, created, created_at)
       VALUES (@userId, @route, @key, @fingerprint, @created, @at)`,
      { ...name, ...creation, at },
    );
  }

  /** Keeps the answer with it. @param answer JSON. */
  answered(name: CreationName, answer: string): void {
    const sealed = this.#vault.seal(answer);
    this.#sql.run(`UPDATE native_created SET answer = @sealed, size = @size WHERE ${ONE}`, {
      ...name,
      sealed,
      size: sealed.length,
    });
  }

  remove(name: CreationName): void {
    this.#sql.run(`DELETE FROM native_created WHERE ${ONE}`, { ...name });
  }

  /** Removes the oldest of an account until no more than so many rows and sealed bytes are left. */
  trim(userId: UserId, most: { rows: number; bytes: number }): void {
    this.#sql.run(
      `DELETE FROM native_created WHERE (user_id, route, key) IN (
         SELECT user_id, route, key FROM (
           SELECT user_id, route, key, row_number() OVER newest AS place, sum(size) OVER newest AS held
             FROM native_created WHERE user_id = @userId
           WINDOW newest AS (ORDER BY created_at DESC, route, key ROWS UNBOUNDED PRECEDING))
         WHERE place > @rows OR held > @bytes)`,
      { userId, ...most },
    );
  }

  /** Removes what is older than `before` (Unix ms). */
  prune(before: number): void {
    this.#sql.run('DELETE FROM native_created WHERE created_at < @before', { before });
  }
}
