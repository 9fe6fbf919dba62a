/**
 * Deviation D-18: delays what one author sends faster than its share, instead of dropping it as the reference does
 * (02 R1): each author has a bucket per class; what is over it waits its turn, in order, up to a bound.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import type { MessageType } from '../wire/message-types.ts';
import {
  AUTHOR_ORDINARY,
  AUTHOR_SYNC,
  MAX_DELAYED_BYTES,
  MAX_DELAYED_PER_AUTHOR,
  MAX_DELAYED_TOTAL,
} from './limits.ts';
import { rateClass } from './rate-limiter.ts';
import { TokenBucket } from './token-bucket.ts';

/** Authors with an idle bucket kept before the table is swept. */
const MAX_IDLE_LANES = 1_000;

interface Lane {
  bucket: TokenBucket;
  waiting: { bytes: number; run: () => void }[];
  timer: Timer | null;
  usedAt: number;
}

/** Runs tasks at the pace of their author. */
export class AuthorShaper {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #lanes = new Map<string, Lane>();
  #waiting = 0;
  #bytes = 0;

  constructor(components: { clock: Clock; timers: Timers }) {
    this.#clock = components.clock;
    this.#timers = components.timers;
  }

  /** Tasks that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Runs `run` now or later; `false` when too much waits already and it will never run. @param bytes size it holds. */
  submit(author: string, type: MessageType, bytes: number, run: () => void): boolean {
    const now = this.#clock.monotonic();
    const lane = this.#lane(`${rateClass(type)}:${author}`, now);
    if (lane.waiting.length === 0 && lane.bucket.take(1, now)) {
      run();
      return true;
    }
    const full =
      lane.waiting.length >= MAX_DELAYED_PER_AUTHOR ||
      this.#waiting >= MAX_DELAYED_TOTAL ||
      this.#bytes + bytes > MAX_DELAYED_BYTES;
    if (full) return false;
    lane.waiting.push({ bytes, run });
    this.#waiting += 1;
    this.#bytes += bytes;
    this.#arm(lane, now);
    return true;
  }

  /** Forgets everything that waits. */
  stop(): void {
    for (const lane of this.#lanes.values()) lane.timer?.cancel();
    this.#lanes.clear();
    this.#waiting = 0;
    this.#bytes = 0;
  }

  #lane(key: string, now: number): Lane {
    const known = this.#lanes.get(key);
    if (known !== undefined) {
      known.usedAt = now;
      return known;
    }
    if (this.#lanes.size >= MAX_IDLE_LANES) this.#sweep(now);
    const { burst, perSecond } = key.startsWith('sync:') ? AUTHOR_SYNC : AUTHOR_ORDINARY;
    const lane: Lane = {
      bucket: new TokenBucket(burst, perSecond, now),
      waiting: [],
      timer: null,
      usedAt: now,
    };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** A lane idle for a minute has a full bucket again: nothing is lost with it. */
  #sweep(now: number): void {
    for (const [key, lane] of this.#lanes) {
      if (lane.waiting.length === 0 && now - lane.usedAt > 60_000) this.#lanes.delete(key);
    }
  }

  #arm(lane: Lane, now: number): void {
    if (lane.timer !== null || lane.waiting.length === 0) return;
    lane.timer = this.#timers.after(lane.bucket.wait(1, now), () => {
      lane.timer = null;
      this.#advance(lane);
    });
  }

  #advance(lane: Lane): void {
    const now = this.#clock.monotonic();
    while (lane.waiting.length > 0 && lane.bucket.take(1, now)) {
      const next = lane.waiting.shift();
      if (next === undefined) break;
      this.#waiting -= 1;
      this.#bytes -= next.bytes;
      next.run();
    }
    this.#arm(lane, now);
  }
}
