/**
 * What this node carries between two others: counted per pair and held to so many bytes per second (06 section 2.4).
 * What comes faster waits its turn in order, up to a bound, and is dropped beyond it.
 */
import type { Clock, Timer, Timers } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import { MAX_RELAY_PAIRS, RELAY_PAIR_BACKLOG, RELAY_PAIR_BYTES_PER_S } from '../limits.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { RelayedPair } from '../types.ts';
import { pairOf } from './policy.ts';

interface Waiting {
  bytes: number;
  go(): void;
}

interface Pair {
  peers: [PeerId, PeerId];
  bucket: TokenBucket;
  waiting: Waiting[];
  waitingBytes: number;
  timer: Timer | null;
  bytes: number;
  messages: number;
  dropped: number;
  /** Unix ms. */
  since: number;
  lastAt: number;
}

export interface PairTrafficComponents {
  clock: Clock;
  timers: Timers;
}

/** Counts and paces pairs. */
export class PairTraffic {
  readonly #components: PairTrafficComponents;
  readonly #bytesPerSecond: number;
  /** In the order of use. */
  readonly #pairs = new Map<string, Pair>();
  #bytes = 0;

  /** @param init.bytesPerSecond of one pair, both directions together. */
  constructor(components: PairTrafficComponents, init: { bytesPerSecond?: number } = {}) {
    this.#components = components;
    this.#bytesPerSecond = init.bytesPerSecond ?? RELAY_PAIR_BYTES_PER_S;
  }

  /** Bytes carried for anybody since the start. */
  get totalBytes(): number {
    return this.#bytes;
  }

  /** Calls `go` at once or when it is the pair's turn; `false`, and never, when too much waits already. */
  carry(from: string, to: string, bytes: number, go: () => void): boolean {
    const pair = this.#pair(from, to);
    if (pair === null) return false;
    const now = this.#components.clock.monotonic();
    if (pair.waiting.length === 0 && pair.bucket.take(bytes, now)) {
      this.#went(pair, bytes);
      go();
      return true;
    }
    if (pair.waitingBytes + bytes > RELAY_PAIR_BACKLOG) {
      pair.dropped += 1;
      return false;
    }
    pair.waiting.push({ bytes, go });
    pair.waitingBytes += bytes;
    this.#arm(pair);
    return true;
  }

  /** Drops what waits: this node carries nothing any more. */
  clear(): void {
    for (const pair of this.#pairs.values()) {
      pair.timer?.cancel();
      pair.timer = null;
      pair.dropped += pair.waiting.length;
      pair.waiting = [];
      pair.waitingBytes = 0;
    }
  }

  /** The pairs, the one that was carried last first. */
  list(): RelayedPair[] {
    return [...this.#pairs.values()]
      .filter((pair) => pair.messages > 0)
      .map(({ peers, bytes, messages, dropped, since, lastAt }) => ({
        peers: [...peers],
        bytes,
        messages,
        dropped,
        since: since / 1000,
        last_at: lastAt / 1000,
      }))
      .reverse();
  }

  /** The record of a pair, made if need be in the place of the one unused for longest; `null` when all have a queue. */
  #pair(from: string, to: string): Pair | null {
    const peers = pairOf(from, to);
    const key = peers.join(' ');
    const { clock } = this.#components;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      if (this.#pairs.size >= MAX_RELAY_PAIRS && !this.#makeRoom()) return null;
      const rate = this.#bytesPerSecond;
      const now = clock.now();
      pair = {
        peers,
        bucket: new TokenBucket(rate, rate, clock.monotonic()),
        waiting: [],
        waitingBytes: 0,
        timer: null,
        bytes: 0,
        messages: 0,
        dropped: 0,
        since: now,
        lastAt: now,
      };
    }
    this.#pairs.delete(key);
    this.#pairs.set(key, pair);
    return pair;
  }

  #makeRoom(): boolean {
    for (const [key, pair] of this.#pairs) if (pair.waiting.length === 0) return this.#pairs.delete(key);
    return false;
  }

  #went(pair: Pair, bytes: number): void {
    pair.bytes += bytes;
    pair.messages += 1;
    pair.lastAt = this.#components.clock.now();
    this.#bytes += bytes;
  }

  #arm(pair: Pair): void {
    const first = pair.waiting[0];
    if (pair.timer !== null || first === undefined) return;
    const { clock, timers } = this.#components;
    pair.timer = timers.after(pair.bucket.wait(first.bytes, clock.monotonic()), () => {
      pair.timer = null;
      this.#advance(pair);
    });
  }

  #advance(pair: Pair): void {
    const now = this.#components.clock.monotonic();
    for (let first = pair.waiting[0]; first !== undefined; first = pair.waiting[0]) {
      if (!pair.bucket.take(first.bytes, now)) break;
      pair.waiting.shift();
      pair.waitingBytes -= first.bytes;
      this.#went(pair, first.bytes);
      first.go();
    }
    this.#arm(pair);
  }
}
