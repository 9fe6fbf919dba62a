/**
 * What waits for targets that cannot be reached now (02 section 3.5, R3). Own messages are kept as intents and get
 * a fresh id, time and signature when they leave; foreign envelopes are kept as they are and expire with their age
 * limit. In memory only: what must survive a restart stands in the outbox of the room above.
 */
import type { Envelope } from '../wire/envelope.ts';
import { frameText } from '../wire/envelope.ts';
import type { PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
import {
  MAX_MESSAGE_AGE_S,
  MAX_PENDING_BYTES,
  MAX_PENDING_BYTES_PER_AUTHOR,
  MAX_PENDING_PER_AUTHOR,
  MAX_PENDING_PER_PEER,
  MAX_PENDING_TOTAL,
} from './limits.ts';
import type { OutboundPayload } from './types.ts';

/** An own message that is built when it can leave. */
export interface Intent {
  type: MessageType;
  to: PeerId;
  payload: OutboundPayload;
  ttl: number;
  encrypt: boolean;
}

/** One waiting message. */
export type PendingItem =
  | { kind: 'own'; intent: Intent; bytes: number; at: number }
  | { kind: 'foreign'; envelope: Envelope; bytes: number; at: number };

type ForeignItem = Extract<PendingItem, { kind: 'foreign' }>;

function typeOf(item: PendingItem): MessageType {
  return item.kind === 'own' ? item.intent.type : item.envelope.type;
}

/** Bounded queues per target. */
export class PendingQueue {
  readonly #queues = new Map<string, PendingItem[]>();
  #total = 0;
  #bytes = 0;
  #dropped = 0;

  /** Messages waiting for anyone. */
  get total(): number {
    return this.#total;
  }

  /** Messages discarded because a bound was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Keeps an own message for its target. @param now Unix ms. */
  addOwn(intent: Intent, now: number): void {
    const bytes = intent.payload.content.length + JSON.stringify(intent.payload.metadata).length;
    this.#add(intent.to, { kind: 'own', intent, bytes, at: now });
  }

  /** Keeps a foreign envelope for its target. @param now Unix ms. */
  addForeign(envelope: Envelope, now: number): void {
    if (envelope.toPeer === null) return;
    this.#add(envelope.toPeer, { kind: 'foreign', envelope, bytes: frameText(envelope).length, at: now });
  }

  /** Takes everything that waits for `target` and has not expired. @param now Unix ms. */
  take(target: string, now: number): PendingItem[] {
    const items = this.#queues.get(target) ?? [];
    this.drop(target);
    return items.filter(
      (item) => item.kind === 'own' || now / 1000 - item.envelope.timestamp <= MAX_MESSAGE_AGE_S,
    );
  }

  /** Forgets what waits for `target`. */
  drop(target: string): void {
    const items = this.#queues.get(target);
    if (items === undefined) return;
    this.#queues.delete(target);
    this.#total -= items.length;
    for (const item of items) this.#bytes -= item.bytes;
  }

  /** Forgets what others wrote: this node carries no more. */
  dropForeign(): void {
    this.#removeForeign(() => true);
  }

  /** Waiting messages per target. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#queues].map(([target, items]) => [target, items.length]));
  }

  #add(target: string, item: PendingItem): void {
    const queued = this.#queues.get(target);
    if ((queued?.length ?? 0) >= MAX_PENDING_PER_PEER) this.#evict(target, queued ?? []);
    if (!this.#makeRoom(item)) {
      this.#dropped += 1;
      return;
    }
    // Making room may have removed the queue.
    const items = this.#queues.get(target) ?? [];
    items.push(item);
    this.#queues.set(target, items);
    this.#total += 1;
    this.#bytes += item.bytes;
  }

  /** Whether there is room, after foreign envelopes that expired, or that stand in the way of an own message, went. */
  #makeRoom(item: PendingItem): boolean {
    if (item.kind === 'foreign' && this.#isGreedy(item)) return false;
    const full = (): boolean =>
      this.#total >= MAX_PENDING_TOTAL || this.#bytes + item.bytes > MAX_PENDING_BYTES;
    if (full()) this.#removeForeign((other) => item.at / 1000 - other.envelope.timestamp > MAX_MESSAGE_AGE_S);
    if (full() && item.kind === 'own') this.#removeForeign(full);
    return !full();
  }

  /** Whether the author of a foreign envelope has its share already. */
  #isGreedy({ envelope, bytes }: ForeignItem): boolean {
    let count = 1;
    let sum = bytes;
    for (const item of this.#foreign()) {
      if (item.envelope.fromPeer !== envelope.fromPeer) continue;
      count += 1;
      sum += item.bytes;
    }
    return count > MAX_PENDING_PER_AUTHOR || sum > MAX_PENDING_BYTES_PER_AUTHOR;
  }

  *#foreign(): Generator<ForeignItem> {
    for (const items of this.#queues.values())
      for (const item of items) if (item.kind === 'foreign') yield item;
  }

  #removeForeign(unwanted: (item: ForeignItem) => boolean): void {
    for (const [target, items] of this.#queues) {
      const kept = items.filter((item) => {
        if (item.kind === 'own' || !unwanted(item)) return true;
        this.#total -= 1;
        this.#bytes -= item.bytes;
        this.#dropped += 1;
        return false;
      });
      if (kept.length > 0) this.#queues.set(target, kept);
      else this.#queues.delete(target);
    }
  }

  /** The oldest message that is no delete signal goes first; a delete signal only when there is nothing else. */
  #evict(target: string, items: PendingItem[]): void {
    const index = items.findIndex((item) => typeOf(item) !== 'delete_signal');
    const [gone] = items.splice(Math.max(index, 0), 1);
    if (gone === undefined) return;
    this.#total -= 1;
    this.#bytes -= gone.bytes;
    this.#dropped += 1;
    if (items.length === 0) this.#queues.delete(target);
  }
}
