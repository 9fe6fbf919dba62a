/** Answers by class of status, for the metrics (04 section 10a). */

export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

export class RequestCounts {
  readonly #counts = new Map<string, number>(STATUS_CLASSES.map((name) => [name, 0]));

  /** Counts an answer. @param status a status of HTTP. */
  add(status: number): void {
    const name = `${Math.floor(status / 100)}xx`;
    const count = this.#counts.get(name);
    if (count !== undefined) this.#counts.set(name, count + 1);
  }

  byClass(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
