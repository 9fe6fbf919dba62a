/**
 * An asset on its way in (07 section 1): written and hashed as it comes, never whole in memory. Whoever begins one
 * hands it to `AssetStore.ingest` or discards it.
 */
import type { IncomingBytes } from '../../store/incoming-bytes.ts';
import { SAMPLE_BYTES } from '../../workspace/file-names.ts';
import type { AssetHash } from '../../wire/ids.ts';
import { ChunkHashes } from './chunk-hashes.ts';
import { AssetError } from './errors.ts';
import { ROOM_CHECK_INTERVAL } from './limits.ts';

/** Content that came whole. */
export interface WholeContent {
  hash: AssetHash;
  size: number;
  chunkHashes: Uint8Array;
  /** Its beginning, from which a type is guessed. */
  sample: Uint8Array;
}

export class AssetUpload {
  /** Name among what is coming in. */
  readonly name: string;
  readonly #incoming: IncomingBytes;
  readonly #maxBytes: number;
  readonly #hasRoom: (bytes: number) => Promise<boolean>;
  readonly #ended: () => void;
  readonly #chunks = new ChunkHashes();
  #sample: Uint8Array = new Uint8Array();
  #checkAt = ROOM_CHECK_INTERVAL;
  #isOpen = true;

  /**
   * @param components.hasRoom whether so many bytes more may be written.
   * @param components.ended told once, when it is finished or discarded.
   */
  constructor(
    components: {
      incoming: IncomingBytes;
      hasRoom: (bytes: number) => Promise<boolean>;
      ended: () => void;
    },
    init: { name: string; maxBytes: number },
  ) {
    this.name = init.name;
    this.#incoming = components.incoming;
    this.#hasRoom = components.hasRoom;
    this.#ended = components.ended;
    this.#maxBytes = init.maxBytes;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#incoming.size;
  }

  /** @throws {AssetError} `asset_too_large`, `disk_full`. */
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
    // The disk takes the bytes while they are hashed.
    const written = this.#incoming.write(chunk);
    this.#chunks.update(chunk);
    await written;
  }

  /** Makes it durable. It still lies among what is coming in. */
  async finish(): Promise<WholeContent> {
    const hash = this.#incoming.checksum() as AssetHash;
    await this.#incoming.finish();
    return { hash, size: this.size, chunkHashes: this.#chunks.digest(), sample: this.#sample };
  }

  /** Removes what came; harmless after it was put in its place. Idempotent. */
  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ended();
    await this.#incoming.discard();
  }
}
