/** Named counters since start, for diagnostics. Names are stable words, never texts from a peer. */

/** Counts by name. */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
