/**
 * What happens to a connection that somebody opened to us: handshake, checks, arbitration, ack (01 section 5.4,
 * responder). Nothing is answered before all checks have passed, so whoever is not let in learns nothing.
 */
import type { Link, Timers } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import type { Connections } from './connections.ts';
import { Greeting } from './greeting.ts';
import type { Handshaker } from './handshaker.ts';
import { MAX_PENDING_INBOUND, MAX_PENDING_INBOUND_PER_ADDRESS } from './limits.ts';

export interface ReceptionComponents {
  connections: Connections;
  handshaker: Handshaker;
  timers: Timers;
  log: Log;
}

/** Receives inbound links. */
export class Reception {
  readonly #components: ReceptionComponents;
  /** Links without a session yet, oldest first. */
  readonly #pending = new Set<Link>();

  constructor(components: ReceptionComponents) {
    this.#components = components;
  }

  /** Inbound links that have not finished their handshake. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Takes over a link; never throws. */
  accept(link: Link): void {
    this.#makeRoom(link);
    this.#pending.add(link);
    const { log } = this.#components;
    this.#receive(link)
      .catch((error: unknown) => {
        log.error({ err: error }, 'an inbound connection failed');
        link.terminate();
      })
      .finally(() => this.#pending.delete(link));
  }

  /** Cuts what has not become a session. */
  stop(): void {
    for (const link of this.#pending) link.terminate();
  }

  async #receive(link: Link): Promise<void> {
    const { connections, handshaker, timers, log } = this.#components;
    const greeting = new Greeting(link, timers);
    const outcome = await handshaker.await(greeting);
    if (!outcome.ok) {
      log.debug({ from: link.remoteAddress, reason: outcome.reason }, 'inbound handshake refused');
      return link.close();
    }
    const { greeted } = outcome;
    const { peerId } = greeted.peer;
    const init = { outbound: false, endpoint: null };
    const objection = connections.objection(greeted, { ...init, endpoint: link.remoteAddress });
    if (objection !== null) {
      log.info({ peer: peerId, reason: objection }, 'inbound connection refused');
      return link.close();
    }
    const clear = await connections.clearWay(peerId);
    if (greeting.closed) return;
    // While it waited a person may have blocked or disconnected it, and the places may have been taken.
    const later = connections.objection(greeted, { ...init, endpoint: link.remoteAddress });
    if (later !== null) {
      log.info({ peer: peerId, reason: later }, 'inbound connection refused');
      return link.close();
    }
    // The ack is on its way before the session exists, so nothing can be sent ahead of it.
    const acked = link.send(handshaker.introduction('handshake_ack'));
    acked.catch(() => undefined);
    const session = clear ? connections.adopt(greeting, greeted, init) : 'duplicate';
    if (typeof session === 'string') {
      log.debug({ peer: peerId, reason: session }, 'inbound connection closed');
      link.close();
    }
  }

  /** Over a limit the oldest waiting link goes: of the same address first, then of the address that holds most. */
  #makeRoom(link: Link): void {
    const own = this.#of(hostOf(link));
    if (own.length >= MAX_PENDING_INBOUND_PER_ADDRESS) return this.#cut(own[0]);
    if (this.#pending.size < MAX_PENDING_INBOUND) return;
    const hosts = [...new Set([...this.#pending].map(hostOf))].map((host) => this.#of(host));
    hosts.sort((a, b) => b.length - a.length);
    this.#cut(hosts[0]?.[0]);
  }

  #of(host: string): Link[] {
    return [...this.#pending].filter((link) => hostOf(link) === host);
  }

  #cut(link: Link | undefined): void {
    if (link === undefined) return;
    this.#pending.delete(link);
    link.terminate();
  }
}

function hostOf(link: Link): string {
  return link.remoteAddress.slice(0, link.remoteAddress.lastIndexOf(':'));
}
