/** The list of what happened lately on the mesh: a ring in memory, oldest first (04 section 3.0, ActivityEvent). */
import type { Clock } from '../ports/types.ts';
import type { EventBus } from '../telemetry/bus.ts';
import { MAX_ACTIVITY } from './limits.ts';
import type { ActivityEvent } from './types.ts';

/** Security events of one peer and reason are worth one line a minute. */
const SECURITY_INTERVAL_MS = 60_000;
/** Peers and reasons remembered for that. */
const MAX_SECURITY_KEYS = 1_000;

/** Words of the connection events. */
export type ConnectionStatus =
  | 'attempt'
  | 'connected'
  | 'failed'
  | 'reconnect'
  | 'disconnected'
  | 'broker'
  | 'pending'
  | 'forced_failover'
  | 'forgotten';

/** Collects events and publishes their ids. */
export class Activity {
  readonly #clock: Clock;
  readonly #bus: EventBus;
  readonly #ring: ActivityEvent[] = [];
  readonly #security = new Map<string, number>();

  constructor(components: { clock: Clock; bus: EventBus }) {
    this.#clock = components.clock;
    this.#bus = components.bus;
  }

  /** Adds an event; id and time are filled in when absent. */
  record(event: Partial<ActivityEvent> & { kind: string; peer_id: string }): void {
    const now = this.#clock.now();
    const prefix = event.kind === 'connection' ? 'conn' : event.kind;
    const full: ActivityEvent = { id: `${prefix}_${event.peer_id}_${now}`, timestamp: now / 1000, ...event };
    this.#ring.push(full);
    if (this.#ring.length > MAX_ACTIVITY) this.#ring.shift();
    this.#bus.publish({ type: 'activity', id: full.id });
  }

  /** Adds a connection event. */
  connection(
    peer: string,
    status: ConnectionStatus,
    detail: string,
    endpoint: string | null = null,
    via: string | null = null,
  ): void {
    this.record({ kind: 'connection', peer_id: peer, status, detail, endpoint, via_peer: via });
  }

  /** Adds a security event, at most one a minute per peer and reason. */
  security(peer: string, status: 'blocked' | 'warning', detail: string): void {
    const now = this.#clock.monotonic();
    const key = `${peer} ${detail}`;
    const last = this.#security.get(key);
    if (last !== undefined && now - last < SECURITY_INTERVAL_MS) return;
    if (this.#security.size >= MAX_SECURITY_KEYS) this.#security.clear();
    this.#security.set(key, now);
    this.record({ kind: 'security', peer_id: peer, status, detail });
  }

  /** Events strictly after `since` (Unix seconds), oldest first; of these the newest `limit`. */
  list(since = 0, limit = MAX_ACTIVITY): ActivityEvent[] {
    return this.#ring.filter((event) => event.timestamp > since).slice(-limit);
  }
}
