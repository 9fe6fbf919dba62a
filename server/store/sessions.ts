/** Browser sessions (03 section 3.3). Only the SHA-256 of a session's token is stored. Times are Unix milliseconds. */
import type { UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** A row of `native_sessions`. */
export interface SessionRecord {
  /** Names the session in lists; not the token. */
  id: string;
  tokenHash: string;
  /** null before login. */
  userId: UserId | null;
  csrfToken: string;
  createdAt: number;
  lastSeenAt: number;
  userAgent: string | null;
  address: string | null;
}

interface SessionRow {
  id: string;
  token_hash: string;
  user_id: string | null;
  csrf_token: string;
  created_at: number;
  last_seen_at: number;
  user_agent: string | null;
  address: string | null;
}

const SELECT =
  'SELECT id, token_hash, user_id, csrf_token, created_at, last_seen_at, user_agent, address FROM native_sessions';

export class SessionRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  byTokenHash(tokenHash: string): SessionRecord | undefined {
    const row = this.#sql.get<SessionRow>(`${SELECT} WHERE token_hash = @tokenHash`, { tokenHash });
    return row === undefined ? undefined : fromRow(row);
  }

  /** Sessions of a user, most recently used first. */
  ofUser(userId: UserId): SessionRecord[] {
    return this.#sql
      .all<SessionRow>(`${SELECT} WHERE user_id = @userId ORDER BY last_seen_at DESC`, { userId })
      .map(fromRow);
  }

  insert(session: SessionRecord): void {
    this.#sql.run(
      `INSERT INTO native_sessions (token_hash, id, user_id, csrf_token, created_at, last_seen_at, user_agent, address)
       VALUES (@tokenHash, @id, @userId, @csrfToken, @createdAt, @lastSeenAt, @userAgent, @address)`,
      { ...session },
    );
  }

  setLastSeen(tokenHash: string, at: number): void {
    this.#sql.run('UPDATE native_sessions SET last_seen_at = @at WHERE token_hash = @tokenHash', {
      tokenHash,
      at,
    });
  }

  delete(tokenHash: string): boolean {
    return (
      this.#sql.run('DELETE FROM native_sessions WHERE token_hash = @tokenHash', { tokenHash }).changes === 1
    );
  }

  /** Deletes one session of that user by its list id. */
  deleteById(userId: UserId, id: string): boolean {
    return (
      this.#sql.run('DELETE FROM native_sessions WHERE user_id = @userId AND id = @id', { userId, id })
        .changes === 1
    );
  }

  /** Deletes the sessions of a user except the one with id `keepId`; the number deleted. */
  deleteOfUser(userId: UserId, keepId: string | null): number {
    return this.#sql.run('DELETE FROM native_sessions WHERE user_id = @userId AND id IS NOT @keepId', {
      userId,
      keepId,
    }).changes;
  }

  /** Deletes sessions without user, least recently used first, until `keep` are left. */
  keepNewestAnonymous(keep: number): number {
    return this.#sql.run(
      `DELETE FROM native_sessions WHERE token_hash IN (
         SELECT token_hash FROM native_sessions WHERE user_id IS NULL ORDER BY last_seen_at DESC LIMIT -1 OFFSET @keep)`,
      { keep },
    ).changes;
  }

  /** Deletes those last seen, or begun, before the given times, and anonymous ones last seen before theirs. */
  deleteOlder(limits: { seenBefore: number; createdBefore: number; anonymousSeenBefore: number }): number {
    return this.#sql.run(
      `DELETE FROM native_sessions WHERE last_seen_at < @seenBefore OR created_at < @createdBefore
         OR (user_id IS NULL AND last_seen_at < @anonymousSeenBefore)`,
      limits,
    ).changes;
  }
}

function fromRow(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    tokenHash: row.token_hash,
    userId: row.user_id as UserId | null,
    csrfToken: row.csrf_token,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    userAgent: row.user_agent,
    address: row.address,
  };
}
