/** Sizes of the primitives, in bytes, and the check both backends make. */

/** Ed25519 signature (RFC 8032). */
export const SIGNATURE_BYTES = 64;
/** ChaCha20-Poly1305 nonce (RFC 8439). */
export const NONCE_BYTES = 12;
/** ChaCha20-Poly1305 tag (RFC 8439). */
export const TAG_BYTES = 16;

/** @throws {RangeError} when `bytes` has another length; callers check foreign input before, so this is a bug here. */
export function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new RangeError(`${what}: ${bytes.length} bytes instead of ${length}`);
}
