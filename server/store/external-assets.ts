/**
 * Assets that this node and an asset service beside it both have, as they were when the two agreed last (07 section 4):
 * by that it shows later which of the two has changed, and what was deleted rather than never there.
 */
import type { AssetHash } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** What both said of an asset, as SHA-256. */
export interface Agreement {
  own: Uint8Array;
  theirs: Uint8Array;
  /** Libraries took it away here; the service has yet to be told. */
  gone: boolean;
}

export class ExternalAssets {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Forgets what was agreed with another service. @param service names this one, a few bytes */
  begin(service: Uint8Array): void {
    this.#sql.run('DELETE FROM can_external WHERE service != @service', { service });
  }

  get(hash: AssetHash): Agreement | null {
    const row = this.#sql.get<{ own: Uint8Array; theirs: Uint8Array; gone: number }>(
      'SELECT own, theirs, gone FROM can_external WHERE hash = @hash',
      { hash: raw(hash) },
    );
    return row === undefined ? null : { own: row.own, theirs: row.theirs, gone: row.gone !== 0 };
  }

  put(hash: AssetHash, service: Uint8Array, { own, theirs }: Omit<Agreement, 'gone'>): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO can_external (hash, service, own, theirs) VALUES (@hash, @service, @own, @theirs)`,
      { hash: raw(hash), service, own, theirs },
    );
  }

  markGone(hash: AssetHash): void {
    this.#sql.run('UPDATE can_external SET gone = 1 WHERE hash = @hash', { hash: raw(hash) });
  }

  delete(hash: AssetHash): void {
    this.#sql.run('DELETE FROM can_external WHERE hash = @hash', { hash: raw(hash) });
  }

  /** By hash: those after `after`, at most `limit`. */
  page(after: AssetHash | null, limit: number): AssetHash[] {
    return this.#sql
      .all<{ hash: Uint8Array }>(
        'SELECT hash FROM can_external WHERE hash > @after ORDER BY hash LIMIT @limit',
        { after: raw(after ?? ''), limit },
      )
      .map(({ hash }) => text(hash));
  }

  /** Assets that are here and were never agreed on, by hash: those after `after`, at most `limit`. */
  unknown(after: AssetHash | null, limit: number): AssetHash[] {
    return this.#sql
      .all<{ hash: Uint8Array }>(
        `SELECT hash FROM can_assets WHERE hash > @after
           AND NOT EXISTS (SELECT 1 FROM can_external WHERE can_external.hash = can_assets.hash)
           ORDER BY hash LIMIT @limit`,
        { after: raw(after ?? ''), limit },
      )
      .map(({ hash }) => text(hash));
  }
}

function raw(hash: string): Uint8Array {
  return Buffer.from(hash, 'hex');
}

function text(hash: Uint8Array): AssetHash {
  return Buffer.from(hash).toString('hex') as AssetHash;
}
