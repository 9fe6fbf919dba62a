/**
 * A run of records in order of (timestamp, id), never changed once made, with the sum of its ids kept. Sets are made
 * of such blocks of about 1,000 records, so a change copies one block, a snapshot copies none, and a fingerprint adds
 * up blocks (06 section 4.3, last point).
 */
import { equalBytes } from '../../crypto/bytes.ts';
import { ID_BYTES, IdSum } from './id-sum.ts';

/** One record: what equality is decided by, and when it stops counting. */
export interface SetRecord {
  /** Whole seconds. */
  ts: number;
  /** 32 bytes. */
  id: Uint8Array;
  /** Unix ms, `Infinity` without expiry. */
  expiresAt: number;
}

/** A place between records: everything before it has a smaller timestamp, or the same and a smaller id. */
export interface Bound {
  /** `Infinity` is above every record. */
  ts: number;
  /** 0 to 32 bytes; missing ones count as 0. */
  prefix: Uint8Array;
}

/** Order of two places or records. */
export function compareBounds(a: Bound, b: Bound): number {
  if (a.ts !== b.ts) return a.ts < b.ts ? -1 : 1;
  for (let i = 0; i < ID_BYTES; i += 1) {
    const difference = (a.prefix[i] ?? 0) - (b.prefix[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The place directly before a record. */
export function boundOf(record: Pick<SetRecord, 'ts' | 'id'>): Bound {
  return { ts: record.ts, prefix: record.id };
}

export class RecordBlock {
  readonly size: number;
  /** The earliest expiry of any record. */
  readonly firstExpiry: number;
  readonly #ts: Float64Array;
  readonly #expiresAt: Float64Array;
  readonly #ids: Uint8Array;
  readonly #view: DataView;
  #sum: IdSum | null = null;

  /** @param records in order, each id once. */
  constructor(records: readonly SetRecord[]) {
    this.size = records.length;
    this.#ts = Float64Array.from(records, (record) => record.ts);
    this.#expiresAt = Float64Array.from(records, (record) => record.expiresAt);
    this.#ids = new Uint8Array(records.length * ID_BYTES);
    this.#view = new DataView(this.#ids.buffer);
    this.firstExpiry = this.#expiresAt.reduce((first, at) => Math.min(first, at), Infinity);
    for (const [i, record] of records.entries()) this.#ids.set(record.id, i * ID_BYTES);
  }

  ts(index: number): number {
    return this.#ts[index] ?? Infinity;
  }

  id(index: number): Uint8Array {
    return this.#ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES);
  }

  record(index: number): SetRecord {
    return { ts: this.ts(index), id: this.id(index), expiresAt: this.#expiresAt[index] ?? Infinity };
  }

  records(): SetRecord[] {
    return Array.from({ length: this.size }, (_, index) => this.record(index));
  }

  /** Number of records before `bound`. */
  lowerBound(bound: Bound): number {
    let first = 0;
    let count = this.size;
    while (count > 0) {
      const half = count >> 1;
      if (compareBounds({ ts: this.ts(first + half), prefix: this.id(first + half) }, bound) < 0) {
        first += half + 1;
        count -= half + 1;
      } else count = half;
    }
    return first;
  }

  /** Where a record with this timestamp and id is; -1 when it is not here. */
  indexOf(record: Pick<SetRecord, 'ts' | 'id'>): number {
    const place = this.lowerBound(boundOf(record));
    if (place >= this.size || this.ts(place) !== record.ts) return -1;
    return equalBytes(this.id(place), record.id) ? place : -1;
  }

  /** Sum of all ids, computed once. */
  get sum(): IdSum {
    this.#sum ??= this.#sumOf(0, this.size);
    return this.#sum;
  }

  /** Adds the ids of a part to `sum`; the number of additions it took. */
  addTo(sum: IdSum, from: number, to: number): number {
    if (from === 0 && to === this.size) {
      const fresh = this.#sum === null;
      sum.add(this.sum);
      return fresh ? this.size : 1;
    }
    sum.addIds(this.#view, from, to);
    return to - from;
  }

  #sumOf(from: number, to: number): IdSum {
    const sum = new IdSum();
    sum.addIds(this.#view, from, to);
    return sum;
  }
}
