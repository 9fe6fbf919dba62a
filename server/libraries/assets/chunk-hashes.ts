/** SHA-256 of every chunk of content as it passes (07 section 3.2). Empty content has no chunk. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { CHUNK_BYTES } from './limits.ts';

export class ChunkHashes {
  readonly #done: Uint8Array[] = [];
  #current: Hash | null = null;
  #bytes = 0;

  /** Takes the next bytes. */
  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.#bytes);
      this.#current ??= createHash('sha256');
      this.#current.update(part);
      this.#bytes += part.length;
      at += part.length;
      if (this.#bytes === CHUNK_BYTES) this.#end();
    }
  }

  /** 32 bytes for each chunk; nothing can be taken afterwards. */
  digest(): Uint8Array {
    this.#end();
    return Buffer.concat(this.#done);
  }

  #end(): void {
    if (this.#current === null) return;
    this.#done.push(this.#current.digest());
    this.#current = null;
    this.#bytes = 0;
  }
}
