/**
 * Files as the accounts of this node keep, read and delete them (03 section 10; 04 section 3.11). Every read asks who may
 * (`file-access.ts`); bytes that are gone or not those that were stored count as no file.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../ports/types.ts';
import type { FileBytes, FilePlace } from '../store/file-bytes.ts';
import type { FileRows, StoredFile } from '../store/files.ts';
import type { FileId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import type { FileAccess, FileAccessRule } from './file-access.ts';
import { isAllowedType, UNKNOWN_TYPE } from './file-types.ts';
import type { PartialUploads } from './partial-uploads.ts';
import type { Thumbnails } from './thumbnails.ts';
import type { Upload, Uploads } from './uploads.ts';

/** Files whose bytes were compared with their checksum and have not changed since. */
const MAX_VERIFIED = 10_000;
/** Longest browser name kept of who opened a file. */
const MAX_USER_AGENT = 200;

/** A file whose bytes can be read. */
export interface ReadableFile {
  readonly id: FileId;
  readonly name: string;
  /** One of the types this node knows, else bytes. */
  readonly type: string;
  /** Bytes of what is read here. */
  readonly size: number;
  /** Names this content: changes when it does. */
  readonly etag: string;
  /** From `start` to `end`, both included. */
  read(range?: { start: number; end: number }): Readable;
}

export interface FilesComponents {
  rows: FileRows;
  bytes: FileBytes;
  uploads: Uploads;
  partial: PartialUploads;
  thumbnails: Thumbnails;
  access: FileAccessRule;
  isOwner: (userId: UserId) => boolean;
  changes: Changes;
  clock: Clock;
}

export class Files {
  /** Uploads that go on after a lost connection. */
  readonly partial: PartialUploads;
  readonly #c: FilesComponents;
  readonly #verified = new Map<FileId, string>();

  constructor(components: FilesComponents) {
    this.#c = components;
    this.partial = components.partial;
  }

  /** Begins an upload. @throws {WorkspaceError} `busy`. */
  begin(): Promise<Upload> {
    return this.#c.uploads.begin();
  }

  /** @throws {WorkspaceError} `file_not_found`. */
  access(viewer: UserId, id: FileId): { file: StoredFile; access: FileAccess } {
    const file = this.#c.rows.get(id);
    if (file === undefined) throw notFound();
    return { file, access: this.#c.access.evaluate(file, viewer) };
  }

  /**
   * Opens a file for reading.
   * @throws {WorkspaceError} `file_not_found`, also when its bytes are gone or damaged; `file_access_denied` with the
   *   reason.
   */
  async open(viewer: UserId, id: FileId): Promise<ReadableFile> {
    const { file, place } = await this.#readable(viewer, id);
    return {
      id: file.id,
      name: file.originalName,
      type: isAllowedType(file.contentType) ? file.contentType : UNKNOWN_TYPE,
      size: file.size,
      etag: `"${file.checksum}"`,
      read: (range) => this.#c.bytes.read(place, range),
    };
  }

  /** Opens the small picture of an image, or the file itself where there is none. @throws as {@link open}. */
  async openThumbnail(viewer: UserId, id: FileId): Promise<ReadableFile> {
    const { file, place } = await this.#readable(viewer, id);
    const small = await this.#c.thumbnails.of(file, place);
    const found = small === null ? null : await this.#c.bytes.look(small);
    if (small === null || found === null) return this.open(viewer, id);
    return {
      id: file.id,
      name: file.originalName,
      type: file.contentType,
      size: found.size,
      etag: `"${file.checksum}-thumb"`,
      read: (range) => this.#c.bytes.read(small, range),
    };
  }

  /** Notes who opened a file in the page. */
  async noteAccess(
    id: FileId,
    by: { userId: UserId; address: string | null; userAgent: string | null },
  ): Promise<void> {
    const userAgent = by.userAgent?.slice(0, MAX_USER_AGENT) ?? null;
    await this.#c.changes.run(() => {
      if (this.#c.rows.get(id) !== undefined)
        this.#c.rows.noteAccess(id, { ...by, userAgent }, this.#c.clock.now());
    });
  }

  /**
   * Deletes a file, its small picture and the log of who opened it. What refers to it stays, and copies elsewhere.
   * @throws {WorkspaceError} `file_not_found`, `file_not_owned`.
   */
  async delete(caller: UserId, id: FileId): Promise<void> {
    const file = this.#c.rows.get(id);
    if (file === undefined) throw notFound();
    if (file.uploadedBy !== caller && !this.#c.isOwner(caller))
      throw new WorkspaceError('file_not_owned', 'Access denied — you can only delete your own files');
    await this.remove(file);
  }

  /** Deletes a file without asking who may. */
  async remove(file: StoredFile): Promise<void> {
    const { id } = file;
    const place = this.#c.bytes.find(file);
    // Out of its place first: if this stops half-way, the next start puts it back or finishes.
    if (place !== null) {
      await this.#c.thumbnails.remove(place);
      await this.#c.bytes.withdraw(place, id);
    }
    try {
      await this.#c.changes.run(() => this.#c.rows.delete(id));
    } catch (error) {
      if (place !== null) await this.#c.bytes.keep(id, place);
      throw error;
    }
    this.#verified.delete(id);
    this.#c.bytes.discard(id);
  }

  async #readable(viewer: UserId, id: FileId): Promise<{ file: StoredFile; place: FilePlace }> {
    const { file, access } = this.access(viewer, id);
    if (!access.allowed)
      throw new WorkspaceError('file_access_denied', 'Access denied', { reason: access.reason });
    const place = this.#c.bytes.find(file);
    if (place === null || !(await this.#isSound(file, place))) throw notFound();
    return { file, place };
  }

  /** Compares bytes with the checksum once, and again when the file on disk has changed. */
  async #isSound(file: StoredFile, place: FilePlace): Promise<boolean> {
    const found = await this.#c.bytes.look(place);
    if (found === null || found.size !== file.size) return false;
    if (this.#verified.get(file.id) === found.stamp) return true;
    if ((await this.#c.bytes.checksum(place)) !== file.checksum) return false;
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear();
    this.#verified.set(file.id, found.stamp);
    return true;
  }
}

function notFound(): WorkspaceError {
  return new WorkspaceError('file_not_found', 'File not found');
}
