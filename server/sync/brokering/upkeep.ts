/**
 * Looks after relays in use and peers that should have one (02 R10 and section 4.5, 06 section 2.2). Deviation D-42:
 * tries the direct way from time to time, asks a relay again when nothing came through it for long and stops
 * believing it when it stays silent, and asks for a new introduction when a relay was lost or a peer is owed
 * something.
 */
import type { Timer } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { PeerKnowledge } from '../peer-knowledge.ts';
import {
  MAX_SOUGHT,
  PROMOTION_INTERVAL,
  RENEWAL_AFTER,
  RENEWAL_PATIENCE,
  SEEK_FIRST,
  SEEK_MAX,
  SEEKS_PER_ROUND,
  UPKEEP_INTERVAL,
} from './limits.ts';
import type { BrokerRequests } from './requests.ts';

/** A peer without a way; monotonic ms. */
interface Sought {
  wait: number;
  due: number;
}

export class RelayUpkeep {
  readonly #c: SyncComponents;
  readonly #requests: BrokerRequests;
  readonly #knowledge: Pick<PeerKnowledge, 'couldBeSecure'>;
  /** Peers that had a relay, or are owed something. */
  readonly #sought = new Map<PeerId, Sought>();
  /** When the direct way was last tried. */
  readonly #promoted = new Map<PeerId, number>();
  /** Timers of relays that were asked whether they still carry. */
  readonly #renewals = new Map<PeerId, Timer>();
  #timer: Timer | null = null;

  constructor(
    components: SyncComponents,
    init: { requests: BrokerRequests; knowledge: Pick<PeerKnowledge, 'couldBeSecure'> },
  ) {
    this.#c = components;
    this.#requests = init.requests;
    this.#knowledge = init.knowledge;
  }

  start(): void {
    this.#timer ??= this.#c.ports.timers.every(UPKEEP_INTERVAL, () => this.#round());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const timer of this.#renewals.values()) timer.cancel();
    this.#renewals.clear();
  }

  /** The peer has a relay now; should it be lost, another one is looked for. */
  relayed(peer: PeerId): void {
    this.#seek(peer);
    this.#promoted.set(peer, this.#now());
  }

  /** A neighbour came: whoever it might introduce is worth asking for again, once it has said whom it knows. */
  neighbourCame(peer: PeerId): void {
    this.#sought.delete(peer);
    this.#promoted.delete(peer);
    const soon = this.#now() + UPKEEP_INTERVAL / 2;
    for (const sought of this.#sought.values()) sought.due = Math.min(sought.due, soon);
  }

  #round(): void {
    this.#tidy();
    for (const relay of this.#c.mesh.relays.offered()) {
      const { target } = relay;
      if (this.#now() - (this.#promoted.get(target) ?? -Infinity) >= PROMOTION_INTERVAL) {
        this.#promoted.set(target, this.#now());
        void this.#c.mesh.attempt(target);
      }
      const silent = this.#c.ports.clock.now() - Math.max(relay.since, relay.heardAt);
      if (silent > RENEWAL_AFTER && !this.#renewals.has(target)) this.#renew(target, relay.relay);
    }
    for (const peer of this.#c.repositories.outbox.peers()) {
      this.#seek(peer);
      this.#c.mesh.wantRelayed(peer);
    }
    for (const peer of this.#met()) {
      if (this.#isLost(peer)) this.#seek(peer);
      this.#c.mesh.wantRelayed(peer);
    }
    this.#lookFor();
  }

  /**
   * Accepted peers that had a secure session here. Deviation D-142: one is opened again whether anything is owed or not,
   * since comparing brings what nobody owes: what was withdrawn while one did not accept the other, or what third ones
   * wrote.
   */
  #met(): PeerId[] {
    const { mesh, workspace } = this.#c;
    return workspace.owing.feedAudience().filter((peer) => mesh.isPinned(peer) && !mesh.isConnected(peer));
  }

  /** A relay that does not offer again within a while is believed no longer. */
  #renew(target: PeerId, relay: PeerId): void {
    const askedAt = this.#c.ports.clock.now();
    const timer = this.#c.ports.timers.after(RENEWAL_PATIENCE, () => {
      this.#renewals.delete(target);
      const now = this.#c.mesh.relays.offered().find((one) => one.target === target);
      if (now === undefined || now.relay !== relay || Math.max(now.since, now.heardAt) >= askedAt) return;
      this.#c.mesh.relays.withdrawn(target);
    });
    this.#renewals.set(target, timer);
    void this.#requests.renew(target, relay);
  }

  #lookFor(): void {
    const now = this.#now();
    let left = SEEKS_PER_ROUND;
    for (const [peer, sought] of this.#sought) {
      if (left === 0) return;
      if (now < sought.due || !this.#isLost(peer)) continue;
      left -= 1;
      sought.due = now + sought.wait;
      sought.wait = Math.min(2 * sought.wait, SEEK_MAX);
      void this.#requests.ask(peer);
    }
  }

  /** Accepted, not reachable, not kept away, and somebody here said it is there. */
  #isLost(peer: PeerId): boolean {
    const { mesh, workspace } = this.#c;
    if (this.#isReached(peer) || !mesh.isWelcome(peer) || !workspace.trust.isTrusted(peer)) return false;
    return mesh.introducedPeer(peer)?.introduced_via.some((other) => mesh.isConnected(other)) ?? false;
  }

  /**
   * Whether content gets to a peer. For a secure session a way that was only learned is none: whoever is the next hop of it
   * offered nothing, and may carry nothing.
   */
  #isReached(peer: PeerId): boolean {
    const { mesh } = this.#c;
    const way = mesh.canReach(peer);
    if (way !== 'relay') return way === 'direct';
    return mesh.relays.isOffered(peer) || !this.#knowledge.couldBeSecure(peer);
  }

  #seek(peer: PeerId): void {
    if (this.#sought.has(peer)) return;
    if (this.#sought.size >= MAX_SOUGHT) return;
    this.#sought.set(peer, { wait: SEEK_FIRST, due: this.#now() });
  }

  /** Peers that nobody knows any more, and the memory of those that are reached. */
  #tidy(): void {
    for (const [peer, sought] of this.#sought) {
      if (this.#c.knownPeers.get(peer) === undefined) this.#sought.delete(peer);
      else if (this.#isReached(peer)) sought.wait = SEEK_FIRST;
    }
    for (const peer of this.#promoted.keys())
      if (this.#c.mesh.relays.to(peer) === undefined) this.#promoted.delete(peer);
  }

  #now(): number {
    return this.#c.ports.clock.monotonic();
  }
}
