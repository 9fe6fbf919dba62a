/**
 * The bytes of files (03 sections 10.1 and 10.2): what comes in is written beside the stored files and renamed to its
 * place when its row is committed, so a kill leaves either the whole file or something the next start removes. Places
 * are `<category>/<stored name>`, as the reference lays them out; rows of moved directories are found by those two.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, statfsSync } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { StoredFile } from './files.ts';
import type { IncomingBytes } from './incoming-bytes.ts';
import { openIncoming } from './incoming-file.ts';
import { openAll, readPlain, readSealed, sealAll, sizeWithin } from './sealed-bytes.ts';
import type { ByteSealing } from './sealed-bytes.ts';

/** The reference's folders (03 section 10.1). */
export const FILE_CATEGORIES = ['images', 'videos', 'documents', 'audio', 'other'] as const;
export type FileCategory = (typeof FILE_CATEGORIES)[number];

/** Where a stored file lies: `<category>/<name>` below the files directory, or an absolute path. */
export type FilePlace = string;

/** Where bytes are kept: the directory of a node, or memory in the simulator. */
export interface FileBytes {
  /** Begins a file under a name of its own, or goes on with what an earlier run wrote of it. */
  incoming(name: string, options?: { resume: boolean }): Promise<IncomingBytes>;
  /** Names of what is coming in, or was when the node stopped. */
  incomingNames(): string[];
  /** Puts finished bytes in their place. */
  keep(name: string, place: FilePlace): Promise<void>;
  /** Takes stored bytes out of their place again, under a name among what is coming in. */
  withdraw(place: FilePlace, name: string): Promise<void>;
  /** Removes bytes that came in; nothing happens when there are none. */
  discard(name: string): void;
  /** Where the bytes of a row are; null when they are nowhere. */
  find(file: Pick<StoredFile, 'filePath' | 'storedName'>): FilePlace | null;
  /** Size and a text that changes with the content. */
  look(place: FilePlace): Promise<{ size: number; stamp: string } | null>;
  /** SHA-256, hex. */
  checksum(place: FilePlace): Promise<string>;
  /** From `start` to `end`, both included. */
  read(place: FilePlace, range?: { start: number; end: number }): Readable;
  /** The whole of a small file at once; null when it cannot be read. */
  readSmall(place: FilePlace): Uint8Array | null;
  /** Writes a small file beside another, in one step. */
  writeSmall(place: FilePlace, bytes: Uint8Array): Promise<void>;
  remove(place: FilePlace): Promise<void>;
  /** Bytes there is room for. */
  freeBytes(): number;
  /** A path other programs can open; null when there is none. */
  absolute(place: FilePlace): string | null;
}

/** One step of a place: no separators, nothing that climbs. */
const STEP = /^(?!\.)[^/\\\0]{1,255}$/;
/** The last two steps of a path, in either style. */
const TAIL = /(?:^|[/\\])([^/\\]+)[/\\]([^/\\]+)$/;

/** Where what comes in lies. */
export function incomingDirectory(filesDirectory: string): string {
  return `${filesDirectory}-incoming`;
}

/** Bytes on disk. */
export class DiskFileBytes implements FileBytes {
  readonly #root: string;
  readonly #incoming: string;
  readonly #sealing: ByteSealing | null;

  /**
   * @param init.directory the files directory; what comes in lies beside it, on the same disk.
   * @param init.sealing how all of it is encrypted; null: it is not.
   */
  constructor(init: { directory: string; sealing: ByteSealing | null }) {
    this.#root = init.directory;
    this.#sealing = init.sealing;
    this.#incoming = incomingDirectory(init.directory);
    for (const category of FILE_CATEGORIES) mkdirSync(path.join(this.#root, category), { recursive: true });
    mkdirSync(this.#incoming, { recursive: true, mode: 0o700 });
  }

  async incoming(name: string, options = { resume: false }): Promise<IncomingBytes> {
    const file = this.#incomingPath(name);
    if (!options.resume) rmSync(file, { force: true });
    return openIncoming(file, this.#sealing);
  }

  incomingNames(): string[] {
    return readdirSync(this.#incoming);
  }

  async keep(name: string, place: FilePlace): Promise<void> {
    await rename(this.#incomingPath(name), this.#path(place));
  }

  async withdraw(place: FilePlace, name: string): Promise<void> {
    await rename(this.#path(place), this.#incomingPath(name));
  }

  discard(name: string): void {
    rmSync(this.#incomingPath(name), { force: true });
  }

  find({ filePath, storedName }: Pick<StoredFile, 'filePath' | 'storedName'>): FilePlace | null {
    const [, category = '', name = ''] = TAIL.exec(filePath) ?? [];
    if (STEP.test(category) && STEP.test(name) && this.#isFile(path.join(this.#root, category, name)))
      return `${category}/${name}`;
    // Large files of the reference may lie under a folder of their own (03 section 10.7).
    const elsewhere = path.isAbsolute(filePath) && path.basename(filePath) === storedName;
    return elsewhere && this.#isFile(filePath) ? filePath : null;
  }

  async look(place: FilePlace): Promise<{ size: number; stamp: string } | null> {
    try {
      const found = await stat(this.#path(place));
      const size = this.#sealing === null ? found.size : sizeWithin(found.size);
      return found.isFile() && size !== null ? { size, stamp: `${found.size} ${found.mtimeMs}` } : null;
    } catch {
      return null;
    }
  }

  async checksum(place: FilePlace): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.read(place)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  read(place: FilePlace, range?: { start: number; end: number }): Readable {
    const file = this.#path(place);
    return this.#sealing === null ? readPlain(file, range) : readSealed(this.#sealing, file, range);
  }

  readSmall(place: FilePlace): Uint8Array | null {
    try {
      const bytes = readFileSync(this.#path(place));
      return this.#sealing === null ? bytes : openAll(this.#sealing, bytes);
    } catch {
      return null;
    }
  }

  async writeSmall(place: FilePlace, bytes: Uint8Array): Promise<void> {
    const target = this.#path(place);
    const temporary = path.join(this.#incoming, `${path.basename(place)}.new`);
    await writeFile(temporary, this.#sealing === null ? bytes : sealAll(this.#sealing, bytes));
    await rename(temporary, target);
  }

  async remove(place: FilePlace): Promise<void> {
    await rm(this.#path(place), { force: true });
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#incoming);
    return bavail * bsize;
  }

  absolute(place: FilePlace): string | null {
    return this.#sealing === null ? this.#path(place) : null;
  }

  #isFile(file: string): boolean {
    return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  }

  #path(place: FilePlace): string {
    if (path.isAbsolute(place)) return place;
    if (!place.split('/').every((step) => STEP.test(step))) throw new Error('no place of a file');
    return path.join(this.#root, place);
  }

  #incomingPath(name: string): string {
    if (!STEP.test(name)) throw new Error('no name of a file');
    return path.join(this.#incoming, name);
  }
}
