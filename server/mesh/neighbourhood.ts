/**
 * The nodes seen on the LAN (01 section 3): who they claim to be and where, and when to dial them. Nothing here is
 * authenticated; the handshake decides. The smaller peer id dials at once, the other waits a little, so that two
 * nodes that see each other do not both dial.
 */
import type { Clock, SeenService, Timer, Timers } from '../ports/types.ts';
import { isPeerId } from '../wire/ids.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import { readService, serviceEndpoints } from '../wire/mdns.ts';
import type { DiscoveredService } from '../wire/mdns.ts';
import { DISCOVERY_DIAL_DELAY, MAX_DISCOVERED, MAX_DISCOVERED_ADDRESSES } from './limits.ts';
import type { DiscoveredPeer } from './types.ts';

export interface NeighbourhoodComponents {
  clock: Clock;
  timers: Timers;
}

export interface NeighbourhoodInit {
  localPeerId: PeerId;
  allowLoopback: boolean;
  /** The peer should be dialled now, if it is not connected. */
  dial(peer: PeerId): void;
  /** The list changed. */
  changed(peer: PeerId): void;
}

/** A node on the LAN. */
export interface LanNode extends DiscoveredService {
  endpoints: Endpoint[];
  /** Unix seconds. */
  discoveredAt: number;
}

/** Nodes seen on the LAN, by claimed peer id; the latest record of an id wins. */
export class Neighbourhood {
  readonly #components: NeighbourhoodComponents;
  readonly #init: NeighbourhoodInit;
  readonly #nodes = new Map<PeerId, LanNode & { instance: string }>();
  readonly #timers = new Map<PeerId, Timer>();

  constructor(components: NeighbourhoodComponents, init: NeighbourhoodInit) {
    this.#components = components;
    this.#init = init;
  }

  get(peer: PeerId): LanNode | undefined {
    return this.#nodes.get(peer);
  }

  list(): [PeerId, LanNode][] {
    return [...this.#nodes];
  }

  /** All of them, for the API. */
  toRecords(isConnected: (peer: PeerId) => boolean): DiscoveredPeer[] {
    return this.list().map(([peer, node]) => ({
      peer_id: peer,
      address: node.addresses[0] ?? '',
      addresses: [...node.addresses],
      port: node.port,
      discovered_at: node.discoveredAt,
      connected: isConnected(peer),
    }));
  }

  /** A record appeared or changed. */
  seen(service: SeenService): void {
    const { localPeerId, allowLoopback } = this.#init;
    const addresses = service.addresses.slice(0, MAX_DISCOVERED_ADDRESSES);
    const found = readService({ ...service, addresses }, localPeerId);
    if (found === null || !isPeerId(found.peerId)) return;
    const endpoints = serviceEndpoints(found, { allowLoopback });
    const peer = found.peerId;
    if (endpoints.length === 0 || (!this.#nodes.has(peer) && this.#nodes.size >= MAX_DISCOVERED)) return;
    const discoveredAt = this.#components.clock.now() / 1000;
    this.#nodes.set(peer, { ...found, endpoints, discoveredAt, instance: service.instance });
    this.#init.changed(peer);
    if (localPeerId < peer) return this.#init.dial(peer);
    this.#timers.get(peer)?.cancel();
    const timer = this.#components.timers.after(DISCOVERY_DIAL_DELAY, () => {
      this.#timers.delete(peer);
      if (this.#nodes.has(peer)) this.#init.dial(peer);
    });
    this.#timers.set(peer, timer);
  }

  /** A record disappeared. Connections are not touched. */
  gone(instance: string): void {
    const key = instance.toLowerCase();
    for (const [peer, node] of this.#nodes) if (node.instance.toLowerCase() === key) this.forget(peer);
  }

  /** Forgets a node until its record changes; whether it was there. */
  forget(peer: PeerId): boolean {
    this.#timers.get(peer)?.cancel();
    this.#timers.delete(peer);
    const removed = this.#nodes.delete(peer);
    if (removed) this.#init.changed(peer);
    return removed;
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#nodes.clear();
  }
}
