/**
 * How fast packets of all tunnels go to a next hop that is not one of ours (06 section 2.3): below what its receiver
 * allows one author, so that it drops nothing. What waits is packed together meanwhile.
 */
import type { Clock } from '../../ports/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import { HOP_PACE, MAX_PACED_HOPS } from './limits.ts';

const LONGEST = Math.max(...HOP_PACE.map(({ packets }) => packets));

/** Gives turns. */
export class HopPace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Times of the last packets by hop, ascending; hops in the order of use. */
  readonly #sent = new Map<PeerId, number[]>();

  constructor(components: { clock: Pick<Clock, 'monotonic'> }) {
    this.#clock = components.clock;
  }

  /** Takes a turn: 0 when a packet may go to `hop` now, else how many ms to wait for one. */
  turn(hop: PeerId): number {
    const now = this.#clock.monotonic();
    const sent = this.#sent.get(hop) ?? [];
    this.#sent.delete(hop);
    this.#sent.set(hop, sent);
    if (this.#sent.size > MAX_PACED_HOPS) {
      const oldest = this.#sent.keys().next();
      if (oldest.done !== true) this.#sent.delete(oldest.value);
    }
    const waits = HOP_PACE.map(({ packets, window }) => (sent.at(-packets) ?? -Infinity) + window - now);
    const wait = Math.max(0, ...waits);
    if (wait > 0) return wait;
    sent.push(now);
    if (sent.length > LONGEST) sent.shift();
    return 0;
  }
}
