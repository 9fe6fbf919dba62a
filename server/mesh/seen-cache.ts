/** Remembers envelope ids per author, oldest first out (02 section 3.3; per author because of 02 S9, 01 S9). */
import { SEEN_KEEP, SEEN_LIMIT } from './limits.ts';

/** An insertion-ordered set of (author, id) with a trim. */
export class SeenCache {
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#keys.size;
  }

  has(author: string, id: string): boolean {
    return this.#keys.has(`${author} ${id}`);
  }

  /** Adds an id; above {@link SEEN_LIMIT} the oldest go until {@link SEEN_KEEP} remain. */
  add(author: string, id: string): void {
    this.#keys.add(`${author} ${id}`);
    if (this.#keys.size <= SEEN_LIMIT) return;
    for (const key of this.#keys) {
      if (this.#keys.size <= SEEN_KEEP) break;
      this.#keys.delete(key);
    }
  }

  delete(author: string, id: string): void {
    this.#keys.delete(`${author} ${id}`);
  }
}
