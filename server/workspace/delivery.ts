/** How far own messages have come (06 section 3.3, as far as peers can tell): rows per peer, and their sum. */
import type { Clock } from '../ports/types.ts';
import type {
  Deliveries as DeliveryTable,
  Delivery,
  DeliveryKind,
  DeliveryState,
} from '../store/delivery.ts';
import type { MessageId, PeerId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { DeliverySummary } from './types.ts';

export class DeliveryBook {
  readonly #rows: DeliveryTable;
  readonly #changes: Changes;
  readonly #clock: Clock;

  constructor(components: { rows: DeliveryTable; changes: Changes; clock: Clock }) {
    this.#rows = components.rows;
    this.#changes = components.changes;
    this.#clock = components.clock;
  }

  /** Notes how a message stands with a peer. */
  note(
    kind: DeliveryKind,
    id: MessageId,
    peerId: PeerId,
    state: DeliveryState,
    reason: string | null = null,
  ): void {
    this.#changes.now(() => {
      this.#rows.put({ kind, itemId: id, peerId, state, reason, updatedAt: this.#clock.now() });
      this.#changes.tell({ type: 'message.delivery', kind, id });
    });
  }

  /** Notes why a queued message still waits; nothing when that is known. */
  noteReason(kind: DeliveryKind, id: MessageId, peerId: PeerId, reason: string): void {
    const row = this.#rows.of(kind, id).find((one) => one.peerId === peerId);
    if (row?.state === 'queued' && row.reason !== reason) this.note(kind, id, peerId, 'queued', reason);
  }

  /** One message's sum; `null` when nobody is owed it. */
  summary(kind: DeliveryKind, id: MessageId): DeliverySummary | null {
    return summarize(this.#rows.of(kind, id));
  }

  /** The sums of many messages in one read. */
  summaries(kind: DeliveryKind, ids: readonly MessageId[]): Map<MessageId, DeliverySummary> {
    const byId = new Map<MessageId, Delivery[]>();
    for (const row of this.#rows.ofMany(kind, ids)) {
      const id = row.itemId as MessageId;
      byId.set(id, [...(byId.get(id) ?? []), row]);
    }
    const sums = new Map<MessageId, DeliverySummary>();
    for (const [id, rows] of byId) {
      const sum = summarize(rows);
      if (sum !== null) sums.set(id, sum);
    }
    return sums;
  }
}

function summarize(rows: readonly Delivery[]): DeliverySummary | null {
  if (rows.length === 0) return null;
  const of = (...states: DeliveryState[]): Delivery[] => rows.filter((row) => states.includes(row.state));
  const delivered = of('received').length;
  const failed = of('failed', 'cannot_show').length;
  const sent = of('sent', 'received');
  const queued = of('queued');
  return {
    state: stateOf({ total: rows.length, delivered, failed, sent: sent.length }),
    of: rows.length,
    delivered,
    failed,
    sentTo: sent.map((row) => row.peerId),
    queuedFor: queued.map((row) => ({ peerId: row.peerId, reason: row.reason })),
  };
}

function stateOf(count: {
  total: number;
  delivered: number;
  failed: number;
  sent: number;
}): DeliverySummary['state'] {
  if (count.failed === count.total) return 'failed';
  if (count.delivered === count.total) return 'delivered';
  if (count.delivered > 0) return 'partial';
  return count.sent > 0 ? 'sent' : 'queued';
}
