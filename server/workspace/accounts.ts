/**
 * Accounts of this node (03 sections 3.1, 3.2, 3.5, 3.6): setup, registration, sign-in, the instance owner.
 */
import type { ChannelId, UserId } from '../wire/ids.ts';
import type { Clock } from '../ports/types.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import type { SystemState } from '../store/system-state.ts';
import type { AccountStatus, AccountType, User, Users } from '../store/users.ts';
import type { EventBus } from '../telemetry/bus.ts';
import { account } from './account.ts';
import type { Account } from './account.ts';
import type { AccountCreation } from './account-creation.ts';
import { newNames } from './account-names.ts';
import type { ApiKeys } from './api-keys.ts';
import { WorkspaceError } from './errors.ts';
import { isLegacyHash, MAX_PASSWORD_BYTES, requireGoodPassword } from './password.ts';
import type { Passwords } from './password.ts';
import type { Sessions } from './sessions.ts';

/** Anybody who reaches the port can register; this many unapproved accounts are enough to look through. */
export const MAX_PENDING_ACCOUNTS = 100;

/** What the setup and registration forms carry. */
export interface NewAccount {
  username: string;
  /** Absent or blank: the username. */
  displayName?: string | null;
  password: string;
  /** Absent: equal. */
  passwordConfirm?: string | null;
}

/** What registration by API carries. */
export interface ApiRegistration {
  username: string;
  password: string;
  displayName?: string | null;
  accountType: AccountType;
}

export interface AccountsComponents {
  users: Users;
  systemState: SystemState;
  creation: AccountCreation;
  apiKeys: ApiKeys;
  sessions: Sessions;
  passwords: Passwords;
  commit: GroupCommit;
  clock: Clock;
  bus: EventBus;
}

export class Accounts {
  readonly #c: AccountsComponents;
  readonly #autoApprove: boolean;

  /** @param init.autoApprove accounts registered by API are active at once. */
  constructor(components: AccountsComponents, init: { autoApprove: boolean }) {
    this.#c = components;
    this.#autoApprove = init.autoApprove;
  }

  /**
   * Whether the node was set up: somebody has a password and does not wait for approval. (For the reference a waiting
   * account is enough, so a stranger who registers by API before the setup locks everybody out.)
   */
  hasUsers(): boolean {
    return this.#c.users.hasSettledAccount();
  }

  /** The account of an id, shadow and built-in rows too; null when unknown. */
  get(userId: UserId): Account | null {
    const user = this.#c.users.get(userId);
    return user === undefined ? null : account(user);
  }

  /**
   * Makes the first account, which owns the instance.
   * @throws {WorkspaceError} `setup_done` and what {@link register} throws.
   */
  async setup(fields: NewAccount): Promise<Account> {
    if (this.hasUsers()) throw setupDone();
    return this.#create(fields, 'human', 'active', () => {
      if (this.hasUsers()) throw setupDone();
    });
  }

  /**
   * Registration in the browser: an active human account (03 section 3.1).
   * @throws {WorkspaceError} `username_required`, `username_taken`, `invalid_username`, `invalid_display_name`,
   *   `weak_password`, `password_too_long`, `password_mismatch`, `busy`.
   */
  register(fields: NewAccount): Promise<Account> {
    return this.#create(fields, 'human', 'active');
  }

  /**
   * Registration by API: waits for the owner's approval unless approval is automatic; gets a key with the default
   * permissions at once (04 section 3.2).
   * @throws {WorkspaceError} as {@link register}, `registration_full`.
   */
  async registerByApi(
    fields: ApiRegistration,
  ): Promise<{ account: Account; apiKey: string; quarantineChannelId: ChannelId | null }> {
    const status: AccountStatus = this.#autoApprove ? 'active' : 'pending_approval';
    const created = await this.#create(
      { ...fields, passwordConfirm: null },
      fields.accountType,
      status,
      () => {
        const waiting = this.#c.users.withPassword().filter((user) => user.status === 'pending_approval');
        if (status === 'pending_approval' && waiting.length >= MAX_PENDING_ACCOUNTS) {
          throw new WorkspaceError('registration_full', 'Too many accounts are waiting for approval');
        }
      },
    );
    const { key } = this.#c.apiKeys.create(created.id);
    const quarantine = fields.accountType === 'agent' ? this.#c.creation.quarantineChannel() : null;
    return { account: created, apiKey: key, quarantineChannelId: quarantine };
  }

  /**
   * Signs in. A legacy hash is replaced by bcrypt on the way.
   * @throws {WorkspaceError} `login_incomplete`, `login_failed`, `account_inactive`, `busy`.
   */
  async login(username: string, password: string): Promise<Account> {
    const name = username.trim();
    if (name === '' || password === '') {
      throw new WorkspaceError('login_incomplete', 'Username and password are required');
    }
    const user = this.#c.users.byUsername(name);
    const matches = await this.#c.passwords.verify(password, user?.passwordHash ?? null);
    if (user === undefined || !matches)
      throw new WorkspaceError('login_failed', 'Invalid username or password');
    await this.#upgradeLegacy(user, password);
    // Read again: the account may have been suspended while bcrypt was working.
    const current = this.#c.users.get(user.id);
    if (current?.status !== 'active') {
      const pending = current?.status === 'pending_approval';
      throw new WorkspaceError(
        'account_inactive',
        pending ? 'Account pending approval' : 'Account suspended',
        { status: current?.status ?? 'suspended' },
      );
    }
    return account(current);
  }

  /**
   * Changes the password. End the other sessions afterwards.
   * @throws {WorkspaceError} `wrong_password`, `weak_password`, `password_too_long`, `password_mismatch`, `busy`.
   */
  async changePassword(
    userId: UserId,
    fields: { current: string; password: string; passwordConfirm?: string | null },
  ): Promise<void> {
    const user = this.#c.users.get(userId);
    if (user === undefined || !(await this.#c.passwords.verify(fields.current, user.passwordHash))) {
      throw new WorkspaceError('wrong_password', 'Current password is incorrect', {
        field: 'current_password',
      });
    }
    requireEqual(fields.password, fields.passwordConfirm);
    await this.resetPassword(userId, fields.password);
  }

  /**
   * Sets a password without asking for the old one: for whoever holds the data directory. End the sessions afterwards.
   * @throws {WorkspaceError} `weak_password`, `password_too_long`, `busy`.
   */
  async resetPassword(userId: UserId, password: string): Promise<void> {
    requireGoodPassword(password);
    const passwordHash = await this.#c.passwords.hash(password);
    this.#c.commit.now(() => this.#c.users.update(userId, { passwordHash }, this.#c.clock.now()));
  }

  /**
   * The instance owner. Self-healing (03 section 3.1): when the stored one is missing, inactive or a shadow, the
   * oldest active account with a password takes over.
   */
  owner(): Account | null {
    const storedId = this.#c.systemState.get('instance_owner_id');
    const stored = storedId === null ? undefined : this.#c.users.get(storedId as UserId);
    if (stored !== undefined && canOwn(stored)) return account(stored);
    const heir = this.#c.users.withPassword().find(canOwn);
    if (heir === undefined) return null;
    this.#c.commit.now(() => this.#c.systemState.set('instance_owner_id', heir.id, this.#c.clock.now()));
    return account(heir);
  }

  /** The accounts of this node, oldest first. */
  list(): Account[] {
    return this.#c.users.withPassword().map(account);
  }

  /**
   * Approves or suspends an account. Only the owner may, and not themselves. Whoever is not active any more is signed
   * out everywhere; keys stay and work again when the account does.
   * @throws {WorkspaceError} `owner_required`, `user_not_found`.
   */
  setStatus(callerId: UserId, userId: UserId, status: AccountStatus): Account {
    const owner = this.owner();
    if (owner?.id !== callerId || userId === callerId) {
      throw new WorkspaceError('owner_required', 'Forbidden: instance owner required on this peer');
    }
    const user = this.#c.users.get(userId);
    if (user?.passwordHash === null || user === undefined) {
      throw new WorkspaceError('user_not_found', 'User not found');
    }
    this.#c.commit.now(() => this.#c.users.update(userId, { status }, this.#c.clock.now()));
    if (status !== 'active') this.#c.sessions.endOthers(userId, null);
    this.#c.bus.publish({ type: 'access.changed', userId });
    this.#c.bus.publish({ type: 'settings.changed', userId });
    return account({ ...user, status });
  }

  async #create(
    fields: NewAccount,
    accountType: AccountType,
    status: AccountStatus,
    check: () => void = () => undefined,
  ): Promise<Account> {
    const names = newNames(fields.username, fields.displayName);
    if (this.#c.users.byUsername(names.username) !== undefined) throw taken(names.username);
    requireGoodPassword(fields.password);
    requireEqual(fields.password, fields.passwordConfirm);
    check();
    const passwordHash = await this.#c.passwords.hash(fields.password);
    const created = this.#c.commit.now(() => {
      check();
      const userId = this.#c.creation.create({ ...names, passwordHash, accountType, status });
      if (userId === null) throw taken(names.username);
      this.#c.creation.join(userId, { accountType, isOwner: this.owner()?.id === userId });
      return this.#c.users.get(userId);
    });
    if (created === undefined) throw new Error('the account just written is gone');
    if (status === 'active') this.#c.bus.publish({ type: 'profile.local', userId: created.id });
    return account(created);
  }

  async #upgradeLegacy(user: User, password: string): Promise<void> {
    const stored = user.passwordHash;
    if (stored === null || !isLegacyHash(stored)) return;
    // Such a password cannot become bcrypt without being cut.
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return;
    const passwordHash = await this.#c.passwords.hash(password);
    this.#c.commit.now(() => {
      if (this.#c.users.get(user.id)?.passwordHash !== stored) return;
      this.#c.users.update(user.id, { passwordHash }, this.#c.clock.now());
    });
  }
}

/** Has a password, is active, and does not look like a shadow row. */
function canOwn(user: User): boolean {
  const looksLikeShadow = user.username.startsWith('peer-') && user.publicKey === '';
  return user.passwordHash !== null && user.status === 'active' && !looksLikeShadow;
}

function requireEqual(password: string, confirm: string | null | undefined): void {
  if (confirm === null || confirm === undefined || confirm === password) return;
  throw new WorkspaceError('password_mismatch', 'Passwords do not match', { field: 'password_confirm' });
}

function taken(username: string): WorkspaceError {
  return new WorkspaceError('username_taken', `Username "${username}" is already taken`, {
    field: 'username',
  });
}

function setupDone(): WorkspaceError {
  return new WorkspaceError('setup_done', 'Setup is already complete');
}
