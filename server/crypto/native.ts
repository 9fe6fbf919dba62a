/**
 * The hot path: node:crypto behind {@link CryptoBackend} (08 section 4). Keys are imported as JWK, which costs a
 * tenth of a DER import, and the imported objects are kept.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  sign as signNative,
  verify as verifyNative,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CryptoBackend } from './backend.ts';
import { CryptoError } from './errors.ts';
import { KEY_BYTES, importEd25519PublicKey } from './keys.ts';
import { LruMap } from './lru.ts';
import { NONCE_BYTES, SIGNATURE_BYTES, TAG_BYTES, requireLength } from './sizes.ts';

type Curve = 'Ed25519' | 'X25519';

/** Imported public keys kept per curve; about 1 KiB each, and more than the peers one node talks with. */
const PUBLIC_KEY_CACHE = 1024;

/** A JWK must name a public half; the import derives the real one from the private half and never looks at this. */
const UNREAD_PUBLIC_HALF = Buffer.alloc(KEY_BYTES).toString('base64url');

const CIPHER = 'chacha20-poly1305';

/** `null` marks an Ed25519 key that failed its check, so that a bad key is examined once. */
const publicKeys: Record<Curve, LruMap<string, KeyObject | null>> = {
  Ed25519: new LruMap(PUBLIC_KEY_CACHE),
  X25519: new LruMap(PUBLIC_KEY_CACHE),
};

/** Private keys live as long as the array that holds their bytes, and no copy of them becomes a map key. */
const privateKeys: Record<Curve, WeakMap<Uint8Array, KeyObject>> = {
  Ed25519: new WeakMap(),
  X25519: new WeakMap(),
};

/** {@link CryptoBackend} over node:crypto. Arrays of private keys must not be changed after their first use. */
export const nativeCrypto: CryptoBackend = {
  sign(seed, message) {
    return plain(signNative(null, message, privateKey('Ed25519', seed)));
  },

  verify(publicKey, message, signature) {
    requireLength('public key', publicKey, KEY_BYTES);
    requireLength('signature', signature, SIGNATURE_BYTES);
    const key = publicKeyOf('Ed25519', publicKey);
    return key !== null && verifyNative(null, message, key, signature);
  },

  ed25519PublicKey(seed) {
    return publicHalf(privateKey('Ed25519', seed));
  },

  x25519PublicKey(scalar) {
    return publicHalf(privateKey('X25519', scalar));
  },

  agree(ownKey, publicKey) {
    requireLength('public key', publicKey, KEY_BYTES);
    const own = privateKey('X25519', ownKey);
    const remote = publicKeyOf('X25519', publicKey);
    if (remote === null) return null;
    try {
      return plain(diffieHellman({ privateKey: own, publicKey: remote }));
    } catch {
      return null; // the library refuses an all-zero result
    }
  },

  seal(key, nonce, plaintext, additionalData) {
    requireLength('key', key, KEY_BYTES);
    requireLength('nonce', nonce, NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    if (additionalData) cipher.setAAD(additionalData, { plaintextLength: plaintext.length });
    const body = cipher.update(plaintext);
    cipher.final();
    const sealed = new Uint8Array(body.length + TAG_BYTES);
    sealed.set(body);
    sealed.set(cipher.getAuthTag(), body.length);
    return sealed;
  },

  open(key, nonce, sealed, additionalData) {
    requireLength('key', key, KEY_BYTES);
    requireLength('nonce', nonce, NONCE_BYTES);
    if (sealed.length < TAG_BYTES) return null;
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    if (additionalData) decipher.setAAD(additionalData, { plaintextLength: end });
    decipher.setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return view(plaintext);
  },

  sha256(data) {
    return plain(createHash('sha256').update(data).digest());
  },

  hkdf(ikm, salt, info, length) {
    return new Uint8Array(hkdfSync('sha256', ikm, salt ?? new Uint8Array(0), info, length));
  },
};

/** Signatures checked beside the event loop at a time: more gain nothing where cores are few, and two keep one loop fed. */
const MAX_BESIDE = 2;
let beside = 0;
const waiting: (() => void)[] = [];

/** {@link CryptoBackend.verify} in a thread beside the event loop, for many signatures at a time. */
export async function verifyBeside(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  requireLength('public key', publicKey, KEY_BYTES);
  requireLength('signature', signature, SIGNATURE_BYTES);
  const key = publicKeyOf('Ed25519', publicKey);
  if (key === null) return false;
  if (beside >= MAX_BESIDE) await new Promise<void>((resolve) => waiting.push(resolve));
  else beside += 1;
  return new Promise((resolve) => {
    verifyNative(null, message, key, signature, (error, isSound) => {
      resolve(error === null && isSound);
      const next = waiting.shift();
      if (next === undefined) beside -= 1;
      else next();
    });
  });
}

/** The bytes of a buffer that nothing else uses, as a plain array: without a copy, which would cost as much as a block. */
function view(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

/** Node's buffers share a pool and are no plain arrays; what leaves this module is one of its own. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

function privateKey(curve: Curve, secret: Uint8Array): KeyObject {
  requireLength('private key', secret, KEY_BYTES);
  const known = privateKeys[curve].get(secret);
  if (known) return known;
  const d = Buffer.from(secret).toString('base64url');
  const key = createPrivateKey({ key: { kty: 'OKP', crv: curve, d, x: UNREAD_PUBLIC_HALF }, format: 'jwk' });
  privateKeys[curve].set(secret, key);
  return key;
}

function publicKeyOf(curve: Curve, bytes: Uint8Array): KeyObject | null {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const known = publicKeys[curve].get(name);
  if (known !== undefined) return known;
  const key = curve === 'Ed25519' && !isSound(bytes) ? null : importPublicKey(curve, bytes);
  publicKeys[curve].set(name, key);
  return key;
}

function importPublicKey(curve: Curve, bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x }, format: 'jwk' });
}

function isSound(bytes: Uint8Array): boolean {
  try {
    importEd25519PublicKey(bytes);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

function publicHalf(key: KeyObject): Uint8Array {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return plain(Buffer.from(x ?? '', 'base64url'));
}
