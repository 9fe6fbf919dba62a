/**
 * Notices that the machine slept or its clock was set: the wall clock moved against the monotonic one, or a timer
 * fired much too late (02 section 5.11). Then every connection is worth a ping and every back-off a new start.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import { WAKE_CHECK_INTERVAL, WAKE_TOLERANCE } from './limits.ts';

/** Calls `woke` after a jump. */
export class WakeWatch {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #woke: () => void;
  #timer: Timer | null = null;
  #wall = 0;
  #monotonic = 0;

  constructor(components: { clock: Clock; timers: Timers }, woke: () => void) {
    this.#clock = components.clock;
    this.#timers = components.timers;
    this.#woke = woke;
  }

  start(): void {
    this.#note();
    this.#timer ??= this.#timers.every(WAKE_CHECK_INTERVAL, () => this.#check());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #check(): void {
    const wall = this.#clock.now() - this.#wall;
    const monotonic = this.#clock.monotonic() - this.#monotonic;
    this.#note();
    const late = Math.max(wall, monotonic) - WAKE_CHECK_INTERVAL > WAKE_TOLERANCE;
    if (late || Math.abs(wall - monotonic) > WAKE_TOLERANCE) this.#woke();
  }

  #note(): void {
    this.#wall = this.#clock.now();
    this.#monotonic = this.#clock.monotonic();
  }
}
