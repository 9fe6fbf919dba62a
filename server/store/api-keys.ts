/** API keys (03 sections 2.5.1, 3.4). Only the hash of a key's text is here; names are ours alone. */
import type { KeyId, UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, parseLocalTime, toDbTime, toIsoTime } from './time.ts';

/** A row of `api_keys` with what this program adds. */
export interface ApiKeyRecord {
  id: KeyId;
  userId: UserId;
  /** As stored: JSON text, checked by the workspace. */
  permissions: string;
  createdAt: number | null;
  /** null: never. A stored text that is no time reads as 0, so such a key has expired. */
  expiresAt: number | null;
  revoked: boolean;
  name: string | null;
}

interface ApiKeyRow {
  id: string;
  user_id: string;
  permissions: string;
  created_at: string | null;
  expires_at: string | null;
  revoked: number | null;
  name: string | null;
}

const SELECT = `SELECT api_keys.id, user_id, permissions, created_at, expires_at, revoked, name
  FROM api_keys LEFT JOIN native_api_keys ON native_api_keys.key_id = api_keys.id`;

const TABLES = ['api_keys', 'native_api_keys'];

export class ApiKeyRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @param keyHash hex SHA-256 of the key's text. */
  byHash(keyHash: string): Readonly<ApiKeyRecord> | undefined {
    return this.#sql.recall(TABLES, `api-keys.byHash ${keyHash}`, () => {
      const row = this.#sql.get<ApiKeyRow>(`${SELECT} WHERE key_hash = @keyHash`, { keyHash });
      return row === undefined ? undefined : fromRow(row);
    });
  }

  get(id: KeyId): ApiKeyRecord | undefined {
    const row = this.#sql.get<ApiKeyRow>(`${SELECT} WHERE api_keys.id = @id`, { id });
    return row === undefined ? undefined : fromRow(row);
  }

  /** All keys of a user, revoked ones too, newest first. */
  ofUser(userId: UserId): ApiKeyRecord[] {
    return this.#sql
      .all<ApiKeyRow>(`${SELECT} WHERE user_id = @userId ORDER BY created_at DESC, api_keys.rowid DESC`, {
        userId,
      })
      .map(fromRow);
  }

  insert(fields: {
    id: KeyId;
    userId: UserId;
    keyHash: string;
    permissions: readonly string[];
    expiresAt: number | null;
    name: string | null;
    now: number;
  }): void {
    this.#sql.run(
      `INSERT INTO api_keys (id, user_id, key_hash, permissions, created_at, expires_at, revoked)
       VALUES (@id, @userId, @keyHash, @permissions, @at, @expiresAt, 0)`,
      {
        id: fields.id,
        userId: fields.userId,
        keyHash: fields.keyHash,
        permissions: JSON.stringify(fields.permissions),
        at: toDbTime(fields.now),
        expiresAt: fields.expiresAt === null ? null : toIsoTime(fields.expiresAt),
      },
    );
    if (fields.name === null) return;
    this.#sql.run('INSERT OR REPLACE INTO native_api_keys (key_id, name) VALUES (@id, @name)', {
      id: fields.id,
      name: fields.name,
    });
  }

  /** Notes that a key was used. @param at Unix ms. */
  noteUse(id: KeyId, at: number): void {
    this.#sql.run('INSERT OR REPLACE INTO native_key_uses (key_id, used_at) VALUES (@id, @at)', { id, at });
  }

  /** When each key of a user was last used, Unix ms; those never used are absent. */
  usesOf(userId: UserId): ReadonlyMap<KeyId, number> {
    const rows = this.#sql.all<{ key_id: string; used_at: number }>(
      `SELECT key_id, used_at FROM native_key_uses JOIN api_keys ON api_keys.id = key_id
       WHERE user_id = @userId`,
      { userId },
    );
    return new Map(rows.map((row) => [row.key_id as KeyId, row.used_at]));
  }

  /** Revokes a key of that user; false when there is none. Revoking twice is no error. */
  revoke(id: KeyId, userId: UserId): boolean {
    return (
      this.#sql.run('UPDATE api_keys SET revoked = 1 WHERE id = @id AND user_id = @userId', { id, userId })
        .changes === 1
    );
  }
}

function fromRow(row: ApiKeyRow): ApiKeyRecord {
  return {
    id: row.id as KeyId,
    userId: row.user_id as UserId,
    permissions: row.permissions,
    createdAt: columnTime(row.created_at),
    expiresAt: row.expires_at === null ? null : (parseLocalTime(row.expires_at) ?? 0),
    revoked: row.revoked !== 0 && row.revoked !== null,
    name: row.name,
  };
}
