/**
 * `RENC:1:` — one text encrypted once, its key wrapped for every recipient with a fresh agreement key (01 section
 * 8.2). Anonymous: who sent it is known from the envelope's signature only.
 */
import type { CryptoBackend, RandomBytes } from '../crypto/backend.ts';
import { concatBytes, fromPythonHex, fromUtf8, toHex, utf8 } from '../crypto/bytes.ts';
import { KEY_BYTES } from '../crypto/keys.ts';
import { NONCE_BYTES, TAG_BYTES } from '../crypto/sizes.ts';
import { WireError } from './errors.ts';

/** What an encrypted text begins with. */
export const RENC_PREFIX = 'RENC:1:';

const WRAP_INFO = 'canopy-post-key-wrap';

/** Ephemeral public key, nonce, and the wrapped content key with its tag. */
const WRAPPED_KEY_BYTES = KEY_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/** Someone who shall be able to read. */
export interface Recipient {
  /** Name in `wrapped_keys`; for direct messages the peer id. */
  keyId: string;
  x25519PublicKey: Uint8Array;
}

/** An encrypted text with one wrapped key (hex) per recipient. */
export interface RecipientSealed {
  encryptedContent: string;
  wrappedKeys: ReadonlyMap<string, string>;
}

/** What reading gave; `plain` is text that never was encrypted, which the caller must not take for secret. */
export type RecipientOpened = { state: 'opened' | 'plain'; text: string } | { state: 'denied' };

/**
 * Encrypts `plaintext` for `recipients`.
 *
 * @throws {WireError} `crypto` when a recipient's key is weak: nothing is ever sent half-encrypted
 */
export function sealForRecipients(
  crypto: CryptoBackend,
  random: RandomBytes,
  plaintext: string,
  recipients: readonly Recipient[],
): RecipientSealed {
  const contentKey = random.bytes(KEY_BYTES);
  const nonce = random.bytes(NONCE_BYTES);
  const sealed = crypto.seal(contentKey, nonce, utf8(plaintext));
  const ephemeral = random.bytes(KEY_BYTES);
  const ephemeralPublic = crypto.x25519PublicKey(ephemeral);
  const wrappedKeys = new Map<string, string>();
  for (const { keyId, x25519PublicKey } of recipients) {
    const wrapKey = wrappingKey(crypto, ephemeral, x25519PublicKey);
    if (wrapKey === null) throw new WireError('crypto', 'a recipient has an unusable key');
    const wrapNonce = random.bytes(NONCE_BYTES);
    const wrapped = crypto.seal(wrapKey, wrapNonce, contentKey);
    wrappedKeys.set(keyId, toHex(concatBytes(ephemeralPublic, wrapNonce, wrapped)));
  }
  return { encryptedContent: `${RENC_PREFIX}${toHex(nonce)}:${toHex(sealed)}`, wrappedKeys };
}

/** Reads an encrypted text with the key that was wrapped for us. Never throws. */
export function openForRecipient(
  crypto: CryptoBackend,
  x25519PrivateKey: Uint8Array,
  encryptedContent: string,
  wrappedKey: string,
): RecipientOpened {
  if (!encryptedContent.startsWith(RENC_PREFIX)) return { state: 'plain', text: encryptedContent };
  const colon = encryptedContent.indexOf(':', RENC_PREFIX.length);
  if (colon < 0) return { state: 'denied' };
  const nonce = fromPythonHex(encryptedContent.slice(RENC_PREFIX.length, colon));
  const sealed = fromPythonHex(encryptedContent.slice(colon + 1));
  const contentKey = unwrapKey(crypto, x25519PrivateKey, wrappedKey);
  if (nonce?.length !== NONCE_BYTES || sealed === null || contentKey === null) return { state: 'denied' };
  const plaintext = crypto.open(contentKey, nonce, sealed);
  const text = plaintext && fromUtf8(plaintext);
  return text === null ? { state: 'denied' } : { state: 'opened', text };
}

function unwrapKey(
  crypto: CryptoBackend,
  x25519PrivateKey: Uint8Array,
  wrappedKey: string,
): Uint8Array | null {
  const bytes = fromPythonHex(wrappedKey);
  if (bytes?.length !== WRAPPED_KEY_BYTES) return null;
  const wrapKey = wrappingKey(crypto, x25519PrivateKey, bytes.subarray(0, KEY_BYTES));
  if (wrapKey === null) return null;
  const nonceEnd = KEY_BYTES + NONCE_BYTES;
  return crypto.open(wrapKey, bytes.subarray(KEY_BYTES, nonceEnd), bytes.subarray(nonceEnd));
}

function wrappingKey(
  crypto: CryptoBackend,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array | null {
  if (publicKey.length !== KEY_BYTES) return null;
  const secret = crypto.agree(privateKey, publicKey);
  return secret && crypto.hkdf(secret, undefined, WRAP_INFO, KEY_BYTES);
}
