/**
 * Connection requests: peers that came unasked and wait for a person (00, trust row). Nothing of such a peer is kept
 * but what helps to decide: the names it claims, where it came from, who introduced it.
 */
import type { Clock } from '../ports/types.ts';
import type { PeerRequest as RequestRow, PeerRequests } from '../store/peer-requests.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import { label } from './text.ts';
import type { Trust } from './trust.ts';
import type { PeerRequest } from './types.ts';

/** Names kept of one request, and their length; they are claims and only for display. */
const MAX_NAMES = 5;
const MAX_NAME_LENGTH = 60;
/** Held-back messages counted; beyond it the number says enough, and a stranger costs us no more writes. */
const MAX_COUNTED = 999;
/** Waiting requests kept; a swarm of strangers replaces its own oldest ones. */
const MAX_WAITING = 200;

/** How a peer came. */
export interface Arrival {
  peerId: PeerId;
  /** Endpoint we dialled, or the address it came from without the port, which changes with every connection. */
  endpoint: string | null;
  introducedBy: PeerId | null;
  protection: PeerRequest['protection'];
  /** Base58 of its X25519 key: with another one it is asked about again. */
  x25519PublicKey: string | null;
  /** Names known without its help (an announcement). */
  names: readonly string[];
}

export class Requests {
  readonly #rows: PeerRequests;
  readonly #trust: Trust;
  readonly #changes: Changes;
  readonly #clock: Clock;

  constructor(components: { rows: PeerRequests; trust: Trust; changes: Changes; clock: Clock }) {
    this.#rows = components.rows;
    this.#trust = components.trust;
    this.#changes = components.changes;
    this.#clock = components.clock;
  }

  /** Waiting requests, oldest first. */
  list(): PeerRequest[] {
    return this.#rows
      .inState('waiting')
      .filter((row) => !this.#isDecided(row.peerId))
      .map(view);
  }

  /** Requests somebody ignored or blocked, and of which nothing else was decided since. */
  refused(): PeerRequest[] {
    const ignored = this.#rows.inState('ignored').filter((row) => !this.#isDecided(row.peerId));
    return [...ignored, ...this.#rows.inState('blocked')].map(view);
  }

  get(peer: PeerId): PeerRequest | undefined {
    const row = this.#rows.get(peer);
    return row === undefined ? undefined : view(row);
  }

  isBlocked(peer: PeerId): boolean {
    return this.#rows.get(peer)?.state === 'blocked';
  }

  /** An untrusted peer is connected: asks the person, unless that was answered for this key and endpoint. */
  arrived(arrival: Arrival): void {
    const { peerId } = arrival;
    if (this.#isDecided(peerId)) return;
    const now = this.#clock.now();
    const row = this.#rows.get(peerId);
    if (row?.state === 'blocked') return;
    const known =
      row?.publicKey === arrival.x25519PublicKey && hostOf(row.endpoint) === hostOf(arrival.endpoint);
    const state = row?.state === 'ignored' && known ? 'ignored' : 'waiting';
    this.#put({
      peerId,
      state,
      names: mergedNames(arrival.names, row?.names ?? []),
      endpoint: arrival.endpoint,
      introducedBy: arrival.introducedBy ?? row?.introducedBy ?? null,
      protection: arrival.protection,
      publicKey: arrival.x25519PublicKey,
      waiting: row?.waiting ?? 0,
      firstSeen: row?.firstSeen ?? now,
      lastSeen: now,
      decidedAt: state === 'ignored' ? (row?.decidedAt ?? null) : null,
    });
    this.#trim();
  }

  /** Names the peer claims for itself or its people. */
  named(peer: PeerId, names: readonly string[]): void {
    const row = this.#rows.get(peer);
    if (row === undefined || row.state === 'blocked') return;
    // What came first stays, so that a peer that keeps renaming itself changes nothing.
    const merged = mergedNames([...row.names, ...names], []);
    if (merged.join('\n') !== row.names.join('\n')) this.#put({ ...row, names: merged });
  }

  /** A message of the peer was held back. */
  heldBack(peer: PeerId): void {
    const row = this.#rows.get(peer);
    if (row?.state === 'waiting' && row.waiting < MAX_COUNTED)
      this.#put({ ...row, waiting: row.waiting + 1 });
  }

  /**
   * A person's answer. `accept` is consent; `ignore` hides until the peer comes with another key or endpoint; `block`
   * also refuses its connections.
   * @throws {WorkspaceError} `not_found` when no request of this peer is known.
   */
  decide(peer: PeerId, action: 'accept' | 'ignore' | 'block'): PeerRequest {
    const row = this.#rows.get(peer);
    if (row === undefined) throw new WorkspaceError('not_found', 'No connection request of this peer');
    return this.#changes.now(() => {
      const state = action === 'accept' ? 'accepted' : action === 'ignore' ? 'ignored' : 'blocked';
      const decided: RequestRow = { ...row, state, waiting: 0, decidedAt: this.#clock.now() };
      this.#put(decided);
      if (action === 'accept') this.#trust.accept(peer);
      return view(decided);
    });
  }

  /** Trust was given another way: nothing is left to ask, and a block is lifted. */
  settle(peer: PeerId): void {
    const row = this.#rows.get(peer);
    if (row === undefined || row.state === 'accepted') return;
    this.#put({ ...row, state: 'accepted', waiting: 0, decidedAt: this.#clock.now() });
  }

  /** Forgets what was asked and answered. True when there was something. */
  forget(peer: PeerId): boolean {
    return this.#changes.now(() => {
      this.#changes.tell({ type: 'requests.changed' });
      return this.#rows.remove(peer);
    });
  }

  /** A trust row is an answer, a low score too. */
  #isDecided(peer: PeerId): boolean {
    return this.#trust.isTrusted(peer) || this.#trust.state(peer).explicit;
  }

  #put(row: RequestRow): void {
    this.#changes.now(() => {
      this.#rows.put(row);
      this.#changes.tell({ type: 'requests.changed' });
    });
  }

  #trim(): void {
    const waiting = this.#rows.inState('waiting');
    for (const row of waiting.slice(0, Math.max(0, waiting.length - MAX_WAITING)))
      this.#rows.remove(row.peerId);
  }
}

/** The machine an endpoint or address names: a peer that comes and is dialled back has not moved. */
function hostOf(endpoint: string | null): string {
  const bare = (endpoint ?? '').replace(/^wss?:\/\//, '');
  return bare.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([^:]*):\d+$/, '$1');
}

function mergedNames(newer: readonly string[], older: readonly string[]): string[] {
  const clean = newer.map((name) => label(name, MAX_NAME_LENGTH)).filter((name) => name !== '');
  return [...new Set([...clean, ...older])].slice(0, MAX_NAMES);
}

function view(row: RequestRow): PeerRequest {
  const { protection } = row;
  return {
    peerId: row.peerId,
    state: row.state,
    names: row.names,
    endpoint: row.endpoint,
    introducedBy: row.introducedBy,
    firstSeen: row.firstSeen,
    protection:
      protection === 'secure' || protection === 'tls' || protection === 'signed' ? protection : null,
    waiting: row.waiting,
  };
}
