/**
 * Whether the other end of a secure session lives (06 section 1.5): a ping after 30 s without a frame, dead when nothing
 * comes for 15 s more. Deviation D-57: while this side does not read (its budget is used up) it cannot know; then it
 * says every few seconds that it lives itself, so that the other does not take it for dead.
 */
import { toHex } from '../../crypto/bytes.ts';
import type { Clock, Random, Timer, Timers } from '../../ports/types.ts';
import { PING_BYTES } from '../../wire/secure-frames.ts';

const PING_AFTER_MS = 30_000;
const DEAD_AFTER_MS = 15_000;
/** Own signs of life while not reading; well below {@link DEAD_AFTER_MS}. */
const HEARTBEAT_MS = 10_000;
/** Pings that wait for their pong. */
const MAX_OUTSTANDING = 16;

export interface LivenessInit {
  ping(body: Uint8Array): void;
  /** Called at least every {@link PING_AFTER_MS} while reading. */
  checked(): void;
  dead(): void;
}

interface Outstanding {
  at: number;
  answered: (answered: boolean) => void;
}

/** The watch over one session. */
export class Liveness {
  readonly #components: { clock: Clock; timers: Timers; random: Random };
  readonly #init: LivenessInit;
  readonly #outstanding = new Map<string, Outstanding>();
  #timer: Timer | null = null;
  #lastHeard = 0;
  #askedAt: number | null = null;
  #paused = false;
  /** Whether this side stopped reading since the last look: its budget may let one frame in at a time. */
  #wasPaused = false;
  /** When the watch looks next. */
  #dueAt = 0;
  #stopped = false;
  #rttMs: number | null = null;

  constructor(components: { clock: Clock; timers: Timers; random: Random }, init: LivenessInit) {
    this.#components = components;
    this.#init = init;
  }

  /** The last round trip, ms. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  start(): void {
    this.heard();
    this.#plan(PING_AFTER_MS);
    // The first round trip is known at once, not when the link is first idle.
    void this.#ask(PING_AFTER_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const ping of [...this.#outstanding.values()]) ping.answered(false);
  }

  /** A frame arrived. */
  heard(): void {
    this.#lastHeard = this.#now();
    this.#askedAt = null;
  }

  /** A pong arrived. */
  pong(body: Uint8Array): void {
    const ping = this.#outstanding.get(toHex(body));
    if (ping === undefined) return;
    this.#rttMs = Math.round((this.#now() - ping.at) * 10) / 10;
    ping.answered(true);
  }

  /** Whether this side reads. */
  reads(reading: boolean): void {
    this.#paused = !reading;
    if (reading) return this.heard();
    this.#wasPaused = true;
    if (this.#dueAt - this.#now() > HEARTBEAT_MS) this.#plan(HEARTBEAT_MS);
  }

  /** Whether a pong comes for a ping sent now. Nothing is cut for its absence. */
  confirm(): Promise<boolean> {
    return this.#ask(DEAD_AFTER_MS);
  }

  /** Whether anything comes within `timeoutMs`; a session that is silent is cut. */
  async probe(timeoutMs: number): Promise<boolean> {
    if (this.#stopped) return false;
    const asked = this.#now();
    if (await this.#ask(timeoutMs)) return true;
    if (this.#stopped) return false;
    if (this.#paused || this.#lastHeard > asked) return true;
    this.#init.dead();
    return false;
  }

  #ask(timeoutMs: number): Promise<boolean> {
    if (this.#stopped || this.#outstanding.size >= MAX_OUTSTANDING) return Promise.resolve(false);
    const { random, timers } = this.#components;
    const body = random.bytes(PING_BYTES);
    const key = toHex(body);
    return new Promise((resolve) => {
      const answered = (yes: boolean): void => {
        timer.cancel();
        this.#outstanding.delete(key);
        resolve(yes);
      };
      const timer = timers.after(timeoutMs, () => answered(false));
      this.#outstanding.set(key, { at: this.#now(), answered });
      this.#init.ping(body);
    });
  }

  #plan(ms: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#dueAt = this.#now() + ms;
    this.#timer = this.#components.timers.after(ms, () => this.#watch());
  }

  #watch(): void {
    const now = this.#now();
    this.#init.checked();
    if (this.#stopped) return;
    if (this.#wasPaused) {
      this.#wasPaused = this.#paused;
      this.#askedAt = null;
      void this.#ask(HEARTBEAT_MS);
      return this.#plan(HEARTBEAT_MS);
    }
    if (this.#askedAt !== null)
      return now - this.#askedAt >= DEAD_AFTER_MS ? this.#init.dead() : this.#plan(DEAD_AFTER_MS);
    const idle = now - this.#lastHeard;
    // Whole milliseconds: what is left of one may be too little to move a clock.
    if (idle < PING_AFTER_MS) return this.#plan(Math.ceil(PING_AFTER_MS - idle));
    this.#askedAt = now;
    void this.#ask(DEAD_AFTER_MS);
    this.#plan(DEAD_AFTER_MS);
  }

  #now(): number {
    return this.#components.clock.monotonic();
  }
}
