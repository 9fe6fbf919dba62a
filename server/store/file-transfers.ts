/**
 * Files of other nodes that messages here refer to, and how far fetching them is (03 sections 2.5.5 and 10.6). The table
 * is the reference's: a directory goes on there where it stopped here.
 */
import type { FileId, PeerId } from '../wire/ids.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault } from './vault.ts';

export const REMOTE_ATTACHMENT_TRANSFERS = `
CREATE TABLE IF NOT EXISTS remote_attachment_transfers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  origin_peer_id TEXT NOT NULL,
  origin_file_id TEXT NOT NULL,
  local_file_id TEXT,
  file_name TEXT,
  content_type TEXT,
  size INTEGER,
  checksum TEXT,
  status TEXT NOT NULL DEFAULT 'pending',
  last_request_id TEXT,
  error TEXT,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  UNIQUE (origin_peer_id, origin_file_id)
);
CREATE INDEX IF NOT EXISTS idx_remote_attachment_transfers_origin_file ON remote_attachment_transfers (origin_file_id);
CREATE INDEX IF NOT EXISTS idx_remote_attachment_transfers_peer ON remote_attachment_transfers (origin_peer_id, status);
`;

export type TransferStatus = 'pending' | 'requested' | 'completed' | 'error';

/** A file of another node. */
export interface FileTransfer {
  originPeer: PeerId;
  /** What the other node calls it. */
  originFileId: string;
  localFileId: FileId | null;
  name: string;
  type: string;
  /** Bytes as announced; null when nothing was said. */
  size: number | null;
  /** SHA-256 as announced, hex; empty when nothing was said. */
  checksum: string;
  status: TransferStatus;
  error: string | null;
  /** Unix ms. */
  updatedAt: number | null;
}

interface Row {
  origin_peer_id: string;
  origin_file_id: string;
  local_file_id: string | null;
  file_name: Stored | null;
  content_type: string | null;
  size: number | null;
  checksum: string | null;
  status: string;
  error: string | null;
  updated_at: string | null;
}

const SELECT = `SELECT origin_peer_id, origin_file_id, local_file_id, file_name, content_type, size, checksum, status, error,
  updated_at FROM remote_attachment_transfers`;
const THIS = 'origin_peer_id = @peer AND origin_file_id = @file';

export class FileTransfers {
  readonly #sql: Sql;
  readonly #name: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#name = components.vault.field('remote_attachment_transfers.file_name');
  }

  get(peer: PeerId, file: string): FileTransfer | undefined {
    const row = this.#sql.get<Row>(`${SELECT} WHERE ${THIS}`, { peer, file });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Enters a file to be fetched; one that is known keeps its state. */
  add(
    transfer: Pick<FileTransfer, 'originPeer' | 'originFileId' | 'name' | 'type' | 'size' | 'checksum'>,
    now: number,
  ): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO remote_attachment_transfers
         (origin_peer_id, origin_file_id, file_name, content_type, size, checksum, status, created_at, updated_at)
         VALUES (@peer, @file, @name, @type, @size, @checksum, 'pending', @now, @now)`,
      {
        peer: transfer.originPeer,
        file: transfer.originFileId,
        name: this.#name.seal(transfer.name, `${transfer.originPeer} ${transfer.originFileId}`),
        type: transfer.type,
        size: transfer.size,
        checksum: transfer.checksum,
        now: toDbTime(now),
      },
    );
  }

  setState(
    { originPeer, originFileId }: Pick<FileTransfer, 'originPeer' | 'originFileId'>,
    state: { status: TransferStatus; requestId?: string; localFileId?: FileId; error?: string },
    now: number,
  ): void {
    this.#sql.run(
      `UPDATE remote_attachment_transfers SET status = @status, error = @error, updated_at = @now,
         last_request_id = coalesce(@request, last_request_id), local_file_id = coalesce(@local, local_file_id)
         WHERE ${THIS}`,
      {
        peer: originPeer,
        file: originFileId,
        status: state.status,
        error: state.error ?? null,
        request: state.requestId ?? null,
        local: state.localFileId ?? null,
        now: toDbTime(now),
      },
    );
  }

  /** Forgets a peer's files; how many rows. What was fetched stays. */
  forget(peer: PeerId): number {
    return this.#sql.run('DELETE FROM remote_attachment_transfers WHERE origin_peer_id = @peer', { peer })
      .changes;
  }

  /** What is still to be fetched from a peer, oldest first. */
  open(peer: PeerId, limit: number): FileTransfer[] {
    return this.#sql
      .all<Row>(`${SELECT} WHERE origin_peer_id = @peer AND status <> 'completed' ORDER BY id LIMIT @limit`, {
        peer,
        limit,
      })
      .map((row) => this.#fromRow(row));
  }

  /** What is still to be fetched from anybody and was worked on since `since` (Unix ms). */
  openSince(since: number, limit: number): FileTransfer[] {
    return this.#sql
      .all<Row>(`${SELECT} WHERE status <> 'completed' AND updated_at >= @since ORDER BY id LIMIT @limit`, {
        since: toDbTime(since),
        limit,
      })
      .map((row) => this.#fromRow(row));
  }

  #fromRow(row: Row): FileTransfer {
    return {
      originPeer: row.origin_peer_id as PeerId,
      originFileId: row.origin_file_id,
      localFileId: row.local_file_id as FileId | null,
      name: this.#name.open(row.file_name, `${row.origin_peer_id} ${row.origin_file_id}`) ?? 'file',
      type: row.content_type ?? '',
      size: row.size,
      checksum: row.checksum ?? '',
      status: (['requested', 'completed', 'error'] as const).find((one) => one === row.status) ?? 'pending',
      error: row.error,
      updatedAt: columnTime(row.updated_at),
    };
  }
}
