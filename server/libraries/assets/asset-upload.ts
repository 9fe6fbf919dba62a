/**
 * An asset on its way in (07 section 1): written and hashed as it comes; only a small one is whole in memory. Whoever
 * begins one hands it to `AssetStore.ingest` or discards it.
 */
import { createHash } from 'node:crypto';
import type { IncomingBytes } from '../../store/incoming-bytes.ts';
import { SAMPLE_BYTES } from '../../workspace/file-names.ts';
import type { AssetHash } from '../../wire/ids.ts';
import { ChunkHashes } from './chunk-hashes.ts';
import { AssetError } from './errors.ts';
import { ROOM_CHECK_INTERVAL, SMALL_ASSET_BYTES, WRITE_BYTES } from './limits.ts';

/** Content that came whole. */
export interface WholeContent {
  hash: AssetHash;
  size: number;
  chunkHashes: Uint8Array;
  /** Its beginning, from which a type is guessed. */
  sample: Uint8Array;
  /** All of it, where it is small and on no disk yet. */
  bytes: Uint8Array | null;
}

export class AssetUpload {
  /** Name among what is coming in. */
  readonly name: string;
  readonly #open: () => Promise<IncomingBytes>;
  /** Null as long as it is small. */
  #incoming: IncomingBytes | null = null;
  /** What came and is not being written. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #size = 0;
  readonly #maxBytes: number;
  readonly #hasRoom: (bytes: number) => Promise<boolean>;
  readonly #ended: () => void;
  readonly #chunks = new ChunkHashes();
  #sample: Uint8Array = new Uint8Array();
  #checkAt = ROOM_CHECK_INTERVAL;
  #isOpen = true;

  /**
   * @param components.open begins its file, which a small one never has.
   * @param components.hasRoom whether so many bytes more may be written.
   * @param components.ended told once, when it is finished or discarded.
   */
  constructor(
    components: {
      open: () => Promise<IncomingBytes>;
      hasRoom: (bytes: number) => Promise<boolean>;
      ended: () => void;
    },
    init: { name: string; maxBytes: number },
  ) {
    this.name = init.name;
    this.#open = components.open;
    this.#hasRoom = components.hasRoom;
    this.#ended = components.ended;
    this.#maxBytes = init.maxBytes;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param chunk not changed by anybody afterwards.
   * @throws {AssetError} `asset_too_large`, `disk_full`; what the disk said to what came before.
   */
  async write(chunk: Uint8Array): Promise<void> {
    const size = this.size + chunk.length;
    if (size > this.#maxBytes)
      throw new AssetError('asset_too_large', `An asset has at most ${this.#maxBytes} bytes here`);
    if (size > this.#checkAt) {
      this.#checkAt = size + ROOM_CHECK_INTERVAL;
      if (!(await this.#hasRoom(ROOM_CHECK_INTERVAL)))
        throw new AssetError('disk_full', 'The disk of this node has too little room');
    }
    if (this.#sample.length < SAMPLE_BYTES)
      this.#sample = Buffer.concat([this.#sample, chunk.subarray(0, SAMPLE_BYTES - this.#sample.length)]);
    this.#size = size;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > (this.#incoming === null ? SMALL_ASSET_BYTES : WRITE_BYTES)) await this.#append();
  }

  /** Makes it durable among what is coming in, unless it is small. */
  async finish(): Promise<WholeContent> {
    const { size } = this;
    const sample = this.#sample;
    if (this.#incoming === null) {
      const bytes = Buffer.concat(this.#held);
      const digest = createHash('sha256').update(bytes).digest();
      // It is one chunk, or none.
      const chunkHashes = size === 0 ? new Uint8Array() : digest;
      return { hash: digest.toString('hex') as AssetHash, size, chunkHashes, sample, bytes };
    }
    await this.#append();
    await this.#writing;
    const hash = this.#incoming.checksum() as AssetHash;
    await this.#incoming.finish();
    return { hash, size, chunkHashes: this.#chunks.digest(), sample, bytes: null };
  }

  /** Removes what came; harmless after it was put in its place. Idempotent. */
  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ended();
    this.#held = [];
    await this.#writing.catch(() => undefined);
    await this.#incoming?.discard();
  }

  /** Writes what was gathered, after what is being written; the next is gathered meanwhile. */
  async #append(): Promise<void> {
    this.#incoming ??= await this.#open();
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    await this.#writing;
    this.#writing = this.#incoming.write(bytes);
    // Who comes next is told.
    this.#writing.catch(() => undefined);
    // The disk takes the bytes while they are hashed.
    this.#chunks.update(bytes);
  }
}
