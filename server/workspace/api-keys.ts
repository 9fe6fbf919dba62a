/**
 * API keys (03 section 3.4, 04 sections 1.3 and 3.2): made once, shown once, stored as a hash, expiring, revocable.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { ApiKeyRecord, ApiKeyRows } from '../store/api-keys.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import { hexId } from '../store/ids.ts';
import type { Users } from '../store/users.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { KeyId, UserId } from '../wire/ids.ts';
import { account } from './account.ts';
import type { Account } from './account.ts';
import { WorkspaceError } from './errors.ts';

/** The reference's names, in its order. */
export const PERMISSIONS = [
  'read_messages',
  'write_messages',
  'read_files',
  'write_files',
  'read_feed',
  'write_feed',
  'voice_call',
  'manage_keys',
  'view_trust',
  'delete_data',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What a key gets when nothing is asked for. */
export const DEFAULT_PERMISSIONS: readonly Permission[] = [
  'read_messages',
  'write_messages',
  'read_feed',
  'write_feed',
];

const KEY_BYTES = 32;
const ID_HEX = 32;
const DAY_MS = 86_400_000;
/** A use is noted no more often: a program may call many times a second. */
const USE_NOTED_EVERY_MS = 60_000;
/** A hundred years; a longer life is never. */
const MAX_EXPIRES_DAYS = 36_500;
const MAX_NAME_LENGTH = 100;

/** A key as its owner sees it in a list. */
export interface ApiKeyInfo {
  id: KeyId;
  userId: UserId;
  /** Empty when the stored list holds a name nobody knows: such a key is invalid. */
  permissions: readonly Permission[];
  createdAt: number | null;
  expiresAt: number | null;
  revoked: boolean;
  /** Neither revoked nor expired, and its permissions are known. */
  usable: boolean;
  name: string | null;
}

/** What a valid key text stands for. The account may be waiting for approval; the caller decides what it may then do. */
export interface AuthenticatedKey {
  keyId: KeyId;
  user: Account;
  permissions: readonly Permission[];
}

/** A key in a list. */
export interface ListedKey extends ApiKeyInfo {
  /** Unix ms, to about a minute; null: not since this is noted. */
  lastUsedAt: number | null;
}

/** What is asked of a new key. */
export interface NewKey {
  /** Absent or empty: {@link DEFAULT_PERMISSIONS}. */
  permissions?: readonly string[] | null;
  /** Whole days from now; 0 or absent: never. */
  expiresDays?: number | null;
  /** At most 100 characters, for the list. */
  name?: string | null;
}

export interface ApiKeysComponents {
  rows: ApiKeyRows;
  users: Users;
  commit: GroupCommit;
  clock: Clock;
  random: Random;
  crypto: CryptoBackend;
  bus: EventBus;
}

export class ApiKeys {
  readonly #c: ApiKeysComponents;
  /** When a use of each was last noted; only of keys there are. */
  readonly #noted = new Map<KeyId, number>();

  constructor(components: ApiKeysComponents) {
    this.#c = components;
  }

  /**
   * Makes a key for `userId`.
   * @param callerPermissions what the caller's own key may do, which the new one cannot exceed; null for a session.
   * @returns the key text, which exists nowhere else, and its row.
   * @throws {WorkspaceError} `invalid_permission`, `key_exceeds_caller`, `invalid_expiry`, `invalid_key_name`.
   */
  create(
    userId: UserId,
    wanted: NewKey = {},
    callerPermissions: ReadonlySet<string> | null = null,
  ): { key: string; info: ApiKeyInfo } {
    const permissions = requirePermissions(wanted.permissions ?? []);
    const excess = permissions.find(
      (permission) => callerPermissions !== null && !callerPermissions.has(permission),
    );
    if (excess !== undefined) {
      throw new WorkspaceError(
        'key_exceeds_caller',
        `This key does not hold ${excess} and cannot give it away.`,
      );
    }
    const name = keyName(wanted.name ?? null);
    const now = this.#c.clock.now();
    const days = requireDays(wanted.expiresDays ?? 0);
    const key = Buffer.from(this.#c.random.bytes(KEY_BYTES)).toString('base64url');
    const id = hexId(this.#c.random, ID_HEX) as KeyId;
    const expiresAt = days === 0 ? null : now + days * DAY_MS;
    this.#c.commit.now(() => {
      this.#c.rows.insert({ id, userId, keyHash: this.#hash(key), permissions, expiresAt, name, now });
      this.#c.commit.creates(id);
    });
    this.#c.bus.publish({ type: 'settings.changed', userId });
    return {
      key,
      info: { id, userId, permissions, createdAt: now, expiresAt, revoked: false, usable: true, name },
    };
  }

  /** All keys of a user, newest first, revoked and expired ones included. */
  list(userId: UserId): ListedKey[] {
    const now = this.#c.clock.now();
    const uses = this.#c.rows.usesOf(userId);
    return this.#c.rows
      .ofUser(userId)
      .map((record) => ({ ...info(record, now), lastUsedAt: uses.get(record.id) ?? null }));
  }

  /**
   * Revokes a key of that user; revoking it again is no error.
   * @throws {WorkspaceError} `key_not_found`.
   */
  revoke(userId: UserId, keyId: KeyId): void {
    if (!this.#c.commit.now(() => this.#c.rows.revoke(keyId, userId))) {
      throw new WorkspaceError('key_not_found', 'API key not found or not owned by user');
    }
    this.#c.bus.publish({ type: 'access.changed', userId });
    this.#c.bus.publish({ type: 'settings.changed', userId });
  }

  /** Whom a key text stands for; null when it is unknown, revoked, expired, damaged, or its account suspended. */
  authenticate(keyText: string): AuthenticatedKey | null {
    const record = this.#c.rows.byHash(this.#hash(keyText));
    if (record === undefined) return null;
    const { usable, permissions } = info(record, this.#c.clock.now());
    const user = usable ? this.#c.users.get(record.userId) : undefined;
    if (user === undefined || user.status === 'suspended') return null;
    this.#noteUse(record.id);
    return { keyId: record.id, user: account(user), permissions };
  }

  /** Whoever uses a key does not wait for this, nor fail with it. */
  #noteUse(id: KeyId): void {
    const now = this.#c.clock.now();
    if (now - (this.#noted.get(id) ?? -Infinity) < USE_NOTED_EVERY_MS) return;
    this.#noted.set(id, now);
    this.#c.commit.run(() => this.#c.rows.noteUse(id, now), { patient: true }).catch(() => undefined);
  }

  #hash(keyText: string): string {
    return apiKeyHash(this.#c.crypto, keyText);
  }
}

/** Hex SHA-256 of a key's text, the form in which keys are stored. */
export function apiKeyHash(crypto: CryptoBackend, keyText: string): string {
  return toHex(crypto.sha256(utf8(keyText)));
}

function info({ permissions: stored, ...record }: ApiKeyRecord, now: number): ApiKeyInfo {
  const permissions = readPermissions(stored);
  const expired = record.expiresAt !== null && record.expiresAt <= now;
  return {
    ...record,
    permissions: permissions ?? [],
    usable: permissions !== null && !record.revoked && !expired,
  };
}

function isPermission(value: unknown): value is Permission {
  return (PERMISSIONS as readonly unknown[]).includes(value);
}

function readPermissions(json: string): Permission[] | null {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) && value.every(isPermission) ? value : null;
  } catch {
    return null;
  }
}

function requirePermissions(wanted: readonly string[]): readonly Permission[] {
  if (wanted.length === 0) return DEFAULT_PERMISSIONS;
  const unique = [...new Set(wanted)];
  return unique.map((name) => {
    if (isPermission(name)) return name;
    throw new WorkspaceError(
      'invalid_permission',
      `Invalid permission: '${name.slice(0, MAX_NAME_LENGTH)}' is not a valid Permission`,
      {
        field: 'permissions',
      },
    );
  });
}

function requireDays(days: number): number {
  if (Number.isInteger(days) && days >= 0 && days <= MAX_EXPIRES_DAYS) return days;
  throw new WorkspaceError(
    'invalid_expiry',
    `expires_days must be a whole number of days up to ${MAX_EXPIRES_DAYS}, or 0 for never`,
    {
      field: 'expires_days',
    },
  );
}

function keyName(name: string | null): string | null {
  const trimmed = name?.trim() ?? '';
  if (trimmed === '') return null;
  if (trimmed.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(trimmed)) return trimmed;
  throw new WorkspaceError(
    'invalid_key_name',
    `A key's name has at most ${MAX_NAME_LENGTH} characters and no control characters`,
    {
      field: 'name',
    },
  );
}
