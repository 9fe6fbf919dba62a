/**
 * Libraries this node has or had: rows of `lib_libraries` (07 sections 2 and 6). What they are called and hold is in
 * their records. `tag_key` and the ticket of one that is being joined are sealed by the vault in every mode.
 */
import type { LibraryId, PeerId } from '../wire/ids.ts';
import { fromPythonBase64, toBase64 } from '../crypto/bytes.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** `joining`: the owner has not answered; only `active` ones replicate. */
export const LIBRARY_STATES = ['joining', 'active', 'closed', 'revoked', 'refused'] as const;
export type LibraryState = (typeof LIBRARY_STATES)[number];

/** A library as this node has it. */
export interface LibraryRow {
  id: LibraryId;
  owner: PeerId;
  /** 32 bytes, known to members; `null` while joining. */
  tagKey: Uint8Array | null;
  state: LibraryState;
  /** Why it is in that state; a stable word, or `null`. */
  reason: string | null;
  /** Unix ms. */
  joinedAt: number;
  /** While joining: the ticket. */
  ticket: string | null;
}

interface Row {
  id: LibraryId;
  owner: PeerId;
  tag_key: Uint8Array | null;
  state: string;
  reason: string | null;
  joined_at: number;
  ticket: Uint8Array | null;
}

const TABLES = ['lib_libraries'];

export class LibraryRows {
  readonly #sql: Sql;
  readonly #vault: Vault;
  /** What was read last: every session asks. */
  #read: { stamp: number; rows: readonly LibraryRow[] } | null = null;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  get(id: LibraryId): LibraryRow | undefined {
    return this.list().find((library) => library.id === id);
  }

  /** All of them, the oldest first. */
  list(): readonly LibraryRow[] {
    const stamp = this.#sql.stamp(TABLES);
    if (stamp !== null && this.#read?.stamp === stamp) return this.#read.rows;
    const rows = this.#sql
      .all<Row>(
        'SELECT id, owner, tag_key, state, reason, joined_at, ticket FROM lib_libraries ORDER BY joined_at, id',
      )
      .map((row) => ({
        id: row.id,
        owner: row.owner,
        tagKey: row.tag_key === null ? null : fromPythonBase64(this.#vault.open(row.tag_key) ?? ''),
        state: LIBRARY_STATES.find((state) => state === row.state) ?? 'refused',
        reason: row.reason,
        joinedAt: row.joined_at,
        ticket: row.ticket === null ? null : this.#vault.open(row.ticket),
      }));
    this.#read = stamp === null ? null : { stamp, rows };
    return rows;
  }

  put(library: LibraryRow): void {
    const { tagKey, ticket, ...plain } = library;
    this.#sql.run(
      `INSERT OR REPLACE INTO lib_libraries (id, owner, tag_key, state, reason, joined_at, ticket)
       VALUES (@id, @owner, @tagKey, @state, @reason, @joinedAt, @ticket)`,
      {
        ...plain,
        tagKey: tagKey === null ? null : this.#vault.seal(toBase64(tagKey)),
        ticket: ticket === null ? null : this.#vault.seal(ticket),
      },
    );
  }

  setState(id: LibraryId, state: LibraryState, reason: string | null): void {
    this.#sql.run('UPDATE lib_libraries SET state = @state, reason = @reason WHERE id = @id', {
      id,
      state,
      reason,
    });
  }

  delete(id: LibraryId): void {
    this.#sql.run('DELETE FROM lib_libraries WHERE id = @id', { id });
  }
}
