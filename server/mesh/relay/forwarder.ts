/**
 * Carries foreign envelopes to neighbours (02 section 3.4) within the budgets of those they are carried for: bytes per
 * author (02 section 10), and what goes from one peer to another one also per pair (06 section 2.4). Tunnels have the
 * pair's budget alone.
 */
import type { Clock, Timers } from '../../ports/types.ts';
import { frameText } from '../../wire/envelope.ts';
import type { Envelope } from '../../wire/envelope.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { Connections } from '../connections.ts';
import type { Counters } from '../counters.ts';
import { FORWARD_BYTES_PER_AUTHOR, FORWARD_WINDOW, MAX_FORWARD_BACKLOG_BYTES } from '../limits.ts';
import type { Decision } from '../router.ts';
import type { Session } from '../session.ts';
import { TokenBucket } from '../token-bucket.ts';
import { PairTraffic } from './pair-traffic.ts';
import { isTunnel } from './policy.ts';

/** Authors whose forwarding budget is remembered. */
const MAX_FORWARD_BUDGETS = 1_000;

/** What became of a frame; `paced`: it would have waited too long for its turn. */
export type Written = 'written' | 'paced' | 'failed';

export interface ForwarderComponents {
  clock: Clock;
  timers: Timers;
  connections: Connections;
  counters: Counters;
  /** Writes a foreign frame, paced as the neighbour needs it. Never rejects. */
  write(session: Session, envelope: Envelope, text: string): Promise<Written>;
  /** Keeps for later what could not go to its target; whether it waits now. */
  keep(envelope: Envelope): boolean;
}

/** Forwards. */
export class Forwarder {
  readonly pairs: PairTraffic;
  readonly #components: ForwarderComponents;
  readonly #budgets = new Map<PeerId, TokenBucket>();

  /** @param init.pairBytesPerSecond in place of the usual limit of one pair. */
  constructor(components: ForwarderComponents, init: { pairBytesPerSecond?: number } = {}) {
    this.#components = components;
    const { pairBytesPerSecond: bytesPerSecond } = init;
    this.pairs = new PairTraffic(components, bytesPerSecond === undefined ? {} : { bytesPerSecond });
  }

  /** Hands the copies of a decision on, or drops and counts them. */
  forward({ forward, kind }: Pick<Decision, 'forward' | 'kind'>): void {
    const envelope = forward[0]?.envelope;
    if (envelope === undefined) return;
    const { counters } = this.#components;
    const text = frameText(envelope);
    const tunnel = isTunnel(envelope);
    for (const { to } of forward) {
      if (!tunnel && !this.#mayCarry(envelope.fromPeer, text.length)) {
        counters.add('dropped.forward_budget');
        continue;
      }
      const hand = (): void => this.#hand(to, envelope, text, kind === 'flood');
      if (envelope.toPeer === null || kind === 'flood') hand();
      else if (!this.pairs.carry(envelope.fromPeer, envelope.toPeer, text.length, hand))
        counters.add('dropped.relay_pair');
    }
  }

  #hand(to: PeerId, envelope: Envelope, text: string, flood: boolean): void {
    const { connections, counters, write, keep } = this.#components;
    // What is on its way to one peer waits for it when the next hop is gone (02 R10).
    const failed = (): void => counters.add(!flood && keep(envelope) ? 'kept' : 'dropped.forward_failed');
    const session = connections.get(to);
    if (session === undefined) return failed();
    if (session.backlogBytes + text.length > MAX_FORWARD_BACKLOG_BYTES)
      return counters.add('dropped.slow_neighbour');
    void write(session, envelope, text).then((written) => {
      if (written === 'written') counters.add('forwarded');
      // A neighbour that is still there was sent more than it takes.
      else if (written === 'paced' && connections.get(to) === session) counters.add('dropped.forward_failed');
      else failed();
    });
  }

  #mayCarry(author: PeerId, bytes: number): boolean {
    const now = this.#components.clock.monotonic();
    const budget =
      this.#budgets.get(author) ??
      new TokenBucket(FORWARD_BYTES_PER_AUTHOR, FORWARD_BYTES_PER_AUTHOR / (FORWARD_WINDOW / 1000), now);
    // Oldest use out: the map keeps the order of use.
    this.#budgets.delete(author);
    this.#budgets.set(author, budget);
    if (this.#budgets.size > MAX_FORWARD_BUDGETS) {
      const oldest = this.#budgets.keys().next();
      if (oldest.done !== true) this.#budgets.delete(oldest.value);
    }
    return budget.take(bytes, now);
  }
}
