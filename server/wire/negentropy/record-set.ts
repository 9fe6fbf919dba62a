/**
 * A set that changes: blocks of about 1,000 records in order, replaced one at a time. `snapshot` cuts it to what one
 * run compares (06 section 4.1, last paragraph).
 */
import { toHex } from '../../crypto/bytes.ts';
import { RecordBlock, boundOf, compareBounds } from './record-block.ts';
import type { SetRecord } from './record-block.ts';
import { Snapshot } from './snapshot.ts';

/** Records per block when it is made; a block that reached twice as many is halved (06 section 4.3). */
export const BLOCK_RECORDS = 1_000;
const NOTHING = new Uint8Array(0);

/** What of a set takes part. */
export interface Cut {
  /** First timestamp, whole seconds. */
  floor: number;
  /** Last timestamp. */
  until: number;
  /** Records whose expiry is not above this (Unix ms) are left out. */
  expiresAbove: number;
}

/** Order of records. */
export function compareRecords(a: SetRecord, b: SetRecord): number {
  return compareBounds(boundOf(a), boundOf(b));
}

export class RecordSet {
  #blocks: RecordBlock[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Appends records that follow all present ones, in order, each once. */
  append(records: readonly SetRecord[]): void {
    for (let at = 0; at < records.length; at += BLOCK_RECORDS)
      this.#blocks.push(new RecordBlock(records.slice(at, at + BLOCK_RECORDS)));
    this.#size += records.length;
  }

  /**
   * Takes records out and puts others in; each block they touch is made anew once, however many there are.
   * @param gone of which some may not be here.
   * @param added in any order, each once; one with the same timestamp and id is replaced.
   */
  apply(gone: readonly Pick<SetRecord, 'ts' | 'id'>[], added: readonly SetRecord[]): void {
    const touched = new Map<number, { gone: Set<number>; added: SetRecord[] }>();
    const changeOf = (record: Pick<SetRecord, 'ts' | 'id'>): { gone: Set<number>; added: SetRecord[] } => {
      const at = this.#blockFor(record);
      const change = touched.get(at) ?? { gone: new Set<number>(), added: [] };
      touched.set(at, change);
      const place = this.#blocks[at]?.indexOf(record) ?? -1;
      if (place >= 0) change.gone.add(place);
      return change;
    };
    for (const record of gone) changeOf(record);
    for (const record of added) changeOf(record).added.push(record);
    // From the last to the first, so that no block moves before its turn.
    for (const [at, change] of [...touched].sort(([a], [b]) => b - a)) {
      const before = this.#blocks[at]?.records() ?? [];
      const kept = before.filter((_, place) => !change.gone.has(place));
      const records = [...kept, ...change.added].sort(compareRecords);
      this.#blocks.splice(at, 1, ...evenBlocks(records));
      this.#size += records.length - before.length;
    }
  }

  /**
   * What takes part in a run.
   * @param extra records counted as held besides, in any order; one that is present already counts once.
   * @param without records counted as not held.
   */
  snapshot(
    cut: Cut,
    extra: readonly SetRecord[] = [],
    without: readonly Pick<SetRecord, 'ts' | 'id'>[] = [],
  ): Snapshot {
    const gone = new Map<number, Set<string>>();
    for (const record of without) {
      const at = this.#blockFor(record);
      gone.set(at, (gone.get(at) ?? new Set()).add(toHex(record.id)));
    }
    const added = extra.filter((record) => takesPart(record, cut)).sort(compareRecords);
    const blocks: RecordBlock[] = [];
    let next = 0;
    for (const [at, block] of this.#blocks.entries()) {
      const following = this.#blocks[at + 1]?.record(0);
      const from = next;
      while (next < added.length && (following === undefined || isBefore(added[next], following))) next += 1;
      blocks.push(...cutBlock(block, cut, added.slice(from, next), gone.get(at)));
    }
    if (this.#blocks.length === 0 && added.length > 0) blocks.push(...blocksOf(unique(added)));
    return new Snapshot(blocks);
  }

  /** The last block that begins at or before the record, else the first. */
  #blockFor(record: Pick<SetRecord, 'ts' | 'id'>): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const block = this.#blocks[middle];
      if (block !== undefined && compareBounds(boundOf(block.record(0)), boundOf(record)) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** One block, or as many of about the same size as it takes for none to reach twice {@link BLOCK_RECORDS}. */
function evenBlocks(records: readonly SetRecord[]): RecordBlock[] {
  if (records.length === 0) return [];
  const count = Math.max(1, Math.floor(records.length / BLOCK_RECORDS));
  return Array.from({ length: count }, (_, n) => {
    const [from, to] = [n, n + 1].map((at) => Math.floor((at * records.length) / count));
    return new RecordBlock(records.slice(from, to));
  });
}

function isBefore(record: SetRecord | undefined, other: SetRecord): boolean {
  return record !== undefined && compareRecords(record, other) < 0;
}

function takesPart(record: SetRecord, cut: Cut): boolean {
  return record.ts >= cut.floor && record.ts <= cut.until && record.expiresAt > cut.expiresAbove;
}

/** The block itself when all of it takes part and nothing is added or left out, which keeps its sum. */
function cutBlock(
  block: RecordBlock,
  cut: Cut,
  added: readonly SetRecord[],
  gone: ReadonlySet<string> | undefined,
): RecordBlock[] {
  const whole =
    block.ts(0) >= cut.floor &&
    block.ts(block.size - 1) <= cut.until &&
    block.firstExpiry > cut.expiresAbove &&
    added.length === 0 &&
    gone === undefined;
  if (whole) return [block];
  if (added.length === 0 && !overlaps(block, cut)) return [];
  const kept = block
    .records()
    .filter((record) => takesPart(record, cut) && gone?.has(toHex(record.id)) !== true);
  return blocksOf(unique([...kept, ...added].sort(compareRecords)));
}

function overlaps(block: RecordBlock, cut: Cut): boolean {
  return (
    block.lowerBound({ ts: cut.floor, prefix: NOTHING }) < block.size &&
    block.lowerBound({ ts: cut.until + 1, prefix: NOTHING }) > 0
  );
}

function unique(sorted: readonly SetRecord[]): SetRecord[] {
  return sorted.filter((record, at) => {
    const before = sorted[at - 1];
    return before === undefined || compareRecords(before, record) !== 0;
  });
}

function blocksOf(records: readonly SetRecord[]): RecordBlock[] {
  const blocks: RecordBlock[] = [];
  for (let at = 0; at < records.length; at += BLOCK_RECORDS)
    blocks.push(new RecordBlock(records.slice(at, at + BLOCK_RECORDS)));
  return blocks;
}
