/**
 * Signed envelopes kept as evidence (06 section 4.3): who was not there can check who wrote what is passed on. Encrypted
 * at rest like the content, and removed with it.
 */
import type { ItemKind } from '../wire/item-id.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** Larger envelopes are not kept (06 section 4.3); in UTF-8 bytes, which for envelope text are its characters. */
export const MAX_PROOF = 32_768;

export class NativeProofs {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  /** Keeps the envelope of an item; false when it is too large. @param id of the item at that version. */
  put(id: Uint8Array, kind: ItemKind, objectId: string, text: string): boolean {
    if (text.length > MAX_PROOF) return false;
    this.#sql.run(
      'INSERT OR REPLACE INTO native_proofs (id, kind, object_id, text) VALUES (@id, @kind, @objectId, @text)',
      { id, kind, objectId, text: this.#vault.encrypt(text) },
    );
    return true;
  }

  has(id: Uint8Array): boolean {
    return this.#sql.get('SELECT 1 FROM native_proofs WHERE id = @id', { id }) !== undefined;
  }

  /** The envelope of an item at one version. */
  get(id: Uint8Array): string | null {
    const row = this.#sql.get<{ text: string }>('SELECT text FROM native_proofs WHERE id = @id', { id });
    if (row === undefined) return null;
    const { text, state } = this.#vault.decrypt(row.text);
    return state === 'decrypted' || state === 'plain' ? text : null;
  }

  /** Removes the envelopes of an object except those of the given items. */
  keepOnly(kind: ItemKind, objectId: string, ids: readonly Uint8Array[]): void {
    const kept = new Set(ids.map((id) => Buffer.from(id).toString('hex')));
    for (const { id } of this.#sql.all<{ id: Uint8Array }>(
      'SELECT id FROM native_proofs WHERE kind = @kind AND object_id = @objectId',
      { kind, objectId },
    ))
      if (!kept.has(Buffer.from(id).toString('hex')))
        this.#sql.run('DELETE FROM native_proofs WHERE id = @id', { id });
  }
}
