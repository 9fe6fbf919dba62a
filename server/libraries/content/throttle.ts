/** A limit of bytes per second of the whole node, `--can-max-up` and `--can-max-down` (07 section 3.2). */
import { TokenBucket } from '../../mesh/token-bucket.ts';
import type { Clock, Timers } from '../../ports/types.ts';

/** Lets bytes through at a rate; without one it lets everything through. */
export class Throttle {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #bucket: TokenBucket | null;

  /** @param bytesPerSecond `null` for no limit. */
  constructor(components: { clock: Clock; timers: Timers }, bytesPerSecond: number | null) {
    this.#clock = components.clock;
    this.#timers = components.timers;
    this.#bucket =
      bytesPerSecond === null
        ? null
        : new TokenBucket(bytesPerSecond, bytesPerSecond, components.clock.monotonic());
  }

  /** Ms until something may pass. */
  get wait(): number {
    return this.#bucket?.wait(1, this.#clock.monotonic()) ?? 0;
  }

  /** Counts `bytes` that pass now; whoever comes next waits for them. */
  count(bytes: number): void {
    this.#bucket?.charge(bytes, this.#clock.monotonic());
  }

  /** Counts `bytes` and resolves when they may pass. */
  async pass(bytes: number): Promise<void> {
    const ms = this.#bucket?.charge(bytes, this.#clock.monotonic()) ?? 0;
    if (ms > 0) await new Promise<void>((resolve) => void this.#timers.after(ms, resolve));
  }
}
