/** Hashes of chunks (07 section 3.2): what a record promises, and what stands for it. */
import { createHash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** `chunks` of a record, hex: the hash of the list of chunk hashes. @param list 32 bytes per chunk. */
export function chunksRoot(list: Uint8Array): string {
  return sha256(list).toString('hex');
}
