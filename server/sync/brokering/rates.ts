/** How often each peer did something lately: a bucket per peer, for a bounded number of them. */
import { TokenBucket } from '../../mesh/token-bucket.ts';
import type { Clock } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import { MAX_RATED_PEERS } from './limits.ts';

const SECONDS_PER_MINUTE = 60;

/** So many a minute per peer, all of them at once if need be. */
export class PeerRates {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #buckets = new Map<PeerId, TokenBucket>();

  constructor(components: { clock: Clock }, init: { perMinute: number }) {
    this.#clock = components.clock;
    this.#perMinute = init.perMinute;
  }

  /** Counts one; `false` when the peer has had its share. */
  admit(peer: PeerId): boolean {
    const now = this.#clock.monotonic();
    const bucket =
      this.#buckets.get(peer) ?? new TokenBucket(this.#perMinute, this.#perMinute / SECONDS_PER_MINUTE, now);
    // The map keeps the order of use: whoever was quiet for longest has a full bucket anyway.
    this.#buckets.delete(peer);
    this.#buckets.set(peer, bucket);
    if (this.#buckets.size > MAX_RATED_PEERS) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done !== true) this.#buckets.delete(oldest.value);
    }
    return bucket.take(1, now);
  }
}
