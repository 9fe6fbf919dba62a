/**
 * Records whose `chunks` do not lead to their asset (07 section 3.2): not tried again until they change. What was found
 * out at the price of fetching the whole asset outlives a restart, in the row of its transfer.
 */
import type { Clock } from '../../ports/types.ts';
import type { LibraryTransfers } from '../../store/library-transfers.ts';
import { MAX_CHUNKS, chunkCount } from '../../wire/library-content.ts';
import type { LibraryAsset } from '../types.ts';
import { chunksRoot } from './chunks.ts';
import { MAX_BAD_RECORDS } from './limits.ts';

export class BadRecords {
  readonly #clock: Clock;
  readonly #transfers: LibraryTransfers;
  readonly #known = new Set<string>();

  constructor(components: { clock: Clock; transfers: LibraryTransfers }) {
    this.#clock = components.clock;
    this.#transfers = components.transfers;
  }

  /** Whether `chunks` can lead to the asset, as far as can be seen without a byte of it. */
  isPossible({ hash, size, chunks }: LibraryAsset): boolean {
    if (size > 0 && chunkCount(size) > 1) return chunkCount(size) <= MAX_CHUNKS;
    // The list of one chunk is the hash of the asset; of none it is empty, and so is the asset.
    if (size > 0) return chunksRoot(Buffer.from(hash, 'hex')) === chunks;
    const empty = chunksRoot(new Uint8Array(0));
    return chunks === empty && hash === empty;
  }

  has(asset: LibraryAsset): boolean {
    if (this.#known.has(keyOf(asset))) return true;
    if (chunkCount(asset.size) <= 1) return false;
    const row = this.#transfers.get(asset.hash);
    return (
      row !== null &&
      row.verified.length === 0 &&
      row.chunkHashes !== null &&
      chunksRoot(row.chunkHashes) === asset.chunks
    );
  }

  /** @param list of chunk hashes that was followed to the end in vain; `null` when that was not needed. */
  add(asset: LibraryAsset, list: Uint8Array | null): void {
    this.#known.add(keyOf(asset));
    const [oldest] = this.#known;
    if (this.#known.size > MAX_BAD_RECORDS && oldest !== undefined) this.#known.delete(oldest);
    if (list === null) return;
    const { hash, libraryId, size } = asset;
    const progressAt = this.#clock.now();
    this.#transfers.put({
      hash,
      libraryId,
      size,
      chunkHashes: list,
      verified: new Uint8Array(0),
      progressAt,
    });
  }
}

function keyOf({ libraryId, hash, size, chunks }: LibraryAsset): string {
  return `${libraryId}:${hash}:${size}:${chunks}`;
}
