/**
 * Files on disk that are being written and hashed: as they are, or sealed piece by piece (`sealed-bytes.ts`). One that is
 * sealed keeps its last piece in memory until more comes or it is finished, so of a file whose node was killed less
 * than a piece is missing.
 */
import { createHash } from 'node:crypto';
import { createReadStream, rmSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { FILE_SALT_BYTES } from '../wire/at-rest.ts';
import type { IncomingBytes } from './incoming-bytes.ts';
import { PIECE_BYTES, openPiece, pieceOffset, sealPiece } from './sealed-bytes.ts';
import type { ByteSealing } from './sealed-bytes.ts';

/** Begins a file, or goes on with what is there of it. */
export async function openIncoming(file: string, sealing: ByteSealing | null): Promise<IncomingBytes> {
  const found = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const handle = await open(file, found ? 'r+' : 'wx+', 0o600);
  try {
    if (sealing !== null) return await SealedIncomingFile.open({ file, handle, found, sealing });
    const incoming = new PlainIncomingFile(file, handle);
    if (found) await incoming.readAgain();
    return incoming;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** What both forms have. */
abstract class IncomingFile implements IncomingBytes {
  readonly file: string;
  readonly handle: FileHandle;
  readonly #hash = createHash('sha256');
  #digest: string | null = null;
  #closed = false;
  #size = 0;

  constructor(file: string, handle: FileHandle) {
    this.file = file;
    this.handle = handle;
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.append(chunk, this.#size);
    this.taken(chunk);
  }

  checksum(): string {
    this.#digest ??= this.#hash.digest('hex');
    return this.#digest;
  }

  async finish(): Promise<void> {
    if (this.#closed) return;
    await this.complete();
    await this.handle.sync();
    await this.#close();
  }

  async discard(): Promise<void> {
    await this.#close();
    rmSync(this.file, { force: true });
  }

  abstract read(offset: number, length: number): Promise<Uint8Array>;

  /** Writes bytes that belong at `offset`, the end. */
  protected abstract append(chunk: Uint8Array, offset: number): Promise<void>;

  /** Writes what is not written yet. */
  protected abstract complete(): Promise<void>;

  /** Notes bytes that are there. */
  protected taken(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  protected async writeAt(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.handle.close();
  }
}

class PlainIncomingFile extends IncomingFile {
  async read(offset: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.size - offset)));
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** Hashes what an earlier run wrote. */
  async readAgain(): Promise<void> {
    for await (const chunk of createReadStream(this.file)) this.taken(chunk as Buffer);
  }

  protected append(chunk: Uint8Array, offset: number): Promise<void> {
    return this.writeAt(chunk, offset);
  }

  protected complete(): Promise<void> {
    return Promise.resolve();
  }
}

class SealedIncomingFile extends IncomingFile {
  readonly #sealing: ByteSealing;
  #salt: Uint8Array = new Uint8Array(FILE_SALT_BYTES);
  /** Pieces that are written; none of them is the last. */
  #pieces = 0;
  /** What comes behind them, at most a whole piece. */
  readonly #rest = Buffer.alloc(PIECE_BYTES);
  #restBytes = 0;

  private constructor(init: { file: string; handle: FileHandle; sealing: ByteSealing }) {
    super(init.file, init.handle);
    this.#sealing = init.sealing;
  }

  static async open(init: {
    file: string;
    handle: FileHandle;
    found: boolean;
    sealing: ByteSealing;
  }): Promise<SealedIncomingFile> {
    const incoming = new SealedIncomingFile(init);
    if (init.found) await incoming.#readAgain();
    else await incoming.#begin();
    return incoming;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    const parts: Uint8Array[] = [];
    for (let index = Math.floor(offset / PIECE_BYTES); index * PIECE_BYTES < end; index += 1) {
      const first = index * PIECE_BYTES;
      const bytes = index < this.#pieces ? await this.#piece(index, false) : this.#rest;
      if (bytes === null) throw new Error('a piece of a file coming in is damaged');
      parts.push(
        Buffer.from(bytes.subarray(Math.max(0, offset - first), Math.min(PIECE_BYTES, end - first))),
      );
    }
    return Buffer.concat(parts);
  }

  protected async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      if (this.#restBytes === PIECE_BYTES) await this.#writeRest(false);
      const part = chunk.subarray(done, done + PIECE_BYTES - this.#restBytes);
      this.#rest.set(part, this.#restBytes);
      this.#restBytes += part.length;
      done += part.length;
    }
  }

  protected complete(): Promise<void> {
    return this.#writeRest(true);
  }

  async #writeRest(isLast: boolean): Promise<void> {
    const bytes = this.#rest.subarray(0, this.#restBytes);
    const piece = { salt: this.#salt, index: this.#pieces, isLast, bytes };
    await this.writeAt(sealPiece(this.#sealing, piece), pieceOffset(this.#pieces));
    if (isLast) return;
    this.#pieces += 1;
    this.#restBytes = 0;
  }

  async #piece(index: number, isLast: boolean): Promise<Uint8Array | null> {
    const sealed = Buffer.alloc(pieceOffset(1) - pieceOffset(0));
    const { bytesRead } = await this.handle.read(sealed, 0, sealed.length, pieceOffset(index));
    return openPiece(this.#sealing, {
      salt: this.#salt,
      index,
      isLast,
      sealed: sealed.subarray(0, bytesRead),
    });
  }

  async #begin(): Promise<void> {
    await this.handle.truncate(0);
    this.#salt = this.#sealing.newFileSalt();
    await this.writeAt(this.#salt, 0);
  }

  /** Takes up what an earlier run wrote, as far as it is whole; its last piece is written anew. */
  async #readAgain(): Promise<void> {
    const salt = Buffer.alloc(FILE_SALT_BYTES);
    const { bytesRead } = await this.handle.read(salt, 0, salt.length, 0);
    if (bytesRead < FILE_SALT_BYTES) return this.#begin();
    this.#salt = salt;
    let piece = await this.#piece(this.#pieces, false);
    while (piece?.length === PIECE_BYTES) {
      this.taken(piece);
      this.#pieces += 1;
      piece = await this.#piece(this.#pieces, false);
    }
    const last = await this.#piece(this.#pieces, true);
    if (last !== null) {
      this.#rest.set(last);
      this.#restBytes = last.length;
      this.taken(last);
    }
    await this.handle.truncate(pieceOffset(this.#pieces));
  }
}
