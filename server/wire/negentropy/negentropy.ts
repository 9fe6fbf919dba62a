/**
 * Negentropy, protocol version 1: two sorted sets compared range by range (06 section 4.2 point 3), as client, which
 * learns the difference, and as server. Both work on a snapshot and can be run in slices: they yield whenever
 * {@link SLICE_STEPS} elementary steps were taken.
 */
import type { CryptoBackend } from '../../crypto/backend.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { WireError } from '../errors.ts';
import { ByteReader, ByteWriter, varint } from './byte-reader.ts';
import { FINGERPRINT_BYTES, ID_BYTES, IdSum } from './id-sum.ts';
import { boundOf } from './record-block.ts';
import type { Bound } from './record-block.ts';
import type { Snapshot, Work } from './snapshot.ts';

const VERSION = 0x61;
/** First bytes that name a version at all. */
const VERSIONS = { first: 0x60, last: 0x6f };
const BUCKETS = 16;
/** A range with fewer records is answered by its ids. */
const ID_LIST_BELOW = 2 * BUCKETS;
/** Largest message in bytes (06 section 4.2 point 3). */
export const FRAME_LIMIT = 60_000;
/** Room kept for the range that closes a full message. */
const CLOSING_ROOM = 200;
/** Steps between two yields: about a millisecond's work, far from the 20 that may be blocked (06 section 4.3). */
export const SLICE_STEPS = 20_000;
/** A slice that only added sums of blocks costs far less than its records would; one above this rests. */
const BLOCK_STEPS = 1_000;
/** What reading a range costs besides its records, in steps. */
const RANGE_STEPS = 100;
const MODE = { skip: 0, fingerprint: 1, ids: 2 };
const NOTHING = new Uint8Array(0);
const START: Bound = { ts: 0, prefix: NOTHING };
const END: Bound = { ts: Infinity, prefix: NOTHING };

/** What the client learned from one message. */
export interface Difference {
  /** Ids only we have. */
  have: Uint8Array[];
  /** Ids only the other side has. */
  need: Uint8Array[];
  /** The next message; `null` when everything is known. */
  next: Uint8Array | null;
}

/** A computation that may pause; driven by whoever knows how to wait. It yields the steps taken since the last pause. */
export type Sliced<T> = Generator<number, T, undefined>;

interface Components {
  snapshot: Snapshot;
  crypto: Pick<CryptoBackend, 'sha256'>;
}

interface Init {
  /** 0: none. */
  frameLimit?: number;
}

/** The state of one message while it is answered. */
interface Turn {
  reader: ByteReader;
  output: ByteWriter;
  timestamps: { in: number; out: number };
  skipping: boolean;
  before: Bound;
  index: number;
}

/** What both roles share: reading ranges and writing ranges. */
abstract class Party {
  protected readonly snapshot: Snapshot;
  readonly #crypto: Components['crypto'];
  readonly #frameLimit: number;
  readonly #work: Work = { steps: 0 };

  constructor(components: Components, init: Init) {
    this.snapshot = components.snapshot;
    this.#crypto = components.crypto;
    this.#frameLimit = init.frameLimit ?? FRAME_LIMIT;
  }

  /** Takes in the ids the other side has in a range; returns where the range ended. */
  protected abstract takeIds(turn: Turn, ids: readonly Uint8Array[], range: Range): number;

  protected *ranges(turn: Turn): Sliced<undefined> {
    while (!turn.reader.done) {
      const bound = readBound(turn);
      const mode = turn.reader.varint();
      const range = { lower: turn.index, upper: this.snapshot.lowerBound(turn.index, bound), bound };
      const part = new ByteWriter();
      if (mode === MODE.skip) turn.skipping = true;
      else if (mode === MODE.fingerprint) yield* this.#compare(turn, range, part);
      else if (mode === MODE.ids) range.upper = this.takeIds(turn, readIds(turn.reader), range);
      else throw new WireError('frame', 'an unknown kind of range');
      this.#work.steps += RANGE_STEPS + range.upper - turn.index;
      if (this.isFull(turn.output.length + part.length)) {
        turn.output.add(writeBound(turn, END), varint(MODE.fingerprint));
        turn.output.add(this.#fingerprint(range.upper, this.snapshot.size));
        return undefined;
      }
      turn.output.append(part);
      turn.index = range.upper;
      turn.before = bound;
      yield* this.#rest();
    }
    return undefined;
  }

  protected isFull(length: number): boolean {
    return this.#frameLimit > 0 && length > this.#frameLimit - CLOSING_ROOM;
  }

  /** Ids of a small range, or fingerprints of 16 parts of a larger one. */
  protected *split(turn: Turn, range: Range, part: ByteWriter): Sliced<undefined> {
    const { lower, upper, bound } = range;
    const count = upper - lower;
    if (count < ID_LIST_BELOW) {
      part.add(writeBound(turn, bound), varint(MODE.ids), varint(count));
      for (let i = lower; i < upper; i += 1) part.add(this.snapshot.record(i).id);
      return undefined;
    }
    const perBucket = Math.floor(count / BUCKETS);
    const larger = count % BUCKETS;
    let from = lower;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const to = from + perBucket + (bucket < larger ? 1 : 0);
      part.add(writeBound(turn, to === upper ? bound : this.#between(to)), varint(MODE.fingerprint));
      part.add(this.#fingerprint(from, to));
      from = to;
      yield* this.#rest();
    }
    return undefined;
  }

  *#compare(turn: Turn, range: Range, part: ByteWriter): Sliced<undefined> {
    const theirs = turn.reader.bytes(FINGERPRINT_BYTES);
    if (equalBytes(theirs, this.#fingerprint(range.lower, range.upper))) {
      turn.skipping = true;
      return undefined;
    }
    writeSkip(turn, part);
    return yield* this.split(turn, range, part);
  }

  /** The shortest place between records `index - 1` and `index`. */
  #between(index: number): Bound {
    const before = this.snapshot.record(index - 1);
    const after = this.snapshot.record(index);
    if (before.ts !== after.ts) return { ts: after.ts, prefix: NOTHING };
    let shared = 0;
    while (shared < ID_BYTES && before.id[shared] === after.id[shared]) shared += 1;
    return { ts: after.ts, prefix: after.id.subarray(0, shared + 1) };
  }

  #fingerprint(lower: number, upper: number): Uint8Array {
    return this.snapshot.sum(lower, upper, this.#work).fingerprint(this.#crypto, upper - lower);
  }

  *#rest(): Sliced<undefined> {
    const { steps } = this.#work;
    if (steps < SLICE_STEPS) return undefined;
    this.#work.steps = 0;
    yield steps;
    return undefined;
  }
}

interface Range {
  lower: number;
  upper: number;
  bound: Bound;
}

/** The side that asks and learns what differs. */
export class NegentropyClient extends Party {
  #have: Uint8Array[] = [];
  #need: Uint8Array[] = [];

  constructor(components: Components, init: Init = {}) {
    super(components, init);
  }

  /** The first message. */
  *initiate(): Sliced<Uint8Array> {
    const turn = newTurn(NOTHING);
    yield* this.split(turn, { lower: 0, upper: this.snapshot.size, bound: END }, turn.output);
    return turn.output.bytes();
  }

  /** Reads an answer. @throws {WireError} `frame` when it is malformed or of another version. */
  *reconcile(message: Uint8Array): Sliced<Difference> {
    if (message[0] !== VERSION) throw new WireError('frame', 'a reconciliation message of another version');
    this.#have = [];
    this.#need = [];
    const turn = newTurn(message);
    yield* this.ranges(turn);
    const next = turn.output.length === 1 ? null : turn.output.bytes();
    return { have: this.#have, need: this.#need, next };
  }

  protected override takeIds(turn: Turn, ids: readonly Uint8Array[], range: Range): number {
    turn.skipping = true;
    const theirs = new Map(ids.map((id) => [toHex(id), id]));
    for (let i = range.lower; i < range.upper; i += 1) {
      const { id } = this.snapshot.record(i);
      if (!theirs.delete(toHex(id))) this.#have.push(id);
    }
    this.#need.push(...theirs.values());
    return range.upper;
  }
}

/** The side that answers. */
export class NegentropyServer extends Party {
  constructor(components: Components, init: Init = {}) {
    super(components, init);
  }

  /** The answer to a message. @throws {WireError} `frame` when it is malformed. */
  *reconcile(message: Uint8Array): Sliced<Uint8Array> {
    const version = message[0] ?? 0;
    if (version < VERSIONS.first || version > VERSIONS.last)
      throw new WireError('frame', 'no reconciliation message');
    // Our own version as the whole answer lets the other side come down to it.
    if (version !== VERSION) return Uint8Array.of(VERSION);
    const turn = newTurn(message);
    yield* this.ranges(turn);
    return turn.output.bytes();
  }

  protected override takeIds(turn: Turn, _ids: readonly Uint8Array[], range: Range): number {
    const part = new ByteWriter();
    writeSkip(turn, part);
    const ids = new ByteWriter();
    let end = range.bound;
    let upper = range.lower;
    for (; upper < range.upper; upper += 1) {
      const record = this.snapshot.record(upper);
      if (this.isFull(turn.output.length + ids.length)) {
        end = boundOf(record);
        break;
      }
      ids.add(record.id);
    }
    part.add(writeBound(turn, end), varint(MODE.ids), varint(ids.length / ID_BYTES));
    part.append(ids);
    turn.output.append(part);
    return upper;
  }
}

/** The fingerprint of a whole set. */
export function* wholeFingerprint(snapshot: Snapshot, crypto: Components['crypto']): Sliced<Uint8Array> {
  const sum = new IdSum();
  for (let from = 0; from < snapshot.size; from += SLICE_STEPS) {
    const work: Work = { steps: 0 };
    sum.add(snapshot.sum(from, Math.min(from + SLICE_STEPS, snapshot.size), work));
    if (work.steps >= BLOCK_STEPS) yield work.steps;
  }
  return sum.fingerprint(crypto, snapshot.size);
}

/** Runs a sliced computation to its end at once. For small sets and tests. */
export function atOnce<T>(sliced: Sliced<T>): T {
  for (;;) {
    const step = sliced.next();
    if (step.done === true) return step.value;
  }
}

function newTurn(message: Uint8Array): Turn {
  const output = new ByteWriter();
  output.add(Uint8Array.of(VERSION));
  return {
    reader: new ByteReader(message.subarray(1)),
    output,
    timestamps: { in: 0, out: 0 },
    skipping: false,
    before: START,
    index: 0,
  };
}

/** A skipped stretch before this range is written only now: at the end of a message it is left out. */
function writeSkip(turn: Turn, part: ByteWriter): void {
  if (!turn.skipping) return;
  turn.skipping = false;
  part.add(writeBound(turn, turn.before), varint(MODE.skip));
}

function writeBound(turn: Turn, bound: Bound): Uint8Array {
  const out = new ByteWriter();
  if (bound.ts === Infinity) out.add(varint(0));
  else {
    out.add(varint(bound.ts - turn.timestamps.out + 1));
    turn.timestamps.out = bound.ts;
  }
  out.add(varint(bound.prefix.length), bound.prefix);
  return out.bytes();
}

function readBound(turn: Turn): Bound {
  const { reader, timestamps } = turn;
  const encoded = reader.varint();
  timestamps.in = encoded === 0 ? Infinity : timestamps.in + encoded - 1;
  const length = reader.varint();
  if (length > ID_BYTES) throw new WireError('frame', 'a bound is longer than an id');
  if (timestamps.in !== Infinity && !Number.isSafeInteger(timestamps.in))
    throw new WireError('frame', 'a timestamp is too large');
  return { ts: timestamps.in, prefix: reader.bytes(length) };
}

function readIds(reader: ByteReader): Uint8Array[] {
  const count = reader.varint();
  const all = reader.bytes(count * ID_BYTES);
  return Array.from({ length: count }, (_, i) => all.subarray(i * ID_BYTES, (i + 1) * ID_BYTES));
}
