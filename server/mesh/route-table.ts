/**
 * Next hops to peers that are no neighbours (02 section 3.6). A route was *offered* by the next hop, which then carries
 * everything, or *learned* from a message that came through it, which only shows that floods get through. A route lasts
 * as long as its next hop and the absence of a direct connection.
 */
import type { PeerId } from '../wire/ids.ts';
import { MAX_ROUTES } from './limits.ts';

/** One way to a peer. Times are Unix ms. */
export interface Route {
  readonly hop: PeerId;
  /** The next hop offered to carry; otherwise the route was learned. */
  readonly offered: boolean;
  /** When it was offered or learned. */
  readonly since: number;
  /** When a message of the peer last came this way. */
  readonly heardAt: number;
}

/** Target to route, oldest entry out when full. */
export class RouteTable {
  readonly #routes = new Map<PeerId, Route>();

  get(target: string): Route | undefined {
    return this.#routes.get(target as PeerId);
  }

  /** Next hop towards `target`, if any. */
  next(target: string): PeerId | undefined {
    return this.get(target)?.hop;
  }

  /** Sets the way to a peer; an update keeps the entry's age in the table. */
  set(target: PeerId, hop: PeerId, options: { offered?: boolean; now?: number } = {}): void {
    const { offered = true, now = 0 } = options;
    if (!this.#routes.has(target) && this.#routes.size >= MAX_ROUTES) this.#evict();
    this.#routes.set(target, { hop, offered, since: now, heardAt: now });
  }

  /** A message of `target` came through `hop`. */
  heard(target: string, hop: PeerId, now: number): void {
    const route = this.get(target);
    if (route?.hop === hop) this.#routes.set(target as PeerId, { ...route, heardAt: now });
  }

  /** The next hop no longer stands by its offer: what is left is what was learned. */
  demote(target: string): void {
    const route = this.get(target);
    if (route !== undefined) this.#routes.set(target as PeerId, { ...route, offered: false });
  }

  /** Removes the route to `target`; whether there was one. */
  remove(target: string): boolean {
    return this.#routes.delete(target as PeerId);
  }

  /** Removes all routes through `hop`; their targets. */
  removeVia(hop: string): PeerId[] {
    const gone = [...this.#routes].filter(([, route]) => route.hop === hop).map(([target]) => target);
    for (const target of gone) this.#routes.delete(target);
    return gone;
  }

  entries(): [PeerId, Route][] {
    return [...this.#routes];
  }

  /** As a plain record, for the API. */
  toRecord(): Record<string, PeerId> {
    return Object.fromEntries(this.entries().map(([target, { hop }]) => [target, hop]));
  }

  /** The oldest learned route goes first: anybody can make us learn one, and nobody may push out what was offered. */
  #evict(): void {
    const learned = [...this.#routes].find(([, route]) => !route.offered)?.[0];
    const oldest = learned ?? [...this.#routes.keys()][0];
    if (oldest !== undefined) this.#routes.delete(oldest);
  }
}
