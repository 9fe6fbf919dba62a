/**
 * Sends what is owed to a peer when it can be had: in order, one peer at a time, and only forgets what was handed over
 * (02 R2, R3). The pace towards Python peers is the mesh's.
 */
import type { OutboxEntry } from '../store/outbox.ts';
import { WireError } from '../wire/errors.ts';
import type { MessageId, PeerId } from '../wire/ids.ts';
import type { SyncComponents } from './context.ts';
import type { DirectTraffic, Handover } from './direct-traffic.ts';

/** Entries read at once. */
const BATCH = 50;

export class OutboxDrain {
  readonly #c: SyncComponents;
  readonly #direct: DirectTraffic;
  readonly #handPeerText: (entry: OutboxEntry) => Promise<Handover>;
  readonly #running = new Map<PeerId, Promise<void>>();
  readonly #again = new Set<PeerId>();
  #stopped = false;

  constructor(
    components: SyncComponents,
    init: { direct: DirectTraffic; handPeerText: (entry: OutboxEntry) => Promise<Handover> },
  ) {
    this.#c = components;
    this.#direct = init.direct;
    this.#handPeerText = init.handPeerText;
  }

  /** Tries everything owed to `peer`; a call during a run makes it look once more and waits for that. */
  drain(peer: PeerId): Promise<void> {
    const running = this.#running.get(peer);
    if (running !== undefined) {
      this.#again.add(peer);
      return running;
    }
    const run = this.#runAll(peer).finally(() => this.#running.delete(peer));
    this.#running.set(peer, run);
    return run;
  }

  /** Tries everything owed to anybody. */
  async drainAll(): Promise<void> {
    this.#dropExpired();
    await Promise.all(this.#c.repositories.outbox.peers().map((peer) => this.drain(peer)));
  }

  stop(): void {
    this.#stopped = true;
  }

  async #runAll(peer: PeerId): Promise<void> {
    do {
      this.#again.delete(peer);
      await this.#run(peer);
    } while (this.#again.has(peer) && !this.#stopped);
  }

  async #run(peer: PeerId): Promise<void> {
    for (const entry of this.#c.repositories.outbox.forPeer(peer, BATCH)) {
      if (this.#stopped) return;
      const obstacle = this.#direct.obstacle(peer);
      if (obstacle !== null) {
        this.#noteWaiting(peer, obstacle);
        return;
      }
      const handover = await this.#hand(entry);
      if (this.#stopped) return;
      if (handover === 'waits') return;
      this.#settle(entry, handover);
      this.#again.add(peer);
    }
  }

  /** What has no form on the wire at all must not hold up what is behind it either. */
  async #hand(entry: OutboxEntry): Promise<Handover> {
    try {
      return entry.kind === 'p2p_send' ? await this.#handPeerText(entry) : await this.#direct.hand(entry);
    } catch (error) {
      if (error instanceof WireError) return 'too_large';
      throw error;
    }
  }

  #settle(entry: OutboxEntry, handover: Exclude<Handover, 'waits'>): void {
    this.#c.workspace.inbound.changes.now(() => {
      this.#c.repositories.outbox.remove(entry.id);
      if (handover === 'gone' || entry.kind === 'channel_message' || entry.kind === 'delete_signal') return;
      const id = entry.itemId as MessageId;
      if (handover === 'too_large')
        return this.#c.workspace.delivery.note(entry.kind, id, entry.peerId, 'failed', 'too_large');
      this.#c.workspace.delivery.note(entry.kind, id, entry.peerId, handover);
      if (handover === 'sent' && entry.kind === 'direct_message')
        this.#c.workspace.directMessages.handedOver(id);
    });
  }

  #noteWaiting(peer: PeerId, reason: string): void {
    for (const entry of this.#c.repositories.outbox.forPeer(peer, BATCH))
      if (entry.kind === 'direct_message')
        this.#c.workspace.delivery.noteReason(entry.kind, entry.itemId as MessageId, peer, reason);
  }

  #dropExpired(): void {
    this.#c.workspace.inbound.changes.now(() => {
      for (const entry of this.#c.repositories.outbox.takeExpired(this.#c.ports.clock.now()))
        if (entry.kind === 'direct_message' || entry.kind === 'p2p_send')
          this.#c.workspace.delivery.note(
            entry.kind,
            entry.itemId as MessageId,
            entry.peerId,
            'failed',
            'expired',
          );
    });
  }
}
