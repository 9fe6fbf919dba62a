/**
 * Handshake signatures that were used, so that a recorded handshake opens nothing while this process runs
 * (01 S2, 06 section 1.6).
 */
import { toHex } from '../crypto/bytes.ts';
import { REPLAY_CACHE_AGE, REPLAY_CACHE_SIZE } from './limits.ts';

/** An insertion-ordered cache of signatures with a life time. */
export class ReplayCache {
  readonly #seen = new Map<string, number>();

  /** Remembers a signature; `false` when it was there. @param now monotonic ms. */
  add(signature: Uint8Array, now: number): boolean {
    const key = toHex(signature);
    const at = this.#seen.get(key);
    if (at !== undefined && now - at < REPLAY_CACHE_AGE) return false;
    this.#seen.delete(key);
    this.#seen.set(key, now);
    if (this.#seen.size > REPLAY_CACHE_SIZE) {
      const oldest = this.#seen.keys().next();
      if (oldest.done !== true) this.#seen.delete(oldest.value);
    }
    return true;
  }
}
