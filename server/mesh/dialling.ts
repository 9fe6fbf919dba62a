/**
 * Whom this node dials, and when: because a person asked, because somebody vouched for the peer, because it was seen on
 * the LAN, or again after a loss (01 sections 3.3 and 5.12, 02 section 5.11).
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import type { Clock, Random, Timers } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Activity } from './activity.ts';
import type { Connections } from './connections.ts';
import type { Dialer } from './dialer.ts';
import { RECONNECT_FIRST } from './limits.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerVersions } from './peer-versions.ts';
import { Reconnector } from './reconnector.ts';
import type { SecureSession } from './secure/secure-session.ts';
import type { ConnectResult } from './types.ts';

/** Jitter over which the reconnects of a start are spread, ms. */
const STARTUP_SPREAD = 1_000;

/** How long a connect may take, and who may end it. */
export interface ConnectOptions {
  signal?: AbortSignal;
  /** Bound of the whole, ms; each endpoint has its own of 5 s and a handshake of 10 s. */
  timeoutMs?: number;
}

export interface DiallingComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
  knownPeers: KnownPeers;
  connections: Connections;
  neighbourhood: Neighbourhood;
  versions: PeerVersions;
  activity: Activity;
  dialer: Dialer;
}

export interface DiallingInit {
  /** Whether the mesh runs; nothing is dialled unasked otherwise. */
  isRunning(): boolean;
  /** Replaces a session through a relay that is a day old. */
  renewRelayed(peer: PeerId): void;
}

/** Decides about dials; {@link Dialer} makes them. */
export class Dialling {
  readonly reconnector: Reconnector;
  readonly #c: DiallingComponents;
  readonly #init: DiallingInit;

  constructor(components: DiallingComponents, init: DiallingInit) {
    this.#c = components;
    this.#init = init;
    this.reconnector = new Reconnector(components, {
      wanted: (peer) => this.#wanted(peer),
      attempt: (peer) => this.#redial(peer),
    });
  }

  /** Plans a dial to every known peer, spread a little: the node has just started. */
  begin(): void {
    for (const { peerId } of this.#c.knownPeers.list())
      this.reconnector.schedule(peerId, this.#c.random.fraction() * STARTUP_SPREAD);
  }

  /** Ends all plans and dials for good. */
  stop(): void {
    this.reconnector.stop();
    this.#c.dialer.stop();
  }

  /** See {@link Mesh.connect}. */
  async connect(
    peer: PeerId,
    endpoints: readonly string[],
    options: ConnectOptions = {},
  ): Promise<ConnectResult> {
    const { connections, dialer, activity } = this.#c;
    connections.release(peer);
    const session = connections.direct(peer);
    if (session !== undefined) return { ok: true, endpoint: session.endpoint, already: true };
    if (endpoints.length === 0) return { ok: false, attempts: [] };
    this.reconnector.cancel(peer);
    activity.connection(peer, 'attempt', 'Connecting', endpoints[0] ?? null);
    const result = await dialer.connect(peer, endpoints, options);
    if (!result.ok) {
      activity.connection(peer, 'failed', 'No endpoint could be reached', endpoints.at(-1) ?? null);
      this.reconnector.schedule(peer);
    }
    return result;
  }

  /** Keeps a peer away until a person connects again; a dial under way ends. */
  hold(peer: PeerId): void {
    this.#c.connections.hold(peer);
    this.reconnector.cancel(peer);
    this.#c.dialer.cancel(peer);
  }

  /** See {@link Mesh.attempt}. */
  async attempt(peer: PeerId, endpoints: readonly string[]): Promise<boolean> {
    const { connections, dialer } = this.#c;
    if (connections.direct(peer) !== undefined) return true;
    const kept = connections.isHeld(peer) || !connections.isAdmitted(peer);
    if (!this.#init.isRunning() || kept) return false;
    const all = [...new Set([...endpoints, ...this.endpoints(peer)])];
    return all.length > 0 && (await dialer.connect(peer, all)).ok;
  }

  /** See {@link Mesh.reconnectAll}. */
  reconnectAll(): void {
    for (const { peerId } of this.#c.knownPeers.list()) {
      this.#c.connections.release(peerId);
      this.reconnector.cancel(peerId);
      this.reconnector.reset(peerId);
      this.reconnector.schedule(peerId, 0);
    }
  }

  /** Where a peer can be dialled: seen on the LAN first, then stored. */
  endpoints(peer: PeerId): string[] {
    const discovered = this.#c.neighbourhood.get(peer)?.endpoints ?? [];
    return [...new Set([...discovered, ...this.#c.knownPeers.endpoints(peer)])];
  }

  /** The side that dialled replaces a session that is a day old (06 section 1.5). */
  async renew(session: SecureSession): Promise<void> {
    const { peerId, endpoint, via } = session;
    if (via !== null) return this.#init.renewRelayed(peerId);
    const endpoints = [...new Set([...(endpoint === null ? [] : [endpoint]), ...this.endpoints(peerId)])];
    await this.#c.dialer.connect(peerId, endpoints, { replacing: session });
  }

  /** The peer was seen on the LAN. */
  discovered(peer: PeerId): void {
    const { connections, knownPeers, neighbourhood } = this.#c;
    if (connections.direct(peer) === undefined) {
      if (connections.get(peer) !== undefined) return void this.attempt(peer, []);
      // At once; but whoever keeps changing the record makes us dial no faster than the first back-off.
      const planned = this.reconnector.cancel(peer);
      return this.reconnector.schedule(peer, planned ? RECONNECT_FIRST : 0);
    }
    // Not claimed: anybody can announce an address; a handshake there would claim it (02 S12).
    for (const endpoint of neighbourhood.get(peer)?.endpoints ?? [])
      knownPeers.recordEndpoint(peer, endpoint);
  }

  #wanted(peer: PeerId): boolean {
    const { connections } = this.#c;
    const away = this.#init.isRunning() && connections.get(peer) === undefined && !connections.isHeld(peer);
    if (!away || !connections.isAdmitted(peer)) return false;
    return this.#isOurs(peer) && this.endpoints(peer).length > 0;
  }

  /**
   * Whether a peer is one to dial without being asked. One that was only announced is not: whoever announces it would
   * choose whom this node knocks at, for ever.
   */
  #isOurs(peer: PeerId): boolean {
    if (this.#c.neighbourhood.get(peer) !== undefined) return true;
    return this.#c.knownPeers.get(peer)?.keySource !== 'introduced';
  }

  async #redial(peer: PeerId): Promise<boolean> {
    const { versions, activity, dialer } = this.#c;
    const endpoints = this.endpoints(peer);
    const [status, detail] =
      versions.get(peer) === undefined
        ? (['attempt', 'Connecting'] as const)
        : (['reconnect', 'Reconnecting'] as const);
    activity.connection(peer, status, detail, endpoints[0] ?? null);
    return (await dialer.connect(peer, endpoints)).ok;
  }
}
