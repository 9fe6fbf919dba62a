/** Memory of deletions (03 section 9.4), so that nothing deleted comes back by catch-up. Times are Unix milliseconds. */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

export type TombstoneKind = 'channel_message' | 'direct_message' | 'feed_post' | 'channel';

export class Tombstones {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Peers whose signed deletion of that item is remembered; the reader decides whose word counts. */
  signers(kind: TombstoneKind, itemId: string): PeerId[] {
    return this.#sql
      .all<{ signer: string }>(
        'SELECT signer FROM native_tombstones WHERE kind = @kind AND item_id = @itemId',
        {
          kind,
          itemId,
        },
      )
      .map((row) => row.signer as PeerId);
  }

  add(kind: TombstoneKind, itemId: string, signer: PeerId, now: number): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO native_tombstones (kind, item_id, signer, created_at) VALUES (@kind, @itemId, @signer, @now)`,
      { kind, itemId, signer, now },
    );
  }

  /** Deletions by a signer since `since`, oldest first; for telling peers that were away. */
  since(
    signer: PeerId,
    since: number,
    limit: number,
  ): { kind: TombstoneKind; itemId: string; createdAt: number }[] {
    return this.#sql
      .all<{ kind: string; item_id: string; created_at: number }>(
        `SELECT kind, item_id, created_at FROM native_tombstones WHERE signer = @signer AND created_at >= @since
          ORDER BY created_at LIMIT @limit`,
        { signer, since, limit },
      )
      .map((row) => ({ kind: row.kind as TombstoneKind, itemId: row.item_id, createdAt: row.created_at }));
  }

  prune(before: number): number {
    return this.#sql.run('DELETE FROM native_tombstones WHERE created_at < @before', { before }).changes;
  }
}
