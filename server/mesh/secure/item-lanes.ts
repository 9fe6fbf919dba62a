/**
 * Received items on their way to their handlers: one after the other per type, and when too much waits the peer is not
 * read from until there is room again.
 */
import type { Item } from '../../wire/secure-items.ts';

const MIB = 1024 * 1024;
/** Items of one session that may wait for their handlers: bytes of two of the largest pages, and many small ones. */
const MAX_WAITING_BYTES = 8 * MIB;
const MAX_WAITING_ITEMS = 1_024;

export interface ItemLanesInit {
  /** Handles one item; what it throws or rejects with goes to {@link ItemLanesInit.failed}. */
  handle(item: Item): void | Promise<void>;
  failed(error: unknown): void;
  /** Whether too much waits; told when that changes. */
  full(full: boolean): void;
}

/** One queue per type. */
export class ItemLanes {
  readonly #init: ItemLanesInit;
  /** Types whose handler is at work, with what waits for it. */
  readonly #lanes = new Map<number, Item[]>();
  #bytes = 0;
  #count = 0;
  #full = false;
  #stopped = false;

  constructor(init: ItemLanesInit) {
    this.#init = init;
  }

  add(item: Item): void {
    const lane = this.#lanes.get(item.type);
    if (lane === undefined) return this.#run(item);
    lane.push(item);
    this.#count += 1;
    this.#bytes += item.body.length;
    this.#settle();
  }

  /** Drops what waits. */
  stop(): void {
    this.#stopped = true;
    this.#lanes.clear();
  }

  #run(first: Item): void {
    for (let item: Item | undefined = first; item !== undefined; item = this.#following(first.type)) {
      let ending: void | Promise<void>;
      try {
        ending = this.#init.handle(item);
      } catch (error) {
        this.#init.failed(error);
        continue;
      }
      if (!(ending instanceof Promise)) continue;
      const { type } = first;
      if (!this.#stopped && !this.#lanes.has(type)) this.#lanes.set(type, []);
      void ending
        .catch((error: unknown) => this.#init.failed(error))
        .then(() => {
          const next = this.#following(type);
          if (next !== undefined) this.#run(next);
        });
      return;
    }
  }

  #following(type: number): Item | undefined {
    if (this.#stopped) return undefined;
    const next = this.#lanes.get(type)?.shift();
    if (next === undefined) {
      this.#lanes.delete(type);
      return undefined;
    }
    this.#count -= 1;
    this.#bytes -= next.body.length;
    this.#settle();
    return next;
  }

  #settle(): void {
    const full = this.#bytes > MAX_WAITING_BYTES || this.#count > MAX_WAITING_ITEMS;
    if (full === this.#full) return;
    this.#full = full;
    this.#init.full(full);
  }
}
