/**
 * Content of libraries that is on its way (07 section 3.2): which chunks lie verified in the partial file, so that a
 * restart goes on where it stopped. Assets of one chunk need no row. A row without a map of chunks says that the list of
 * this library's record does not lead to the asset: it is not tried again until the record changes.
 */
import { fromHex, toHex } from '../crypto/bytes.ts';
import type { AssetHash, LibraryId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** A transfer that has begun. */
export interface LibraryTransfer {
  hash: AssetHash;
  libraryId: LibraryId;
  /** Bytes. */
  size: number;
  /** 32 bytes per chunk; `null` until they are known. */
  chunkHashes: Uint8Array | null;
  /** One bit per chunk, the lowest of the first byte first; empty for a bad record. */
  verified: Uint8Array;
  /** Unix ms. */
  progressAt: number;
}

interface Row {
  hash: Uint8Array;
  library_id: string;
  size: number;
  chunk_hashes: Uint8Array | null;
  verified: Uint8Array;
  progress_at: number;
}

export class LibraryTransfers {
  readonly #sql: Sql;

  constructor(components: { sql: Sql }) {
    this.#sql = components.sql;
  }

  get(hash: AssetHash): LibraryTransfer | null {
    const row = this.#sql.get<Row>('SELECT * FROM can_transfers WHERE hash = @hash', { hash: raw(hash) });
    return row === undefined ? null : transferOf(row);
  }

  put({ hash, libraryId, size, chunkHashes, verified, progressAt }: LibraryTransfer): void {
    this.#sql.run(
      `INSERT INTO can_transfers (hash, library_id, size, chunk_hashes, verified, progress_at)
       VALUES (@hash, @libraryId, @size, @chunkHashes, @verified, @progressAt)
       ON CONFLICT (hash) DO UPDATE SET library_id = excluded.library_id, size = excluded.size,
         chunk_hashes = excluded.chunk_hashes, verified = excluded.verified, progress_at = excluded.progress_at`,
      { hash: raw(hash), libraryId, size, chunkHashes, verified, progressAt },
    );
  }

  delete(hash: AssetHash): void {
    this.#sql.run('DELETE FROM can_transfers WHERE hash = @hash', { hash: raw(hash) });
  }

  /** Transfers without progress since `before` (Unix ms). */
  olderThan(before: number): AssetHash[] {
    const rows = this.#sql.all<{ hash: Uint8Array }>(
      'SELECT hash FROM can_transfers WHERE progress_at < @before',
      { before },
    );
    return rows.map(({ hash }) => toHex(hash) as AssetHash);
  }
}

function raw(hash: AssetHash): Uint8Array {
  return fromHex(hash) ?? new Uint8Array(0);
}

function transferOf(row: Row): LibraryTransfer {
  return {
    hash: toHex(row.hash) as AssetHash,
    libraryId: row.library_id as LibraryId,
    size: row.size,
    chunkHashes: row.chunk_hashes,
    verified: row.verified,
    progressAt: row.progress_at,
  };
}
