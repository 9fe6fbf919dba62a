/**
 * Time that only moves when a test says so. Tasks run in the order of their time, and between two of them every
 * promise that can settle does: the cores under test use nothing but promises and these timers, so one turn of the
 * real event loop drains all of it.
 */
import type { Clock, Timer, Timers } from '../../server/ports/types.ts';

interface Entry {
  at: number;
  order: number;
  task: () => void;
  every: number | null;
  cancelled: boolean;
}

/** 2026-01-01T00:00:00Z; any fixed time does. */
const START = 1_767_225_600_000;

/** A clock and timers in one. */
export class VirtualTime implements Clock, Timers {
  #elapsed = 0;
  #offset = START;
  #order = 0;
  /** A binary heap by time, then by order of creation. */
  readonly #heap: Entry[] = [];
  /** Tasks run so far. */
  tasks = 0;
  /** No more tasks than this are run: what never comes to rest ends here. */
  maxTasks = Infinity;
  /** Told of what a task throws; until set, the run ends with it. */
  failed: (error: unknown) => void = (error) => {
    throw error;
  };

  now(): number {
    return this.#offset + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, task: () => void): Timer {
    return this.#add(ms, task, null);
  }

  every(ms: number, task: () => void): Timer {
    return this.#add(ms, task, ms);
  }

  /** Sets the wall clock forward or back, as a person or a time server does. */
  shiftWallClock(ms: number): void {
    this.#offset += ms;
  }

  /** The machine sleeps: time passes and nothing runs; what was due runs late. */
  sleep(ms: number): void {
    this.#elapsed += ms;
  }

  /** Runs everything that is due within the next `ms`. */
  async run(ms: number): Promise<void> {
    await this.#runTo(this.#elapsed + ms, () => false);
  }

  /** Runs until `done` holds; rejects when it does not within `limitMs`. */
  async until(done: () => boolean, limitMs = 120_000): Promise<void> {
    await settle();
    if (done()) return;
    await this.#runTo(this.#elapsed + limitMs, done);
    if (!done()) throw new Error(`nothing of that kind within ${limitMs} virtual ms`);
  }

  async #runTo(end: number, done: () => boolean): Promise<void> {
    await settle();
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      this.#elapsed = Math.max(this.#elapsed, next.at);
      if (next.every !== null) this.#push({ ...next, at: this.#elapsed + next.every }, next);
      this.tasks += 1;
      if (this.tasks > this.maxTasks) throw new Error(`more than ${this.maxTasks} tasks`);
      try {
        next.task();
      } catch (error) {
        this.failed(error);
      }
      await settle();
      if (done()) return;
    }
    this.#elapsed = Math.max(this.#elapsed, end);
  }

  #add(ms: number, task: () => void, every: number | null): Timer {
    const entry: Entry = { at: this.#elapsed + Math.max(0, ms), order: 0, task, every, cancelled: false };
    this.#push(entry, entry);
    return { cancel: () => (entry.cancelled = true) };
  }

  /** A repeating entry stays the same object, because its timer cancels that. */
  #push(values: Entry, entry: Entry): void {
    entry.at = values.at;
    entry.order = this.#order;
    this.#order += 1;
    if (entry.at === Infinity) return;
    this.#heap.push(entry);
    for (let i = this.#heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < this.#heap.length && this.#before(left, least)) least = left;
      if (right < this.#heap.length && this.#before(right, least)) least = right;
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #before(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    if (a === undefined || b === undefined) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swap(i: number, j: number): void {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    if (a === undefined || b === undefined) return;
    this.#heap[i] = b;
    this.#heap[j] = a;
  }
}

/** Lets every promise settle that can without time passing. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
