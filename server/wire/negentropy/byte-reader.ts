/**
 * Reading and writing of Negentropy's binary parts (06 section 4.2 point 3): base-128 varints, most significant digit
 * first, and byte strings. What ends early or exceeds 2^53 is a `bad_frame`.
 */
import { WireError } from '../errors.ts';

/** Largest varint: everything above has no exact number form here (06 section 4.2 point 3). */
const MAX_VARINT = 2 ** 53;
/** 2^53 in base 128 has eight digits; a ninth could only be leading zeros or an overflow. */
const MAX_VARINT_BYTES = 8;

/** A cursor over a message. Everything handed out is a view of the message. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The next `length` bytes. @throws {WireError} `frame` when there are fewer. */
  bytes(length: number): Uint8Array {
    if (this.#bytes.length - this.#at < length)
      throw new WireError('frame', 'a reconciliation message ends early');
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  /** @throws {WireError} `frame` when it ends early or is above 2^53. */
  varint(): number {
    let value = 0;
    for (let digits = 0; digits < MAX_VARINT_BYTES; digits += 1) {
      const byte = this.bytes(1)[0] ?? 0;
      value = value * 128 + (byte & 0x7f);
      if (value > MAX_VARINT) break;
      if (byte < 0x80) return value;
    }
    throw new WireError('frame', 'a number in a reconciliation message is too large');
  }
}

/** Base-128 digits of an integer from 0 to 2^53, as few as possible. */
export function varint(value: number): Uint8Array {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift((rest % 128) + 0x80);
  return Uint8Array.from(digits);
}

/** Bytes written one part after the other, its length known at any time. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(...parts: readonly Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
  }

  append(other: ByteWriter): void {
    this.add(...other.#parts);
  }

  /** Everything written, in one piece. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
