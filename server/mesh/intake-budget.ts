/**
 * What one neighbour may make us do before we know whether it is worth anything (02 S9): frames and bytes per time,
 * and deliveries that are not finished. Deviation D-51: accepted neighbours have a far larger one. Over it we stop
 * reading from that neighbour for a while; nothing is lost, its sender feels it.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import {
  MAX_UNFINISHED_DELIVERIES,
  NEIGHBOUR_FAMILIAR,
  NEIGHBOUR_STRANGER,
  NEIGHBOUR_WINDOW,
} from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** The link of the neighbour, as far as the budget is concerned. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

interface Buckets {
  frames: TokenBucket;
  bytes: TokenBucket;
}

function buckets(limit: { frames: number; bytes: number }, now: number): Buckets {
  const seconds = NEIGHBOUR_WINDOW / 1000;
  return {
    frames: new TokenBucket(limit.frames, limit.frames / seconds, now),
    bytes: new TokenBucket(limit.bytes, limit.bytes / seconds, now),
  };
}

/** Budget of one session. */
export class IntakeBudget {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #link: Pausable;
  readonly #stranger: Buckets;
  readonly #familiar: Buckets;
  #timer: Timer | null = null;
  #unfinished = 0;

  constructor(components: { clock: Clock; timers: Timers; link: Pausable }) {
    this.#clock = components.clock;
    this.#timers = components.timers;
    this.#link = components.link;
    const now = components.clock.monotonic();
    this.#stranger = buckets(NEIGHBOUR_STRANGER, now);
    this.#familiar = buckets(NEIGHBOUR_FAMILIAR, now);
  }

  /**
   * Charges one frame.
   * @param bytes its length.
   * @param familiar whether a person accepted the neighbour; may change while the session lasts.
   * @returns whether it is more than anybody honest sends: an accepted peer may well send a large file fast.
   */
  charge(bytes: number, familiar: boolean): boolean {
    const now = this.#clock.monotonic();
    const bucket = familiar ? this.#familiar : this.#stranger;
    const frameDebt = bucket.frames.charge(1, now);
    const debt = Math.max(frameDebt, bucket.bytes.charge(bytes, now));
    if (debt === 0) return false;
    this.#timer?.cancel();
    this.#timer = this.#timers.after(debt, () => {
      this.#timer = null;
      this.#settle();
    });
    this.#settle();
    return frameDebt > 0 || !familiar;
  }

  /** A delivery begins; the returned function ends it. */
  begin(): () => void {
    return this.#occupy(1);
  }

  /** Nothing more is read until the returned function is called. */
  hold(): () => void {
    return this.#occupy(MAX_UNFINISHED_DELIVERIES);
  }

  #occupy(places: number): () => void {
    this.#unfinished += places;
    this.#settle();
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.#unfinished -= places;
      this.#settle();
    };
  }

  /** The session is over. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #settle(): void {
    if (this.#timer !== null || this.#unfinished >= MAX_UNFINISHED_DELIVERIES) this.#link.pause();
    else this.#link.resume();
  }
}
