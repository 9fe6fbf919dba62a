/**
 * The order of deliveries (08 section 3, second walk): messages of one author begin in the order in which they came,
 * those of different authors do not wait for each other.
 *
 * Most handlers are exclusive: the author's next message begins when the handler's promise has ended. A handler whose
 * order is settled the moment it returns (its writes are queued, and the store keeps the order of its queue) says that
 * it overlaps: the next overlapping message begins at once, so that many of one author share a commit. Each one's
 * promise still ends after its own commit, and an exclusive message waits for all before it.
 */
import type { Clock, Timer, Timers } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import { HANDLER_TIMEOUT } from './limits.ts';

/** One delivery. */
export interface Delivery {
  /** Whether it may begin before the author's earlier overlapping deliveries have ended. */
  overlaps: boolean;
  /** Hands the message to its handler. Must not throw, and its promise must not reject. */
  run(): void | Promise<void>;
  /** Called once, when it has ended or was given up. */
  done(): void;
  /** It took longer than {@link HANDLER_TIMEOUT}; the author's next message goes on without it. */
  late(): void;
}

interface Lane {
  waiting: Delivery[];
  running: number;
  /** An exclusive delivery is under way. */
  held: boolean;
}

interface Running {
  author: PeerId;
  lane: Lane;
  delivery: Delivery;
  startedAt: number;
}

/** Begins deliveries in order. */
export class AuthorLanes {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #lanes = new Map<PeerId, Lane>();
  /** Under way, oldest first: all have the same time, so the first is the first to be late. */
  readonly #running = new Set<Running>();
  #timer: Timer | null = null;

  constructor(components: { clock: Clock; timers: Timers }) {
    this.#clock = components.clock;
    this.#timers = components.timers;
  }

  /** Begins `delivery` now, or after those of its author that it has to wait for. */
  add(author: PeerId, delivery: Delivery): void {
    const lane = this.#lanes.get(author) ?? { waiting: [], running: 0, held: false };
    this.#lanes.set(author, lane);
    lane.waiting.push(delivery);
    if (lane.waiting.length === 1) this.#advance(author, lane);
  }

  /** Gives up watching the time of what is under way. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#running.clear();
  }

  #advance(author: PeerId, lane: Lane): void {
    for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
      if (lane.held || (!next.overlaps && lane.running > 0)) return;
      lane.running += 1;
      lane.held = !next.overlaps;
      // It stays first in the queue until its handler has returned: one that comes in meanwhile must not overtake it.
      const ending = next.run();
      lane.waiting.shift();
      if (ending === undefined) this.#ended(lane, next);
      else this.#watch(author, lane, next, ending);
    }
    // What `done` let in may have emptied this lane already, and begun another.
    if (lane.running === 0 && this.#lanes.get(author) === lane) this.#lanes.delete(author);
  }

  #watch(author: PeerId, lane: Lane, delivery: Delivery, ending: Promise<void>): void {
    const running: Running = { author, lane, delivery, startedAt: this.#clock.monotonic() };
    this.#running.add(running);
    this.#timer ??= this.#timers.after(HANDLER_TIMEOUT, () => this.#giveUp());
    void ending.then(() => this.#finish(running));
  }

  #finish(running: Running): void {
    // What was given up has ended already.
    if (!this.#running.delete(running)) return;
    this.#ended(running.lane, running.delivery);
    this.#advance(running.author, running.lane);
  }

  #ended(lane: Lane, delivery: Delivery): void {
    lane.running -= 1;
    if (!delivery.overlaps) lane.held = false;
    delivery.done();
  }

  #giveUp(): void {
    const now = this.#clock.monotonic();
    for (const running of this.#running) {
      if (running.startedAt + HANDLER_TIMEOUT > now) break;
      running.delivery.late();
      this.#finish(running);
    }
    const [first] = this.#running;
    this.#timer =
      first === undefined
        ? null
        : this.#timers.after(first.startedAt + HANDLER_TIMEOUT - now, () => this.#giveUp());
  }
}
