/** Randomness that is the same for the same seed: a run of the simulator can be repeated from its seed alone. */
import type { Random } from '../../server/ports/types.ts';

/** The generator `mulberry32`: 32 bits of state, good enough to vary a simulation and keys nobody protects. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.fraction() * 256));
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A generator of its own for one part of a simulation. */
  fork(): SeededRandom {
    return new SeededRandom(Math.floor(this.fraction() * 2 ** 32));
  }
}
