/**
 * The bytes of files (03 sections 10.1 and 10.2): what comes in is written beside the stored files and renamed to its
 * place when its row is committed, so a kill leaves either the whole file or something the next start removes. Places
 * are `<category>/<stored name>`, as the reference lays them out; rows of moved directories are found by those two.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  statfsSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { StoredFile } from './files.ts';

/** The reference's folders (03 section 10.1). */
export const FILE_CATEGORIES = ['images', 'videos', 'documents', 'audio', 'other'] as const;
export type FileCategory = (typeof FILE_CATEGORIES)[number];

/** Where a stored file lies: `<category>/<name>` below the files directory, or an absolute path. */
export type FilePlace = string;

/** Bytes that are coming in. */
export interface IncomingBytes {
  /** Bytes written so far. */
  readonly size: number;
  /** Appends; resolves when written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Up to `length` bytes of what was written, from `offset`. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** SHA-256 of everything written, hex. Nothing can be written afterwards. */
  checksum(): string;
  /** Makes it durable and closes it; it stays until {@link FileBytes.keep} or {@link FileBytes.discard}. */
  finish(): Promise<void>;
  /** Closes and removes it. Idempotent. */
  discard(): Promise<void>;
}

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

/** Bytes on disk. */
export class DiskFileBytes implements FileBytes {
  readonly #root: string;
  readonly #incoming: string;

  /** @param init.directory the files directory; what comes in lies beside it, on the same disk. */
  constructor(init: { directory: string }) {
    this.#root = init.directory;
    this.#incoming = `${init.directory}-incoming`;
    for (const category of FILE_CATEGORIES) mkdirSync(path.join(this.#root, category), { recursive: true });
    mkdirSync(this.#incoming, { recursive: true, mode: 0o700 });
  }

  async incoming(name: string, options = { resume: false }): Promise<IncomingBytes> {
    const file = this.#incomingPath(name);
    if (!options.resume) rmSync(file, { force: true });
    return IncomingFile.open(file);
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
      return found.isFile() ? { size: found.size, stamp: `${found.size} ${found.mtimeMs}` } : null;
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
    return createReadStream(this.#path(place), range ?? {});
  }

  readSmall(place: FilePlace): Uint8Array | null {
    try {
      return readFileSync(this.#path(place));
    } catch {
      return null;
    }
  }

  async writeSmall(place: FilePlace, bytes: Uint8Array): Promise<void> {
    const target = this.#path(place);
    const temporary = path.join(this.#incoming, `${path.basename(place)}.new`);
    await writeFile(temporary, bytes);
    await rename(temporary, target);
  }

  async remove(place: FilePlace): Promise<void> {
    await rm(this.#path(place), { force: true });
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#incoming);
    return bavail * bsize;
  }

  absolute(place: FilePlace): string {
    return this.#path(place);
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

/** A file that is being written and hashed. */
class IncomingFile implements IncomingBytes {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #digest: string | null = null;
  #closed = false;
  #size = 0;

  private constructor(file: string, handle: FileHandle) {
    this.#file = file;
    this.#handle = handle;
  }

  static async open(file: string): Promise<IncomingFile> {
    const found = statSync(file, { throwIfNoEntry: false }) !== undefined;
    const incoming = new IncomingFile(file, await open(file, found ? 'r+' : 'wx+', 0o600));
    if (found) await incoming.#readAgain();
    return incoming;
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const at = this.#size;
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await this.#handle.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
    this.#hash.update(chunk);
    this.#size = at + chunk.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.#size - offset)));
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  }

  checksum(): string {
    this.#digest ??= this.#hash.digest('hex');
    return this.#digest;
  }

  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#close();
  }

  async discard(): Promise<void> {
    await this.#close();
    rmSync(this.#file, { force: true });
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  /** Hashes what an earlier run wrote. */
  async #readAgain(): Promise<void> {
    for await (const chunk of createReadStream(this.#file)) {
      this.#hash.update(chunk as Buffer);
      this.#size += (chunk as Buffer).length;
    }
  }
}
