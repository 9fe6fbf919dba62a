/**
 * A set as it was at one moment: blocks in order, found by number or by place. Cheap to make and immune to later
 * changes, because blocks never change.
 */
import { IdSum } from './id-sum.ts';
import { boundOf, compareBounds } from './record-block.ts';
import type { Bound, RecordBlock, SetRecord } from './record-block.ts';

/** Counts elementary steps (one id added or compared), so that long work can be cut into slices. */
export interface Work {
  steps: number;
}

export class Snapshot {
  readonly size: number;
  readonly #blocks: readonly RecordBlock[];
  /** Number of the first record of each block. */
  readonly #starts: readonly number[];

  /** @param blocks in order, none empty. */
  constructor(blocks: readonly RecordBlock[]) {
    const starts: number[] = [];
    let size = 0;
    for (const block of blocks) {
      starts.push(size);
      size += block.size;
    }
    this.#blocks = blocks;
    this.#starts = starts;
    this.size = size;
  }

  /** Record number `index`, from 0. */
  record(index: number): SetRecord {
    const at = this.#blockOf(index);
    const block = this.#blocks[at];
    if (block === undefined) throw new RangeError('no such record');
    return block.record(index - (this.#starts[at] ?? 0));
  }

  /** Whether a record with this timestamp and id is there. */
  has(record: Pick<SetRecord, 'ts' | 'id'>): boolean {
    const at = this.lowerBound(0, boundOf(record));
    return at < this.size && compareBounds(boundOf(this.record(at)), boundOf(record)) === 0;
  }

  /** Number of records before `bound`, at least `from`. */
  lowerBound(from: number, bound: Bound): number {
    if (bound.ts === Infinity) return this.size;
    let first = 0;
    let count = this.#blocks.length;
    // The last block that begins before the bound holds the answer.
    while (count > 0) {
      const half = count >> 1;
      const block = this.#blocks[first + half];
      if (block !== undefined && compareBounds({ ts: block.ts(0), prefix: block.id(0) }, bound) < 0) {
        first += half + 1;
        count -= half + 1;
      } else count = half;
    }
    const block = this.#blocks[first - 1];
    const before = block === undefined ? 0 : (this.#starts[first - 1] ?? 0) + block.lowerBound(bound);
    return Math.max(from, before);
  }

  /** Sum of the ids from `lower` (inclusive) to `upper` (exclusive). */
  sum(lower: number, upper: number, work: Work): IdSum {
    const sum = new IdSum();
    for (let at = this.#blockOf(lower), next = lower; next < upper; at += 1) {
      const block = this.#blocks[at];
      const start = this.#starts[at] ?? 0;
      if (block === undefined) break;
      const end = Math.min(upper, start + block.size);
      work.steps += block.addTo(sum, next - start, end - start);
      next = end;
    }
    return sum;
  }

  #blockOf(index: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
