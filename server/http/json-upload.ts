/**
 * An uploaded file within a JSON body (04 section 3.11): `{"filename", "content_type", "data": "<base64>"}`. The text of
 * `data` is decoded piece by piece on its way to the disk; only the rest of the object is ever held.
 */
import { StringDecoder } from 'node:string_decoder';

/** Longest name, type and whatever else stands beside the data. */
const MAX_REST_BYTES = 64 * 1024;
/** Longest key that can be `data`, escapes included. */
const MAX_KEY_BYTES = 24;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What is wrong with such a body. */
export class JsonUploadError extends Error {
  override readonly name = 'JsonUploadError';
  readonly code: 'bad_json' | 'bad_base64' | 'rest_too_large';
  constructor(code: JsonUploadError['code']) {
    super(code);
    this.code = code;
  }
}

/** Takes the bytes of a body and gives back those of the file. */
export class JsonUploadReader {
  #rest: Buffer[] = [];
  #restBytes = 0;
  readonly #base64 = new Base64Reader();
  #depth = 0;
  #isObject = false;
  #expectsKey = false;
  #key: number[] | null = null;
  #lastKey = '';
  #place: 'outside' | 'text' | 'data' = 'outside';
  #escaped = false;
  #found = false;

  /** The next bytes of the file in `chunk`. @throws {JsonUploadError} */
  read(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let kept = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#place !== 'data') {
        this.#step(chunk[at] ?? 0);
        if (this.#isAtData()) {
          this.#keep(chunk.subarray(kept, at + 1));
          kept = at + 1;
        }
        continue;
      }
      const end = this.#endOfPiece(chunk, at);
      out.push(this.#base64.read(chunk.toString('latin1', at, end)));
      at = end;
      kept = end;
      if (end < chunk.length && this.#special(chunk[end] ?? 0)) kept = end + 1;
    }
    if (this.#place !== 'data') this.#keep(chunk.subarray(kept));
    return out;
  }

  /**
   * The end of the body.
   * @returns the object, with `data` empty when its text went to the file; null when there is no object.
   * @throws {JsonUploadError}
   */
  end(): { fields: Readonly<Record<string, unknown>>; hasData: boolean } | null {
    const text = new StringDecoder('utf8').end(Buffer.concat(this.#rest));
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new JsonUploadError('bad_json');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    if (this.#found) this.#base64.end();
    return { fields: value as Record<string, unknown>, hasData: this.#found };
  }

  #isAtData(): boolean {
    return (this.#place as string) === 'data';
  }

  /** A byte outside of the data. */
  #step(byte: number): void {
    if (this.#place === 'text') {
      this.#textStep(byte);
      return;
    }
    const isMember = this.#depth === 1 && this.#isObject;
    if (byte === QUOTE) {
      if (isMember && !this.#expectsKey && this.#lastKey === 'data') {
        if (this.#found) throw new JsonUploadError('bad_base64');
        this.#found = true;
        this.#place = 'data';
      } else {
        this.#place = 'text';
        this.#key = isMember && this.#expectsKey ? [] : null;
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (this.#depth === 0) this.#isObject = this.#expectsKey = byte === 0x7b;
      this.#depth += 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      this.#depth -= 1;
    } else if (isMember && byte === 0x2c) {
      this.#expectsKey = true;
    } else if (isMember && byte === 0x3a) {
      this.#expectsKey = false;
    }
  }

  #textStep(byte: number): void {
    if (!this.#escaped && byte === QUOTE) {
      this.#place = 'outside';
      if (this.#key !== null) this.#lastKey = keyOf(this.#key);
      this.#key = null;
      return;
    }
    this.#escaped = !this.#escaped && byte === BACKSLASH;
    if (this.#key !== null && this.#key.length <= MAX_KEY_BYTES) this.#key.push(byte);
  }

  #endOfPiece(chunk: Buffer, from: number): number {
    if (this.#escaped) return from;
    const ends = [chunk.indexOf(QUOTE, from), chunk.indexOf(BACKSLASH, from)].filter((at) => at >= 0);
    return Math.min(chunk.length, ...ends);
  }

  /** A quote or escape within the data; whether it is none of the rest. */
  #special(byte: number): boolean {
    if (this.#escaped) {
      // The only escape Base64 may be written with.
      if (byte !== SLASH) throw new JsonUploadError('bad_base64');
      this.#escaped = false;
      this.#base64.held('/');
      return true;
    }
    if (byte === BACKSLASH) {
      this.#escaped = true;
      return true;
    }
    this.#place = 'outside';
    return false;
  }

  #keep(bytes: Buffer): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > MAX_REST_BYTES) throw new JsonUploadError('rest_too_large');
    if (bytes.length > 0) this.#rest.push(Buffer.from(bytes));
  }
}

function keyOf(bytes: readonly number[]): string {
  try {
    const key: unknown = JSON.parse(`"${Buffer.from(bytes).toString('utf8')}"`);
    return typeof key === 'string' ? key : '';
  } catch {
    return '';
  }
}

/** Strict Base64 in pieces of any length. */
class Base64Reader {
  #left = '';
  #padded = false;

  read(text: string): Buffer {
    const whole = this.#left + text;
    if (whole === '') return Buffer.alloc(0);
    if (this.#padded && text !== '') throw new JsonUploadError('bad_base64');
    const usable = whole.length - (whole.length % 4);
    const piece = whole.slice(0, usable);
    this.#left = whole.slice(usable);
    if (!BASE64.test(piece) || !BASE64.test(this.#left)) throw new JsonUploadError('bad_base64');
    if (piece.endsWith('=')) this.#padded = true;
    if (this.#padded && this.#left !== '') throw new JsonUploadError('bad_base64');
    return Buffer.from(piece, 'base64');
  }

  /** One character that was written as an escape. */
  held(character: string): void {
    if (this.#padded) throw new JsonUploadError('bad_base64');
    this.#left += character;
  }

  end(): void {
    if (this.#left !== '') throw new JsonUploadError('bad_base64');
  }
}
