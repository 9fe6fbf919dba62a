/**
 * How much one accepted peer may make us store (02 section 10, growth): a bucket of bytes per peer that takes a day to
 * fill again. Counted is what goes to the handlers that store, by its author, or by the peer that handed over a page or
 * a file; in memory, so a restart begins anew. Of peers nobody accepted nothing is stored.
 */
import type { Clock } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import { MAX_COUNTED_PEERS, STORED_BYTES_PER_PEER, STORED_WINDOW } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** Counts bytes by peer. */
export class StoredBytes {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limit: number;
  /** In order of use. */
  readonly #buckets = new Map<PeerId, TokenBucket>();

  /** @param init.limit in place of {@link STORED_BYTES_PER_PEER}. */
  constructor(components: { clock: Pick<Clock, 'monotonic'> }, init: { limit?: number } = {}) {
    this.#clock = components.clock;
    this.#limit = init.limit ?? STORED_BYTES_PER_PEER;
  }

  /** Counts `bytes` of a peer; whether they may be stored. */
  take(peer: PeerId, bytes: number): boolean {
    const now = this.#clock.monotonic();
    const bucket =
      this.#buckets.get(peer) ?? new TokenBucket(this.#limit, this.#limit / (STORED_WINDOW / 1000), now);
    this.#buckets.delete(peer);
    this.#buckets.set(peer, bucket);
    if (this.#buckets.size > MAX_COUNTED_PEERS) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(bytes, now);
  }
}
