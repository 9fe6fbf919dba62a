/**
 * How often a meeting failed (07 section 3.3): each failure is one guess at the passphrase, so there are few of them, per
 * address and in all, and none with a peer that failed until its process is another one.
 */
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { Clock } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';

const HOUR_MS = 3_600_000;
/** Failures per hour; over them no meeting is begun or answered for an hour. */
export const MAX_FAILURES_PER_ADDRESS = 5;
export const MAX_FAILURES = 100;
/** Peers and addresses remembered. */
const MAX_REMEMBERED = 10_000;

interface Failures {
  /** Monotonic ms. */
  times: number[];
  closedUntil: number;
}

export class Guesses {
  readonly #clock: Clock;
  readonly #all: Failures = { times: [], closedUntil: -Infinity };
  readonly #addresses = new Map<string, Failures>();
  readonly #failed = new Map<PeerId, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a meeting with this peer may be begun or answered. */
  mayMeet(link: Pick<SecureLink, 'peerId' | 'instance'>, address: string): boolean {
    const now = this.#clock.monotonic();
    if (this.#failed.get(link.peerId) === link.instance) return false;
    return this.#all.closedUntil <= now && (this.#addresses.get(address)?.closedUntil ?? 0) <= now;
  }

  /**
   * How many meetings may be answered at once: each gives whoever asked one guess, and is known to have failed only later.
   */
  left(address: string): { here: number; all: number } {
    const now = this.#clock.monotonic();
    const recent = (failures: Failures | undefined): number =>
      failures?.times.filter((at) => now - at < HOUR_MS).length ?? 0;
    return {
      here: MAX_FAILURES_PER_ADDRESS - recent(this.#addresses.get(address)),
      all: MAX_FAILURES - recent(this.#all),
    };
  }

  /** @returns whether this was one too many: somebody is guessing. */
  failed(link: Pick<SecureLink, 'peerId' | 'instance'>, address: string): boolean {
    remember(this.#failed, link.peerId, link.instance);
    const known = this.#addresses.get(address) ?? { times: [], closedUntil: -Infinity };
    remember(this.#addresses, address, known);
    const here = this.#count(known, MAX_FAILURES_PER_ADDRESS);
    return this.#count(this.#all, MAX_FAILURES) || here;
  }

  #count(failures: Failures, max: number): boolean {
    const now = this.#clock.monotonic();
    failures.times = [...failures.times.filter((at) => now - at < HOUR_MS), now];
    if (failures.times.length < max) return false;
    failures.times = [];
    failures.closedUntil = now + HOUR_MS;
    return true;
  }
}

/** Keeps the latest. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}
