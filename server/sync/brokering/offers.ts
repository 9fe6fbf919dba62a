/**
 * Relays this node is offered (02 section 4.4). Deviation D-41: an offer counts from an accepted neighbour that
 * speaks for itself; one that nobody asked for and no introduction announced never takes the place of a relay that
 * works. An accepted one is left as soon as a direct connection comes about, which is tried shortly after.
 */
import type { InboundMessage } from '../../mesh/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { Inbound } from '../inbound.ts';
import { OFFERS_PER_MINUTE, PROMOTION_DELAY } from './limits.ts';
import { PeerRates } from './rates.ts';

export interface OffersInit {
  /** Whether this offer was asked for, or announced. */
  expected(target: PeerId, relay: PeerId): boolean;
  /** The peer can be reached through a relay now. */
  reached(target: PeerId): void;
}

export class Offers {
  readonly #c: SyncComponents;
  readonly #init: OffersInit;
  readonly #rates: PeerRates;

  constructor(components: SyncComponents, init: OffersInit) {
    this.#c = components;
    this.#init = init;
    this.#rates = new PeerRates(components.ports, { perMinute: OFFERS_PER_MINUTE });
  }

  register(inbound: Inbound): void {
    inbound.on('relay_offer', 'trusted', ({ target_peer }, message) => this.#offered(message, target_peer));
  }

  #offered(message: InboundMessage, target: PeerId | null): void {
    const { mesh, ports, log } = this.#c;
    const relay = message.from;
    if (target === null || target === relay || !message.targeted || message.via !== relay) return;
    if (!this.#rates.admit(relay)) {
      log.warn({ peer: relay }, 'a peer offers relays too often');
      return;
    }
    const present = mesh.relays.to(target);
    if (present !== undefined && present !== relay && mesh.relays.isOffered(target)) {
      if (!this.#init.expected(target, relay)) return;
    }
    if (!mesh.relays.accept(target, relay) || present === relay) return;
    ports.timers.after(PROMOTION_DELAY, () => void mesh.attempt(target));
    this.#init.reached(target);
  }
}
