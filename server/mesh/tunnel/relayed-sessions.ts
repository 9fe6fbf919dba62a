/**
 * When sessions through a relay are opened, and which way their messages go (06 section 2.2, last point, and 2.3): for a
 * relay that was offered, for a peer that is owed something, again after one was lost, and never instead of a direct one.
 */
import type { Timer } from '../../ports/types.ts';
import type { Envelope } from '../../wire/envelope.ts';
import type { PeerId } from '../../wire/ids.ts';
import type { PeerVersions } from '../peer-versions.ts';
import type { Router } from '../router.ts';
import { HopPace } from './hop-pace.ts';
import { DIRECT_INTERVAL, LET_THE_OTHER_OPEN, MAX_REMEMBERED_PEERS, REOPEN_AFTER } from './limits.ts';
import type { TunnelJson } from './messages.ts';
import { Tunnels } from './tunnels.ts';
import type { TunnelsComponents } from './tunnels.ts';

export interface RelayedSessionsComponents extends TunnelsComponents {
  router: Router;
  versions: PeerVersions;
}

export interface RelayedSessionsInit {
  localPeerId: PeerId;
  capabilities: readonly string[];
  canopyVersion: string;
  /** Sends one message through a neighbour; it may be lost. */
  post(hop: PeerId, peer: PeerId, message: TunnelJson): void;
  /** Tries the known endpoints of a peer. */
  attempt(peer: PeerId): void;
}

/** The relayed sessions of a node. */
export class RelayedSessions {
  readonly #components: RelayedSessionsComponents;
  readonly #init: RelayedSessionsInit;
  readonly #pace: HopPace;
  readonly #tunnels: Tunnels;
  /** The neighbour through which a peer last had a session; oldest first. */
  readonly #lastHops = new Map<PeerId, PeerId>();
  #timer: Timer | null = null;

  constructor(components: RelayedSessionsComponents, init: RelayedSessionsInit) {
    this.#components = components;
    this.#init = init;
    this.#pace = new HopPace(components);
    this.#tunnels = new Tunnels(components, {
      ...init,
      hop: (peer, last) => this.#hop(peer, last),
      turn: (hop) => this.#turn(hop),
      versionOf: (peer) => components.versions.get(peer)?.canopy_version ?? null,
      adopted: (peer, hop) => this.#adopted(peer, hop),
      ended: (peer, opener) => this.#again(peer, opener),
    });
  }

  start(): void {
    this.#timer ??= this.#components.timers.every(DIRECT_INTERVAL, () => this.#tryDirect());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#tunnels.stop();
  }

  /** A relay to the peer is in use now: the smaller id opens at once, the other when nothing came. */
  offered(peer: PeerId): void {
    if (this.#init.localPeerId < peer) return this.#tunnels.welcome(peer);
    this.#components.timers.after(LET_THE_OTHER_OPEN, () => this.#tunnels.welcome(peer));
  }

  /** Something is owed to the peer. Does nothing when it is connected, has no route, or was tried too recently. */
  want(peer: PeerId): void {
    this.#tunnels.open(peer);
  }

  /** A session is old: a new one takes its place. */
  renew(peer: PeerId): void {
    this.#tunnels.open(peer, { replacing: true });
  }

  /**
   * Deviation D-62: when a neighbour goes, sessions that have no other way end now, not when nothing came for a
   * minute.
   */
  relayGone(): void {
    for (const session of this.#components.connections.all()) {
      const via = session.secure?.via ?? null;
      if (via !== null && this.#hop(session.peerId, via) === null) session.close();
    }
  }

  /** A neighbour is there: sessions that went through it before are opened again. */
  relayCame(relay: PeerId): void {
    const peers = [...this.#lastHops].filter(([, hop]) => hop === relay).map(([peer]) => peer);
    // The other end has to come back to it, too.
    if (peers.length > 0)
      this.#components.timers.after(LET_THE_OTHER_OPEN, () => {
        for (const peer of peers) if (this.#hop(peer, null) === relay) this.offered(peer);
      });
  }

  /** Takes an envelope for this node that carries a message of a relayed session; its signature was verified. */
  receive(envelope: Envelope, via: PeerId): void {
    this.#tunnels.receive(envelope, via);
  }

  /** The way the peer's last message came stays its way while it is there; else one that is known, or was once. */
  #hop(peer: PeerId, last: PeerId | null): PeerId | null {
    const { connections, router } = this.#components;
    const ways = [last, router.routes.next(peer), this.#lastHops.get(peer)];
    return ways.find((hop) => hop != null && hop !== peer && connections.direct(hop) !== undefined) ?? null;
  }

  /** A session with the peer goes through this neighbour. */
  #adopted(peer: PeerId, hop: PeerId): void {
    this.#lastHops.delete(peer);
    this.#lastHops.set(peer, hop);
    if (this.#lastHops.size <= MAX_REMEMBERED_PEERS) return;
    const oldest = this.#lastHops.keys().next();
    if (oldest.done !== true) this.#lastHops.delete(oldest.value);
  }

  /** One of ours delays what comes too fast, others drop it. */
  #turn(hop: PeerId): number {
    return this.#components.connections.direct(hop)?.shapesIntake === false ? this.#pace.turn(hop) : 0;
  }

  #again(peer: PeerId, opener: boolean): void {
    const { timers, connections } = this.#components;
    timers.after(REOPEN_AFTER + (opener ? 0 : LET_THE_OTHER_OPEN), () => {
      if (connections.get(peer) === undefined) this.#tunnels.open(peer);
    });
  }

  #tryDirect(): void {
    for (const session of this.#components.connections.all())
      if (session.secure?.via != null) this.#init.attempt(session.peerId);
  }
}
