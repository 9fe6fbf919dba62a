/**
 * Brokering and relays as a whole (02 section 4, guide section 8): the three parts a node can play, and the upkeep. `http`
 * starts a brokering here when a person clicks *Connect* and the direct way failed.
 */
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { Inbound } from '../inbound.ts';
import type { PeerKnowledge } from '../peer-knowledge.ts';
import { Broker } from './broker.ts';
import { IntroducedRequesters } from './introduced-requesters.ts';
import { Offers } from './offers.ts';
import { BrokerRequests } from './requests.ts';
import type { Asked } from './requests.ts';
import { RelayUpkeep } from './upkeep.ts';

export class Brokering {
  readonly #broker: Broker;
  readonly #requesters: IntroducedRequesters;
  readonly #requests: BrokerRequests;
  readonly #offers: Offers;
  readonly #upkeep: RelayUpkeep;

  /** @param init.reached told when a peer can be reached through a relay from now on. */
  constructor(
    components: SyncComponents,
    init: { reached(peer: PeerId): void; knowledge: Pick<PeerKnowledge, 'couldBeSecure'> },
  ) {
    this.#broker = new Broker(components);
    this.#requesters = new IntroducedRequesters(components);
    this.#requests = new BrokerRequests(components);
    this.#upkeep = new RelayUpkeep(components, { requests: this.#requests, knowledge: init.knowledge });
    this.#offers = new Offers(components, {
      expected: (target, relay) =>
        this.#requests.solicited(target, relay) || this.#requesters.announced(target, relay),
      reached: (target) => {
        this.#upkeep.relayed(target);
        init.reached(target);
      },
    });
  }

  register(inbound: Inbound): void {
    for (const part of [this.#broker, this.#requesters, this.#offers]) part.register(inbound);
  }

  start(): void {
    this.#upkeep.start();
  }

  stop(): void {
    this.#upkeep.stop();
    this.#requests.stop();
  }

  /** A neighbour came. */
  connected(peer: PeerId): void {
    this.#upkeep.neighbourCame(peer);
  }

  /** Asks connected peers to bring this node and `peer` together. */
  ask(peer: PeerId): Promise<Asked> {
    return this.#requests.ask(peer);
  }
}
