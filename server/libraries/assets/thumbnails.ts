/**
 * Small pictures of images in the asset store (07 section 5): made when first asked for and kept beside the assets.
 * What comes from other nodes is hostile: only raster images that begin as what they say they are go to the decoder,
 * with a bound on bytes, on pixels and on time, one at a time.
 */
import { createReadStream } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { AssetHash } from '../../wire/ids.ts';
import { canonicalType, hasMarkOf, isThumbnailed, MARK_BYTES } from '../../workspace/file-types.ts';
import type { AssetFiles } from './asset-files.ts';
import type { AssetStore } from './asset-store.ts';
import { AssetError } from './errors.ts';

/** Longest side of a small picture. */
const MAX_SIDE = 320;
const QUALITY = 78;
/** Pixels accepted before decoding: keeps a small file from unpacking into gigabytes. */
const MAX_INPUT_PIXELS = 40_000_000;
/** Bytes of an image that are given to the decoder; they are in memory then. */
const MAX_INPUT_BYTES = 64 * 1024 * 1024;
/** Decoding that takes longer is given up. */
const DECODE_TIMEOUT_S = 10;
/** Images known to have none. */
const MAX_REMEMBERED = 2_000;

/** A small picture as it is sent: WebP. */
export interface Thumbnail {
  size: number;
  read(range?: { start: number; end: number }): Readable;
}

export class AssetThumbnails {
  readonly #store: AssetStore;
  readonly #files: AssetFiles;
  readonly #without = new Set<AssetHash>();
  /** One at a time: decoding takes a core and tens of megabytes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(components: { store: AssetStore; files: AssetFiles }) {
    this.#store = components.store;
    this.#files = components.files;
  }

  /** @throws {AssetError} `asset_not_found`; `no_thumbnail` for what is no raster image, or none that can be read. */
  async of(hash: AssetHash): Promise<Thumbnail> {
    const asset = this.#store.get(hash);
    if (asset === null) throw new AssetError('asset_not_found', 'There is no such asset here');
    const type = canonicalType(asset.mime_type);
    if (!isThumbnailed(type) || asset.size > MAX_INPUT_BYTES || this.#without.has(hash)) throw none();
    const kept = await this.#kept(hash);
    if (kept !== null) return kept;
    const work = this.#last.then(() => this.#make(hash, type));
    this.#last = work;
    const made = (await work) ? await this.#kept(hash) : null;
    if (made !== null) return made;
    if (this.#without.size >= MAX_REMEMBERED) this.#without.clear();
    this.#without.add(hash);
    throw none();
  }

  async #kept(hash: AssetHash): Promise<Thumbnail | null> {
    const file = this.#files.thumbnailFile(hash);
    const found = await stat(file).catch(() => null);
    return found === null ? null : { size: found.size, read: (range) => createReadStream(file, range ?? {}) };
  }

  /** Whether there is one now; never throws. */
  async #make(hash: AssetHash, type: string): Promise<boolean> {
    try {
      if ((await this.#kept(hash)) !== null) return true;
      const { read } = await this.#store.readable(hash);
      const parts: Buffer[] = [];
      for await (const part of read()) parts.push(part as Buffer);
      const bytes = Buffer.concat(parts);
      // The decoder goes by what it finds; formats that can name other files or run long are not meant.
      if (!hasMarkOf(type, bytes.subarray(0, MARK_BYTES))) return false;
      // Loaded with the first picture: it costs a start a fifth of its time and an idle node its memory.
      const { default: sharp } = await import('sharp');
      const picture = await sharp(bytes, { limitInputPixels: MAX_INPUT_PIXELS })
        .timeout({ seconds: DECODE_TIMEOUT_S })
        .rotate()
        .resize(MAX_SIDE, MAX_SIDE, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: QUALITY })
        .toBuffer();
      const file = this.#files.thumbnailFile(hash);
      await writeFile(`${file}.new`, picture, { mode: 0o600 });
      await rename(`${file}.new`, file);
      // Deleted meanwhile: nothing of it stays.
      if (this.#store.get(hash) === null) await rm(file, { force: true });
      return true;
    } catch {
      return false;
    }
  }
}

function none(): AssetError {
  return new AssetError('no_thumbnail', 'There is no small picture of this');
}
