/**
 * What is owed to peers that are away: it survives a restart (00). A row names the item it delivers; only sends
 * without a row of their own carry a payload, which goes through the vault. Times are Unix milliseconds.
 */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** What kind of item is owed; chosen by `sync`. */
export type OutboxKind = 'direct_message' | 'p2p_send' | 'channel_message' | 'delete_signal';

/** A row of `native_outbox`. */
export interface OutboxEntry {
  id: number;
  peerId: PeerId;
  kind: OutboxKind;
  itemId: string;
  payload: string | null;
  createdAt: number;
  expiresAt: number;
  attempts: number;
}

interface OutboxRow {
  id: number;
  peer_id: string;
  kind: string;
  item_id: string;
  payload: string | null;
  created_at: number;
  expires_at: number;
  attempts: number;
}

const SELECT =
  'SELECT id, peer_id, kind, item_id, payload, created_at, expires_at, attempts FROM native_outbox';

export class Outbox {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  /** Adds an entry, or renews the payload and expiry of the one for the same peer and item, which keeps its place. */
  put(entry: Pick<OutboxEntry, 'peerId' | 'kind' | 'itemId' | 'payload' | 'createdAt' | 'expiresAt'>): void {
    this.#sql.run(
      `INSERT INTO native_outbox (peer_id, kind, item_id, payload, created_at, expires_at)
       VALUES (@peerId, @kind, @itemId, @payload, @createdAt, @expiresAt)
       ON CONFLICT (peer_id, kind, item_id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
      { ...entry, payload: entry.payload === null ? null : this.#vault.encrypt(entry.payload) },
    );
  }

  /** What a peer is owed, oldest first. */
  forPeer(peerId: PeerId, limit: number): OutboxEntry[] {
    return this.#sql
      .all<OutboxRow>(`${SELECT} WHERE peer_id = @peerId ORDER BY id LIMIT @limit`, { peerId, limit })
      .map((row) => this.#fromRow(row));
  }

  /** Number of entries for a peer. */
  count(peerId: PeerId): number {
    return (
      this.#sql.get<{ n: number }>('SELECT count(*) AS n FROM native_outbox WHERE peer_id = @peerId', {
        peerId,
      })?.n ?? 0
    );
  }

  /** Peers that are owed something. */
  peers(): PeerId[] {
    return this.#sql
      .all<{ peer_id: string }>('SELECT DISTINCT peer_id FROM native_outbox ORDER BY peer_id')
      .map((row) => row.peer_id as PeerId);
  }

  noteAttempt(id: number): void {
    this.#sql.run('UPDATE native_outbox SET attempts = attempts + 1 WHERE id = @id', { id });
  }

  remove(id: number): boolean {
    return this.#sql.run('DELETE FROM native_outbox WHERE id = @id', { id }).changes === 1;
  }

  /** Removes what is owed of one item, to every peer. */
  removeItem(kind: OutboxKind, itemId: string): number {
    return this.#sql.run('DELETE FROM native_outbox WHERE kind = @kind AND item_id = @itemId', {
      kind,
      itemId,
    }).changes;
  }

  removePeer(peerId: PeerId): number {
    return this.#sql.run('DELETE FROM native_outbox WHERE peer_id = @peerId', { peerId }).changes;
  }

  /** Removes and returns what has expired. */
  takeExpired(now: number): OutboxEntry[] {
    const expired = this.#sql
      .all<OutboxRow>(`${SELECT} WHERE expires_at <= @now ORDER BY id`, { now })
      .map((row) => this.#fromRow(row));
    for (const entry of expired) this.remove(entry.id);
    return expired;
  }

  #fromRow(row: OutboxRow): OutboxEntry {
    return {
      id: row.id,
      peerId: row.peer_id as PeerId,
      kind: row.kind as OutboxKind,
      itemId: row.item_id,
      payload: row.payload === null ? null : this.#vault.decrypt(row.payload).text,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      attempts: row.attempts,
    };
  }
}
