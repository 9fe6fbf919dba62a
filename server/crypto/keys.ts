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

/** The canonical u-coordinates of small order, on the curve and its twist: 0, 1, -1 and the two of order eight. */
const WEAK_COORDINATES: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);

/**
 * Checks a foreign Ed25519 public key: 32 bytes, canonical, on the curve, in the prime-order subgroup (which leaves
 * no room for a signature two libraries judge differently).
 *
 * @returns a copy of the bytes
 * @throws {CryptoError}
 */
export function importEd25519PublicKey(bytes: Uint8Array): Uint8Array {
  if (!requireLargeOrder(bytes).isTorsionFree())
    throw new CryptoError('key_weak', 'Ed25519 public key outside the prime-order subgroup');
  return bytes.slice();
}

function requireLargeOrder(bytes: Uint8Array): InstanceType<typeof ed25519.Point> {
  requireLength(bytes);
  let point;
  try {
    point = ed25519.Point.fromBytes(bytes, false);
  } catch {
    throw new CryptoError('key_encoding', 'not a canonical Ed25519 public key');
  }
  if (point.isSmallOrder()) throw new CryptoError('key_weak', 'Ed25519 public key of small order');
  return point;
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
  if (WEAK_COORDINATES.has(coordinate)) throw new CryptoError('key_weak', 'X25519 public key of small order');
  return bytes.slice();
}

/**
 * Whether two foreign public keys may be used at all. Of keys that come from our own file, which were looked at when
 * they were learned, the subgroup is not checked again: a millisecond each, for every peer at every start.
 */
export function areSoundKeys(
  ed25519PublicKey: Uint8Array,
  x25519PublicKey: Uint8Array,
  options: { checkedBefore?: boolean } = {},
): boolean {
  try {
    if (options.checkedBefore === true) requireLargeOrder(ed25519PublicKey);
    else importEd25519PublicKey(ed25519PublicKey);
    importX25519PublicKey(x25519PublicKey);
    return true;
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
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
