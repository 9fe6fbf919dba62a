/**
 * Files on their way in (03 sections 10.1 and 10.4): written in pieces to a temporary file, hashed and counted on the
 * way, checked when whole, and given a row. Nothing of a refused, broken or interrupted one stays.
 */
import type { Random } from '../ports/types.ts';
import type { FileBytes } from '../store/file-bytes.ts';
import type { IncomingBytes } from '../store/incoming-bytes.ts';
import type { FileRows, StoredFile } from '../store/files.ts';
import { hexId } from '../store/ids.ts';
import type { Clock } from '../ports/types.ts';
import type { FileId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import { MAX_FILE_BYTES, checkArchive, checkFile, checkSize, typeOfAny } from './file-checks.ts';
import type { FileMetadata } from './file-names.ts';
import { SAMPLE_BYTES, extensionOf, fileMetadata } from './file-names.ts';
import { categoryOf } from './file-types.ts';

/** Hexadecimal digits of a file id. */
export const FILE_ID_HEX = 24;
/** What comes in over several requests lies under the id of its file and this. */
const PARTIAL = '.up';
const PARTIAL_NAME = /^(F[0-9a-f]{24})\.up$/;
/** Files coming in at once from people here; each holds an open file and may fill 100 MiB. */
const MAX_AT_ONCE = 16;

/** Room that is left to the database and the rest of the machine. */
const KEPT_FREE_BYTES = 256 * 1024 * 1024;

export interface UploadComponents {
  bytes: FileBytes;
  rows: FileRows;
  changes: Changes;
  clock: Clock;
  random: Random;
}

/** Begins uploads and clears up after those a kill interrupted. */
export class Uploads {
  /** Unfinished uploads of people here that are gone on with, and when somebody last did, Unix ms; the oldest first. */
  readonly partials = new Map<FileId, number>();
  readonly #c: UploadComponents;
  #open = 0;

  constructor(components: UploadComponents) {
    this.#c = components;
  }

  /**
   * A file from somebody here.
   * @throws {WorkspaceError} `busy` when too many come in already, `file_not_saved` when the disk is almost full.
   */
  begin(): Promise<Upload> {
    return this.#counted((ended) => this.#begin(ended));
  }

  /** Goes on with a file from somebody here that comes over several requests. @throws as {@link begin}. */
  resumeOwn(id: FileId): Promise<Upload> {
    return this.#counted(async (ended) => {
      this.#checkRoom();
      const name = `${id}${PARTIAL}`;
      const incoming = await this.#c.bytes.incoming(name, { resume: true });
      return new Upload(this.#c, { id, incoming, name, ended });
    });
  }

  /** A file that another node sent with a message. @throws {WorkspaceError} `file_not_saved` as {@link begin}. */
  beginReceived(): Promise<Upload> {
    return this.#begin(() => undefined);
  }

  /**
   * Goes on with a file that comes in pieces over many sessions. Its bytes outlive a stop; `name` says under which
   * name, and is no id of a file.
   * @throws {WorkspaceError} `file_not_saved` as {@link begin}.
   */
  async resume(name: string): Promise<Upload> {
    this.#checkRoom();
    const incoming = await this.#c.bytes.incoming(name, { resume: true });
    return new Upload(this.#c, { id: this.#newId(), incoming, name, ended: () => undefined });
  }

  /**
   * Finishes what a kill interrupted: whole files whose row was committed go to their place, the rest is removed.
   * Call before anything comes in.
   * @param stays names of what is gone on with later.
   */
  async recover(stays: (name: string) => boolean): Promise<void> {
    for (const name of this.#c.bytes.incomingNames()) {
      const partial = PARTIAL_NAME.exec(name)?.[1];
      const row = this.#c.rows.get((partial ?? name) as FileId);
      if (row !== undefined) await this.#c.bytes.keep(name, row.filePath);
      else if (partial !== undefined) this.partials.set(partial as FileId, this.#c.clock.now());
      else if (!stays(name)) this.#c.bytes.discard(name);
    }
  }

  async #counted(begin: (ended: () => void) => Promise<Upload>): Promise<Upload> {
    if (this.#open >= MAX_AT_ONCE) throw new WorkspaceError('busy', 'Too many uploads at once');
    this.#open += 1;
    try {
      return await begin(() => (this.#open -= 1));
    } catch (error) {
      this.#open -= 1;
      throw error;
    }
  }

  async #begin(ended: () => void): Promise<Upload> {
    this.#checkRoom();
    const id = this.#newId();
    const incoming = await this.#c.bytes.incoming(id);
    return new Upload(this.#c, { id, incoming, name: id, ended });
  }

  #checkRoom(): void {
    if (this.#c.bytes.freeBytes() < KEPT_FREE_BYTES)
      throw new WorkspaceError('file_not_saved', 'The disk is almost full');
  }

  #newId(): FileId {
    return `F${hexId(this.#c.random, FILE_ID_HEX)}` as FileId;
  }
}

/** One file on its way in. */
export class Upload {
  readonly #c: UploadComponents;
  readonly #init: { id: FileId; incoming: IncomingBytes; name: string; ended: () => void };
  #size: number;
  #ended = false;
  #gone = false;

  constructor(
    components: UploadComponents,
    init: { id: FileId; incoming: IncomingBytes; name: string; ended: () => void },
  ) {
    this.#c = components;
    this.#init = init;
    this.#size = init.incoming.size;
  }

  /** Bytes that came, also those beyond what is kept. */
  get size(): number {
    return this.#size;
  }

  /** Whether it became a file, or nothing of it stayed. */
  get isGone(): boolean {
    return this.#gone;
  }

  /** SHA-256 of what came, hex; nothing can be written afterwards. */
  checksum(): string {
    return this.#init.incoming.checksum();
  }

  /** Appends a piece. What is beyond the largest file is counted, not written. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (this.#size <= MAX_FILE_BYTES) await this.#init.incoming.write(chunk);
  }

  /**
   * Keeps the file if it is what it claims to be; otherwise nothing of it stays.
   * @throws {FileRefused} with the reason.
   */
  finish(claimed: FileMetadata, by: UserId): Promise<StoredFile> {
    return this.#end(async () => {
      const metadata = fileMetadata(await this.#read(0, SAMPLE_BYTES), claimed);
      const type = await checkFile(this.#whole(), metadata);
      await checkArchive(this.#whole(), type);
      return this.#keep({ name: metadata.name, type }, by);
    });
  }

  /**
   * Keeps the file whatever it is, as {@link typeOfAny} takes it: what other nodes send, and what a person attaches.
   * @throws {FileRefused} `file_too_large` or `file_empty`.
   */
  finishAny(claimed: FileMetadata, by: UserId): Promise<StoredFile> {
    return this.#end(async () => {
      checkSize(this.#size);
      const metadata = fileMetadata(await this.#read(0, SAMPLE_BYTES), claimed);
      const type = await typeOfAny(this.#whole(), metadata);
      return this.#keep({ name: metadata.name, type }, by);
    });
  }

  /** Removes what came. Idempotent; does nothing after the file was kept. */
  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#gone = true;
    this.#init.ended();
    await this.#init.incoming.discard();
  }

  /** Closes it and leaves what came where {@link Uploads.resume} finds it. */
  async pause(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#init.ended();
    await this.#init.incoming.finish();
  }

  #read(offset: number, length: number): Promise<Uint8Array> {
    return this.#init.incoming.read(offset, length);
  }

  #whole(): { size: number; read: (offset: number, length: number) => Promise<Uint8Array> } {
    return { size: this.#size, read: (offset, length) => this.#read(offset, length) };
  }

  async #end(keep: () => Promise<StoredFile>): Promise<StoredFile> {
    try {
      const file = await keep();
      this.#ended = true;
      this.#gone = true;
      this.#init.ended();
      return file;
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** The row is committed when the bytes are durable; then they are renamed, or the next start does it. */
  async #keep({ name, type }: FileMetadata, by: UserId): Promise<StoredFile> {
    const { id, incoming } = this.#init;
    const storedName = `${id}${extensionOf(name)}`;
    const file = {
      id,
      originalName: name,
      storedName,
      filePath: `${categoryOf(type)}/${storedName}`,
      contentType: type,
      size: this.#size,
      uploadedBy: by,
      uploadedAt: this.#c.clock.now(),
      checksum: incoming.checksum(),
    };
    await incoming.finish();
    await this.#c.changes.run(() => {
      this.#c.rows.insert(file);
      this.#c.changes.creates(id);
    });
    try {
      await this.#c.bytes.keep(this.#init.name, file.filePath);
    } catch (error) {
      await this.#c.changes.run(() => this.#c.rows.delete(id));
      throw error;
    }
    return file;
  }
}
