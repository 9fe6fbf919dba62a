/**
 * Making and checking keys, by noble (08 section 4). The system library verifies fast but accepts encodings and weak
 * points it should not, so every foreign key passes here once, when it is learned.
 */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import type { KeyPair, RandomBytes } from './backend.ts';
import { CryptoError } from './errors.ts';

/** Length of every public key, seed and scalar, in bytes (RFC 8032, RFC 7748). */
export const KEY_BYTES = 32;

/** 2^255 - 19, the field of both curves; a coordinate at or above it is not canonical. */
const FIELD_PRIME = 2n ** 255n - 19n;

/** Any scalar shows a point of small order: clamping makes it a multiple of the cofactor 8. */
const PROBE_SCALAR = new Uint8Array(KEY_BYTES).fill(0x42);

/**
 * Checks a foreign Ed25519 public key: 32 bytes, canonical, on the curve, in the prime-order subgroup (which leaves
 * no room for a signature two libraries judge differently).
 *
 * @returns a copy of the bytes
 * @throws {CryptoError}
 */
export function importEd25519PublicKey(bytes: Uint8Array): Uint8Array {
  requireLength(bytes);
  let strong: boolean;
  try {
    const point = ed25519.Point.fromBytes(bytes, false);
    strong = !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    throw new CryptoError('key_encoding', 'not a canonical Ed25519 public key');
  }
  if (!strong) throw new CryptoError('key_weak', 'Ed25519 public key outside the prime-order subgroup');
  return bytes.slice();
}

/**
 * Checks a foreign X25519 public key: 32 bytes, canonical, not of small order (01 section 8.1).
 *
 * @returns a copy of the bytes
 * @throws {CryptoError}
 */
export function importX25519PublicKey(bytes: Uint8Array): Uint8Array {
  requireLength(bytes);
  let coordinate = 0n;
  for (let i = KEY_BYTES - 1; i >= 0; i -= 1) coordinate = (coordinate << 8n) | BigInt(bytes[i] ?? 0);
  if (coordinate >= FIELD_PRIME) throw new CryptoError('key_encoding', 'not a canonical X25519 public key');
  try {
    x25519.getSharedSecret(PROBE_SCALAR, bytes);
  } catch {
    throw new CryptoError('key_weak', 'X25519 public key of small order');
  }
  return bytes.slice();
}

/** A new signing key pair. */
export function generateEd25519(random: RandomBytes): KeyPair {
  const privateKey = random.bytes(KEY_BYTES);
  return { publicKey: ed25519.getPublicKey(privateKey), privateKey };
}

/** A new agreement key pair; the scalar stays as generated, unclamped, as the reference stores it (01 section 1.1). */
export function generateX25519(random: RandomBytes): KeyPair {
  const privateKey = random.bytes(KEY_BYTES);
  return { publicKey: x25519.getPublicKey(privateKey), privateKey };
}

function requireLength(bytes: Uint8Array): void {
  if (bytes.length !== KEY_BYTES) throw new CryptoError('key_length', `a public key has ${KEY_BYTES} bytes`);
}
