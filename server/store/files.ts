/**
 * Rows about stored files and who opened them (03 section 2.5.5). The bytes are in `file-bytes.ts`; what refers to a
 * file is in `file-references.ts`.
 */
import type { FileId, UserId } from '../wire/ids.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault } from './vault.ts';

/** A row of `files`. */
export interface StoredFile {
  id: FileId;
  originalName: string;
  storedName: string;
  /** As stored; see {@link FileBytes.find}. */
  filePath: string;
  contentType: string;
  /** Bytes. */
  size: number;
  uploadedBy: UserId;
  /** Unix ms; null for text that is no time. */
  uploadedAt: number | null;
  /** SHA-256, hex. */
  checksum: string;
}

interface FileRow {
  id: string;
  original_name: Stored;
  stored_name: string;
  file_path: string;
  content_type: string;
  size: number;
  uploaded_by: string;
  uploaded_at: string | null;
  checksum: string;
}

const SELECT = `SELECT id, original_name, stored_name, file_path, content_type, size, uploaded_by, uploaded_at, checksum
  FROM files`;

export class FileRows {
  readonly #sql: Sql;
  readonly #name: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#name = components.vault.field('files.original_name');
  }

  get(id: FileId): StoredFile | undefined {
    const row = this.#sql.get<FileRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** @throws when the uploader is no user of this database, or the id exists. */
  insert(file: StoredFile & { uploadedAt: number }): void {
    this.#sql.run(
      `INSERT INTO files (id, original_name, stored_name, file_path, content_type, size, uploaded_by, uploaded_at, checksum)
         VALUES (@id, @originalName, @storedName, @filePath, @contentType, @size, @uploadedBy, @at, @checksum)`,
      {
        id: file.id,
        originalName: this.#name.seal(file.originalName, file.id),
        storedName: file.storedName,
        filePath: file.filePath,
        contentType: file.contentType,
        size: file.size,
        uploadedBy: file.uploadedBy,
        at: toDbTime(file.uploadedAt),
        checksum: file.checksum,
      },
    );
  }

  /** Removes a row and the log of who opened it; false when there was none. */
  delete(id: FileId): boolean {
    this.#sql.run('DELETE FROM file_access_log WHERE file_id = @id', { id });
    return this.#sql.run('DELETE FROM files WHERE id = @id', { id }).changes === 1;
  }

  /** Notes that somebody opened a file in the page. */
  noteAccess(
    id: FileId,
    by: { userId: UserId; address: string | null; userAgent: string | null },
    now: number,
  ): void {
    this.#sql.run(
      `INSERT INTO file_access_log (file_id, accessed_by, accessed_at, ip_address, user_agent)
         VALUES (@id, @userId, @at, @address, @userAgent)`,
      { id, userId: by.userId, at: toDbTime(now), address: by.address, userAgent: by.userAgent },
    );
  }

  /**
   * Files of people elsewhere that came before `before` (Unix ms), by id from `after` on; no pictures of people.
   * Whoever asks looks whether anything still refers to them.
   */
  ofOthers(options: { before: number; after: string; limit: number }): StoredFile[] {
    return this.#sql
      .all<FileRow>(
        `${SELECT} WHERE id > @after AND uploaded_at < @before
           AND EXISTS (SELECT 1 FROM users u WHERE u.id = uploaded_by AND coalesce(u.origin_peer, '') <> '')
           AND NOT EXISTS (SELECT 1 FROM users u WHERE u.avatar_file_id = files.id)
           ORDER BY id LIMIT @limit`,
        { before: toDbTime(options.before), after: options.after, limit: options.limit },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Forgets who opened files before `before` (Unix ms). */
  pruneAccess(before: number): void {
    this.#sql.run('DELETE FROM file_access_log WHERE accessed_at < @before', { before: toDbTime(before) });
  }

  #fromRow(row: FileRow): StoredFile {
    return {
      id: row.id as FileId,
      originalName: this.#name.open(row.original_name, row.id),
      storedName: row.stored_name,
      filePath: row.file_path,
      contentType: row.content_type,
      size: row.size,
      uploadedBy: row.uploaded_by as UserId,
      uploadedAt: columnTime(row.uploaded_at),
      checksum: row.checksum,
    };
  }
}
