/**
 * Items of a secure session in fragments (06 section 1.5), and back: every item has a number that grows, fragments of
 * one keep their order, fragments of several may interleave. What a peer can make us hold is limited (06 section 1.6).
 */
import { BadFrameError, ITEM, MAX_BODY_BYTES } from './secure-frames.ts';
import type { Frame, ItemType } from './secure-frames.ts';

const MIB = 1024 * 1024;
/** Largest envelope item, the reference's own limit of a message, and of any other item (06 section 1.6). */
export const MAX_ENVELOPE_ITEM_BYTES = 20 * MIB;
export const MAX_ITEM_BYTES = 4 * MIB;
/** Items of one peer that may be unfinished, and the bytes held of them together. */
export const MAX_OPEN_ITEMS = 16;
export const MAX_OPEN_BYTES = 32 * MIB;
/** An unfinished item must grow within this time, ms. */
export const MAX_IDLE_MS = 60_000;
/** Frames of types nobody knows, per session. */
export const MAX_UNKNOWN_FRAMES = 1_000;
/** First room made for an item in several fragments; it doubles. */
const FIRST_ROOM_BYTES = 128 * 1024;

const KNOWN: ReadonlySet<number> = new Set([
  ...Object.values(ITEM),
  0x30,
  0x31,
  0x32,
  0x33,
  0x34,
  0x35,
  0x36,
  0x37,
  0x38,
  0x39,
  0x3a,
]);

/** Whether a type of item is one this program knows. */
export function isItemType(type: number): type is ItemType {
  return KNOWN.has(type);
}

/** Largest item of a type. */
export function maxItemBytes(type: number): number {
  return type === ITEM.envelope ? MAX_ENVELOPE_ITEM_BYTES : MAX_ITEM_BYTES;
}

/** The frames of one item, in order; an empty item has one. */
export function* fragments(type: ItemType, stream: number, body: Uint8Array): Generator<Frame, void> {
  let at = 0;
  do {
    const end = Math.min(at + MAX_BODY_BYTES, body.length);
    yield { type, stream, more: end < body.length, body: body.subarray(at, end) };
    at = end;
  } while (at < body.length);
}

/** A complete item. */
export interface Item {
  type: ItemType;
  body: Uint8Array;
}

interface OpenItem {
  type: number;
  /** `null`: of an unknown type, nothing is kept. */
  room: Uint8Array | null;
  length: number;
  progressAt: number;
}

/** Puts the items of one direction together again. */
export class Reassembly {
  readonly #open = new Map<number, OpenItem>();
  readonly #unknownTypes = new Set<number>();
  readonly #tell: (type: number) => void;
  readonly #maxEnvelopeBytes: () => number;
  #last = 0;
  #heldBytes = 0;
  #unknownFrames = 0;

  /**
   * @param tell called once per type that nobody knows.
   * @param maxEnvelopeBytes largest envelope as of now, at most {@link MAX_ENVELOPE_ITEM_BYTES}.
   */
  constructor(tell: (type: number) => void, maxEnvelopeBytes = (): number => MAX_ENVELOPE_ITEM_BYTES) {
    this.#tell = tell;
    this.#maxEnvelopeBytes = maxEnvelopeBytes;
  }

  /** Bytes held of unfinished items. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Takes a frame of an item.
   * @param now monotonic ms.
   * @returns the item this frame completes, else `null`.
   * @throws {BadFrameError} when it breaks the numbering, or holds more than is allowed.
   */
  add(frame: Frame, now: number): Item | null {
    const type = isItemType(frame.type) ? frame.type : null;
    if (type === null) this.unknown(frame.type);
    const open = this.#open.get(frame.stream);
    if (open !== undefined && open.type !== frame.type) throw new BadFrameError('an item changed its type');
    if (open === undefined) {
      if (frame.stream <= this.#last) throw new BadFrameError('an item with a number that was used');
      this.#last = frame.stream;
      if (!frame.more) return type === null ? null : complete(type, frame.body);
      if (this.#open.size >= MAX_OPEN_ITEMS) throw new BadFrameError('too many unfinished items', 'limit');
    }
    const item = open ?? { type: frame.type, room: null, length: 0, progressAt: now };
    this.#open.set(frame.stream, item);
    if (frame.body.length > 0) item.progressAt = now;
    if (type !== null) this.#append(item, frame.body);
    if (frame.more) return null;
    this.#open.delete(frame.stream);
    this.#heldBytes -= item.length;
    return type === null ? null : complete(type, item.room?.subarray(0, item.length) ?? frame.body);
  }

  /** To be called now and then. @throws {BadFrameError} when an unfinished item has not grown for too long. */
  check(now: number): void {
    for (const item of this.#open.values())
      if (now - item.progressAt >= MAX_IDLE_MS) throw new BadFrameError('an item that does not end', 'limit');
  }

  #maxBytes(type: number): number {
    return type === ITEM.envelope ? this.#maxEnvelopeBytes() : maxItemBytes(type);
  }

  #append(item: OpenItem, body: Uint8Array): void {
    const length = item.length + body.length;
    if (length > this.#maxBytes(item.type)) throw new BadFrameError('an item that is too large', 'limit');
    if (this.#heldBytes + body.length > MAX_OPEN_BYTES)
      throw new BadFrameError('too much in unfinished items', 'limit');
    // Grows by doubling: many small fragments must not cost more than their bytes.
    let room = item.room;
    if (room === null || length > room.length) {
      room = new Uint8Array(Math.min(maxItemBytes(item.type), Math.max(FIRST_ROOM_BYTES, 2 * length)));
      if (item.room !== null) room.set(item.room.subarray(0, item.length));
    }
    room.set(body, item.length);
    item.room = room;
    item.length = length;
    this.#heldBytes += body.length;
  }

  /** Counts a frame of a type nobody knows. @throws {BadFrameError} when there are too many. */
  unknown(type: number): void {
    this.#unknownFrames += 1;
    if (this.#unknownFrames >= MAX_UNKNOWN_FRAMES)
      throw new BadFrameError('too many frames of unknown types', 'limit');
    if (this.#unknownTypes.has(type)) return;
    this.#unknownTypes.add(type);
    this.#tell(type);
  }
}

function complete(type: ItemType, body: Uint8Array): Item {
  if (body.length > maxItemBytes(type)) throw new BadFrameError('an item that is too large', 'limit');
  return { type, body };
}
