/**
 * Who may call on the extra ports (07 section 2.1). Every page in a browser can send requests to this machine, so one that
 * a browser sent for another site is refused whatever it carries; and there are no sessions, which a browser would
 * send along by itself. A port that only this machine reaches asks for no key.
 */
import { timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Access } from './access.ts';
import { presentedKey, type Authenticator, type Caller } from './auth.ts';
import { ApiError } from './errors.ts';
import { hostChecker, hostOf, type HostNames } from './host-check.ts';
import type { Request } from 'express';
import type { UserId } from '../wire/ids.ts';
import { isLoopbackHost } from '../config/values.ts';

/** How long a browser may remember that an origin may call, in seconds. */
const PREFLIGHT_MAX_AGE = 600;
const SITES_REFUSED = new Set(['cross-site', 'same-site']);
const ALLOWED_METHODS = 'GET, HEAD, POST, PATCH, DELETE';
const ALLOWED_HEADERS = 'Content-Type, X-API-Key, Authorization, Idempotency-Key, Range, If-None-Match';

/** Decides like {@link Authenticator}, without sessions. */
export class PortAccess {
  readonly #authenticator: Authenticator;
  readonly #local: () => Caller;
  readonly #key: Buffer | null;
  readonly #needsKey: boolean;

  /**
   * @param components.localUser whom the rest of the node sees as the caller when there is no account to name.
   * @param init.key `sync_api_key`: good for everything on these ports.
   * @param init.needsKey whether others than this machine reach the port.
   */
  constructor(
    components: { authenticator: Authenticator; localUser: () => UserId },
    init: { key: string | null; needsKey: boolean },
  ) {
    this.#authenticator = components.authenticator;
    this.#local = () => ({
      userId: components.localUser(),
      username: '',
      displayName: '',
      accountType: 'agent',
      status: 'active',
      isOwner: true,
      key: null,
    });
    this.#key = init.key === null ? null : Buffer.from(init.key);
    this.#needsKey = init.needsKey;
  }

  /** @throws {ApiError} `api_key_required`, or what a key lacks. */
  require(req: Request, access: Access): Caller {
    const key = presentedKey(req);
    if (key === null) {
      if (this.#needsKey) throw new ApiError('api_key_required');
      return this.#local();
    }
    return this.#isOwn(key) ? this.#local() : this.#authenticator.require(req, { ...access, session: false });
  }

  optional(req: Request): Caller | null {
    try {
      return this.require(req, { permission: null, session: false, pending: false });
    } catch {
      return null;
    }
  }

  #isOwn(key: string): boolean {
    const given = Buffer.from(key);
    return this.#key?.length === given.length && timingSafeEqual(this.#key, given);
  }
}

/** A port that only this machine reaches goes by names of this machine only; another by those of the page. */
export function portHostCheck(host: string, names: HostNames): RequestHandler {
  const local = isLoopbackHost(host);
  const allowed = new Set(names.allowed.map(hostOf));
  const accepts = hostChecker(names);
  return (req, _res, next) => {
    const authority = req.headers.host ?? '';
    const name = hostOf(authority);
    if (local ? !isLoopbackHost(name) && !allowed.has(name) : !accepts(authority))
      throw new ApiError('wrong_host');
    next();
  };
}

/** Refuses what a browser sent for another site; origins that are allowed get the headers they need. */
export function originCheck(allowed: readonly string[]): RequestHandler {
  const origins = new Set(allowed);
  return (req, res, next) => {
    const { origin } = req.headers;
    if (origin === undefined) {
      const site = req.headers['sec-fetch-site'];
      if (typeof site === 'string' && SITES_REFUSED.has(site)) throw new ApiError('cross_site');
      next();
      return;
    }
    if (!origins.has(origin)) throw new ApiError('cross_site');
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Expose-Headers', 'ETag, Content-Range, Content-Disposition');
    res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    res.setHeader('Vary', 'Origin');
    if (req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined) {
      res.setHeader('Access-Control-Allow-Methods', ALLOWED_METHODS);
      res.setHeader('Access-Control-Allow-Headers', ALLOWED_HEADERS);
      res.setHeader('Access-Control-Max-Age', String(PREFLIGHT_MAX_AGE));
      res.status(204).end();
      return;
    }
    next();
  };
}
