/**
 * Tickets that this node gave out for its libraries: rows of `lib_tickets` (07 section 2.3). The capability is sealed by
 * the vault in every mode: who has it may join.
 */
import { fromPythonBase64, toBase64 } from '../crypto/bytes.ts';
import type { LibraryId, PeerId, TicketId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** A ticket. Times are Unix ms. */
export interface LibraryTicket {
  id: TicketId;
  libraryId: LibraryId;
  /** 32 bytes; `null` when it cannot be read any more, so it admits nobody. */
  capability: Uint8Array | null;
  mode: 'read' | 'write';
  createdAt: number;
  /** `null`: never. */
  expiresAt: number | null;
  /** 0: no limit. */
  maxUses: number;
  /** Who joined with it; each counts once. */
  peers: PeerId[];
  revokedAt: number | null;
}

interface Row {
  ticket_id: TicketId;
  library_id: LibraryId;
  capability: Uint8Array;
  mode: string;
  created_at: number;
  expires_at: number | null;
  max_uses: number;
  peers: string;
  revoked_at: number | null;
}

export class LibraryTickets {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  get(id: TicketId): LibraryTicket | undefined {
    const row = this.#sql.get<Row>('SELECT * FROM lib_tickets WHERE ticket_id = @id', { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Those of a library, the newest first. */
  list(libraryId: LibraryId): LibraryTicket[] {
    return this.#sql
      .all<Row>(
        'SELECT * FROM lib_tickets WHERE library_id = @libraryId ORDER BY created_at DESC, ticket_id',
        {
          libraryId,
        },
      )
      .map((row) => this.#fromRow(row));
  }

  add(ticket: LibraryTicket & { capability: Uint8Array }): void {
    const { capability, peers, ...plain } = ticket;
    this.#sql.run(
      `INSERT INTO lib_tickets (ticket_id, library_id, capability, mode, created_at, expires_at, max_uses, peers, revoked_at)
       VALUES (@id, @libraryId, @capability, @mode, @createdAt, @expiresAt, @maxUses, @peers, @revokedAt)`,
      { ...plain, capability: this.#vault.seal(toBase64(capability)), peers: JSON.stringify(peers) },
    );
  }

  setPeers(id: TicketId, peers: readonly PeerId[]): void {
    this.#sql.run('UPDATE lib_tickets SET peers = @peers WHERE ticket_id = @id', {
      id,
      peers: JSON.stringify(peers),
    });
  }

  /** Whether it was not revoked before. */
  revoke(id: TicketId, now: number): boolean {
    return (
      this.#sql.run('UPDATE lib_tickets SET revoked_at = @now WHERE ticket_id = @id AND revoked_at IS NULL', {
        id,
        now,
      }).changes > 0
    );
  }

  deleteLibrary(libraryId: LibraryId): void {
    this.#sql.run('DELETE FROM lib_tickets WHERE library_id = @libraryId', { libraryId });
  }

  #fromRow(row: Row): LibraryTicket {
    const capability = fromPythonBase64(this.#vault.open(row.capability) ?? '');
    return {
      id: row.ticket_id,
      libraryId: row.library_id,
      capability: capability?.length === 32 ? capability : null,
      mode: row.mode === 'write' ? 'write' : 'read',
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      maxUses: row.max_uses,
      peers: JSON.parse(row.peers) as PeerId[],
      revokedAt: row.revoked_at,
    };
  }
}
