/**
 * The one connection per peer: which candidates may come in, which of two stays (06 section 1.2 for secure sessions,
 * 01 section 5.9, R1, R2 for others), and who is told when a connection begins and ends.
 *
 * Deviation D-11: of a peer without secure sessions an inbound candidate is not closed for the sake of a dial of ours
 * that may still fail, nor for a connection that may be dead: it waits, unacknowledged and within its own handshake
 * timeout, until the dial has ended or the old connection has answered a ping. So two simultaneous dials cannot lose
 * each other, and a peer that restarted is not locked out by its own dead connection.
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import type { Clock, LinkClose, Timers } from '../ports/types.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import { replaces } from './arbitration.ts';
import type { ConnectionState } from './arbitration.ts';
import type { Greeting } from './greeting.ts';
import type { Greeted } from './handshaker.ts';
import {
  DUPLICATE_IDENTITY,
  HOLD_TIMEOUT,
  MAX_INBOUND,
  MAX_INBOUND_UNKNOWN,
  PROBE_TIMEOUT,
} from './limits.ts';
import type { Pins } from './secure/pins.ts';
import { judgeCandidate } from './secure/adoption.ts';
import type { Adopted } from './secure/adoption.ts';
import { LegacySession } from './session.ts';
import type { Session } from './session.ts';
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
  /** @param replaced by another direct connection: the peer stays a neighbour. */
  closed(session: Session, info: LinkClose, replaced: boolean): void;
  frame(session: Session, text: string | Uint8Array): void;
}

export interface ConnectionsComponents {
  clock: Clock;
  timers: Timers;
  knownPeers: KnownPeers;
  admission: Admission;
  pins: Pins;
  events: ConnectionEvents;
}

export interface ConnectionsInit {
  localPeerId: PeerId;
  /** Whether a peer was seen on the LAN. */
  isLocal(peer: PeerId): boolean;
}

/** Peers whose replacements are remembered. */
const MAX_REPLACED_PEERS = 1_000;

/** Why a peer is not let in although its handshake was good. */
export type RefusalReason =
  'not_wanted' | 'connection_limit_reached' | 'key_conflict' | 'secure_required' | 'peer_key_changed';

/** All adopted sessions and dials under way. */
export class Connections {
  readonly #components: ConnectionsComponents;
  readonly #init: ConnectionsInit;
  readonly #sessions = new Map<PeerId, Session>();
  readonly #dials = new Map<PeerId, Dial>();
  /** Peers a person disconnected: not connected again, either way, until a person wants it. */
  readonly #held = new Set<PeerId>();
  /** Sessions whose end was reported. */
  readonly #reported = new WeakSet<Session>();
  /** Sessions that gave way to a direct one with the same peer. */
  readonly #replacedSessions = new WeakSet<Session>();
  /** Processes of peers whose session was replaced by one of another process, with the time. */
  readonly #replaced = new Map<PeerId, number[]>();

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

  /** Peers with a connection of their own: not those reached through another. */
  neighbours(): PeerId[] {
    return this.all()
      .filter((session) => session.secure === null || session.secure.via === null)
      .map(({ peerId }) => peerId);
  }

  /** The session with a neighbour; none for a peer reached through another. */
  direct(peer: PeerId): Session | undefined {
    const session = this.#sessions.get(peer);
    return session?.secure?.via == null ? session : undefined;
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
    const pinned = this.#components.pins.objection(peer.peerId, greeted.secure, x25519PublicKey);
    if (pinned !== null) return pinned;
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
   * Waits until it is clear what becomes of a secure connection that `peer` dialled and confirmed (06 section 1.2).
   * @param instance of the peer's process.
   */
  async judgeConfirmed(peer: PeerId, instance: string): Promise<'adopt' | 'duplicate'> {
    const { localPeerId } = this.#init;
    const judge = (): 'adopt' | 'duplicate' | 'hold' =>
      judgeCandidate(localPeerId, peer, this.#adopted(peer), this.#dials.has(peer), instance);
    const first = judge();
    if (first !== 'hold') return first;
    const dial = this.#dials.get(peer);
    await this.#atMost(HOLD_TIMEOUT, dial?.ended ?? Promise.resolve());
    // A dial that has not ended by now is dropped for the one that is here.
    return judge() === 'duplicate' ? 'duplicate' : 'adopt';
  }

  /**
   * Makes a plain session of a greeted link, unless a live one exists. The caller closes the link when there is none.
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
    const { clock, timers, events } = this.#components;
    const handlers = {
      // Whatever a connection still says after it gave way to another is not heard.
      frame: (from: Session, text: string | Uint8Array) => {
        if (!this.#reported.has(from)) events.frame(from, text);
      },
      closed: (ended: Session, info: LinkClose) => this.ended(ended, info),
    };
    const session = new LegacySession({ clock, timers, greeting, handlers }, { peer, ...init });
    return this.install(session) ? session : 'key_conflict';
  }

  /**
   * Puts a session in its place: keys are settled, another connection with the peer is closed as superseded, an own
   * dial given up. `false` when the peer's keys contradict known ones; the caller closes it.
   */
  install(session: Session): boolean {
    const { knownPeers, events } = this.#components;
    const { peerId, ed25519PublicKey, x25519PublicKey } = session.peer;
    if (!knownPeers.confirmKeys({ peerId, ed25519PublicKey, x25519PublicKey }).ok) return false;
    const existing = this.#sessions.get(peerId);
    if (existing !== undefined) {
      if (session.secure?.via == null) this.#replacedSessions.add(existing);
      // Reported as ended before the new one is reported as opened.
      existing.close('superseded');
      this.ended(existing, { code: 1000, reason: 'superseded' });
    }
    this.#sessions.set(peerId, session);
    // A session through a relay is no reason to give up a direct one.
    if (!session.outbound && session.secure?.via == null) this.#dials.get(peerId)?.abort();
    events.opened(session);
    session.start();
    return true;
  }

  /**
   * Notes that a peer's session gives way to one of another process; whether that happens so often that two machines
   * must be running the same identity (06 section 1.2).
   */
  noteReplacement(peer: PeerId, instance: string): boolean {
    const before = this.#adopted(peer)?.instance ?? null;
    if (before === null || before === instance) return false;
    const now = this.#components.clock.monotonic();
    const times = (this.#replaced.get(peer) ?? []).filter((at) => now - at < DUPLICATE_IDENTITY.window);
    times.push(now);
    this.#replaced.delete(peer);
    this.#replaced.set(peer, times);
    if (this.#replaced.size > MAX_REPLACED_PEERS) {
      const oldest = this.#replaced.keys().next();
      if (oldest.done !== true) this.#replaced.delete(oldest.value);
    }
    return times.length > DUPLICATE_IDENTITY.replacements;
  }

  /** Starts closing every session. */
  closeAll(): void {
    for (const session of this.all()) session.close();
  }

  /** Whether a session stands in the table. */
  known(session: Session): boolean {
    return this.#sessions.get(session.peerId) === session;
  }

  /** A session is over: reported once, whoever says so first. */
  ended(session: Session, info: LinkClose): void {
    if (this.#reported.has(session)) return;
    this.#reported.add(session);
    if (this.#sessions.get(session.peerId) === session) this.#sessions.delete(session.peerId);
    this.#components.events.closed(session, info, this.#replacedSessions.has(session));
  }

  #adopted(peer: PeerId): Adopted | null {
    const session = this.#sessions.get(peer);
    if (session === undefined || session.ended) return null;
    return {
      directSecure: session.secure !== null && session.secure.via === null,
      age: session.age,
      instance: session.secure?.instance ?? null,
      outbound: session.outbound,
    };
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
