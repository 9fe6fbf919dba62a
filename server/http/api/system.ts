/** The node about itself (04 section 3.1). */
import { KEY } from '../access.ts';
import type { HttpComponents, HttpOptions } from '../components.ts';
import type { MeshView } from '../mesh-view.ts';
import { ok, type Route } from '../routes.ts';
import { systemSchemas } from '../schemas/system.ts';
import { trustStatistics } from './trust.ts';
import { toIsoTime } from '../../store/time.ts';

/** From here on something waits that should not (04 section 3.1). */
const MANY_QUEUED = 500;
const MANY_SYNCS = 100;

export function systemRoutes(components: HttpComponents, options: HttpOptions, view: MeshView): Route[] {
  const startedAt = components.ports.clock.now();
  return [
    {
      method: 'GET',
      path: '/health',
      access: 'open',
      schema: systemSchemas.health,
      handle: () =>
        ok({
          status: 'healthy',
          timestamp: toIsoTime(components.ports.clock.now()),
          version: options.version,
        }),
    },
    {
      method: 'GET',
      path: '/info',
      access: 'open',
      schema: systemSchemas.info,
      handle: ({ caller }) => {
        if (caller === null || caller.key === null) return ok({ version: options.version });
        const {
          active_agents: _agents,
          pending_inbox: _inbox,
          unacked_mentions: _mentions,
          ...counts
        } = components.statistics.counts();
        return ok({
          version: options.version,
          database_stats: counts,
          trust_stats: trustStatistics(components.workspace),
          p2p_network: view.status(),
          config: { max_peers: 50, trust_threshold: 50, max_message_size: 1_048_576 },
        });
      },
    },
    {
      method: 'GET',
      path: '/agents/system-health',
      access: KEY.read_feed,
      schema: systemSchemas.systemHealth,
      handle: () => ok(systemHealth(components, view, startedAt)),
    },
  ];
}

function systemHealth(components: HttpComponents, view: MeshView, startedAt: number) {
  const now = components.ports.clock.now();
  const counts = components.statistics.counts();
  const pending = view.mesh?.diagnostics().pending_messages.total ?? 0;
  const syncs = components.mesh?.sync.queueDepth() ?? 0;
  const connected = view.mesh?.neighbours() ?? [];
  const attention = pending > MANY_QUEUED || syncs > MANY_SYNCS;
  return {
    timestamp: toIsoTime(now),
    started_at: toIsoTime(startedAt),
    uptime_seconds: Math.max(0, Math.floor((now - startedAt) / 1000)),
    db: { size_bytes: components.statistics.sizeBytes() },
    users: { total: counts.users, active_agents: counts.active_agents },
    queues: {
      unacked_mentions: counts.unacked_mentions,
      pending_inbox: counts.pending_inbox,
      pending_p2p_messages: pending,
      sync_queue_depth: syncs,
    },
    peers: {
      connected_count: connected.length,
      connected_peers: connected,
      known_peers_count: components.mesh?.knownPeers.list().length ?? 0,
    },
    needs_attention: attention,
    poll_hint_seconds: attention ? 5 : 30,
  };
}
