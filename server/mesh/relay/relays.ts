/**
 * The relays this node uses to reach others, and what it carries itself (02 sections 3.6 and 4). Who may offer a relay
 * is decided by the room above; here stands what an offer can be at all: from a neighbour, for somebody else, for a peer
 * whose keys are known and whom nobody here keeps away.
 */
import type { KnownPeers } from '../../identity/known-peers.ts';
import type { Clock } from '../../ports/types.ts';
import type { EventBus } from '../../telemetry/bus.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { Activity } from '../activity.ts';
import type { Connections } from '../connections.ts';
import { MAX_OFFERED_ROUTES_PER_PEER } from '../limits.ts';
import type { Router } from '../router.ts';
import type { RelayedPair, RelayPolicy, Routing } from '../types.ts';
import type { PairTraffic } from './pair-traffic.ts';

/** A relay in use that was offered. Times are Unix ms. */
export interface OfferedRelay {
  target: PeerId;
  relay: PeerId;
  /** When it was last offered. */
  since: number;
  /** When a message of the target last came through it. */
  heardAt: number;
}

export interface RelaysComponents {
  clock: Clock;
  bus: EventBus;
  activity: Pick<Activity, 'connection'>;
  knownPeers: Pick<KnownPeers, 'get'>;
  connections: Pick<Connections, 'neighbours' | 'isHeld' | 'isAdmitted'>;
  router: Router;
  pairs: Pick<PairTraffic, 'clear' | 'list' | 'totalBytes'>;
}

/** Relays in use, and traffic for others. */
export class Relays {
  readonly #components: RelaysComponents;
  readonly #localPeerId: PeerId;
  readonly #offered: (target: PeerId) => void;
  #policy: RelayPolicy;

  /** @param init.offered told of a peer that another relay is used for from now on. */
  constructor(
    components: RelaysComponents,
    init: { localPeerId: PeerId; policy: RelayPolicy; offered?: (target: PeerId) => void },
  ) {
    this.#components = components;
    this.#offered = init.offered ?? (() => undefined);
    this.#localPeerId = init.localPeerId;
    this.#policy = init.policy;
  }

  /** What this node carries for others. */
  get policy(): RelayPolicy {
    return this.#policy;
  }

  /** Takes effect at once, also on what waits to be carried. */
  set policy(policy: RelayPolicy) {
    this.#policy = policy;
    if (policy === 'full_relay') return;
    this.#components.router.pending.dropForeign();
    this.#components.pairs.clear();
  }

  /** The neighbour that carries content to `target` now, if any. */
  to(target: PeerId): PeerId | undefined {
    return this.#components.router.relayTo(target);
  }

  /** Whether the way to `target` was offered, not only learned. */
  isOffered(target: PeerId): boolean {
    return this.#components.router.routes.get(target)?.offered ?? false;
  }

  /** Uses the relay a neighbour offers, in the place of a former one; whether it can be used. */
  accept(target: PeerId, relay: PeerId): boolean {
    const { clock, connections, knownPeers, router, bus, activity } = this.#components;
    const neighbours = connections.neighbours();
    if (target === this.#localPeerId || neighbours.includes(target) || !neighbours.includes(relay))
      return false;
    if (knownPeers.get(target) === undefined || connections.isHeld(target)) return false;
    if (!connections.isAdmitted(target)) return false;
    const before = router.routes.get(target);
    const again = before?.offered === true && before.hop === relay;
    const count = this.offered().filter((route) => route.relay === relay).length;
    if (!again && count >= MAX_OFFERED_ROUTES_PER_PEER) return false;
    router.routes.set(target, relay, { offered: true, now: clock.now() });
    if (again) return true;
    activity.connection(target, 'connected', 'Reached through a relay', null, relay);
    bus.publish({ type: 'peer.changed', peerId: target });
    this.#offered(target);
    return true;
  }

  /** The relay no longer stands by its offer. */
  withdrawn(target: PeerId): void {
    const { router, bus } = this.#components;
    if (router.routes.get(target)?.offered !== true) return;
    router.routes.demote(target);
    bus.publish({ type: 'peer.changed', peerId: target });
  }

  /** No relay is used for `target` any more; whether one was known. */
  remove(target: PeerId): boolean {
    return this.#components.router.routes.remove(target);
  }

  /** The relay is gone, and every way through it. */
  lost(relay: PeerId): PeerId[] {
    const gone = this.#components.router.routes.removeVia(relay);
    for (const target of gone) this.#components.bus.publish({ type: 'peer.changed', peerId: target });
    return gone;
  }

  /** Relays in use that were offered. */
  offered(): OfferedRelay[] {
    return this.#components.router.routes
      .entries()
      .filter(([, route]) => route.offered)
      .map(([target, { hop, since, heardAt }]) => ({ target, relay: hop, since, heardAt }));
  }

  /** Everything the API shows of it. @param sessions secure ones, of which those through a relay count as relays in use. */
  routing(sessions: readonly { peerId: PeerId; via: PeerId | null }[]): Routing {
    const { router, pairs } = this.#components;
    const table = router.routes.toRecord();
    // Deviation D-32: only those that carry messages.
    const active = Object.entries(table).filter(([target]) => router.relayTo(target) !== undefined);
    const through = sessions.flatMap(({ peerId, via }) => (via === null ? [] : [[peerId, via] as const]));
    const relayed: RelayedPair[] = pairs.list();
    return {
      routing_table: table,
      active_relays: Object.fromEntries([...active, ...through]),
      relayed_pairs: relayed,
      relayed_bytes: pairs.totalBytes,
    };
  }
}
