/**
 * This node as the one that wants to reach somebody (02 section 4.1). Deviation D-36: asks connected peers to
 * introduce it, the introducers of the peer first, one after the other until the peer can be reached. The own relay
 * policy has no say in it (guide, section 8).
 */
import type { Timer } from '../../ports/types.ts';
import { encodeBase58 } from '../../wire/base58.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import { BROKER_TTL } from './broker.ts';
import { ANSWER_WINDOW, BROKER_PATIENCE, MAX_BROKERINGS, MAX_BROKERS, REQUEST_TIMEOUT } from './limits.ts';

/** How asking ended so far. */
export interface Asked {
  /** The broker that has the request now; `null` when none could be asked. */
  via: PeerId | null;
  /** Brokers the request was offered to, in order. */
  attempted: PeerId[];
}

interface Brokering {
  /** Those not asked yet. */
  next: PeerId[];
  asked: Map<PeerId, number>;
  timer: Timer | null;
}

export class BrokerRequests {
  readonly #c: SyncComponents;
  readonly #running = new Map<PeerId, Brokering>();

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  stop(): void {
    for (const { timer } of this.#running.values()) timer?.cancel();
    this.#running.clear();
  }

  /** Whether an introduction to `peer` was asked of `broker` a moment ago. */
  solicited(peer: PeerId, broker: PeerId): boolean {
    const at = this.#running.get(peer)?.asked.get(broker);
    return at !== undefined && this.#c.ports.clock.monotonic() - at < ANSWER_WINDOW;
  }

  /**
   * Asks for an introduction to `peer`. Resolves as soon as one broker has the request; when nothing comes of it, the next
   * one is asked in the background.
   */
  async ask(peer: PeerId): Promise<Asked> {
    this.#running.get(peer)?.timer?.cancel();
    const brokering: Brokering = { next: this.#candidates(peer), asked: new Map(), timer: null };
    this.#remember(peer, brokering);
    const attempted: PeerId[] = [];
    const via = await this.#askNext(peer, brokering, attempted);
    return { via, attempted };
  }

  /** Asks one peer that carried before to do so again; whether it was told. */
  async renew(peer: PeerId, broker: PeerId): Promise<boolean> {
    const brokering = this.#running.get(peer) ?? { next: [], asked: new Map(), timer: null };
    this.#remember(peer, brokering);
    return this.#send(peer, broker, brokering);
  }

  /** Connected introducers in the order in which they introduced the peer, the last one first; then all others. */
  #candidates(peer: PeerId): PeerId[] {
    const { mesh } = this.#c;
    const introduced = mesh.introducedPeer(peer);
    const introducers = introduced === undefined ? [] : [...introduced.introduced_via].reverse();
    const neighbours = mesh.neighbours().filter((other) => other !== peer);
    const first = introducers.filter((other) => neighbours.includes(other));
    const others = neighbours.filter((other) => this.#c.workspace.trust.isTrusted(other));
    return [...new Set([...first, ...others])].slice(0, MAX_BROKERS);
  }

  async #askNext(peer: PeerId, brokering: Brokering, attempted: PeerId[]): Promise<PeerId | null> {
    for (let broker = brokering.next.shift(); broker !== undefined; broker = brokering.next.shift()) {
      attempted.push(broker);
      if (!(await this.#send(peer, broker, brokering))) {
        this.#record(peer, 'pending', 'The request for an introduction was not handed over', broker);
        continue;
      }
      this.#record(peer, 'broker', 'Asked for an introduction', broker);
      this.#wait(peer, brokering);
      return broker;
    }
    return null;
  }

  #wait(peer: PeerId, brokering: Brokering): void {
    if (this.#running.get(peer) !== brokering) return;
    brokering.timer = this.#c.ports.timers.after(BROKER_PATIENCE, () => {
      brokering.timer = null;
      if (this.#c.mesh.canReach(peer) !== null || this.#running.get(peer) !== brokering) return;
      void this.#askNext(peer, brokering, []).then((via) => {
        if (via === null && this.#c.mesh.canReach(peer) === null)
          this.#record(peer, 'failed', 'No contact could introduce or carry', null);
      });
    });
  }

  async #send(peer: PeerId, broker: PeerId, brokering: Brokering): Promise<boolean> {
    const { mesh, identity, ports } = this.#c;
    brokering.asked.set(broker, ports.clock.monotonic());
    const metadata = {
      type: 'broker_request',
      target_peer: peer,
      requester_endpoints: mesh.localEndpoints(),
      requester_keys: {
        ed25519_public_key: encodeBase58(identity.ed25519.publicKey),
        x25519_public_key: encodeBase58(identity.x25519.publicKey),
      },
    };
    const sending = mesh.sendDirect('broker_request', broker, { content: '', metadata }, { ttl: BROKER_TTL });
    return new Promise((resolve) => {
      const timer = ports.timers.after(REQUEST_TIMEOUT, () => resolve(false));
      void sending.then((sent) => {
        timer.cancel();
        resolve(sent);
      });
    });
  }

  #remember(peer: PeerId, brokering: Brokering): void {
    this.#running.delete(peer);
    this.#running.set(peer, brokering);
    if (this.#running.size <= MAX_BROKERINGS) return;
    const [oldest, old] = [...this.#running][0] ?? [];
    old?.timer?.cancel();
    if (oldest !== undefined) this.#running.delete(oldest);
  }

  #record(peer: PeerId, status: string, detail: string, via: PeerId | null): void {
    this.#c.mesh.recordActivity({
      kind: 'connection',
      peer_id: peer,
      status,
      detail,
      endpoint: null,
      via_peer: via,
    });
  }
}
