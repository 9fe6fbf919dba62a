/**
 * The one cryptographic interface (08 section 4). Two backends stand behind it: `native.ts` (node:crypto, the hot
 * path) and `noble.ts` (key generation, key validation, and the second opinion of the differential tests).
 */

/** A fresh or stored key pair, raw bytes. */
export interface KeyPair {
  publicKey: Uint8Array;
  /** Ed25519: the 32-byte seed. X25519: the 32-byte scalar as stored, unclamped. */
  privateKey: Uint8Array;
}

/** Primitives over raw bytes. Wrong lengths throw `RangeError`; forged or damaged input yields `false` or `null`. */
export interface CryptoBackend {
  /** Ed25519 (RFC 8032, pure) signature, 64 bytes. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** Strict verification (no ZIP-215 leniency); an unsound key verifies nothing. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Ed25519 public key of a seed. */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** X25519 public key of a scalar. */
  x25519PublicKey(scalar: Uint8Array): Uint8Array;
  /** X25519; `null` for an all-zero result (01 section 8.1). */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null;
  /** ChaCha20-Poly1305 with a 12-byte nonce; output is ciphertext followed by the 16-byte tag. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additionalData?: Uint8Array): Uint8Array;
  /** Inverse of {@link seal}; `null` when it does not authenticate. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    additionalData?: Uint8Array,
  ): Uint8Array | null;
  /** SHA-256, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869); an absent salt is the RFC default. At most 8160 bytes can be had. */
  hkdf(ikm: Uint8Array, salt: Uint8Array | undefined, info: string | Uint8Array, length: number): Uint8Array;
}

/** {@link CryptoBackend.verify}, now or later. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

/** Where keys and nonces come from: in a node the system's cryptographic source, in tests a seeded one. */
export interface RandomBytes {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}
