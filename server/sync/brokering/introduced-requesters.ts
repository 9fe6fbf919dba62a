/**
 * This node as the one somebody wants to reach (02 section 4.3): on a `broker_intro` it dials the requester.
 * Deviation D-40: only an accepted neighbour may introduce, so no stranger decides whom this node dials; the keys must belong to the id and never
 * replace known ones; what the introduction says of endpoints counts as hearsay until a handshake there proves it.
 */
import type { InboundMessage } from '../../mesh/types.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { Inbound } from '../inbound.ts';
import { usableEndpoints } from './endpoints.ts';
import { ANSWER_WINDOW, INTRO_DIAL_INTERVAL, INTROS_PER_MINUTE, MAX_INTRO_DIALS } from './limits.ts';
import { MAX_BROKERINGS } from './limits.ts';
import { PeerRates } from './rates.ts';

/** Keys of a requester, Base58. */
interface RequesterKeys {
  ed25519_public_key: string;
  x25519_public_key: string;
}

interface Seen {
  by: PeerId;
  /** Monotonic ms. */
  at: number;
}

export class IntroducedRequesters {
  readonly #c: SyncComponents;
  readonly #rates: PeerRates;
  /** Who was introduced lately, newest last. */
  readonly #seen = new Map<PeerId, Seen>();
  #dials = 0;

  constructor(components: SyncComponents) {
    this.#c = components;
    this.#rates = new PeerRates(components.ports, { perMinute: INTROS_PER_MINUTE });
  }

  register(inbound: Inbound): void {
    inbound.on('broker_intro', 'trusted', (metadata, message) => {
      const requester = metadata.requester_peer_id;
      // Not waited for: a dial takes longer than the introducer's next message should.
      if (requester !== null)
        void this.#introduced(message, requester, metadata.requester_keys, metadata.requester_endpoints);
    });
  }

  /** Whether `broker` introduced `peer` a moment ago. */
  announced(peer: PeerId, broker: PeerId): boolean {
    const seen = this.#seen.get(peer);
    return seen?.by === broker && this.#c.ports.clock.monotonic() - seen.at < ANSWER_WINDOW;
  }

  async #introduced(
    message: InboundMessage,
    requester: PeerId,
    keys: RequesterKeys | null,
    claimed: readonly string[],
  ): Promise<void> {
    const { mesh, knownPeers, ports, log } = this.#c;
    const { from: broker } = message;
    if (!message.targeted || message.via !== broker) return;
    if (requester === mesh.peerId || requester === broker || mesh.isConnected(requester)) return;
    if (!this.#rates.admit(broker)) {
      log.warn({ peer: broker }, 'a peer introduces others too often');
      return;
    }
    const endpoints = usableEndpoints(mesh, claimed);
    if (keys !== null)
      mesh.introduce(
        [
          {
            peerId: requester,
            endpoints,
            ed25519PublicKey: keys.ed25519_public_key,
            x25519PublicKey: keys.x25519_public_key,
          },
        ],
        broker,
      );
    if (knownPeers.get(requester) === undefined) return;
    const now = ports.clock.monotonic();
    const again = now - (this.#seen.get(requester)?.at ?? -Infinity) < INTRO_DIAL_INTERVAL;
    this.#note(requester, { by: broker, at: now });
    if (again || this.#dials >= MAX_INTRO_DIALS || !mesh.isWelcome(requester)) return;
    mesh.recordActivity({
      kind: 'connection',
      peer_id: requester,
      status: 'attempt',
      detail: 'Introduced by a common contact; connecting back',
      endpoint: endpoints[0] ?? null,
      via_peer: broker,
    });
    this.#dials += 1;
    await mesh.attempt(requester, endpoints).finally(() => (this.#dials -= 1));
  }

  #note(requester: PeerId, seen: Seen): void {
    this.#seen.delete(requester);
    this.#seen.set(requester, seen);
    if (this.#seen.size <= MAX_BROKERINGS) return;
    const oldest = this.#seen.keys().next();
    if (oldest.done !== true) this.#seen.delete(oldest.value);
  }
}
