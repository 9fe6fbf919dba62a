/** How far own messages have come, per recipient peer (06 section 3.3). Times are Unix milliseconds. */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** Kinds of own messages whose way is followed. */
export const DELIVERY_KINDS = ['message', 'dm', 'post', 'send'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];
/** `sent`: handed to somebody who cannot acknowledge. `delivered`: the peer has it on disk. */
export type DeliveryState = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

/** A row of `native_delivery`. */
export interface Delivery {
  kind: DeliveryKind;
  objectId: string;
  peerId: PeerId;
  state: DeliveryState;
  /** Why it waits or failed. */
  reason: string | null;
  at: number;
}

interface DeliveryRow {
  kind: string;
  object_id: string;
  peer_id: string;
  state: string;
  reason: string | null;
  at: number;
}

const SELECT = 'SELECT kind, object_id, peer_id, state, reason, at FROM native_delivery';

export class Deliveries {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(kind: DeliveryKind, objectId: string, peerId: PeerId): Delivery | undefined {
    const row = this.#sql.get<DeliveryRow>(
      `${SELECT} WHERE kind = @kind AND object_id = @objectId AND peer_id = @peerId`,
      { kind, objectId, peerId },
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** The state towards each peer, ordered by peer. */
  of(kind: DeliveryKind, objectId: string): Delivery[] {
    return this.#sql
      .all<DeliveryRow>(`${SELECT} WHERE kind = @kind AND object_id = @objectId ORDER BY peer_id`, {
        kind,
        objectId,
      })
      .map(fromRow);
  }

  /** The states of many objects in one read. */
  ofMany(kind: DeliveryKind, objectIds: readonly string[]): Delivery[] {
    return this.#sql
      .all<DeliveryRow>(
        `${SELECT} WHERE kind = @kind AND object_id IN (SELECT value FROM json_each(@ids)) ORDER BY object_id, peer_id`,
        { kind, ids: JSON.stringify(objectIds) },
      )
      .map(fromRow);
  }

  put(delivery: Delivery): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_delivery (kind, object_id, peer_id, state, reason, at)
       VALUES (@kind, @objectId, @peerId, @state, @reason, @at)`,
      { ...delivery },
    );
  }

  /** Notes that the peer has the object, unless that is known; whether it was new. */
  delivered(delivery: Pick<Delivery, 'kind' | 'objectId' | 'peerId' | 'at'>): boolean {
    return (
      this.#sql.run(
        `INSERT INTO native_delivery (kind, object_id, peer_id, state, reason, at)
         VALUES (@kind, @objectId, @peerId, 'delivered', NULL, @at)
         ON CONFLICT DO UPDATE SET state = excluded.state, reason = NULL, at = excluded.at
           WHERE state NOT IN ('delivered', 'read')`,
        { ...delivery },
      ).changes === 1
    );
  }

  remove(kind: DeliveryKind, objectId: string): number {
    return this.#sql.run('DELETE FROM native_delivery WHERE kind = @kind AND object_id = @objectId', {
      kind,
      objectId,
    }).changes;
  }

  /** Forgets what last changed before `before`. */
  prune(before: number): number {
    return this.#sql.run('DELETE FROM native_delivery WHERE at < @before', { before }).changes;
  }
}

function fromRow(row: DeliveryRow): Delivery {
  return {
    kind: row.kind as DeliveryKind,
    objectId: row.object_id,
    peerId: row.peer_id as PeerId,
    state: row.state as DeliveryState,
    reason: row.reason,
    at: row.at,
  };
}
