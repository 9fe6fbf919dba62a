/**
 * The reference's receive limiter as pure logic (01 section 7.6): what a Python peer accepts of one author and
 * what it drops. Our receiver does not drop by it; our sender paces by it ({@link Pacer}), and the golden vectors
 * `rate_limits.json` hold it to the reference.
 */
import { SYNC_RATE_TYPES } from '../wire/message-types.ts';
import type { MessageType } from '../wire/message-types.ts';

/** The two classes of message that are counted apart. */
export type RateClass = 'ordinary' | 'sync';

/** A burst limit over a sliding window and a sustained one over a fixed window; times in ms. */
export interface RateLimit {
  burst: number;
  burstWindow: number;
  sustained: number;
  sustainedWindow: number;
}

const REFERENCE: Readonly<Record<RateClass, RateLimit>> = {
  ordinary: { burst: 10, burstWindow: 5_000, sustained: 50, sustainedWindow: 60_000 },
  sync: { burst: 120, burstWindow: 5_000, sustained: 500, sustainedWindow: 60_000 },
};
/** The reference forgets an author whose window began this long ago. */
const IDLE_MS = 300_000;

/** The class a message type is counted in. */
export function rateClass(type: MessageType): RateClass {
  return SYNC_RATE_TYPES.has(type) ? 'sync' : 'ordinary';
}

/** One author's counter in one class. */
class Counter {
  readonly #limit: RateLimit;
  #recent: number[] = [];
  #windowStart: number;
  #count = 0;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#windowStart = now;
  }

  get windowStart(): number {
    return this.#windowStart;
  }

  admit(now: number): boolean {
    const { burst, burstWindow, sustained, sustainedWindow } = this.#limit;
    this.#recent = this.#recent.filter((at) => now - at < burstWindow);
    if (this.#recent.length >= burst) return false;
    if (now - this.#windowStart > sustainedWindow) {
      this.#windowStart = now;
      this.#count = 1;
    } else {
      this.#count += 1;
      if (this.#count > sustained) return false;
    }
    this.#recent.push(now);
    return true;
  }
}

/** Counts messages per author and says which the reference would accept. */
export class ReferenceLimiter {
  readonly #limits: Readonly<Record<RateClass, RateLimit>>;
  readonly #counters = new Map<string, Counter>();

  constructor(limits: Readonly<Record<RateClass, RateLimit>> = REFERENCE) {
    this.#limits = limits;
  }

  /** Whether a message of `type` by `author` that arrives at `now` (ms, any origin) is accepted; counts it. */
  admit(author: string, type: MessageType, now: number): boolean {
    const kind = rateClass(type);
    const key = `${kind}:${author}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      this.#prune(now);
      counter = new Counter(this.#limits[kind], now);
      this.#counters.set(key, counter);
    }
    return counter.admit(now);
  }

  #prune(now: number): void {
    for (const [key, counter] of this.#counters) {
      if (now - counter.windowStart > IDLE_MS) this.#counters.delete(key);
    }
  }
}
