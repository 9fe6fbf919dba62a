/**
 * One asset on its way in (07 section 3.2). A chunk counts once it was checked and written; the hash of the whole is
 * taken as chunks become one piece from the beginning, and from the disk where one came early or before a restart. What
 * is read from the disk is checked again: a map of chunks may have outlived their bytes.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { LibraryTransfers } from '../../store/library-transfers.ts';
import {
  CHUNK_BYTES,
  CHUNK_HASH_BYTES,
  LIST_INDEX,
  chunkCount,
  chunkLength,
} from '../../wire/library-content.ts';
import { SMALL_ASSET_BYTES } from '../assets/limits.ts';
import type { LibraryAsset } from '../types.ts';
import { chunksRoot, sha256 } from './chunks.ts';
import { SAVE_EVERY_CHUNKS } from './limits.ts';

const MISSING = 0;
const REQUESTED = 1;
const HERE = 2;

export interface DownloadInit {
  asset: LibraryAsset;
  /** Where its bytes lie until they are complete. */
  file: string;
  /** All chunks are here and were hashed: {@link Download.isWhole}. Called once. */
  whole: () => void;
  /** Chunks that were thought to be here are not. */
  lost: () => void;
  failed: (error: unknown) => void;
}

export class Download {
  readonly asset: LibraryAsset;
  readonly file: string;
  readonly chunks: number;
  readonly #transfers: LibraryTransfers;
  readonly #now: () => number;
  readonly #init: DownloadInit;
  readonly #states: Uint8Array;
  readonly #hash = createHash('sha256');
  readonly #writing = new Set<Promise<unknown>>();
  #list: Uint8Array | null = null;
  #listRequested = false;
  #handle: FileHandle | null = null;
  /** All of a small asset, which has no file. */
  #small: Uint8Array | null = null;
  /** No chunk below it is missing. */
  #from = 0;
  #hashed = 0;
  #following = false;
  #unsaved = 0;
  #have = 0;
  #closed = false;

  /** @param components.now Unix ms. */
  constructor(components: { transfers: LibraryTransfers; now: () => number }, init: DownloadInit) {
    this.#transfers = components.transfers;
    this.#now = components.now;
    this.#init = init;
    this.asset = init.asset;
    this.file = init.file;
    this.chunks = chunkCount(init.asset.size);
    this.#states = new Uint8Array(this.chunks);
    if (this.chunks === 1) this.#list = Buffer.from(init.asset.hash, 'hex');
    if (this.chunks === 0) this.#list = new Uint8Array(0);
  }

  /** Bytes that are here and were checked. */
  get have(): number {
    return this.#have;
  }

  /** 32 bytes per chunk. */
  get chunkHashes(): Uint8Array {
    return this.#list ?? new Uint8Array(0);
  }

  /** Where all of it is. */
  get content(): { file: string } | { bytes: Uint8Array } {
    return this.#small === null ? { file: this.file } : { bytes: this.#small };
  }

  get isLarge(): boolean {
    return this.chunks > 1;
  }

  /** Opens the partial file and goes on with what is in it. */
  async open(): Promise<void> {
    if (this.chunks === 0) this.#small = new Uint8Array(0);
    if (!this.isLarge) return;
    const handle = await open(this.file, constants.O_RDWR | constants.O_CREAT, 0o600);
    if (this.#closed) return handle.close();
    this.#handle = handle;
    const known = this.#transfers.get(this.asset.hash);
    const list = known?.chunkHashes ?? null;
    if (known?.size !== this.asset.size || list === null || chunksRoot(list) !== this.asset.chunks) return;
    this.#list = list;
    for (let i = 0; i < this.chunks; i += 1) {
      if (((known.verified[i >> 3] ?? 0) & (1 << (i & 7))) === 0) continue;
      this.#states[i] = HERE;
      this.#have += chunkLength(this.asset.size, i);
    }
    this.#goOn();
  }

  /** What to ask for next; `null` when all is here or asked for. */
  next(): number | null {
    if (this.#list === null) return this.#listRequested ? null : LIST_INDEX;
    while (this.#from < this.chunks && this.#states[this.#from] !== MISSING) this.#from += 1;
    return this.#from < this.chunks ? this.#from : null;
  }

  requested(index: number): void {
    if (index === LIST_INDEX) this.#listRequested = true;
    else this.#states[index] = REQUESTED;
  }

  /** A request came to nothing. */
  released(index: number): void {
    if (index === LIST_INDEX) this.#listRequested = false;
    else if (this.#states[index] === REQUESTED) this.#missing(index);
  }

  /**
   * Takes an answer; resolves when it is written. `bytes` are not changed by anybody until then.
   * @returns whether they are what was asked for.
   */
  async take(index: number, bytes: Uint8Array): Promise<boolean> {
    if (index === LIST_INDEX) return this.#takeList(bytes);
    if (this.#states[index] === HERE || this.#closed) return true;
    if (!this.#isChunk(index, bytes)) return false;
    const writing = this.#write(index, bytes);
    this.#writing.add(writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(writing);
    }
    if (this.#states[index] === HERE) return true;
    this.#states[index] = HERE;
    this.#have += bytes.length;
    if (this.chunks > 1 && !this.#following && this.#hashed === index) {
      this.#hash.update(bytes);
      this.#hashed += 1;
    }
    this.#unsaved += 1;
    if (this.isLarge && this.#unsaved >= SAVE_EVERY_CHUNKS) this.#save();
    this.#goOn();
    return true;
  }

  /** Whether what is here is the asset. To be asked when all is here. */
  isWhole(): boolean {
    // One chunk was checked against the hash of the asset itself.
    return this.chunks <= 1 || this.#hash.digest('hex') === this.asset.hash;
  }

  /** Closes the file after what is being written. @param keep to go on later. */
  async close(keep: boolean): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([...this.#writing]);
    await this.#handle?.close().catch(() => undefined);
    this.#handle = null;
    if (keep && this.isLarge && this.#list !== null) this.#save();
  }

  #takeList(bytes: Uint8Array): boolean {
    if (this.#list !== null) return true;
    if (bytes.length !== this.chunks * CHUNK_HASH_BYTES || chunksRoot(bytes) !== this.asset.chunks)
      return false;
    this.#list = Uint8Array.from(bytes);
    this.#save();
    return true;
  }

  #isChunk(index: number, bytes: Uint8Array): boolean {
    if (bytes.length !== chunkLength(this.asset.size, index)) return false;
    const at = index * CHUNK_HASH_BYTES;
    return sha256(bytes).equals(this.chunkHashes.subarray(at, at + CHUNK_HASH_BYTES));
  }

  async #write(index: number, bytes: Uint8Array): Promise<void> {
    if (this.asset.size <= SMALL_ASSET_BYTES) {
      this.#small = Uint8Array.from(bytes);
      return;
    }
    if (this.#handle === null) return writeFile(this.file, bytes, { mode: 0o600 });
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        done,
        bytes.length - done,
        index * CHUNK_BYTES + done,
      );
      done += bytesWritten;
    }
  }

  /** Hashes on through what is here; then all is. */
  #goOn(): void {
    if (this.#following || this.#closed) return;
    if (this.chunks <= 1) {
      if (this.#have === this.asset.size) this.#init.whole();
    } else if (this.#hashed === this.chunks) {
      this.#init.whole();
    } else if (this.#states[this.#hashed] === HERE) {
      this.#following = true;
      this.#follow().then(
        () => {
          this.#following = false;
          this.#goOn();
        },
        (error: unknown) => {
          this.#following = false;
          this.#init.failed(error);
        },
      );
    }
  }

  async #follow(): Promise<void> {
    const room = Buffer.allocUnsafe(CHUNK_BYTES);
    while (!this.#closed && this.#hashed < this.chunks && this.#states[this.#hashed] === HERE) {
      const index = this.#hashed;
      const length = chunkLength(this.asset.size, index);
      const read = await this.#handle?.read(room, 0, length, index * CHUNK_BYTES);
      const bytes = room.subarray(0, read?.bytesRead ?? 0);
      if (this.#closed) return;
      if (this.#isChunk(index, bytes)) {
        this.#hash.update(bytes);
        this.#hashed += 1;
      } else {
        this.#have -= length;
        this.#missing(index);
        this.#init.lost();
      }
    }
  }

  #missing(index: number): void {
    this.#states[index] = MISSING;
    this.#from = Math.min(this.#from, index);
  }

  #save(): void {
    const verified = new Uint8Array(Math.ceil(this.chunks / 8));
    for (let i = 0; i < this.chunks; i += 1)
      if (this.#states[i] === HERE) verified[i >> 3] = (verified[i >> 3] ?? 0) | (1 << (i & 7));
    const { hash, libraryId, size } = this.asset;
    const progressAt = this.#now();
    this.#unsaved = 0;
    this.#transfers.put({ hash, libraryId, size, chunkHashes: this.#list, verified, progressAt });
  }
}
