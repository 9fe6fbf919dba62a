/**
 * How far own messages have come (06 section 3.3): one state per recipient peer, and their sum for the message. Every
 * change is told as `message.delivery`.
 */
import type { Clock } from '../ports/types.ts';
import type {
  Deliveries as DeliveryTable,
  Delivery,
  DeliveryKind,
  DeliveryState,
} from '../store/delivery.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { DeliverySummary } from './types.ts';

/** How long states are kept after their last change (06 section 3.3). */
const KEEP_MS = 90 * 86_400_000;

/** Why a message will not reach a peer any more (06 section 3.3), and `cannot_show` of a Python peer (02 R14). */
export type FailureReason =
  'expired' | 'not_entitled' | 'invalid' | 'too_large' | 'gone' | 'removed' | 'cannot_show';
/**
 * Why a message waits (06 section 3.3). Deviation D-68: also `needs_encryption`, when only a relay is there and the peer
 * reads nothing sealed.
 */
export type WaitReason =
  'offline' | 'awaiting_acceptance' | 'needs_secure_session' | 'needs_encryption' | 'busy';

/** What was sent without: its files, to a program that takes only small ones (02 section 11). */
export type Shortcoming = 'files_left_out';

export class DeliveryBook {
  readonly #rows: DeliveryTable;
  readonly #changes: Changes;
  readonly #clock: Clock;

  constructor(components: { rows: DeliveryTable; changes: Changes; clock: Clock }) {
    this.#rows = components.rows;
    this.#changes = components.changes;
    this.#clock = components.clock;
  }

  /** Notes that an object is owed to a peer and waits. */
  queued(kind: DeliveryKind, id: string, peerId: PeerId, reason: WaitReason = 'offline'): void {
    this.#put(kind, id, peerId, 'queued', reason);
  }

  /** Notes that an object was handed to somebody who cannot acknowledge it; nothing when more is known. */
  sent(kind: DeliveryKind, id: string, peerId: PeerId, without: Shortcoming | null = null): void {
    const before = this.#rows.get(kind, id, peerId)?.state;
    if (before !== 'delivered' && before !== 'read') this.#put(kind, id, peerId, 'sent', without);
  }

  /** Notes that the peer has the object on disk. */
  delivered(kind: DeliveryKind, id: string, peerId: PeerId): void {
    this.#changes.join(() => {
      if (this.#rows.delivered({ kind, objectId: id, peerId, at: this.#clock.now() }))
        this.#changes.tell({ type: 'message.delivery', kind, id });
    });
  }

  /** Notes that a person there read the message; nothing for a peer it was never owed to. */
  read(kind: DeliveryKind, id: string, peerId: PeerId): void {
    const before = this.#rows.get(kind, id, peerId)?.state;
    if (before !== undefined && before !== 'read') this.#put(kind, id, peerId, 'read', null);
  }

  failed(kind: DeliveryKind, id: string, peerId: PeerId, reason: FailureReason): void {
    this.#put(kind, id, peerId, 'failed', reason);
  }

  /** Notes why a queued message still waits; nothing when that is known, or it does not wait. */
  waits(kind: DeliveryKind, id: string, peerId: PeerId, reason: WaitReason): void {
    const before = this.#rows.get(kind, id, peerId);
    if (before?.state === 'queued' && before.reason !== reason) this.queued(kind, id, peerId, reason);
  }

  /** The state towards one peer. */
  state(kind: DeliveryKind, id: string, peerId: PeerId): DeliveryState | null {
    return this.#rows.get(kind, id, peerId)?.state ?? null;
  }

  /** The state towards each peer the object is or was owed to. */
  details(kind: DeliveryKind, id: string): Delivery[] {
    return this.#rows.of(kind, id);
  }

  /** One message's sum; `null` when nobody is owed it. */
  summary(kind: DeliveryKind, id: string): DeliverySummary | null {
    return summarize(this.#rows.of(kind, id));
  }

  /** The sums of many messages in one read. */
  summaries(kind: DeliveryKind, ids: readonly string[]): Map<string, DeliverySummary> {
    const byId = new Map<string, Delivery[]>();
    for (const row of this.#rows.ofMany(kind, ids))
      byId.set(row.objectId, [...(byId.get(row.objectId) ?? []), row]);
    const sums = new Map<string, DeliverySummary>();
    for (const [id, rows] of byId) {
      const sum = summarize(rows);
      if (sum !== null) sums.set(id, sum);
    }
    return sums;
  }

  /** Forgets states that did not change for 90 days. */
  prune(): void {
    this.#changes.now(() => this.#rows.prune(this.#clock.now() - KEEP_MS));
  }

  #put(kind: DeliveryKind, id: string, peerId: PeerId, state: DeliveryState, reason: string | null): void {
    this.#changes.join(() => {
      this.#rows.put({ kind, objectId: id, peerId, state, reason, at: this.#clock.now() });
      const failed = state === 'failed' && reason !== null ? { failed: { peerId, reason } } : {};
      this.#changes.tell({ type: 'message.delivery', kind, id, ...failed });
    });
  }
}

function summarize(rows: readonly Delivery[]): DeliverySummary | null {
  if (rows.length === 0) return null;
  const of = (...states: DeliveryState[]): Delivery[] => rows.filter((row) => states.includes(row.state));
  const sent = of('sent', 'delivered', 'read');
  const failed = of('failed');
  const filesLeftOut = of('sent').filter((row) => row.reason === 'files_left_out');
  return {
    state: stateOf(of, rows.length),
    of: rows.length,
    delivered: of('delivered', 'read').length,
    failed: failed.length,
    sentTo: sent.map((row) => row.peerId),
    queuedFor: of('queued').map(({ peerId, reason }) => ({ peerId, reason })),
    failedFor: failed.map(({ peerId, reason }) => ({ peerId, reason })),
    ...(filesLeftOut.length > 0 ? { filesLeftOut: filesLeftOut.map((row) => row.peerId) } : {}),
  };
}

/** `read`, `delivered` or `failed` if all are, `partial` if some are delivered, else the furthest (06 section 3.3). */
function stateOf(of: (...states: DeliveryState[]) => Delivery[], total: number): DeliverySummary['state'] {
  if (of('read').length === total) return 'read';
  const delivered = of('delivered', 'read').length;
  if (delivered === total) return 'delivered';
  if (of('failed').length === total) return 'failed';
  if (delivered > 0) return 'partial';
  return of('sent').length > 0 ? 'sent' : 'queued';
}
