/**
 * Finds the timestamp of a record by its id alone (06 section 4.2 point 4: a `get` names ids). Sets are kept in order of
 * (timestamp, id), here as in the tables; with both a record is found at once, without the timestamp only by going through
 * the whole set, which a peer could ask for 100,000 times.
 */
import { equalBytes } from '../../crypto/bytes.ts';
import type { Random } from '../../ports/types.ts';
import type { Sliced } from '../../wire/negentropy/negentropy.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';

/** Records entered between two pauses: about a millisecond. */
const SLICE_RECORDS = 2_000;

/** Four bytes of memory per slot, two to four slots per record. */
export class Places {
  readonly #snapshot: Snapshot;
  /** Numbers of records from 1, at the place their id hashes to or after it; 0 is free. */
  readonly #slots: Uint32Array;
  /** Nobody outside knows where an id comes to stand, so nobody can make many ids meet. */
  readonly #factors: readonly [number, number];

  private constructor(snapshot: Snapshot, random: Random) {
    this.#snapshot = snapshot;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * snapshot.size + 2)));
    const [a, b] = firstWords(random.bytes(8));
    this.#factors = [a | 1, b | 1];
  }

  /** Enters all records of a snapshot. */
  static *of(snapshot: Snapshot, random: Random): Sliced<Places> {
    const places = new Places(snapshot, random);
    for (let i = 0; i < snapshot.size; i += 1) {
      places.#enter(i);
      if (i % SLICE_RECORDS === SLICE_RECORDS - 1) yield i;
    }
    return places;
  }

  /** The timestamp of the record with this id, whole seconds; undefined when the snapshot has none. */
  timestamp(id: Uint8Array): number | undefined {
    for (let slot = this.#home(id); ; slot += 1) {
      const number = this.#slots[slot & (this.#slots.length - 1)] ?? 0;
      if (number === 0) return undefined;
      const record = this.#snapshot.record(number - 1);
      if (equalBytes(record.id, id)) return record.ts;
    }
  }

  #enter(index: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#home(this.#snapshot.record(index).id) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = index + 1;
  }

  #home(id: Uint8Array): number {
    const [first, second] = firstWords(id);
    const [a, b] = this.#factors;
    const mixed = Math.imul(first, a) ^ Math.imul(second, b);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}

function firstWords(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(0), view.getUint32(4)];
}
