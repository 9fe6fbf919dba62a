/** HMAC (RFC 2104) with SHA-256, over the one hash every backend has. */
import type { CryptoBackend } from './backend.ts';
import { concatBytes } from './bytes.ts';

/** Block of SHA-256, bytes. */
const BLOCK_BYTES = 64;

/** HMAC-SHA256 of the joined `parts`, 32 bytes. @param key of any length; longer than a block, its hash counts. */
export function hmacSha256(
  crypto: Pick<CryptoBackend, 'sha256'>,
  key: Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const padded = new Uint8Array(BLOCK_BYTES);
  padded.set(key.length > BLOCK_BYTES ? crypto.sha256(key) : key);
  const inner = crypto.sha256(
    concatBytes(
      padded.map((byte) => byte ^ 0x36),
      ...parts,
    ),
  );
  return crypto.sha256(
    concatBytes(
      padded.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}
