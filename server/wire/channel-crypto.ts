/** Private-channel encryption: the text of a message under the channel's key, and that key in transit and at rest (01 section 8.3). */
import type { CryptoBackend, RandomBytes } from '../crypto/backend.ts';
import { fromPythonBase64, fromPythonHex, fromUtf8, toBase64, toHex, utf8 } from '../crypto/bytes.ts';
import { KEY_BYTES } from '../crypto/keys.ts';
import { NONCE_BYTES } from '../crypto/sizes.ts';
import { pyStrip } from './endpoint.ts';
import { openHex, sealHex } from './payload-crypto.ts';
import { textMember } from './records.ts';

/** Random bytes in a key id, `K` and their hex. */
const KEY_ID_BYTES = 8;

/** The two metadata fields that carry an encrypted text, base64. */
export interface EncryptedText {
  encrypted_content: string;
  nonce: string;
}

/** A new channel key with its id. */
export function createChannelKey(random: RandomBytes): { keyId: string; key: Uint8Array } {
  return { keyId: `K${toHex(random.bytes(KEY_ID_BYTES))}`, key: random.bytes(KEY_BYTES) };
}

/** Encrypts the text of a channel message; an empty text too. */
export function sealChannelText(
  crypto: CryptoBackend,
  random: RandomBytes,
  channelKey: Uint8Array,
  text: string,
): EncryptedText {
  const nonce = random.bytes(NONCE_BYTES);
  return { encrypted_content: toBase64(crypto.seal(channelKey, nonce, utf8(text))), nonce: toBase64(nonce) };
}

/** The text of an encrypted channel message; `null` when key, nonce or ciphertext do not fit. */
export function openChannelText(
  crypto: CryptoBackend,
  channelKey: Uint8Array,
  sealed: EncryptedText,
): string | null {
  const nonce = fromPythonBase64(sealed.nonce);
  const bytes = fromPythonBase64(sealed.encrypted_content);
  if (channelKey.length !== KEY_BYTES || nonce?.length !== NONCE_BYTES || bytes === null) return null;
  const plaintext = crypto.open(channelKey, nonce, bytes);
  return plaintext && fromUtf8(plaintext);
}

/** Whether channel message metadata says that the text is encrypted. */
export function isEncryptedChannelText(metadata: Readonly<Record<string, unknown>>): boolean {
  if (textMember(metadata, 'crypto_state') === 'encrypted') return true;
  return ['encrypted_content', 'key_id', 'nonce'].every((key) => (textMember(metadata, key) ?? '') !== '');
}

/** The `encrypted_key` of a key distribution. @param pairKey of 01 section 8.1 */
export function wrapChannelKey(
  crypto: CryptoBackend,
  random: RandomBytes,
  pairKey: Uint8Array,
  channelKey: Uint8Array,
): string {
  return sealHex(crypto, random, pairKey, channelKey);
}

/** The channel key in an `encrypted_key`. Only an authenticated 32-byte key is one (pitfall S6); else `null`. */
export function unwrapChannelKey(
  crypto: CryptoBackend,
  pairKey: Uint8Array,
  encryptedKey: string,
): Uint8Array | null {
  const key = openHex(crypto, pairKey, encryptedKey);
  return key?.length === KEY_BYTES ? key : null;
}

/** Stored form of key material. */
export function encodeKeyMaterial(key: Uint8Array): string {
  return `raw:${toBase64(key)}`;
}

/** Bytes of stored key material: `raw:` and base64, `hex:` and hex, or bare hex; `null` when there is none. */
export function decodeKeyMaterial(stored: string): Uint8Array | null {
  const text = pyStrip(stored);
  const colon = text.startsWith('raw:') || text.startsWith('hex:') ? 4 : 0;
  const encoded = pyStrip(text.slice(colon));
  if (encoded === '') return null;
  return text.startsWith('raw:') ? fromPythonBase64(encoded) : fromPythonHex(encoded);
}
