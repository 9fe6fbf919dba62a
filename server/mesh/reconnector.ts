/**
 * Dials known peers again after every loss, at start, and after sleep, without an end, one task per peer, only a few
 * dials at once (00, 01 section 5.12, 02 section 5.11). Deviation D-13: after 2, 4, 8 … 60 s with jitter.
 */
import type { Clock, Random, Timer, Timers } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import {
  MAX_PARALLEL_RECONNECTS,
  RECONNECT_FIRST,
  RECONNECT_JITTER_MAX,
  RECONNECT_JITTER_SHARE,
  RECONNECT_MAX,
} from './limits.ts';

export interface ReconnectorComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
}

export interface ReconnectorInit {
  /** Whether the peer still needs a dial: wanted, not connected, with an endpoint. */
  wanted(peer: PeerId): boolean;
  /** Tries once; whether the peer is connected now. Never rejects. */
  attempt(peer: PeerId): Promise<boolean>;
}

interface Task {
  attempt: number;
  timer: Timer;
  /** Monotonic ms. */
  due: number;
}

/** Base delay before attempt `attempt` (from 1), without jitter. */
export function reconnectDelay(attempt: number): number {
  return Math.min(RECONNECT_FIRST * 2 ** Math.min(attempt - 1, 16), RECONNECT_MAX);
}

/** Keeps the tasks. */
export class Reconnector {
  readonly #components: ReconnectorComponents;
  readonly #init: ReconnectorInit;
  readonly #tasks = new Map<PeerId, Task>();
  /** Attempts made so far, kept until a connection proved itself. */
  readonly #attempts = new Map<PeerId, number>();
  readonly #ready: PeerId[] = [];
  #running = 0;
  #stopped = false;

  constructor(components: ReconnectorComponents, init: ReconnectorInit) {
    this.#components = components;
    this.#init = init;
  }

  /** Plans the next attempt, unless one is planned. @param delay in the place of the back-off, ms. */
  schedule(peer: PeerId, delay?: number): void {
    if (this.#stopped || this.#tasks.has(peer) || !this.#init.wanted(peer)) return;
    const { clock, timers } = this.#components;
    const attempt = (this.#attempts.get(peer) ?? 0) + 1;
    const wait = delay ?? this.#withJitter(reconnectDelay(attempt));
    const timer = timers.after(wait, () => {
      this.#ready.push(peer);
      this.#advance();
    });
    this.#tasks.set(peer, { attempt, timer, due: clock.monotonic() + wait });
  }

  /** Drops the plan for a peer; whether there was one. */
  cancel(peer: PeerId): boolean {
    this.#tasks.get(peer)?.timer.cancel();
    const turn = this.#ready.indexOf(peer);
    if (turn >= 0) this.#ready.splice(turn, 1);
    return this.#tasks.delete(peer);
  }

  /** The peer is worth the shortest delay again. */
  reset(peer: PeerId): void {
    this.#attempts.delete(peer);
  }

  /** All planned attempts start over, soon: the machine woke up or has another network. */
  resetAll(): void {
    const peers = [...this.#tasks.keys()];
    this.#attempts.clear();
    for (const peer of peers) {
      if (this.#ready.includes(peer)) continue;
      this.cancel(peer);
      this.schedule(peer, this.#withJitter(0) + this.#components.random.fraction() * RECONNECT_FIRST);
    }
  }

  has(peer: PeerId): boolean {
    return this.#tasks.has(peer);
  }

  /** Planned attempts. */
  list(): Record<string, { attempt: number; due_in_s: number }> {
    const now = this.#components.clock.monotonic();
    return Object.fromEntries(
      [...this.#tasks].map(([peer, { attempt, due }]) => [
        peer,
        { attempt, due_in_s: Math.max(0, Math.round((due - now) / 100) / 10) },
      ]),
    );
  }

  /** Drops all plans for good. */
  stop(): void {
    this.#stopped = true;
    for (const peer of [...this.#tasks.keys()]) this.cancel(peer);
    this.#ready.length = 0;
  }

  #advance(): void {
    while (this.#running < MAX_PARALLEL_RECONNECTS) {
      const peer = this.#ready.shift();
      if (peer === undefined) return;
      if (!this.#tasks.delete(peer)) continue;
      if (this.#stopped || !this.#init.wanted(peer)) continue;
      this.#running += 1;
      this.#attempts.set(peer, (this.#attempts.get(peer) ?? 0) + 1);
      void this.#init.attempt(peer).then((connected) => {
        this.#running -= 1;
        if (!connected) this.schedule(peer);
        this.#advance();
      });
    }
  }

  #withJitter(delay: number): number {
    const jitter = Math.min(RECONNECT_JITTER_MAX, delay * RECONNECT_JITTER_SHARE);
    return delay + this.#components.random.fraction() * jitter;
  }
}
