/** What is known about the delivery of own messages to other nodes. Times are Unix milliseconds. */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

export type DeliveryKind = 'channel_message' | 'direct_message' | 'p2p_send';
/** `sent`: handed to a link. `queued`: waits for the peer. `received`: the peer said so. `cannot_show`: its program cannot. */
export type DeliveryState = 'sent' | 'queued' | 'received' | 'failed' | 'cannot_show';

/** A row of `native_delivery`. */
export interface Delivery {
  kind: DeliveryKind;
  itemId: string;
  peerId: PeerId;
  state: DeliveryState;
  reason: string | null;
  updatedAt: number;
}

interface DeliveryRow {
  kind: string;
  item_id: string;
  peer_id: string;
  state: string;
  reason: string | null;
  updated_at: number;
}

const SELECT = 'SELECT kind, item_id, peer_id, state, reason, updated_at FROM native_delivery';

export class Deliveries {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The state towards each peer, ordered by peer. */
  of(kind: DeliveryKind, itemId: string): Delivery[] {
    return this.#sql
      .all<DeliveryRow>(`${SELECT} WHERE kind = @kind AND item_id = @itemId ORDER BY peer_id`, {
        kind,
        itemId,
      })
      .map(fromRow);
  }

  /** The states of many items in one read. */
  ofMany(kind: DeliveryKind, itemIds: readonly string[]): Delivery[] {
    return this.#sql
      .all<DeliveryRow>(
        `${SELECT} WHERE kind = @kind AND item_id IN (SELECT value FROM json_each(@ids)) ORDER BY item_id, peer_id`,
        { kind, ids: JSON.stringify(itemIds) },
      )
      .map(fromRow);
  }

  put(delivery: Delivery): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_delivery (kind, item_id, peer_id, state, reason, updated_at)
       VALUES (@kind, @itemId, @peerId, @state, @reason, @updatedAt)`,
      { ...delivery },
    );
  }

  remove(kind: DeliveryKind, itemId: string): number {
    return this.#sql.run('DELETE FROM native_delivery WHERE kind = @kind AND item_id = @itemId', {
      kind,
      itemId,
    }).changes;
  }

  /** Removes what concerns one peer. */
  removePeer(peerId: PeerId): number {
    return this.#sql.run('DELETE FROM native_delivery WHERE peer_id = @peerId', { peerId }).changes;
  }
}

function fromRow(row: DeliveryRow): Delivery {
  return {
    kind: row.kind as DeliveryKind,
    itemId: row.item_id,
    peerId: row.peer_id as PeerId,
    state: row.state as DeliveryState,
    reason: row.reason,
    updatedAt: row.updated_at,
  };
}
