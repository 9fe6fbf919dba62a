/**
 * Encryption between two peers with their static pair key (01 section 8.1), which also wraps channel keys (8.3). The
 * key is the same in both directions and the format has no additional data; it stays for compatibility (pitfall S5).
 * We open such payloads and never send people's content this way: no Python node would show it.
 */
import type { CryptoBackend, RandomBytes } from '../crypto/backend.ts';
import { concatBytes, fromPythonHex, fromUtf8, toHex, utf8 } from '../crypto/bytes.ts';
import { KEY_BYTES } from '../crypto/keys.ts';
import { NONCE_BYTES } from '../crypto/sizes.ts';
import { WireError } from './errors.ts';
import { parsePyJson, printPyJson } from './pyjson.ts';
import type { PyValue } from './pyjson.ts';

const PAIR_KEY_INFO = 'canopy-p2p-encryption';

/** The key two peers share, 32 bytes; `null` when the foreign key has the wrong length or is weak. */
export function pairKey(
  crypto: CryptoBackend,
  x25519PrivateKey: Uint8Array,
  x25519PublicKey: Uint8Array,
): Uint8Array | null {
  if (x25519PublicKey.length !== KEY_BYTES) return null;
  const secret = crypto.agree(x25519PrivateKey, x25519PublicKey);
  return secret && crypto.hkdf(secret, undefined, PAIR_KEY_INFO, KEY_BYTES);
}

/** Hex of nonce and ciphertext: the form of `encrypted_payload` and of a wrapped channel key. */
export function sealHex(
  crypto: CryptoBackend,
  random: RandomBytes,
  key: Uint8Array,
  plaintext: Uint8Array,
): string {
  const nonce = random.bytes(NONCE_BYTES);
  return toHex(concatBytes(nonce, crypto.seal(key, nonce, plaintext)));
}

/** Inverse of {@link sealHex}; `null` for whatever is not hex or does not authenticate. */
export function openHex(crypto: CryptoBackend, key: Uint8Array, hex: string): Uint8Array | null {
  const bytes = fromPythonHex(hex);
  if (bytes === null || bytes.length < NONCE_BYTES) return null;
  return crypto.open(key, bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES));
}

/** The `encrypted_payload` of `payload`. */
export function sealPayload(
  crypto: CryptoBackend,
  random: RandomBytes,
  key: Uint8Array,
  payload: PyValue,
): string {
  return sealHex(crypto, random, key, utf8(printPyJson(payload)));
}

/**
 * The payload in an `encrypted_payload`.
 *
 * @throws {WireError} `crypto` when it does not authenticate, `json_*` when what it holds is not JSON
 */
export function openPayload(crypto: CryptoBackend, key: Uint8Array, encryptedPayload: string): PyValue {
  const plaintext = openHex(crypto, key, encryptedPayload);
  const text = plaintext && fromUtf8(plaintext);
  if (text === null) throw new WireError('crypto', 'the payload cannot be decrypted');
  return parsePyJson(text);
}
