/**
 * Base58 with the Bitcoin alphabet and without checksum: the text form of keys and peer ids (01, conventions).
 * Converting takes quadratic time, therefore the length of what is converted is capped.
 */
import bs58 from 'bs58';

/** Longest accepted text. The longest value in the protocol is a 64-byte key, 88 characters. */
export const MAX_BASE58_LENGTH = 128;
/** Most bytes that are encoded; their text always fits {@link MAX_BASE58_LENGTH}. */
export const MAX_BASE58_BYTES = 93;

/** The text is not Base58, or too long. */
export class Base58Error extends Error {
  override readonly name = 'Base58Error';
  readonly code = 'invalid_base58';
}

/**
 * Base58 text of `bytes`, one leading `1` per leading zero byte.
 * @throws {Base58Error} for more than {@link MAX_BASE58_BYTES} bytes.
 */
export function encodeBase58(bytes: Uint8Array): string {
  if (bytes.length > MAX_BASE58_BYTES) throw new Base58Error('too many bytes for Base58');
  return bs58.encode(bytes);
}

/**
 * Bytes of a Base58 text. White space at the end is passed over, as the reference does.
 * @throws {Base58Error} for any other character, and for more than {@link MAX_BASE58_LENGTH} characters.
 */
export function decodeBase58(text: string): Uint8Array {
  if (text.length > MAX_BASE58_LENGTH) throw new Base58Error('Base58 text is too long');
  const bytes = bs58.decodeUnsafe(text.replace(/[ \t\n\v\f\r]{1,128}$/, ''));
  if (bytes === undefined) throw new Base58Error('text is not Base58');
  return bytes;
}
