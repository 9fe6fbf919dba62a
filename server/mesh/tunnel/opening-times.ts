/** When a relayed session with a peer may be opened again after one that came to nothing (06 section 2.2). */
import type { Clock } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import { BACKOFF_FIRST, BACKOFF_MAX, MAX_REMEMBERED_PEERS } from './limits.ts';

/** Waits by peer, oldest out. Monotonic ms. */
export class OpeningTimes {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #waits = new Map<PeerId, { wait: number; until: number }>();

  constructor(components: { clock: Pick<Clock, 'monotonic'> }) {
    this.#clock = components.clock;
  }

  mayOpen(peer: PeerId): boolean {
    return (this.#waits.get(peer)?.until ?? -Infinity) <= this.#clock.monotonic();
  }

  failed(peer: PeerId): void {
    const before = this.#waits.get(peer)?.wait ?? 0;
    const wait = before === 0 ? BACKOFF_FIRST : Math.min(2 * before, BACKOFF_MAX);
    this.#waits.delete(peer);
    this.#waits.set(peer, { wait, until: this.#clock.monotonic() + wait });
    if (this.#waits.size <= MAX_REMEMBERED_PEERS) return;
    const oldest = this.#waits.keys().next();
    if (oldest.done !== true) this.#waits.delete(oldest.value);
  }

  /** A session held, or there is a new reason to try. */
  reset(peer: PeerId): void {
    this.#waits.delete(peer);
  }
}
