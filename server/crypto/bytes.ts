/**
 * Bytes and their text forms: hex, base64 and UTF-8, each in a strict form for what we write and, where the
 * reference reads more than it writes, in its tolerant form (01 sections 5.4 and 8.3). Every decoder looks at each
 * character once and answers `null` instead of throwing.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`. Lone surrogates become U+FFFD, as everywhere in the platform. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Text of UTF-8 `bytes`, a leading byte order mark kept; `null` when they are not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Whether two byte strings are equal. Not constant-time: for public values. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** The parts one after the other. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Lower-case hex, two digits per byte. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Value of an ASCII hex digit, -1 for anything else. */
function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Bytes of hex in either case, with nothing between the digits; `null` otherwise. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) {
    const high = hexDigit(text.charCodeAt(2 * i));
    const low = hexDigit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return null;
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

/** ASCII white space as the reference skips it between hex bytes: tab to carriage return, and the blank. */
function isAsciiSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
}

/** Bytes of hex as the reference reads it: either case, white space allowed between bytes; `null` otherwise. */
export function fromPythonHex(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length >> 1);
  let length = 0;
  for (let i = 0; i < text.length;) {
    const unit = text.charCodeAt(i);
    if (isAsciiSpace(unit)) {
      i += 1;
      continue;
    }
    const high = hexDigit(unit);
    const low = i + 1 < text.length ? hexDigit(text.charCodeAt(i + 1)) : -1;
    if (high < 0 || low < 0) return null;
    bytes[length] = high * 16 + low;
    length += 1;
    i += 2;
  }
  return bytes.subarray(0, length);
}

/** RFC 4648 base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Value of a base64 character of the standard alphabet, -1 for anything else. */
function base64Digit(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return unit - 0x41;
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61 + 26;
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 52;
  if (unit === 0x2b) return 62;
  return unit === 0x2f ? 63 : -1;
}

/**
 * Bytes of base64 as the reference reads it: characters outside the alphabet are skipped, reading ends at complete
 * padding, and a group without its padding is an error (01 section 8.3). `null` on error or non-ASCII text.
 */
export function fromPythonBase64(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3);
  let length = 0;
  let group = 0; // characters of the current group of four
  let pads = 0;
  let left = 0; // bits carried over
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return null;
    if (unit === 0x3d) {
      pads += group >= 2 ? 1 : 0;
      if (group >= 2 && group + pads >= 4) return bytes.subarray(0, length);
      continue;
    }
    const digit = base64Digit(unit);
    if (digit < 0) continue;
    pads = 0;
    if (group > 0) {
      bytes[length] = ((left << (2 * group)) | (digit >> (6 - 2 * group))) & 0xff;
      length += 1;
    }
    left = digit;
    group = (group + 1) % 4;
  }
  return group === 0 ? bytes.subarray(0, length) : null;
}
