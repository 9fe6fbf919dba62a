/**
 * This node between two others (02 section 4.2): introduces a neighbour that asks to another neighbour, and offers both
 * to carry for them when the policy says so.
 *
 * Deviation D-38: it vouches for what it introduces: the keys are those the requester showed in its own handshake with this node, not
 * those in the request; the endpoints are the requester's own claim, signed by it, cleaned and few.
 */
import type { InboundMessage } from '../../mesh/types.ts';
import { brokerSteps } from '../../mesh/relay/brokering.ts';
import type { BrokerStep } from '../../mesh/relay/brokering.ts';
import { encodeBase58 } from '../../wire/base58.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { Inbound } from '../inbound.ts';
import { REQUESTS_PER_MINUTE } from './limits.ts';
import { usableEndpoints } from './endpoints.ts';
import { PeerRates } from './rates.ts';

/** Frames of brokering are for a neighbour and nobody behind it (02 section 1). */
export const BROKER_TTL = 1;

export class Broker {
  readonly #c: SyncComponents;
  readonly #rates: PeerRates;

  constructor(components: SyncComponents) {
    this.#c = components;
    this.#rates = new PeerRates(components.ports, { perMinute: REQUESTS_PER_MINUTE });
  }

  register(inbound: Inbound): void {
    inbound.on('broker_request', 'trusted', ({ target_peer, requester_endpoints }, message) =>
      this.#asked(message, target_peer, requester_endpoints),
    );
  }

  async #asked(message: InboundMessage, target: PeerId | null, claimed: readonly string[]): Promise<void> {
    const { mesh, workspace, log } = this.#c;
    const requester = message.from;
    // Nobody is introduced whom this node does not see itself.
    if (target === null || !message.targeted || message.via !== requester) return;
    const steps = brokerSteps({
      policy: mesh.relays.policy,
      localPeerId: mesh.peerId,
      requester,
      accepted: workspace.trust.isTrusted(requester),
      target,
      neighbours: mesh.neighbours(),
    });
    if (steps.length === 0) return;
    if (!this.#rates.admit(requester)) {
      log.warn({ peer: requester }, 'a peer asks for introductions too often');
      return;
    }
    const endpoints = usableEndpoints(mesh, claimed);
    for (const step of steps) if (!(await this.#send(step, endpoints))) return;
    const carries = steps.length > 1 ? ', and this node carries for them' : '';
    mesh.recordActivity({
      kind: 'connection',
      peer_id: target,
      status: 'broker',
      detail: `Introduced to each other${carries}`,
      endpoint: null,
      via_peer: requester,
    });
  }

  #send({ type, to, about }: BrokerStep, endpoints: readonly string[]): Promise<boolean> {
    const keys = type === 'broker_intro' ? this.#c.knownPeers.get(about) : undefined;
    const metadata =
      keys === undefined
        ? { type, target_peer: about }
        : {
            type,
            requester_peer_id: about,
            requester_endpoints: endpoints,
            requester_keys: {
              ed25519_public_key: encodeBase58(keys.ed25519PublicKey),
              x25519_public_key: encodeBase58(keys.x25519PublicKey),
            },
          };
    return this.#c.mesh.sendDirect(type, to, { content: '', metadata }, { ttl: BROKER_TTL });
  }
}
