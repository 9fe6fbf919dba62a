/**
 * Signed envelopes kept as evidence (06 section 4.3): who was not there can check who wrote what is passed on. Encrypted
 * at rest like the content, and removed with it.
 */
import type { ItemKind } from '../wire/item-id.ts';
import type { Item } from './native-items.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** Larger envelopes are not kept (06 section 4.3); in UTF-8 bytes, which for envelope text are its characters. */
export const MAX_PROOF = 32_768;

/** An item at one version: its id says which. */
export type ProvenItem = Pick<Item, 'kind' | 'objectId' | 'id'>;

const OF_ITEM = 'kind = @kind AND object_id = @objectId AND id = @id';

export class NativeProofs {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  /** Keeps the envelope of an item; false when it is too large. */
  put(item: ProvenItem, text: string): boolean {
    if (text.length > MAX_PROOF) return false;
    this.#sql.run(
      'INSERT OR REPLACE INTO native_proofs (kind, object_id, id, text) VALUES (@kind, @objectId, @id, @text)',
      { ...key(item), text: this.#vault.seal(text) },
    );
    return true;
  }

  has(item: ProvenItem): boolean {
    return this.#sql.get(`SELECT 1 FROM native_proofs WHERE ${OF_ITEM}`, key(item)) !== undefined;
  }

  get(item: ProvenItem): string | null {
    const row = this.#sql.get<{ text: Uint8Array | string }>(
      `SELECT text FROM native_proofs WHERE ${OF_ITEM}`,
      key(item),
    );
    return row === undefined ? null : this.#vault.open(row.text);
  }

  /** Removes the envelopes of an object except those of the given items. */
  keepOnly(kind: ItemKind, objectId: string, ids: readonly Uint8Array[]): void {
    const kept = new Set(ids.map((id) => Buffer.from(id).toString('hex')));
    for (const { id } of this.#sql.all<{ id: Uint8Array }>(
      'SELECT id FROM native_proofs WHERE kind = @kind AND object_id = @objectId',
      { kind, objectId },
    ))
      if (!kept.has(Buffer.from(id).toString('hex')))
        this.#sql.run(`DELETE FROM native_proofs WHERE ${OF_ITEM}`, { kind, objectId, id });
  }
}

function key({ kind, objectId, id }: ProvenItem): { kind: string; objectId: string; id: Uint8Array } {
  return { kind, objectId, id };
}
