/**
 * Objects of which only others than the author's home have told (06 section 4.3): "via P, unconfirmed". The first word of
 * the home replaces what was told.
 */
import type { PeerId } from '../wire/ids.ts';
import type { ItemKind } from '../wire/item-id.ts';
import type { Sql } from './sql.ts';

export class NativeReported {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Notes who told of an object. */
  add(kind: ItemKind, objectId: string, via: PeerId): void {
    this.#sql.run(
      'INSERT OR IGNORE INTO native_reported (kind, object_id, via) VALUES (@kind, @objectId, @via)',
      { kind, objectId, via },
    );
  }

  /** Who told of an object; `null` when its author's home did, or it is no such object. */
  via(kind: ItemKind, objectId: string): PeerId | null {
    const row = this.#sql.get<{ via: string }>(
      'SELECT via FROM native_reported WHERE kind = @kind AND object_id = @objectId',
      { kind, objectId },
    );
    return row === undefined ? null : (row.via as PeerId);
  }

  /** Who told of which of many objects, in one read; those whose author's home spoke are left out. */
  viaMany(kind: ItemKind, objectIds: readonly string[]): Map<string, PeerId> {
    const rows = this.#sql.all<{ object_id: string; via: string }>(
      'SELECT object_id, via FROM native_reported WHERE kind = @kind AND object_id IN (SELECT value FROM json_each(@ids))',
      { kind, ids: JSON.stringify(objectIds) },
    );
    return new Map(rows.map((row) => [row.object_id, row.via as PeerId]));
  }

  /** Channel messages of a set that people at home on `home` wrote, of which only others have told. */
  ofHome(home: PeerId, setId: string, limit: number): { ts: number; id: Uint8Array }[] {
    if (!this.#any('m')) return [];
    return this.#sql.all<{ ts: number; id: Uint8Array }>(
      `SELECT i.ts, i.id FROM native_reported r
         JOIN channel_messages m ON m.id = r.object_id AND m.origin_peer = @home
         JOIN native_items i ON i.set_id = @setId AND i.object_id = r.object_id
        WHERE r.kind = 'm' LIMIT @limit`,
      { home, setId, limit },
    );
  }

  /** As {@link ofHome}, of posts. */
  postsOfHome(home: PeerId, setId: string, limit: number): { ts: number; id: Uint8Array }[] {
    if (!this.#any('p')) return [];
    return this.#sql.all<{ ts: number; id: Uint8Array }>(
      `SELECT i.ts, i.id FROM native_reported r
         JOIN feed_posts p ON p.id = r.object_id
         JOIN users u ON u.id = p.author_id AND u.origin_peer = @home
         JOIN native_items i ON i.set_id = @setId AND i.object_id = r.object_id
        WHERE r.kind = 'p' LIMIT @limit`,
      { home, setId, limit },
    );
  }

  /** The home has spoken. */
  confirmed(kind: ItemKind, objectId: string): void {
    this.#sql.run('DELETE FROM native_reported WHERE kind = @kind AND object_id = @objectId', {
      kind,
      objectId,
    });
  }

  /** Whether there is any of the kind; every run of reconciliation asks, for every set. */
  #any(kind: ItemKind): boolean {
    return this.#sql.recall(
      ['native_reported'],
      `native_reported.any ${kind}`,
      () => this.#sql.get('SELECT 1 FROM native_reported WHERE kind = @kind', { kind }) !== undefined,
    );
  }
}
