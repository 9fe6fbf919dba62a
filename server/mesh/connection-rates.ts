/** How fast one address may open connections to us (06 section 1.6). */
import type { Clock } from '../ports/types.ts';
import { CONNECTION_RATES, MAX_RATED_ADDRESSES } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** The /64 of `::1`. */
const LOOPBACK_V6 = '0.0.0.0.0.0.0.0';

/** Counts connections by address. */
export class ConnectionRates {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** In order of use. */
  readonly #buckets = new Map<string, TokenBucket[]>();

  constructor(components: { clock: Pick<Clock, 'monotonic'> }) {
    this.#clock = components.clock;
  }

  /** Counts a new connection; whether it may come in. @param key of the address (`addressKey`). */
  admit(key: string): boolean {
    if (key.startsWith('127.') || key === LOOPBACK_V6) return true;
    const now = this.#clock.monotonic();
    const buckets =
      this.#buckets.get(key) ??
      CONNECTION_RATES.map(({ count, window }) => new TokenBucket(count, count / (window / 1000), now));
    this.#buckets.delete(key);
    this.#buckets.set(key, buckets);
    if (this.#buckets.size > MAX_RATED_ADDRESSES) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done !== true) this.#buckets.delete(oldest.value);
    }
    // Both are charged: whoever keeps trying over the one limit uses up the other.
    return buckets.map((bucket) => bucket.take(1, now)).every(Boolean);
  }
}
