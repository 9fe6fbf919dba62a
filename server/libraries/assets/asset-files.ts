/**
 * The bytes of assets on the disk (07 section 1): `<first two hex>/<hash>`, or `<hash>.sealed` where they are encrypted.
 * What comes in lies in `.incoming` and is renamed to its place when it is whole and on the disk, so a kill leaves
 * either all of it or something that the next start removes. Small ones lie there under their hash, which is made
 * durable once for all that come together; the next start puts what a kill left there in its place.
 *
 * What only changes names, or reads little, is done at once: to have a thread do it costs several times as much as to do it.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsync,
  mkdirSync,
  openSync,
  read as readFile,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { open, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { openIncoming } from '../../store/incoming-file.ts';
import type { IncomingBytes } from '../../store/incoming-bytes.ts';
import { readPlain, readSealed, sealAll, sizeWithin } from '../../store/sealed-bytes.ts';
import type { ByteSealing } from '../../store/sealed-bytes.ts';
import { isAssetHash } from '../../wire/ids.ts';
import type { AssetHash } from '../../wire/ids.ts';
import type { AssetBytes } from '../types.ts';
import { FolderSync } from './folder-sync.ts';
import { SMALL_ASSET_BYTES } from './limits.ts';

const synced = promisify(fsync);
const readAt = promisify(readFile);

/** Folders beside those of the assets; no hash begins with a dot. */
const INCOMING = '.incoming';
const PARTIAL = '.partial';
const THUMBNAILS = '.thumbnails';
const SEALED_ENDING = '.sealed';
const THUMBNAIL_ENDING = '.webp';
/** Random bytes in the name of what is written only to see whether it can be. */
const PROBE_NAME_BYTES = 8;

/** Where the bytes of an asset lie. */
export interface AssetPlaceOnDisk {
  file: string;
  sealed: boolean;
  /** Bytes of content. */
  size: number;
}

export class AssetFiles {
  readonly #root: string;
  readonly #sealing: ByteSealing;
  /** Whether what comes from now on is encrypted. */
  readonly seals: boolean;
  readonly #folders = new Set<string>();
  readonly #sync = new FolderSync();

  /**
   * @param components.sealing opens what was encrypted before, whatever holds now.
   * @param init.directory the folder `assets`; created.
   * @param init.seals whether what comes from now on is encrypted.
   */
  constructor(components: { sealing: ByteSealing }, init: { directory: string; seals: boolean }) {
    this.#root = init.directory;
    this.#sealing = components.sealing;
    this.seals = init.seals;
    for (const folder of [INCOMING, PARTIAL, THUMBNAILS])
      mkdirSync(path.join(this.#root, folder), { recursive: true, mode: 0o700 });
  }

  /** Begins a file under a name nobody else uses. */
  incoming(name: string): Promise<IncomingBytes> {
    return openIncoming(this.#incomingPath(name), this.seals ? this.#sealing : null);
  }

  partialFile(hash: AssetHash): string {
    return path.join(this.#root, PARTIAL, hash);
  }

  thumbnailFile(hash: AssetHash): string {
    return path.join(this.#root, THUMBNAILS, hash + THUMBNAIL_ENDING);
  }

  /** Puts what came in and was finished in its place; durable when this resolves. */
  async keep(name: string, hash: AssetHash): Promise<void> {
    await this.#place(this.#incomingPath(name), hash, this.seals);
  }

  /** Puts content that is in memory in its place, encrypted when that holds; durable when this resolves. */
  async put(content: Uint8Array, hash: AssetHash): Promise<void> {
    const bytes = this.seals ? sealAll(this.#sealing, content) : content;
    const landing = this.#incomingPath(path.basename(this.#path(hash, this.seals)));
    const file = openSync(landing, 'w', 0o600);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      await synced(file);
    } catch (error) {
      rmSync(landing, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    await this.#sync.sync(path.dirname(landing));
    await this.#makeFolder(hash);
    // Where this is undone by a kill, the next start does it again.
    renameSync(landing, this.#path(hash, this.seals));
  }

  /** Puts a file that lies on the same disk in its place, encrypted when that holds; durable when this resolves. */
  async take(file: string, hash: AssetHash): Promise<void> {
    if (this.seals) {
      const incoming = await this.incoming(hash);
      try {
        await pipeline(readPlain(file), async (bytes) => {
          for await (const chunk of bytes) await incoming.write(chunk as Buffer);
        });
        await incoming.finish();
      } catch (error) {
        await incoming.discard();
        throw error;
      }
      await this.keep(hash, hash);
      await rm(file, { force: true });
      return;
    }
    const handle = await open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.#place(file, hash, false);
  }

  /** Null when they are not there. */
  find(hash: AssetHash): AssetPlaceOnDisk | null {
    for (const sealed of [this.seals, !this.seals]) {
      const file = this.#path(hash, sealed);
      const found = statOf(file);
      if (found?.isFile() !== true) continue;
      const size = sealed ? sizeWithin(found.size) : found.size;
      if (size !== null) return { file, sealed, size };
    }
    return null;
  }

  /** From `start` to `end`, both included. */
  read(place: AssetPlaceOnDisk, range?: { start: number; end: number }): Readable {
    if (place.size === 0) return Readable.from([]);
    return place.sealed ? readSealed(this.#sealing, place.file, range) : readPlain(place.file, range);
  }

  /** For reading here and there. */
  async open(place: AssetPlaceOnDisk): Promise<AssetBytes> {
    if (place.sealed)
      return {
        read: async (offset, length) => {
          const end = Math.min(offset + length, place.size) - 1;
          if (end < offset) return new Uint8Array();
          const parts: Uint8Array[] = [];
          for await (const part of this.read(place, { start: offset, end })) parts.push(part as Buffer);
          return Buffer.concat(parts);
        },
        close: () => Promise.resolve(),
      };
    const file = openSync(place.file, 'r');
    return {
      read: async (offset, length, room) => {
        const wanted = Math.max(0, Math.min(length, place.size - offset));
        const buffer = room ?? Buffer.allocUnsafe(wanted);
        let done = 0;
        while (done < wanted) {
          const bytesRead =
            wanted <= SMALL_ASSET_BYTES
              ? readSync(file, buffer, done, wanted - done, offset + done)
              : (await readAt(file, buffer, done, wanted - done, offset + done)).bytesRead;
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return buffer.subarray(0, done);
      },
      close: () => {
        closeSync(file);
        return Promise.resolve();
      },
    };
  }

  /** SHA-256 of what lies there, hex. */
  async checksum(place: AssetPlaceOnDisk): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.read(place)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  async remove(hash: AssetHash): Promise<void> {
    await rm(this.#path(hash, false), { force: true });
    await rm(this.#path(hash, true), { force: true });
    await rm(this.thumbnailFile(hash), { force: true });
  }

  /** Hashes of all there is on the disk; puts what landed in its place, and removes what never became whole. */
  async sweep(): Promise<Set<AssetHash>> {
    for (const name of await readdir(path.join(this.#root, INCOMING))) await this.#landed(name);
    const found = new Set<AssetHash>();
    for (const folder of await readdir(this.#root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await readdir(path.join(this.#root, folder))) {
        const { hash } = nameOf(name);
        if (isAssetHash(hash) && hash.startsWith(folder)) found.add(hash);
      }
    }
    return found;
  }

  /** Removes small pictures of what is not here, and those that never became whole. */
  async sweepThumbnails(isHere: (hash: AssetHash) => boolean): Promise<void> {
    const folder = path.join(this.#root, THUMBNAILS);
    for (const name of await readdir(folder)) {
      const hash = name.slice(0, -THUMBNAIL_ENDING.length);
      if (name.endsWith(THUMBNAIL_ENDING) && isAssetHash(hash) && isHere(hash)) continue;
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }

  /** Bytes that are free and that there are in all, on the disk of the assets. */
  async room(): Promise<{ free: number; total: number }> {
    const { bavail, blocks, bsize } = await statfs(this.#root);
    return { free: bavail * bsize, total: blocks * bsize };
  }

  /** What a kill left among what was coming in: a small asset that is whole belongs in its place. */
  async #landed(name: string): Promise<void> {
    const file = this.#incomingPath(name);
    const { hash, sealed } = nameOf(name);
    const found = statOf(file);
    const size = found === null ? null : sealed ? sizeWithin(found.size) : found.size;
    const isWhole =
      isAssetHash(hash) &&
      size !== null &&
      (await this.checksum({ file, sealed, size }).catch(() => null)) === hash;
    if (isWhole) await this.#place(file, hash, sealed);
    else await rm(file, { recursive: true, force: true });
  }

  /** Tries whether the folder can be read, and written with one byte that goes again. */
  async probe(): Promise<{ readable: boolean; writable: boolean }> {
    const name = this.#incomingPath(`probe-${randomBytes(PROBE_NAME_BYTES).toString('hex')}`);
    const works = (attempt: Promise<unknown>): Promise<boolean> =>
      attempt.then(
        () => true,
        () => false,
      );
    return {
      readable: await works(readdir(path.join(this.#root, INCOMING))),
      writable: await works(
        writeFile(name, '.', { flag: 'wx', mode: 0o600 }).finally(() => rm(name, { force: true })),
      ),
    };
  }

  async #place(file: string, hash: AssetHash, sealed: boolean): Promise<void> {
    await this.#makeFolder(hash);
    const target = this.#path(hash, sealed);
    await rename(file, target);
    await this.#sync.sync(path.dirname(target));
  }

  async #makeFolder(hash: AssetHash): Promise<void> {
    const folder = path.dirname(this.#path(hash, false));
    if (this.#folders.has(folder)) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await this.#sync.sync(this.#root);
    this.#folders.add(folder);
  }

  #path(hash: AssetHash, sealed: boolean): string {
    return path.join(this.#root, hash.slice(0, 2), sealed ? hash + SEALED_ENDING : hash);
  }

  #incomingPath(name: string): string {
    return path.join(this.#root, INCOMING, name);
  }
}

/** The hash that is the name of a file, and whether it is encrypted. */
function nameOf(name: string): { hash: string; sealed: boolean } {
  const sealed = name.endsWith(SEALED_ENDING);
  return { hash: sealed ? name.slice(0, -SEALED_ENDING.length) : name, sealed };
}

/** Null for what is not there, or cannot be looked at. */
function statOf(file: string): Stats | null {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
