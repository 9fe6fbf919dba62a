/**
 * The one connection per peer: which candidates may come in, which of two stays (01 section 5.9, R1, R2), and who is
 * told when a connection begins and ends.
 *
 * Compared with the reference, an inbound candidate is not closed for the sake of a dial of ours that may still
 * fail, nor for a connection that may be dead: it waits, unacknowledged and within its own handshake timeout, until
 * the dial has ended or the old connection has answered a ping. So two simultaneous dials cannot lose each other,
 * and a peer that restarted is not locked out by its own dead connection.
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import type { Clock, LinkClose, Timers } from '../ports/types.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import { replaces } from './arbitration.ts';
import type { ConnectionState } from './arbitration.ts';
import type { Greeting } from './greeting.ts';
import type { Greeted } from './handshaker.ts';
import { HOLD_TIMEOUT, MAX_INBOUND, MAX_INBOUND_UNKNOWN, PROBE_TIMEOUT } from './limits.ts';
import { Session } from './session.ts';
import type { Admission } from './types.ts';

/** A dial under way. */
export interface Dial {
  state: Extract<ConnectionState, 'connecting' | 'handshaking'>;
  /** Ends the dial because another connection to the peer was adopted. */
  abort(): void;
  /** Resolves when the dial has ended either way. */
  ended: Promise<void>;
}

/** Told what happens. */
export interface ConnectionEvents {
  opened(session: Session): void;
  closed(session: Session, info: LinkClose): void;
  frame(session: Session, text: string): void;
}

export interface ConnectionsComponents {
  clock: Clock;
  timers: Timers;
  knownPeers: KnownPeers;
  admission: Admission;
  events: ConnectionEvents;
}

export interface ConnectionsInit {
  localPeerId: PeerId;
  /** Whether a peer was seen on the LAN. */
  isLocal(peer: PeerId): boolean;
}

/** Why a peer is not let in although its handshake was good. */
export type RefusalReason = 'not_wanted' | 'connection_limit_reached' | 'key_conflict';

/** All adopted sessions and dials under way. */
export class Connections {
  readonly #components: ConnectionsComponents;
  readonly #init: ConnectionsInit;
  readonly #sessions = new Map<PeerId, Session>();
  readonly #dials = new Map<PeerId, Dial>();
  /** Peers a person disconnected: not connected again, either way, until a person wants it. */
  readonly #held = new Set<PeerId>();

  constructor(components: ConnectionsComponents, init: ConnectionsInit) {
    this.#components = components;
    this.#init = init;
  }

  get(peer: PeerId): Session | undefined {
    return this.#sessions.get(peer);
  }

  /** Sessions in the order in which they were adopted. */
  all(): Session[] {
    return [...this.#sessions.values()];
  }

  neighbours(): PeerId[] {
    return [...this.#sessions.keys()];
  }

  /** Dials under way, by state. */
  dials(): ReadonlyMap<PeerId, Dial> {
    return this.#dials;
  }

  /** Outbound connections, dials included. */
  get outboundCount(): number {
    return this.#dials.size + this.all().filter((session) => session.outbound).length;
  }

  beginDial(peer: PeerId, dial: Dial): void {
    this.#dials.set(peer, dial);
  }

  endDial(peer: PeerId, dial: Dial): void {
    if (this.#dials.get(peer) === dial) this.#dials.delete(peer);
  }

  isHeld(peer: PeerId): boolean {
    return this.#held.has(peer);
  }

  hold(peer: PeerId): void {
    this.#held.add(peer);
  }

  release(peer: PeerId): void {
    this.#held.delete(peer);
  }

  /** Whether a peer may be connected, as far as that can be said before it shows its keys. */
  isAdmitted(peer: PeerId): boolean {
    const known = this.#components.knownPeers.get(peer);
    if (known === undefined) return true;
    const { ed25519PublicKey, x25519PublicKey } = known;
    const info = { outbound: true, endpoint: null, ed25519PublicKey, x25519PublicKey };
    return this.#components.admission.accepts(peer, info);
  }

  /** Why a greeted peer may not be connected; `null` when it may. */
  objection(greeted: Greeted, init: { outbound: boolean; endpoint: string | null }): RefusalReason | null {
    const { peer } = greeted;
    if (this.#held.has(peer.peerId)) return 'not_wanted';
    const { ed25519PublicKey, x25519PublicKey } = peer;
    const info = { ...init, ed25519PublicKey, x25519PublicKey };
    if (!this.#components.admission.accepts(peer.peerId, info)) return 'not_wanted';
    if (init.outbound || this.#sessions.has(peer.peerId)) return null;
    const inbound = this.all().filter((session) => !session.outbound);
    if (inbound.length >= MAX_INBOUND) return 'connection_limit_reached';
    if (!this.isStranger(peer.peerId)) return null;
    const strangers = inbound.filter((session) => this.isStranger(session.peerId)).length;
    return strangers >= MAX_INBOUND_UNKNOWN ? 'connection_limit_reached' : null;
  }

  /** Whether a peer is neither accepted nor on the LAN: having been here before proves nothing. */
  isStranger(peer: PeerId): boolean {
    return !this.#components.admission.isFamiliar(peer) && !this.#init.isLocal(peer);
  }

  /**
   * Waits until it is clear whether an inbound candidate for `peer` may be adopted: until a preferred dial of ours
   * has ended, and until an existing session has shown whether it lives.
   * @returns `false` when there is a live connection already.
   */
  async clearWay(peer: PeerId): Promise<boolean> {
    const dial = this.#dials.get(peer);
    const candidate = { state: 'authenticated', outbound: false } as const;
    if (dial !== undefined) {
      const contender = { state: dial.state, outbound: true };
      if (!replaces(this.#init.localPeerId, peer, contender, candidate)) {
        await this.#atMost(HOLD_TIMEOUT, dial.ended);
      }
    }
    const existing = this.#sessions.get(peer);
    return existing === undefined || !(await existing.probe(PROBE_TIMEOUT));
  }

  /**
   * Makes a session of a greeted link, unless a live one exists. The caller closes the link when there is none.
   * @returns the session, or why there is none.
   */
  adopt(
    greeting: Greeting,
    greeted: Greeted,
    init: { outbound: boolean; endpoint: Endpoint | null },
  ): Session | 'duplicate' | 'key_conflict' | 'closed' {
    const { peer } = greeted;
    const existing = this.#sessions.get(peer.peerId);
    if (existing !== undefined && !existing.ended) return 'duplicate';
    if (greeting.closed) return 'closed';
    const { peerId, ed25519PublicKey, x25519PublicKey } = peer;
    const { clock, timers, knownPeers, events } = this.#components;
    if (!knownPeers.confirmKeys({ peerId, ed25519PublicKey, x25519PublicKey }).ok) return 'key_conflict';
    const session = new Session(
      {
        clock,
        timers,
        greeting,
        handlers: {
          frame: (from, text) => events.frame(from, text),
          closed: (ended, info) => this.#ended(ended, info),
        },
      },
      { ...greeted, ...init },
    );
    this.#sessions.set(peerId, session);
    if (!init.outbound) this.#dials.get(peerId)?.abort();
    events.opened(session);
    session.start();
    return session;
  }

  /** Starts closing every session. */
  closeAll(): void {
    for (const session of this.all()) session.close();
  }

  #ended(session: Session, info: LinkClose): void {
    if (this.#sessions.get(session.peerId) === session) this.#sessions.delete(session.peerId);
    this.#components.events.closed(session, info);
  }

  #atMost(ms: number, what: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#components.timers.after(ms, resolve);
      void what.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
