/**
 * Deviation D-63: texts of `POST /p2p/send` that somebody is still owed (06 section 3.1, kind `send`); they go
 * through the vault.
 */
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

export class OwedTexts {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  /** Keeps a text; one that is kept already stays as it is. @param createdAt Unix ms. */
  add(id: string, payload: string, createdAt: number): void {
    this.#sql.run(
      'INSERT OR IGNORE INTO native_owed_texts (id, payload, created_at) VALUES (@id, @payload, @createdAt)',
      { id, payload: this.#vault.encrypt(payload), createdAt },
    );
  }

  get(id: string): string | undefined {
    const row = this.#sql.get<{ payload: string }>('SELECT payload FROM native_owed_texts WHERE id = @id', {
      id,
    });
    return row === undefined ? undefined : this.#vault.decrypt(row.payload).text;
  }

  remove(id: string): boolean {
    return this.#sql.run('DELETE FROM native_owed_texts WHERE id = @id', { id }).changes === 1;
  }
}
