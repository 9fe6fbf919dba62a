/**
 * Reading the mesh: status, peers, relays, activity, diagnostics (04 sections 3.3 and 6.1).
 */
import { ANY_KEY_OR_SESSION } from '../access.ts';
import type { HttpComponents, HttpOptions } from '../components.ts';
import type { MeshView } from '../mesh-view.ts';
import { intQuery } from '../params.ts';
import { ok, type Route } from '../routes.ts';
import { meshSchemas } from '../schemas/mesh.ts';

const NO_CONNECTIONS = {
  authenticated: 0,
  connected: 0,
  connecting: 0,
  disconnected: 0,
  failed: 0,
  handshaking: 0,
};
/** Failures shown by the diagnostics (04 section 6.1). */
const RECENT_FAILURES = 5;

export function meshStatusRoutes(components: HttpComponents, options: HttpOptions, view: MeshView): Route[] {
  return [
    {
      method: 'GET',
      path: '/p2p/status',
      access: 'open',
      polled: 'live',
      schema: meshSchemas.status,
      handle: ({ caller }) => ok(caller === null ? view.publicStatus() : view.status()),
    },
    {
      method: 'GET',
      path: '/p2p/peers',
      access: ANY_KEY_OR_SESSION,
      polled: 'live',
      schema: meshSchemas.peers,
      handle: () => ok(view.peers()),
    },
    {
      method: 'GET',
      path: '/p2p/known_peers',
      access: ANY_KEY_OR_SESSION,
      polled: 'live',
      schema: meshSchemas.known,
      handle: () => ok({ known_peers: knownPeers(components, view) }),
    },
    {
      method: 'GET',
      path: '/p2p/introduced',
      access: ANY_KEY_OR_SESSION,
      polled: 'live',
      schema: meshSchemas.introduced,
      handle: () => ok({ introduced_peers: view.mesh?.introduced() ?? [] }),
    },
    {
      method: 'GET',
      path: '/p2p/relay_status',
      access: ANY_KEY_OR_SESSION,
      polled: 'live',
      schema: meshSchemas.relays,
      handle: () => ok(view.relayStatus()),
    },
    {
      method: 'GET',
      path: '/p2p/activity',
      access: ANY_KEY_OR_SESSION,
      schema: meshSchemas.activity,
      handle: ({ query }) => ok(activity(components, view, query)),
    },
    {
      method: 'GET',
      path: '/p2p/diagnostics',
      access: ANY_KEY_OR_SESSION,
      schema: meshSchemas.diagnostics,
      handle: () => ok(connectionDiagnostics(components, options, view)),
    },
  ];
}

function knownPeers(components: HttpComponents, view: MeshView) {
  const known = components.mesh?.knownPeers.list() ?? [];
  const conflicts = components.mesh?.knownPeers.conflicts() ?? [];
  return known.map((peer) => ({
    peer_id: peer.peerId,
    display_name: view.knownName(peer.peerId) ?? '',
    endpoints: peer.endpoints,
    connected: view.mesh?.isConnected(peer.peerId) ?? false,
    key_source: peer.keySource,
    // Somebody brought other keys for it, and was refused (01 S15).
    key_conflicts: conflicts
      .filter((conflict) => conflict.peerId === peer.peerId)
      .map(({ key, source, by }) => ({ key, source, introduced_by: by })),
  }));
}

/** `GET /p2p/activity`; `limit` is applied before `kind`, as in the reference. */
function activity(components: HttpComponents, view: MeshView, query: URLSearchParams) {
  const mesh = view.mesh;
  const since = Number(query.get('since') ?? '');
  const limit = intQuery(query, 'limit', { min: 1, max: 500, default: 100 });
  const kind = query.get('kind')?.trim().toLowerCase() ?? '';
  const all = mesh?.activity(Number.isFinite(since) && since > 0 ? since : undefined, limit) ?? [];
  const events = kind === '' ? all : all.filter((event) => event.kind === kind);
  const peers = (mesh?.neighbours() ?? []).map((peer) => {
    const info = mesh?.peerInfo(peer);
    return [
      peer,
      {
        connected_at: seconds(info?.connectedAt),
        last_activity: seconds(info?.lastActivity),
        last_inbound_activity: seconds(info?.lastInbound),
        last_outbound_activity: seconds(info?.lastOutbound),
      },
    ] as const;
  });
  const count = (...states: string[]): number =>
    events.filter((event) => states.includes(event.status ?? '')).length;
  return {
    server_time: components.ports.clock.now() / 1000,
    peers: Object.fromEntries(peers),
    events,
    relay_status: view.relayStatus(),
    validation: {
      forced_failover_events: count('forced_failover'),
      broker_events: count('broker'),
      failed_connection_events: count('failed', 'disconnected'),
    },
  };
}

function seconds(ms: number | null | undefined): number | null {
  return ms == null ? null : ms / 1000;
}

/** The record of `/ajax/connection_diagnostics` and `/p2p/diagnostics`. */
export function connectionDiagnostics(components: HttpComponents, options: HttpOptions, view: MeshView) {
  const mesh = view.mesh;
  const relay_policy = components.relay.policy;
  if (mesh === null) {
    const local = { mesh_port: options.meshPort, endpoints: [], relay_policy };
    return { success: true, peers: [], recent_failures: [], local };
  }
  const { peers, recent_failures, local, pending_messages, reconnect_tasks } = mesh.diagnostics();
  return {
    success: true,
    peers: peers.map((peer) => ({
      ...peer,
      display_name: peer.display_name === '' ? (view.knownName(peer.peer_id) ?? '') : peer.display_name,
      relay_via_name: peer.relay_via === null ? null : view.name(peer.relay_via),
      unsent: pending_messages.by_peer[peer.peer_id] ?? 0,
      retry_in_s: reconnect_tasks.by_peer[peer.peer_id]?.due_in_s ?? null,
    })),
    recent_failures: recent_failures.slice(-RECENT_FAILURES).reverse(),
    local: { ...local, relay_policy },
  };
}

/** The record of `/ajax/p2p/diagnostics`. */
export function meshDiagnostics(components: HttpComponents, options: HttpOptions, view: MeshView) {
  const status = view.status();
  const found = view.mesh?.diagnostics();
  return {
    timestamp: components.ports.clock.now() / 1000,
    connected_peers: found?.connected_peers ?? [],
    authenticated_count: found?.authenticated_count ?? 0,
    pending_connection_count: found?.pending_connection_count ?? 0,
    connection_state_counts:
      found === undefined ? {} : { ...NO_CONNECTIONS, ...found.connection_state_counts },
    pending_handshake_candidates: found?.pending_handshake_candidates ?? [],
    known_peers_count: found?.known_peers_count ?? 0,
    pending_messages: found?.pending_messages ?? { total: 0, by_peer: {} },
    reconnect_tasks: found?.reconnect_tasks ?? { count: 0, by_peer: {} },
    sync: {
      queue_depth: components.mesh?.sync.queueDepth() ?? 0,
      active_catchups: components.mesh?.sync.activeCatchups() ?? [],
      startup_grace: false,
      digest: status.sync_digest,
    },
    security: status.security,
    recent_failures: found?.recent_failures ?? [],
    recent_peer_state_transitions: found?.recent_peer_state_transitions ?? [],
    counters: found?.counters ?? {},
  };
}
