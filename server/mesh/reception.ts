/**
 * What happens to a connection that somebody opened to us: handshake, checks, ack (01 section 5.4, responder), then the
 * upgrade to a secure session where both sides have it (06 section 1), else arbitration as in 01. Nothing is answered
 * before all checks have passed, so whoever is not let in learns nothing; and nothing is believed of a secure one
 * before it has confirmed.
 */
import { addressKey } from '../ports/address-key.ts';
import type { Clock, Link, Timers } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import type { Activity } from './activity.ts';
import { ConnectionRates } from './connection-rates.ts';
import type { Connections, RefusalReason } from './connections.ts';
import { Greeting } from './greeting.ts';
import type { Greeted, Handshaker } from './handshaker.ts';
import { MAX_PENDING_INBOUND, MAX_PENDING_INBOUND_PER_ADDRESS } from './limits.ts';
import type { Alarms } from './secure/alarms.ts';
import { LinkCarrier } from './secure/carrier.ts';
import type { Links } from './secure/links.ts';
import { UpgradeError } from './secure/upgrade.ts';
import type { Upgraded, Upgrader } from './secure/upgrade.ts';

export interface ReceptionComponents {
  activity: Activity;
  connections: Connections;
  handshaker: Handshaker;
  upgrader: Upgrader;
  links: Links;
  alarms: Alarms;
  clock: Clock;
  timers: Timers;
  log: Log;
}

/** Addresses named in the log: how often each, and how many are remembered. */
const TELL_INTERVAL_MS = 60_000;
const MAX_TOLD = 1_000;

/** Receives inbound links. */
export class Reception {
  readonly #components: ReceptionComponents;
  /** Links without a session yet, oldest first. */
  readonly #pending = new Set<Link>();
  readonly #rates: ConnectionRates;
  /** Addresses that were named, with the time. */
  readonly #told = new Map<string, number>();

  constructor(components: ReceptionComponents) {
    this.#components = components;
    this.#rates = new ConnectionRates(components);
  }

  /** Inbound links that have not finished their handshake. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Takes over a link; never throws. */
  accept(link: Link): void {
    if (!this.#rates.admit(addressOf(link))) {
      this.tooMany(hostOf(link));
      return link.terminate();
    }
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

  /** Somebody opens more connections than are kept open: said once a minute per address. */
  tooMany(address: string): void {
    const { activity, clock, log } = this.#components;
    const now = clock.monotonic();
    const last = this.#told.get(address);
    if (last !== undefined && now - last < TELL_INTERVAL_MS) return;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.set(address, now);
    log.warn({ from: address }, 'an address opens more connections than are kept open');
    activity.security(address, 'blocked', 'This address opens more connections than are kept open.');
  }

  /** Cuts what has not become a session. */
  stop(): void {
    for (const link of this.#pending) link.terminate();
  }

  async #receive(link: Link): Promise<void> {
    const { handshaker, timers, log } = this.#components;
    const greeting = new Greeting(link, timers);
    const outcome = await handshaker.await(greeting);
    if (!outcome.ok) {
      log.debug({ from: link.remoteAddress, reason: outcome.reason }, 'inbound handshake refused');
      return link.close();
    }
    const { greeted } = outcome;
    const objection = this.#objection(greeted, link);
    if (objection !== null) return this.#refuse(greeted, link, objection);
    return greeted.secure ? this.#upgrade(greeting, greeted) : this.#adoptPlain(greeting, greeted);
  }

  /** 06 sections 1.1 and 1.2. */
  async #upgrade(greeting: Greeting, greeted: Greeted): Promise<void> {
    const { connections, handshaker, upgrader, links, alarms, log } = this.#components;
    const { link } = greeting;
    const { peerId, x25519PublicKey } = greeted.peer;
    const ack = handshaker.introduction('handshake_ack');
    link.send(ack).catch(() => undefined);
    let upgraded: Upgraded;
    try {
      upgraded = await upgrader.respond(greeting, {
        handshake: greeted.text,
        ack,
        remoteKey: x25519PublicKey,
      });
    } catch (error) {
      if (!(error instanceof UpgradeError)) throw error;
      log.debug({ peer: peerId, from: link.remoteAddress, reason: error.code }, 'an upgrade came to nothing');
      if (error.code === 'secure_upgrade_failed') alarms.raise(peerId, error.code);
      return link.close(1008);
    }
    const { instance } = upgraded.presence;
    const verdict = await connections.judgeConfirmed(peerId, instance);
    if (greeting.closed) return;
    // While it waited a person may have blocked or disconnected it, and the places may have been taken.
    const objection = this.#objection(greeted, link);
    if (objection !== null) {
      log.info({ peer: peerId, reason: objection }, 'inbound connection refused');
      const code = objection === 'connection_limit_reached' ? 'limit' : 'not_wanted';
      return upgrader.refuse(greeting, upgraded, code);
    }
    if (verdict === 'duplicate') return upgrader.refuse(greeting, upgraded, verdict);
    if (connections.noteReplacement(peerId, instance)) alarms.raise(peerId, 'duplicate_identity');
    upgrader.ready(greeting, upgraded);
    links.adopt({
      carrier: new LinkCarrier(greeting),
      upgraded,
      peer: greeted.peer,
      capabilities: greeted.shared,
      outbound: false,
      endpoint: null,
      via: null,
    });
  }

  async #adoptPlain(greeting: Greeting, greeted: Greeted): Promise<void> {
    const { connections, handshaker, log } = this.#components;
    const { link } = greeting;
    const { peerId } = greeted.peer;
    const clear = await connections.clearWay(peerId);
    if (greeting.closed) return;
    const later = this.#objection(greeted, link);
    if (later !== null) return this.#refuse(greeted, link, later);
    // The ack is on its way before the session exists, so nothing can be sent ahead of it.
    const acked = link.send(handshaker.introduction('handshake_ack'));
    acked.catch(() => undefined);
    const init = { outbound: false, endpoint: null };
    const session = clear ? connections.adopt(greeting, greeted, init) : 'duplicate';
    if (typeof session === 'string') {
      log.debug({ peer: peerId, reason: session }, 'inbound connection closed');
      link.close();
    }
  }

  #objection(greeted: Greeted, link: Link): RefusalReason | null {
    return this.#components.connections.objection(greeted, { outbound: false, endpoint: link.remoteAddress });
  }

  #refuse(greeted: Greeted, link: Link, reason: RefusalReason): void {
    const { alarms, log } = this.#components;
    const { peerId } = greeted.peer;
    log.info({ peer: peerId, reason }, 'inbound connection refused');
    if (reason === 'secure_required' || reason === 'peer_key_changed') alarms.raise(peerId, reason);
    link.close();
  }

  /** Over a limit the oldest waiting link goes: of the same address first, then of the address that holds most. */
  #makeRoom(link: Link): void {
    const own = this.#of(addressOf(link));
    const crowded = own.length >= MAX_PENDING_INBOUND_PER_ADDRESS;
    if (!crowded && this.#pending.size < MAX_PENDING_INBOUND) return;
    this.tooMany(hostOf(link));
    if (crowded) return this.#cut(own[0]);
    const hosts = [...new Set([...this.#pending].map(addressOf))].map((host) => this.#of(host));
    hosts.sort((a, b) => b.length - a.length);
    this.#cut(hosts[0]?.[0]);
  }

  #of(host: string): Link[] {
    return [...this.#pending].filter((link) => addressOf(link) === host);
  }

  #cut(link: Link | undefined): void {
    if (link === undefined) return;
    this.#pending.delete(link);
    link.terminate();
  }
}

/** The address of a link as limits count it. */
function addressOf(link: Link): string {
  return addressKey(hostOf(link));
}

function hostOf(link: Link): string {
  const host = link.remoteAddress.slice(0, link.remoteAddress.lastIndexOf(':'));
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
