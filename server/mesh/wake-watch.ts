/**
 * Notices that the machine slept, its clock was set or its network changed: the wall clock moved against the monotonic
 * one, a timer fired much too late, or the machine has other addresses than before (02 section 5.11). Then every
 * connection is worth a ping and every back-off a new start.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import { WAKE_CHECK_INTERVAL, WAKE_TOLERANCE } from './limits.ts';

export interface WakeWatchComponents {
  clock: Clock;
  timers: Timers;
  localAddresses(): readonly string[];
}

/** Calls `woke` after a jump, and after a change of addresses; says whether the clock shows another time than it would have. */
export class WakeWatch {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #localAddresses: () => readonly string[];
  readonly #woke: (clockSet: boolean) => void;
  #timer: Timer | null = null;
  #wall = 0;
  #monotonic = 0;
  #addresses = '';

  constructor(components: WakeWatchComponents, woke: (clockSet: boolean) => void) {
    this.#clock = components.clock;
    this.#timers = components.timers;
    this.#localAddresses = components.localAddresses;
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
    const addresses = this.#addresses;
    this.#note();
    const moved = this.#addresses !== addresses;
    const late = Math.max(wall, monotonic) - WAKE_CHECK_INTERVAL > WAKE_TOLERANCE;
    const clockSet = Math.abs(wall - monotonic) > WAKE_TOLERANCE;
    if (moved || late || clockSet) this.#woke(clockSet);
  }

  #note(): void {
    this.#wall = this.#clock.now();
    this.#monotonic = this.#clock.monotonic();
    // Which ones, not in which order: the order follows the default route, which may come a moment later.
    this.#addresses = [...this.#localAddresses()].sort().join(' ');
  }
}
