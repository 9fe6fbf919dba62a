/** How well each endpoint of each peer worked since start, and the latest failures (02 section 5.8, memory only). */
import type { Clock } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import { MAX_HEALTH_RECORDS, MAX_RECENT_FAILURES } from './limits.ts';
import type { EndpointHealth, RecentFailure } from './types.ts';

type Health = Omit<EndpointHealth, 'sources' | 'currently_connected'>;

/** Records per (peer, endpoint). */
export class EndpointBook {
  readonly #clock: Clock;
  readonly #records = new Map<string, Health>();
  readonly #failures: RecentFailure[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attempt(peer: PeerId, endpoint: string): void {
    const record = this.#record(peer, endpoint);
    record.attempt_count += 1;
    record.last_attempt_at = this.#now();
  }

  success(peer: PeerId, endpoint: string): void {
    const record = this.#record(peer, endpoint);
    record.success_count += 1;
    record.consecutive_failures = 0;
    record.last_success_at = this.#now();
    record.last_status = 'connected';
  }

  failure(peer: PeerId, endpoint: string, reason: string, detail: string): void {
    const record = this.#record(peer, endpoint);
    const timestamp = this.#now();
    record.consecutive_failures += 1;
    record.last_failure_at = timestamp;
    record.last_failure_reason = reason;
    record.last_failure_detail = detail;
    record.last_status = 'failed';
    this.#failures.unshift({ peer_id: peer, endpoint, reason, detail, timestamp });
    this.#failures.length = Math.min(this.#failures.length, MAX_RECENT_FAILURES);
  }

  /** Record of one endpoint; an empty one when it was never tried. */
  health(peer: PeerId, endpoint: string): Health {
    return { ...(this.#records.get(keyOf(peer, endpoint)) ?? empty(endpoint)) };
  }

  /** Newest first. */
  failures(peer?: PeerId): RecentFailure[] {
    return this.#failures.filter((failure) => peer === undefined || failure.peer_id === peer);
  }

  forget(peer: PeerId): void {
    for (const key of this.#records.keys()) if (key.startsWith(`${peer} `)) this.#records.delete(key);
  }

  #record(peer: PeerId, endpoint: string): Health {
    const key = keyOf(peer, endpoint);
    const record = this.#records.get(key) ?? empty(endpoint);
    this.#records.delete(key);
    this.#records.set(key, record);
    if (this.#records.size > MAX_HEALTH_RECORDS) {
      const oldest = this.#records.keys().next();
      if (oldest.done !== true) this.#records.delete(oldest.value);
    }
    return record;
  }

  #now(): number {
    return this.#clock.now() / 1000;
  }
}

function keyOf(peer: PeerId, endpoint: string): string {
  return `${peer} ${endpoint}`;
}

function empty(endpoint: string): Health {
  return {
    endpoint,
    attempt_count: 0,
    success_count: 0,
    consecutive_failures: 0,
    last_attempt_at: null,
    last_success_at: null,
    last_failure_at: null,
    last_failure_reason: null,
    last_failure_detail: null,
    last_status: null,
  };
}
