/**
 * `GET /metrics` for Prometheus (04 section 10a), here and below `/api/v1`. Any key of an active account will do: it
 * could read the same from `/info`, `/p2p/peers` and `/agents/system-health`. No message, name, address or key is in
 * it. Labels are words of this program, statuses, and the ids of neighbours, of which there are few.
 */
import { ANY_KEY } from '../access.ts';
import type { HttpComponents, HttpOptions } from '../components.ts';
import type { MeshView } from '../mesh-view.ts';
import type { RequestCounts } from '../request-counts.ts';
import type { Route } from '../routes.ts';
import { systemSchemas } from '../schemas/system.ts';
import type { EventLoopWatch } from '../../telemetry/event-loop.ts';
import { EXPOSITION_TYPE, exposition } from '../../telemetry/exposition.ts';
import type { MetricFamily, Sample } from '../../telemetry/exposition.ts';

/** Values of one label; names counted beyond these are added up under `other`. */
const MAX_LABEL_VALUES = 100;
const MICROSECONDS = 1e6;

export interface MetricsParts {
  components: HttpComponents;
  options: HttpOptions;
  view: MeshView;
  requests: RequestCounts;
  loop: EventLoopWatch;
  /** Open event streams. */
  streams: () => number;
}

/** The route, relative to where it is mounted. */
export function metricsRoutes(parts: MetricsParts): Route[] {
  const startedAt = parts.components.ports.clock.now();
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: ANY_KEY,
      schema: systemSchemas.metrics,
      handle: (_call, res) => {
        const text = exposition([
          ...processFamilies(parts, startedAt),
          ...meshFamilies(parts),
          ...httpFamilies(parts),
          ...storeFamilies(parts),
        ]);
        res.status(200).set({ 'Content-Type': EXPOSITION_TYPE, 'Cache-Control': 'no-store' }).end(text);
        return null;
      },
    },
  ];
}

function processFamilies({ components, options, loop }: MetricsParts, startedAt: number): MetricFamily[] {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const lag = loop.take();
  const build = { version: options.version, node: process.version };
  return [
    gauge('build_info', 'Program and runtime; always 1.', [{ labels: build, value: 1 }]),
    gauge('start_time_seconds', 'Start of the node, Unix time.', startedAt / 1000),
    gauge(
      'uptime_seconds',
      'Time since the node started.',
      Math.max(0, components.ports.clock.now() - startedAt) / 1000,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', memory.rss),
    gauge('process_heap_used_bytes', 'JavaScript heap in use.', memory.heapUsed),
    counter('process_cpu_seconds_total', 'CPU time of the process.', (cpu.user + cpu.system) / MICROSECONDS),
    gauge('event_loop_lag_mean_seconds', 'Mean lag of the event loop since the last scrape.', lag.mean),
    gauge('event_loop_lag_p99_seconds', '99th percentile of the lag since the last scrape.', lag.p99),
    gauge('event_loop_lag_max_seconds', 'Longest lag since the last scrape.', lag.max),
  ];
}

function meshFamilies({ components, view }: MetricsParts): MetricFamily[] {
  const mesh = view.mesh;
  const found = mesh?.diagnostics();
  const counts = Object.entries(found?.counters ?? {});
  const total = (name: string): number => found?.counters[name] ?? 0;
  const below = (prefix: string, label: string): Sample[] =>
    labelled(
      counts.filter(([name]) => name.startsWith(prefix)).map(([name, n]) => [name.slice(prefix.length), n]),
      label,
    );
  const roundTrips = (mesh?.neighbours() ?? []).flatMap((peer): Sample[] => {
    const rtt = mesh?.peerInfo(peer)?.rttMs ?? null;
    return rtt === null ? [] : [{ labels: { peer }, value: rtt / 1000 }];
  });
  return [
    gauge('mesh_running', 'Whether the mesh runs.', mesh === null ? 0 : 1),
    gauge('peers_connected', 'Neighbours with an authenticated connection.', mesh?.neighbours().length ?? 0),
    gauge('peers_known', 'Peers whose keys are known.', components.mesh?.knownPeers.list().length ?? 0),
    gauge('peers_discovered', 'Peers seen on the local network.', mesh?.discovered().length ?? 0),
    gauge('peer_round_trip_seconds', 'Last round trip to a neighbour.', roundTrips),
    gauge('peer_reconnects_waiting', 'Peers that will be tried again.', found?.reconnect_tasks.count ?? 0),
    counter('envelopes_received_total', 'Envelopes that came in.', total('received')),
    counter('envelopes_delivered_total', 'Envelopes for this node that were taken in.', total('delivered')),
    counter('envelopes_sent_total', 'Own envelopes handed to a connection.', total('sent')),
    counter('envelopes_failed_total', 'Envelopes whose processing failed.', total('failed')),
    counter('envelopes_dropped_total', 'Envelopes not taken in or passed on.', below('dropped.', 'reason')),
    counter('envelopes_refused_total', 'Own envelopes that could not be sent.', below('refused.', 'reason')),
    gauge('pending_envelopes', 'Envelopes kept for peers that are away.', found?.pending_messages.total ?? 0),
    counter('sync_messages_total', 'Messages that reached sync.', syncSamples(components)),
    gauge(
      'sync_queue_depth',
      'Exchanges after connecting under way and waiting.',
      components.mesh?.sync.queueDepth() ?? 0,
    ),
    gauge(
      'catchups_active',
      'Peers whose catch-up answer is coming in.',
      components.mesh?.sync.activeCatchups().length ?? 0,
    ),
  ];
}

/** Counted as `type.fate`. */
function syncSamples(components: HttpComponents): Sample[] {
  return Object.entries(components.mesh?.sync.counts() ?? {})
    .slice(0, MAX_LABEL_VALUES)
    .map(([name, value]) => {
      const at = name.lastIndexOf('.');
      return { labels: { type: name.slice(0, at), fate: name.slice(at + 1) }, value };
    });
}

function httpFamilies({ requests, streams }: MetricsParts): MetricFamily[] {
  const answers = [...requests.byClass()].map(([status, value]) => ({ labels: { status }, value }));
  return [
    counter('http_requests_total', 'Answered requests by class of status.', answers),
    gauge('http_event_streams', 'Open event streams.', streams()),
  ];
}

function storeFamilies({ components }: MetricsParts): MetricFamily[] {
  const { statistics } = components;
  const stored = statistics.stored();
  const outbox = Object.entries(statistics.outbox()).map(([kind, value]) => ({ labels: { kind }, value }));
  return [
    gauge('database_size_bytes', 'Size of the database without its log.', statistics.sizeBytes()),
    gauge('stored_messages', 'Stored messages.', [
      { labels: { kind: 'channel' }, value: stored.channel_messages },
      { labels: { kind: 'direct' }, value: stored.direct_messages },
    ]),
    gauge('channels', 'Channels known.', stored.channels),
    gauge('users', 'People known, of this node and others.', stored.users),
    gauge('sessions', 'Browser sessions with somebody signed in.', stored.sessions),
    gauge('outbox_entries', 'What is owed to other nodes, by kind.', outbox),
  ];
}

function labelled(counts: readonly (readonly [string, number])[], label: string): Sample[] {
  const shown = counts.slice(0, MAX_LABEL_VALUES);
  const rest = counts.slice(MAX_LABEL_VALUES).reduce((sum, [, n]) => sum + n, 0);
  const samples = shown.map(([name, value]) => ({ labels: { [label]: name }, value }));
  return rest === 0 ? samples : [...samples, { labels: { [label]: 'other' }, value: rest }];
}

function gauge(name: string, help: string, value: number | readonly Sample[]): MetricFamily {
  return family('gauge', name, help, value);
}

function counter(name: string, help: string, value: number | readonly Sample[]): MetricFamily {
  return family('counter', name, help, value);
}

function family(
  type: MetricFamily['type'],
  name: string,
  help: string,
  value: number | readonly Sample[],
): MetricFamily {
  const samples = typeof value === 'number' ? [{ value }] : value;
  return { name: `canopy_${name}`, help, type, samples };
}
