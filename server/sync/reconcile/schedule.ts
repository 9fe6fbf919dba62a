/**
 * When runs happen (06 section 4.2): one at a time per peer, two per node; the smaller peer id opens, the larger only when
 * nothing came; again every ten minutes, soon after a partial one, and not for an hour after a fault.
 */
import type { Clock, Random, Timer, Timers } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { RunResult } from './types.ts';

/** The smaller id opens at the latest this long after adoption, the larger when nothing came until then. */
const OPEN_BY_MS = 5_000;
const ANSWER_BY_MS = 10_000;
/** Between two runs, give or take. */
const INTERVAL_MS = 600_000;
const INTERVAL_JITTER_MS = 120_000;
/** The larger id opens when the smaller one has not for this long. */
const NEGLECTED_MS = 900_000;
/** After a run that could not bring everything, and after one the other side was too busy for. */
const PARTIAL_MS = 1_000;
const BUSY_MS = 5_000;
/** Something new came here, which others may not have got: with them it is looked this soon. */
const NEWS_MS = 120_000;
/** After an abort, and after a fault. */
const ABORTED_MS = 60_000;
const FAULT_MS = 3_600_000;
/** What makes a set shared often comes in several steps. */
const SETTLE_MS = 1_000;

export interface ScheduleComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
}

export interface ScheduleInit {
  /** Own peer id. */
  local: PeerId;
  /** Opens a run unless one is under way. */
  open(peer: PeerId): void;
}

export class Schedule {
  readonly #c: ScheduleComponents;
  readonly #init: ScheduleInit;
  /** The next run with each peer, and when it is due by the monotonic clock. */
  readonly #waiting = new Map<PeerId, { timer: Timer; due: number }>();
  /** Peers with which a run is under way, and whether something changed here since it began. */
  readonly #running = new Map<PeerId, { news: boolean }>();
  /** Peers with which the next run is followed by another soon. */
  readonly #again = new Set<PeerId>();
  /** Peers with which no run is opened, because of a fault; they are few. */
  readonly #barred = new Map<PeerId, Timer>();

  constructor(components: ScheduleComponents, init: ScheduleInit) {
    this.#c = components;
    this.#init = init;
  }

  /** A session with the peer began. */
  connected(peer: PeerId): void {
    this.#in(peer, this.#opens(peer) ? OPEN_BY_MS : ANSWER_BY_MS);
  }

  /**
   * Deviation D-76: the lists that come before a run were sent; they are not acknowledged. So was who else is here: what
   * others wrote before the peer knew them it may have dropped, so the first run is followed by a second soon.
   */
  listsSent(peer: PeerId): void {
    if (this.#opens(peer)) this.#again.add(peer);
    if (this.#waiting.has(peer)) this.#in(peer, this.#opens(peer) ? 0 : ANSWER_BY_MS);
  }

  /** A set became shared, or a loss was noticed. */
  wanted(peer: PeerId): void {
    this.#in(peer, SETTLE_MS);
  }

  /** Deviation D-77: something changed here that some peer may not know, so the next run is soon. */
  news(): void {
    const now = this.#c.clock.monotonic();
    // A run compares what was here when it began.
    for (const run of this.#running.values()) run.news = true;
    for (const [peer, { due }] of this.#waiting) {
      const soon = this.#newsBy(peer);
      if (due - now > soon) this.#in(peer, soon);
    }
  }

  /** A run with the peer has begun. */
  began(peer: PeerId): void {
    this.#waiting.get(peer)?.timer.cancel();
    this.#waiting.delete(peer);
    this.#running.set(peer, { news: false });
  }

  /** A run with the peer is over. */
  ended(peer: PeerId, status: RunResult['status']): void {
    const { news } = this.#running.get(peer) ?? { news: false };
    this.#running.delete(peer);
    const again = this.#again.delete(peer);
    if (status === 'fault') {
      this.#bar(peer);
      return;
    }
    if (status === 'lost') return;
    const opens = this.#opens(peer);
    const waits: Partial<Record<RunResult['status'], number>> = {
      partial: PARTIAL_MS,
      busy: BUSY_MS * (1 + this.#c.random.fraction()),
      aborted: ABORTED_MS,
    };
    const usual = opens
      ? INTERVAL_MS + (2 * this.#c.random.fraction() - 1) * INTERVAL_JITTER_MS
      : NEGLECTED_MS;
    this.#in(peer, waits[status] ?? (again ? ANSWER_BY_MS : news ? this.#newsBy(peer) : usual));
  }

  /** Whether runs with the peer are off because it broke the rules. */
  isBarred(peer: PeerId): boolean {
    return this.#barred.has(peer);
  }

  disconnected(peer: PeerId): void {
    this.#running.delete(peer);
    this.#again.delete(peer);
    this.#waiting.get(peer)?.timer.cancel();
    this.#waiting.delete(peer);
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) timer.cancel();
    for (const timer of this.#barred.values()) timer.cancel();
    this.#waiting.clear();
    this.#barred.clear();
  }

  #opens(peer: PeerId): boolean {
    return this.#init.local < peer;
  }

  #newsBy(peer: PeerId): number {
    return this.#opens(peer) ? NEWS_MS : 2 * NEWS_MS;
  }

  #bar(peer: PeerId): void {
    this.#barred.get(peer)?.cancel();
    this.#barred.set(
      peer,
      this.#c.timers.after(FAULT_MS, () => {
        this.#barred.delete(peer);
        this.#init.open(peer);
      }),
    );
  }

  #in(peer: PeerId, ms: number): void {
    this.#waiting.get(peer)?.timer.cancel();
    const timer = this.#c.timers.after(ms, () => {
      this.#waiting.delete(peer);
      this.#init.open(peer);
    });
    this.#waiting.set(peer, { timer, due: this.#c.clock.monotonic() + ms });
  }
}
