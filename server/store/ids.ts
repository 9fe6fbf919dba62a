/**
 * Ids of the shared tables (03 section 2.2). Those of what comes in numbers begin with the time, so that what is new
 * stands at the end of every index; among random ids each has to be put on a page of its own, and each page is
 * written to disk for it.
 */
import type { Random } from '../ports/types.ts';

/** Characters of the time: milliseconds until the year 2527. */
const TIME_HEX = 11;
/** Characters behind it that count, from a random number on; what they have room for. */
const NUMBER_HEX = 5;
const PER_TIME = 16 ** NUMBER_HEX;

/** `characters` random lower-case hexadecimal characters; an even number. */
export function hexId(random: Random, characters: number): string {
  return Buffer.from(random.bytes(characters / 2)).toString('hex');
}

/**
 * As {@link hexId}, in the order of time.
 * @param now Unix ms; it stands in the id, so this is for what shows its time anyway.
 */
export function timedId(random: Random, now: number, characters: number): string {
  const time = Math.trunc(now).toString(16).padStart(TIME_HEX, '0');
  return time + hexId(random, characters - TIME_HEX + 1).slice(1);
}

/** Ids of 16 characters, each greater than the one before; unique also where another run of this program made some. */
export class RisingIds {
  readonly #random: Random;
  #time = 0;
  #number = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param now Unix ms. */
  next(now: number): string {
    const time = Math.trunc(now);
    this.#number += 1;
    if (time > this.#time || this.#number >= PER_TIME) {
      this.#time = Math.max(time, this.#time + 1);
      const [high = 0, low = 0] = this.#random.bytes(2);
      this.#number = high * 256 + low;
    }
    return (
      this.#time.toString(16).padStart(TIME_HEX, '0') + this.#number.toString(16).padStart(NUMBER_HEX, '0')
    );
  }
}
