/**
 * Who is calling (04 section 1.3). A presented key decides alone: it is never rescued by a session. Without a key,
 * routes marked S take a browser session; all others take one only from this node's own page, which says so with the
 * header `X-Canopy-Page`, so that for everybody else they answer as the reference does.
 */
import type { Request } from 'express';
import type { Permission } from '../workspace/api-keys.ts';
import type { Csrf } from './csrf.ts';
import { ApiError } from './errors.ts';
import type { Access } from './access.ts';
import type { SessionCookies } from './session.ts';
import type { Account } from '../workspace/account.ts';
import type { Accounts } from '../workspace/accounts.ts';
import type { ApiKeys } from '../workspace/api-keys.ts';
import type { KeyId, UserId } from '../wire/ids.ts';

/** An authenticated account and how it came in. */
export interface Caller {
  userId: UserId;
  username: string;
  displayName: string;
  accountType: 'human' | 'agent';
  status: string;
  isOwner: boolean;
  /** Null for a browser session. */
  key: { id: KeyId; permissions: ReadonlySet<string> } | null;
}

/** Whether `caller` holds `permission` literally; a session holds everything its account may do. */
export function holds(caller: Caller, permission: Permission): boolean {
  return caller.key === null || caller.key.permissions.has(permission);
}

/** The owner in the browser, or a key with `manage_keys` (04 section 4.10). */
export function mayManage(caller: Caller): boolean {
  return caller.key === null ? caller.isOwner : caller.key.permissions.has('manage_keys');
}

const IMPLIED: Partial<Record<Permission, Permission>> = {
  read_feed: 'read_messages',
  write_feed: 'write_messages',
};
const SCHEMES = /^(?:bearer|token|apikey|api-key)\s+(.*)$/is;
/** Longest text looked at as a key; real ones have 43 characters. */
const MAX_KEY_LENGTH = 512;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The key a request presents, or null; never from the query string. */
export function presentedKey(req: Request): string | null {
  const direct = header(req, 'x-api-key');
  if (direct !== '') return direct.slice(0, MAX_KEY_LENGTH);
  const authorization = header(req, 'authorization');
  if (authorization === '') return null;
  const scheme = SCHEMES.exec(authorization);
  const key = (scheme?.[1] ?? authorization).trim();
  return key === '' ? null : key.slice(0, MAX_KEY_LENGTH);
}

function header(req: Request, name: string): string {
  const value = req.headers[name];
  return typeof value === 'string' ? value.trim() : '';
}

/** Decides who calls, in the order of the table in 04 section 1.3. */
export class Authenticator {
  readonly #accounts: Accounts;
  readonly #apiKeys: ApiKeys;
  readonly #sessions: SessionCookies;
  readonly #csrf: Csrf;
  readonly #seen = new WeakMap<Request, Caller | null>();

  constructor(components: { accounts: Accounts; apiKeys: ApiKeys; sessions: SessionCookies; csrf: Csrf }) {
    this.#accounts = components.accounts;
    this.#apiKeys = components.apiKeys;
    this.#sessions = components.sessions;
    this.#csrf = components.csrf;
  }

  /**
   * The caller of a route that needs one.
   * @throws {ApiError} as 04 section 1.3 says.
   */
  require(req: Request, access: Access): Caller {
    if (presentedKey(req) !== null) {
      const caller = this.#byKey(req, access);
      if (access.sessionOnly === true) throw new ApiError('session_required');
      return caller;
    }
    if (access.session || fromPage(req)) {
      const caller = this.bySession(req);
      if (caller !== null) {
        this.requireCsrf(req);
        return caller;
      }
    }
    throw new ApiError(access.session ? 'authentication_required' : 'api_key_required');
  }

  /** {@link require} with nothing remembered, for requests that last. */
  again(req: Request, access: Access): Caller {
    this.#seen.delete(req);
    this.#sessions.forget(req);
    return this.require(req, access);
  }

  /** The caller of an open route: a good key of an active account, else a session, else null; never an error. */
  optional(req: Request): Caller | null {
    const byKey = this.keyCaller(req);
    if (byKey !== null) return byKey.status === 'active' ? byKey : null;
    return presentedKey(req) === null ? this.bySession(req) : null;
  }

  /** The account behind the presented key, whatever its permissions; null without a valid key. Looked up once. */
  keyCaller(req: Request): Caller | null {
    const known = this.#seen.get(req);
    if (known !== undefined) return known;
    const caller = this.#lookUp(presentedKey(req));
    this.#seen.set(req, caller);
    return caller;
  }

  /** The account of the browser session; null without one. The account is read anew each time (04 S9). */
  bySession(req: Request): Caller | null {
    const session = this.#sessions.current(req);
    if (session === null || session.userId === null) return null;
    const user = this.#accounts.get(session.userId);
    if (user === null || user.status !== 'active') return null;
    return this.#caller(user, null);
  }

  /** @throws {ApiError} `csrf_failed` for an unsafe method without the session's token. */
  requireCsrf(req: Request): void {
    if (!SAFE_METHODS.has(req.method) && !this.#csrf.verify(req)) throw new ApiError('csrf_failed');
  }

  #byKey(req: Request, access: Access): Caller {
    const caller = this.keyCaller(req);
    if (caller === null || !permits(caller, access.permission))
      throw new ApiError('insufficient_permissions');
    if (caller.status !== 'active' && !access.pending) {
      throw new ApiError('pending_approval', { fields: { status: caller.status } });
    }
    return caller;
  }

  #lookUp(key: string | null): Caller | null {
    const found = key === null ? null : this.#apiKeys.authenticate(key);
    if (found === null) return null;
    return this.#caller(found.user, { id: found.keyId, permissions: new Set<string>(found.permissions) });
  }

  #caller(user: Account, key: Caller['key']): Caller {
    return {
      userId: user.id,
      username: user.username,
      displayName: user.displayName,
      accountType: user.accountType,
      status: user.status,
      isOwner: this.#accounts.owner()?.id === user.id,
      key,
    };
  }
}

function permits(caller: Caller, permission: Permission | null): boolean {
  if (permission === null || holds(caller, permission)) return true;
  const implied = IMPLIED[permission];
  return implied !== undefined && holds(caller, implied);
}

/** Our page names itself; a foreign page cannot send the header without asking first, and is never answered. */
function fromPage(req: Request): boolean {
  return header(req, 'x-canopy-page') !== '';
}
