/**
 * The second opinion: {@link CryptoBackend} over noble, a readable implementation in JavaScript (08 section 4). A
 * node never runs on it; the differential tests keep it equal to `native.ts`.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CryptoBackend } from './backend.ts';
import { utf8 } from './bytes.ts';
import { KEY_BYTES, importEd25519PublicKey } from './keys.ts';
import { NONCE_BYTES, SIGNATURE_BYTES, TAG_BYTES, requireLength } from './sizes.ts';

/** {@link CryptoBackend} over noble. */
export const nobleCrypto: CryptoBackend = {
  sign(seed, message) {
    requireLength('private key', seed, KEY_BYTES);
    return ed25519.sign(message, seed);
  },

  verify(publicKey, message, signature) {
    requireLength('public key', publicKey, KEY_BYTES);
    requireLength('signature', signature, SIGNATURE_BYTES);
    try {
      importEd25519PublicKey(publicKey);
      // noble checks the equation times the cofactor, the system library checks it as it stands; they can only
      // differ when the signature's point R has a small-order part, which no honest signer makes.
      const r = ed25519.Point.fromBytes(signature.subarray(0, 32), false);
      return r.isTorsionFree() && ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },

  ed25519PublicKey(seed) {
    requireLength('private key', seed, KEY_BYTES);
    return ed25519.getPublicKey(seed);
  },

  x25519PublicKey(scalar) {
    requireLength('private key', scalar, KEY_BYTES);
    return x25519.getPublicKey(scalar);
  },

  agree(privateKey, publicKey) {
    requireLength('private key', privateKey, KEY_BYTES);
    requireLength('public key', publicKey, KEY_BYTES);
    try {
      return x25519.getSharedSecret(privateKey, publicKey);
    } catch {
      return null;
    }
  },

  seal(key, nonce, plaintext, additionalData) {
    requireLength('key', key, KEY_BYTES);
    requireLength('nonce', nonce, NONCE_BYTES);
    return chacha20poly1305(key, nonce, additionalData).encrypt(plaintext);
  },

  open(key, nonce, sealed, additionalData) {
    requireLength('key', key, KEY_BYTES);
    requireLength('nonce', nonce, NONCE_BYTES);
    if (sealed.length < TAG_BYTES) return null;
    try {
      return chacha20poly1305(key, nonce, additionalData).decrypt(sealed);
    } catch {
      return null;
    }
  },

  sha256(data) {
    return sha256(data);
  },

  hkdf(ikm, salt, info, length) {
    return hkdf(sha256, ikm, salt, typeof info === 'string' ? utf8(info) : info, length);
  },
};
