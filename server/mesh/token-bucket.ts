/** A bucket of tokens that refills evenly; it may be overdrawn, and then says how long until it is level again. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  #level: number;
  #at: number;

  /** @param perSecond refill; @param now ms, any origin, never going back. */
  constructor(capacity: number, perSecond: number, now: number) {
    this.#capacity = capacity;
    this.#perMs = perSecond / 1000;
    this.#level = capacity;
    this.#at = now;
  }

  /** Takes `amount`, into debt if need be; ms until the level is no longer negative, 0 when it is not. */
  charge(amount: number, now: number): number {
    this.#refill(now);
    this.#level -= amount;
    return this.#level >= 0 ? 0 : Math.ceil(-this.#level / this.#perMs);
  }

  /** Takes `amount` if there is that much (or the bucket is full); whether it did. */
  take(amount: number, now: number): boolean {
    this.#refill(now);
    if (this.#level < Math.min(amount, this.#capacity)) return false;
    this.#level -= amount;
    return true;
  }

  /** Ms until {@link take} of `amount` succeeds. */
  wait(amount: number, now: number): number {
    this.#refill(now);
    return Math.max(0, Math.ceil((Math.min(amount, this.#capacity) - this.#level) / this.#perMs));
  }

  #refill(now: number): void {
    this.#level = Math.min(this.#capacity, this.#level + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
