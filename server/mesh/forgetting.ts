/** Removing what the mesh knows of a peer: because a person said so (02 section 5.12), or because too many came once. */
import type { KnownPeers } from '../identity/known-peers.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Activity } from './activity.ts';
import type { Connections } from './connections.ts';
import type { Dialer } from './dialer.ts';
import type { EndpointBook } from './endpoint-book.ts';
import type { Introductions } from './introductions.ts';
import { MAX_STRANGERS, STRANGERS_KEPT } from './limits.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerVersions } from './peer-versions.ts';
import type { PendingQueue } from './pending-queue.ts';
import type { Reconnector } from './reconnector.ts';
import type { Relays } from './relay/relays.ts';
import type { Pins } from './secure/pins.ts';
import type { ForgetCounts } from './types.ts';

/** Everything that remembers peers. */
export interface ForgettingComponents {
  knownPeers: KnownPeers;
  introductions: Introductions;
  neighbourhood: Neighbourhood;
  relays: Relays;
  connections: Connections;
  reconnector: Reconnector;
  dialer: Dialer;
  pins: Pins;
  versions: PeerVersions;
  book: EndpointBook;
  pending: PendingQueue;
  activity: Activity;
  bus: EventBus;
}

export class Forgetting {
  readonly #c: ForgettingComponents;

  constructor(components: ForgettingComponents) {
    this.#c = components;
  }

  /** See {@link Mesh.forget}. */
  forget(peer: PeerId, options: { introduced?: boolean }): ForgetCounts {
    const { knownPeers, introductions, neighbourhood, relays, connections, reconnector } = this.#c;
    const count = (removed: boolean): number => (removed ? 1 : 0);
    const cancelled = count(reconnector.cancel(peer));
    const route = count(relays.remove(peer));
    const through = relays.lost(peer).length;
    const introduced = options.introduced === false ? 0 : count(introductions.forget(peer));
    const discovered = count(neighbourhood.forget(peer));
    const known = knownPeers.forget(peer);
    const session = connections.get(peer);
    session?.close('not_wanted');
    this.#c.pins.forget(peer);
    this.#c.dialer.cancel(peer);
    connections.release(peer);
    reconnector.reset(peer);
    this.#c.versions.forget(peer);
    this.#c.book.forget(peer);
    this.#c.pending.drop(peer);
    this.#c.activity.record({
      kind: 'connection',
      peer_id: peer,
      status: 'forgotten',
      detail: 'Peer forgotten',
    });
    this.#c.bus.publish({ type: 'peer.changed', peerId: peer });
    return {
      removed_known_peer: known,
      disconnected: session !== undefined,
      introduced_removed: introduced,
      routes_removed: route + through,
      relay_entries_removed: route + through,
      reconnect_tasks_cancelled: cancelled,
      discovered_removed: discovered,
    };
  }

  /** Whoever comes once with fresh keys is not remembered for ever; it can come again. */
  trimStrangers(): void {
    const { knownPeers, connections, pins } = this.#c;
    const strangers = knownPeers
      .list()
      .filter(
        ({ peerId, keySource }) =>
          keySource !== 'introduced' && keySource !== 'invite' && connections.get(peerId) === undefined,
      )
      .map(({ peerId }) => peerId)
      .filter((peer) => connections.isStranger(peer));
    if (strangers.length <= MAX_STRANGERS) return;
    const gone = strangers.slice(0, -STRANGERS_KEPT);
    knownPeers.forgetAll(gone);
    for (const peer of gone) pins.forget(peer);
  }
}
