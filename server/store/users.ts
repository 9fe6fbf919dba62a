/** Accounts and shadow users (03 sections 2.5.1, 4.2). Rules about them are in the workspace. */
import type { PeerId, UserId } from '../wire/ids.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import { assignments } from './sql.ts';
import type { Sql, SqlValue } from './sql.ts';
import { columnTime, toDbTime, toIsoTime } from './time.ts';
import type { Vault } from './vault.ts';

export type AccountType = 'human' | 'agent';
export type AccountStatus = 'active' | 'pending_approval' | 'suspended';

/** A row of `users`. */
export interface User {
  id: UserId;
  username: string;
  displayName: string | null;
  /** Base58 for local accounts, empty for shadow users. */
  publicKey: string;
  /** bcrypt or legacy text; null for shadow and built-in rows. */
  passwordHash: string | null;
  /** Home node of a shadow user; null (or the local peer) for local accounts. */
  originPeer: PeerId | null;
  accountType: AccountType;
  /** An unknown stored value reads as suspended. */
  status: AccountStatus;
  bio: string | null;
  avatarFileId: string | null;
  themePreference: string;
  agentDirectives: string | null;
  notificationSettings: string | null;
  privacySettings: string | null;
  createdAt: number | null;
  updatedAt: number | null;
  profileUpdatedAt: number | null;
}

/** What a new row needs. */
export interface NewUser {
  id: UserId;
  username: string;
  publicKey: string;
  displayName: string | null;
  passwordHash?: string | null;
  originPeer?: PeerId | null;
  accountType?: AccountType;
  status?: AccountStatus;
  now: number;
}

/** The four Base58 values of a local account (03 section 2.5.1). */
export interface UserKeys {
  ed25519PublicKey: string;
  ed25519PrivateKey: string;
  x25519PublicKey: string;
  x25519PrivateKey: string;
}

/** Fields a person or a peer's card can change. */
export type UserPatch = Partial<
  Pick<
    User,
    | 'username'
    | 'displayName'
    | 'passwordHash'
    | 'originPeer'
    | 'accountType'
    | 'status'
    | 'bio'
    | 'avatarFileId'
    | 'themePreference'
    | 'agentDirectives'
    | 'notificationSettings'
    | 'privacySettings'
  >
> & { profileUpdatedAt?: number };

interface UserRow {
  id: string;
  username: string;
  display_name: string | null;
  public_key: string;
  password_hash: string | null;
  origin_peer: string | null;
  account_type: string | null;
  status: string | null;
  bio: Stored | null;
  avatar_file_id: string | null;
  theme_preference: string | null;
  agent_directives: string | null;
  notification_settings: string | null;
  privacy_settings: string | null;
  created_at: string | null;
  updated_at: string | null;
  profile_updated_at: string | null;
}

const COLUMNS = `id, username, display_name, public_key, password_hash, origin_peer, account_type, status, bio,
  avatar_file_id, theme_preference, agent_directives, notification_settings, privacy_settings, created_at, updated_at,
  profile_updated_at`;

const PATCH_COLUMNS = {
  username: 'username',
  displayName: 'display_name',
  passwordHash: 'password_hash',
  originPeer: 'origin_peer',
  accountType: 'account_type',
  status: 'status',
  bio: 'bio',
  avatarFileId: 'avatar_file_id',
  themePreference: 'theme_preference',
  agentDirectives: 'agent_directives',
  notificationSettings: 'notification_settings',
  privacySettings: 'privacy_settings',
} as const;

export class Users {
  readonly #sql: Sql;
  readonly #bio: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#bio = components.vault.field('users.bio');
  }

  get(id: UserId): Readonly<User> | undefined {
    return this.#sql.recall(['users'], `users.get ${id}`, () =>
      this.#user(this.#sql.get<UserRow>(`SELECT ${COLUMNS} FROM users WHERE id = @id`, { id })),
    );
  }

  /** Case-sensitive, as the unique constraint is. */
  byUsername(username: string): User | undefined {
    return this.#user(
      this.#sql.get<UserRow>(`SELECT ${COLUMNS} FROM users WHERE username = @username`, { username }),
    );
  }

  /** Every row, oldest first. */
  list(): User[] {
    return this.#sql
      .all<UserRow>(`SELECT ${COLUMNS} FROM users ORDER BY created_at, rowid`)
      .map((row) => this.#fromRow(row));
  }

  /** Those with a password: the accounts of this node. Oldest first. */
  withPassword(): User[] {
    return this.#sql
      .all<UserRow>(`SELECT ${COLUMNS} FROM users WHERE password_hash IS NOT NULL ORDER BY created_at, rowid`)
      .map((row) => this.#fromRow(row));
  }

  /** Rows without a home elsewhere: the accounts of this node and the built-in ones. Oldest first. */
  ofThisNode(localPeer: PeerId): readonly Readonly<User>[] {
    // Asked for every message: who of them is told.
    return this.#sql.recall(['users'], `users.ofThisNode ${localPeer}`, () =>
      this.#sql
        .all<UserRow>(
          `SELECT ${COLUMNS} FROM users WHERE coalesce(origin_peer, '') IN ('', @localPeer) ORDER BY created_at, rowid`,
          { localPeer },
        )
        .map((row) => this.#fromRow(row)),
    );
  }

  /** Users whose home is `peer`, oldest first. */
  ofPeer(peer: PeerId): User[] {
    return this.#sql
      .all<UserRow>(`SELECT ${COLUMNS} FROM users WHERE origin_peer = @peer ORDER BY created_at, rowid`, {
        peer,
      })
      .map((row) => this.#fromRow(row));
  }

  /** Number of people whose home is `peer`. */
  countOfPeer(peer: PeerId): number {
    return this.#count('SELECT count(*) AS n FROM users WHERE origin_peer = @peer', { peer });
  }

  /** Number of people of other nodes. */
  countForeign(localPeer: PeerId): number {
    return this.#count(
      "SELECT count(*) AS n FROM users WHERE coalesce(origin_peer, '') NOT IN ('', @localPeer)",
      { localPeer },
    );
  }

  #count(text: string, values: Record<string, SqlValue>): number {
    return this.#sql.get<{ n: number }>(text, values)?.n ?? 0;
  }

  /** Whether an account has a password and does not wait for approval (03 section 3.1). */
  hasSettledAccount(): boolean {
    return (
      this.#sql.get(
        `SELECT 1 FROM users WHERE password_hash IS NOT NULL AND coalesce(status, 'active') <> 'pending_approval' LIMIT 1`,
      ) !== undefined
    );
  }

  /** Inserts a row; false when the id or the username is taken. */
  insert(fields: NewUser): boolean {
    const { changes } = this.#sql.run(
      `INSERT OR IGNORE INTO users
         (id, username, public_key, password_hash, display_name, origin_peer, account_type, status, created_at, updated_at)
       VALUES (@id, @username, @publicKey, @passwordHash, @displayName, @originPeer, @accountType, @status, @at, @at)`,
      {
        id: fields.id,
        username: fields.username,
        publicKey: fields.publicKey,
        passwordHash: fields.passwordHash ?? null,
        displayName: fields.displayName,
        originPeer: fields.originPeer ?? null,
        accountType: fields.accountType ?? 'human',
        status: fields.status ?? 'active',
        at: toDbTime(fields.now),
      },
    );
    return changes === 1;
  }

  /** Changes the given fields; false when there is no such row. */
  update(id: UserId, patch: UserPatch, now: number): boolean {
    const values: Record<string, SqlValue> = { updated_at: toDbTime(now) };
    for (const [field, column] of Object.entries(PATCH_COLUMNS)) {
      const value = patch[field as keyof typeof PATCH_COLUMNS];
      if (value !== undefined) values[column] = column === 'bio' ? this.#bio.seal(value, id) : value;
    }
    if (patch.profileUpdatedAt !== undefined)
      values['profile_updated_at'] = toIsoTime(patch.profileUpdatedAt);
    const text = `UPDATE users SET ${assignments(Object.keys(values))} WHERE id = @id`;
    return this.#sql.run(text, { ...values, id }).changes === 1;
  }

  /**
   * Removes the shadow of somebody of another node, with their memberships; false for any other row.
   * @throws an SQLite constraint error when something they wrote is still here.
   */
  removeShadow(id: UserId): boolean {
    this.#sql.run('DELETE FROM channel_post_permissions WHERE user_id = @id', { id });
    this.#sql.run('DELETE FROM channel_members WHERE user_id = @id', { id });
    return (
      this.#sql.run(
        "DELETE FROM users WHERE id = @id AND password_hash IS NULL AND coalesce(origin_peer, '') <> ''",
        { id },
      ).changes === 1
    );
  }

  addKeys(id: UserId, keys: UserKeys, now: number): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO user_keys
         (user_id, ed25519_public_key, ed25519_private_key, x25519_public_key, x25519_private_key, created_at)
       VALUES (@id, @ed25519PublicKey, @ed25519PrivateKey, @x25519PublicKey, @x25519PrivateKey, @at)`,
      { id, ...keys, at: toDbTime(now) },
    );
  }

  /** Whether the account has a `user_keys` row or an API key that is not revoked (03 section 4.2). */
  hasKeys(id: UserId): boolean {
    return this.#sql.recall(['user_keys', 'api_keys'], `users.hasKeys ${id}`, () => {
      const found = this.#sql.get(
        `SELECT 1 WHERE EXISTS (SELECT 1 FROM user_keys WHERE user_id = @id)
           OR EXISTS (SELECT 1 FROM api_keys WHERE user_id = @id AND coalesce(revoked, 0) = 0)`,
        { id },
      );
      return found !== undefined;
    });
  }

  /** The governance row of a new agent (03 section 3.6). */
  restrictToChannels(id: UserId, channelIds: readonly string[], now: number): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO user_channel_governance
         (user_id, enabled, block_public_channels, restrict_to_allowed_channels, allowed_channel_ids, updated_at, updated_by)
       VALUES (@id, 1, 1, 1, @channels, @at, 'system')`,
      { id, channels: JSON.stringify(channelIds), at: toDbTime(now) },
    );
  }

  /** The governance row in force, or null (03 section 3.6). */
  governance(id: UserId): { blockPublic: boolean; allowed: ReadonlySet<string> | null } | null {
    const row = this.#sql.recall(['user_channel_governance'], `users.governance ${id}`, () =>
      this.#sql.get<{ block: number; restrict: number; channels: string }>(
        `SELECT block_public_channels AS block, restrict_to_allowed_channels AS "restrict", allowed_channel_ids AS channels
           FROM user_channel_governance WHERE user_id = @id AND enabled = 1`,
        { id },
      ),
    );
    if (row === undefined) return null;
    return { blockPublic: row.block === 1, allowed: row.restrict === 1 ? idSet(row.channels) : null };
  }

  #fromRow(row: UserRow): User {
    return {
      id: row.id as UserId,
      username: row.username,
      displayName: row.display_name,
      publicKey: row.public_key,
      passwordHash: row.password_hash,
      originPeer: row.origin_peer === null || row.origin_peer === '' ? null : (row.origin_peer as PeerId),
      accountType: row.account_type === 'agent' ? 'agent' : 'human',
      status: status(row.status),
      bio: this.#bio.open(row.bio, row.id),
      avatarFileId: row.avatar_file_id,
      themePreference: row.theme_preference ?? 'dark',
      agentDirectives: row.agent_directives,
      notificationSettings: row.notification_settings,
      privacySettings: row.privacy_settings,
      createdAt: columnTime(row.created_at),
      updatedAt: columnTime(row.updated_at),
      profileUpdatedAt: columnTime(row.profile_updated_at),
    };
  }

  #user(row: UserRow | undefined): User | undefined {
    return row === undefined ? undefined : this.#fromRow(row);
  }
}

function idSet(json: string): Set<string> {
  try {
    const value: unknown = JSON.parse(json);
    return new Set(Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}

function status(value: string | null): AccountStatus {
  if (value === null || value === 'active') return 'active';
  return value === 'pending_approval' ? 'pending_approval' : 'suspended';
}
