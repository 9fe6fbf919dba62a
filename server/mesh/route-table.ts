/**
 * Next hops to peers that are no neighbours, and which relay is in use for display (02 section 3.6). Both say the
 * same thing here: a route exists only while its next hop and its absence of a direct connection last.
 */
import type { PeerId } from '../wire/ids.ts';
import { MAX_ROUTES } from './limits.ts';

/** Target to next hop, oldest entry out when full. */
export class RouteTable {
  readonly #next = new Map<string, PeerId>();

  /** Next hop towards `target`, if any. */
  next(target: string): PeerId | undefined {
    return this.#next.get(target);
  }

  /** Sets the next hop; an update keeps the entry's age. */
  set(target: PeerId, hop: PeerId): void {
    if (!this.#next.has(target) && this.#next.size >= MAX_ROUTES) {
      const oldest = this.#next.keys().next();
      if (oldest.done !== true) this.#next.delete(oldest.value);
    }
    this.#next.set(target, hop);
  }

  /** Removes the route to `target`; whether there was one. */
  remove(target: string): boolean {
    return this.#next.delete(target);
  }

  /** Removes all routes through `hop`; how many there were. */
  removeVia(hop: string): number {
    let removed = 0;
    for (const [target, next] of this.#next) {
      if (next === hop && this.#next.delete(target)) removed += 1;
    }
    return removed;
  }

  /** As a plain record, for the API. */
  toRecord(): Record<string, PeerId> {
    return Object.fromEntries(this.#next);
  }
}
