/**
 * Request rate limits (04 section 1.6; 03 section 3.7). Token buckets in memory. Two sets of rules: the default gives
 * each valid key (or, without one, each address) 50 requests per second with bursts of 200 and keeps sign-in and
 * registration slow; `reference` has the buckets of the Python node, number for number. A refused request costs
 * nothing, so that a client which waits as told is served (the reference's never recovers).
 */
import type { Clock } from '../ports/types.ts';
import { networkOf } from './address.ts';

/** Which rules apply: `CANOPY_RATE_LIMITS`. */
export const RATE_LIMIT_MODES = ['default', 'reference', 'off'] as const;
export type RateLimitMode = (typeof RATE_LIMIT_MODES)[number];

/** What a rule needs to know of a request. */
export interface LimitedRequest {
  method: string;
  /** Path without query. */
  path: string;
  /** Client address. */
  address: string;
  /** `X-API-Key` as sent, or null. */
  rawKey: string | null;
  /** Id of the valid key presented in any header, or null. */
  keyId: string | null;
  /** User of the browser session, or null. */
  sessionUser: string | null;
}

interface Bucket {
  id: string;
  capacity: number;
  refillPerSecond: number;
}

/** Most buckets kept; the one used longest ago goes first. Bounds memory against invented keys and addresses. */
const MAX_BUCKETS = 10_000;

interface Level {
  tokens: number;
  at: number;
}

/** Counts requests. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #rules: (request: LimitedRequest) => Bucket | null;
  readonly #levels = new Map<string, Level>();

  constructor(components: { clock: Clock }, init: { mode: RateLimitMode }) {
    this.#clock = components.clock;
    this.#rules = RULES[init.mode];
  }

  /** Null when the request may pass, else the seconds (rounded up) until the next one may. */
  take(request: LimitedRequest): number | null {
    const bucket = this.#rules(request);
    if (bucket === null) return null;
    const now = this.#clock.monotonic();
    const level = this.#levels.get(bucket.id) ?? { tokens: bucket.capacity, at: now };
    this.#levels.delete(bucket.id);
    this.#levels.set(bucket.id, level);
    this.#evict();
    level.tokens = Math.min(
      bucket.capacity,
      level.tokens + ((now - level.at) / 1000) * bucket.refillPerSecond,
    );
    level.at = now;
    if (level.tokens >= 1) {
      level.tokens -= 1;
      return null;
    }
    return Math.max(1, Math.ceil((1 - level.tokens) / bucket.refillPerSecond));
  }

  #evict(): void {
    if (this.#levels.size <= MAX_BUCKETS) return;
    const oldest = this.#levels.keys().next();
    if (oldest.done !== true) this.#levels.delete(oldest.value);
  }
}

const RULES: Record<RateLimitMode, (request: LimitedRequest) => Bucket | null> = {
  off: () => null,
  default: defaultBucket,
  reference: referenceBucket,
};

const PASSWORD_PATH = '/ajax/change_password';
const ACCOUNT_PATHS = new Set(['/register', '/api/register', '/api/v1/register']);

function defaultBucket(request: LimitedRequest): Bucket | null {
  const { method, path, address } = request;
  if (method === 'POST') {
    const from = networkOf(address);
    if (ACCOUNT_PATHS.has(path)) return { id: `register ${from}`, capacity: 3, refillPerSecond: 0.1 };
    if (path === '/login') return { id: `login ${from}`, capacity: 5, refillPerSecond: 0.2 };
    // Works once per node; a few tries are needed to meet the password rules.
    // A session left open must not be the way to guess the password.
    if (path === PASSWORD_PATH)
      return { id: `password ${request.sessionUser ?? from}`, capacity: 5, refillPerSecond: 0.2 };
    if (path === '/setup') return { id: `setup ${from}`, capacity: 20, refillPerSecond: 0.5 };
  }
  if (!path.startsWith('/api/') && !path.startsWith('/ajax/') && !path.startsWith('/trust/')) return null;
  const id = request.keyId === null ? `user ${request.sessionUser ?? ''} ${address}` : `key ${request.keyId}`;
  return { id, capacity: 200, refillPerSecond: 50 };
}

function referenceBucket(request: LimitedRequest): Bucket | null {
  const { method, path, address } = request;
  const keyOrAddress = request.rawKey ?? address;
  if (path.includes('/register') || path.includes('/keys')) {
    return { id: `account ${address}`, capacity: 3, refillPerSecond: 0.1 };
  }
  if (method === 'POST' && path === '/login')
    return { id: `login ${address}`, capacity: 5, refillPerSecond: 0.2 };
  if (path.startsWith('/ajax/')) {
    return { id: `ajax ${address} ${request.sessionUser ?? ''}`, capacity: 30, refillPerSecond: 10 };
  }
  if (path.includes('/files/upload'))
    return { id: `upload ${keyOrAddress}`, capacity: 3, refillPerSecond: 1 };
  if (isStreamRead(path)) return { id: `stream ${address}`, capacity: 240, refillPerSecond: 60 };
  if (path.startsWith('/api/')) return { id: `api ${keyOrAddress}`, capacity: 15, refillPerSecond: 5 };
  return null;
}

function isStreamRead(path: string): boolean {
  if (!/^\/api(\/v1)?\/(streams|stream-proxy)\//.test(path)) return false;
  return path.endsWith('/manifest.m3u8') || path.endsWith('/events') || path.includes('/segments/');
}
