/** Gathers what the diagnostics of 04 section 6.1 show: one record per known peer, and the state of the parts. */
import type { KnownPeers } from '../identity/known-peers.ts';
import type { Clock } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Connections } from './connections.ts';
import type { Counters } from './counters.ts';
import type { EndpointBook } from './endpoint-book.ts';
import { CLOCK_SKEW_WARNING } from './limits.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Reception } from './reception.ts';
import type { Reconnector } from './reconnector.ts';
import type { Router } from './router.ts';
import type { Alarms } from './secure/alarms.ts';
import type { Pins } from './secure/pins.ts';
import type { EndpointHealth, MeshDiagnostics, PeerDiagnostics, RelayPolicy } from './types.ts';

/** Remembered changes of state. */
const MAX_TRANSITIONS = 20;

export interface DiagnosticsComponents {
  clock: Clock;
  knownPeers: KnownPeers;
  connections: Connections;
  neighbourhood: Neighbourhood;
  reconnector: Reconnector;
  reception: Reception;
  router: Router;
  book: EndpointBook;
  counters: Counters;
  pins: Pins;
  alarms: Alarms;
}

/** A view over the parts of the mesh. */
export class Diagnostics {
  readonly #parts: DiagnosticsComponents;
  readonly #transitions: MeshDiagnostics['recent_peer_state_transitions'] = [];

  constructor(parts: DiagnosticsComponents) {
    this.#parts = parts;
  }

  /** Notes that a peer's connection changed. */
  transition(peer: PeerId, state: string): void {
    this.#transitions.push({ peer_id: peer, state, timestamp: this.#parts.clock.now() / 1000 });
    if (this.#transitions.length > MAX_TRANSITIONS) this.#transitions.shift();
  }

  /** Everything, for the API. */
  report(local: { mesh_port: number; endpoints: string[]; relay_policy: RelayPolicy }): MeshDiagnostics {
    const { clock, knownPeers, connections, reconnector, reception, router, book, counters } = this.#parts;
    const neighbours = connections.neighbours();
    const dials = [...connections.dials()];
    const states: Record<string, number> = { authenticated: neighbours.length };
    for (const [, dial] of dials) states[dial.state] = (states[dial.state] ?? 0) + 1;
    const plans = reconnector.list();
    return {
      peers: this.#peers(),
      recent_failures: book.failures(),
      local,
      timestamp: clock.now() / 1000,
      connected_peers: neighbours,
      authenticated_count: neighbours.length,
      pending_connection_count: dials.length + reception.pendingCount,
      connection_state_counts: states,
      pending_handshake_candidates: dials.map(([peer]) => peer),
      known_peers_count: knownPeers.list().length,
      key_conflicts: knownPeers.conflicts().map(({ peerId, key, source, by }) => ({
        peer_id: peerId,
        key,
        source,
        introduced_by: by,
      })),
      pending_messages: { total: router.pending.total, by_peer: router.pending.counts() },
      reconnect_tasks: { count: Object.keys(plans).length, by_peer: plans },
      recent_peer_state_transitions: [...this.#transitions],
      counters: { ...counters.toRecord(), 'dropped.pending': router.pending.dropped },
    };
  }

  /** Connected peers first, then relayed, then the others. */
  #peers(): PeerDiagnostics[] {
    const { knownPeers, connections, neighbourhood } = this.#parts;
    const lan = neighbourhood.list().map(([peer]) => peer);
    const known = knownPeers.list().map((peer) => peer.peerId);
    const order = { direct: 0, relayed: 1, known: 2 };
    return [...new Set([...connections.neighbours(), ...known, ...lan])]
      .map((peer) => this.#peer(peer))
      .sort((a, b) => order[a.connection_type] - order[b.connection_type]);
  }

  #peer(peer: PeerId): PeerDiagnostics {
    const { knownPeers, connections, neighbourhood, reconnector, router, book, pins, alarms } = this.#parts;
    const info = connections.get(peer)?.info();
    const relay = router.relayTo(peer) ?? null;
    const via = info === undefined ? relay : info.via;
    const details = this.#endpoints(peer, info?.endpoint ?? null);
    const last = book.failures(peer)[0];
    const skew = info?.clockSkewMs ?? 0;
    const pinnedAt = pins.since(peer);
    // Somebody else may have come in the name of a peer that is connected as it should be.
    const alarm = info !== undefined || pinnedAt === null ? null : alarms.standing(peer);
    return {
      peer_id: peer,
      display_name: knownPeers.get(peer)?.displayName ?? '',
      connection_type: via !== null ? 'relayed' : info !== undefined ? 'direct' : 'known',
      relay_via: via,
      latency_ms: info?.rttMs ?? null,
      connected_at: info === undefined ? null : info.connectedAt / 1000,
      last_activity: info === undefined ? null : info.lastActivity / 1000,
      protection: info?.protection ?? (relay === null ? null : 'signed'),
      pinned: pinnedAt !== null,
      pinned_since: pinnedAt === null ? null : pinnedAt / 1000,
      alarm: alarm === null ? null : { reason: alarm.reason, timestamp: alarm.at / 1000 },
      security_events: alarms.counts(peer),
      clock_skew_s: Math.abs(skew) > CLOCK_SKEW_WARNING ? Math.round(skew / 1000) : null,
      endpoints: details.map((row) => row.endpoint),
      endpoint_details: details,
      discovered: neighbourhood.get(peer) !== undefined,
      reconnect_scheduled: reconnector.has(peer),
      held: connections.isHeld(peer),
      last_failure:
        last === undefined
          ? null
          : { endpoint: last.endpoint, reason: last.reason, detail: last.detail, timestamp: last.timestamp },
    };
  }

  /** The active endpoint first, then discovered, then stored ones. */
  #endpoints(peer: PeerId, active: string | null): EndpointHealth[] {
    const { knownPeers, neighbourhood, book } = this.#parts;
    const discovered: readonly string[] = neighbourhood.get(peer)?.endpoints ?? [];
    const stored: readonly string[] = knownPeers.endpoints(peer);
    const all = [...new Set([...(active === null ? [] : [active]), ...discovered, ...stored])];
    return all.map((endpoint) => ({
      ...book.health(peer, endpoint),
      sources: [
        ...(endpoint === active ? ['active'] : []),
        ...(discovered.includes(endpoint) ? ['discovered'] : []),
        ...(stored.includes(endpoint) ? ['stored'] : []),
      ],
      currently_connected: endpoint === active,
    }));
  }
}
