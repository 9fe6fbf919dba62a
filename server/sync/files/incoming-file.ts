/**
 * One file of another node while it is fetched (02 section 6.5; 03 section 10.6). Pieces are taken only as they were asked
 * for, up to the size that was announced; what comes before its turn waits, a little of it.
 */
import type { Upload } from '../../workspace/uploads.ts';
import { MAX_FILE_BYTES } from '../../workspace/file-checks.ts';
import { CHUNK_BYTES, MAX_CHUNKS, MAX_EARLY_CHUNKS } from './limits.ts';

/** A piece that does not belong to the file that was asked for. `message` is a word for the transfer's row. */
export class BadPiece extends Error {
  override readonly name = 'BadPiece';
  readonly code = 'bad_piece';
}

/** Collects the pieces of a file in order. */
export class IncomingFile {
  readonly #upload: Upload;
  #total: number | null;
  #nextChunk = 0;
  #chunks: number | null = null;
  readonly #early = new Map<number, Buffer>();
  /** Pieces come faster than they are written; each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param init.total bytes the file shall have; null when nobody said. */
  constructor(upload: Upload, init: { total: number | null }) {
    this.#upload = upload;
    this.#total = init.total;
  }

  get done(): number {
    return this.#upload.size;
  }

  get total(): number | null {
    return this.#total;
  }

  /** A chunk of Python's form. @returns whether the file is whole. @throws {BadPiece} */
  chunk(piece: { index: number; total: number; size: number; data: string }): Promise<boolean> {
    return this.#inTurn(async () => {
      this.#agree(piece.size);
      this.#chunks ??= piece.total;
      if (piece.total !== this.#chunks || piece.total > MAX_CHUNKS || piece.index >= piece.total)
        throw new BadPiece('chunk_decode_failed');
      const bytes = Buffer.from(piece.data, 'base64');
      if (bytes.length > CHUNK_BYTES * 2) throw new BadPiece('chunk_decode_failed');
      if (piece.index < this.#nextChunk) return false;
      if (this.#early.size >= MAX_EARLY_CHUNKS && piece.index !== this.#nextChunk)
        throw new BadPiece('chunks_out_of_order');
      this.#early.set(piece.index, bytes);
      for (let next = this.#take(); next !== undefined; next = this.#take()) await this.#write(next);
      if (this.#nextChunk < piece.total) return false;
      if (this.#total !== null && this.done !== this.#total) throw new BadPiece('size_mismatch');
      return true;
    });
  }

  /** A piece of our form. @returns whether the file is whole. @throws {BadPiece} */
  piece(offset: number, bytes: Uint8Array): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#total === null || offset !== this.done) throw new BadPiece('piece_out_of_order');
      await this.#write(bytes);
      return this.done === this.#total;
    });
  }

  #take(): Buffer | undefined {
    const next = this.#early.get(this.#nextChunk);
    if (next === undefined) return undefined;
    this.#early.delete(this.#nextChunk);
    this.#nextChunk += 1;
    return next;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.done + bytes.length > (this.#total ?? MAX_FILE_BYTES)) throw new BadPiece('size_mismatch');
    await this.#upload.write(bytes);
  }

  #agree(size: number): void {
    this.#total ??= size;
    if (size !== this.#total || size > MAX_FILE_BYTES) throw new BadPiece('size_mismatch');
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
