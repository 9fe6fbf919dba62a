/**
 * Dials peers: endpoints in order, first success wins (01 sections 4 and 5.4, initiator; 06 section 1 where both sides
 * have secure sessions). One run per peer at a time; a second one waits and finds the peer connected, or tries its own
 * endpoints.
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import { DialError } from '../ports/types.ts';
import type { Random, Timers, Transport } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import { isLoopback, managerCanonical, parseEndpoint } from '../wire/endpoint.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import type { Connections, Dial } from './connections.ts';
import type { EndpointBook } from './endpoint-book.ts';
import { Greeting } from './greeting.ts';
import type { Greeted, Handshaker, HandshakeOutcome } from './handshaker.ts';
import {
  DIAL_SETTLE,
  DIAL_TIMEOUT,
  DUPLICATE_REDIAL,
  MAX_DUPLICATE_REDIALS,
  MAX_ENDPOINTS_PER_CONNECT,
  MAX_HANDSHAKE_BYTES,
  MAX_OUTBOUND,
} from './limits.ts';
import { ALARM_WORDS } from './secure/alarms.ts';
import type { Alarms } from './secure/alarms.ts';
import { LinkCarrier } from './secure/carrier.ts';
import type { Links } from './secure/links.ts';
import { UpgradeError } from './secure/upgrade.ts';
import type { UpgradeFailure, Upgraded, Upgrader } from './secure/upgrade.ts';
import type { Session } from './session.ts';
import type { ConnectResult, DialAttempt } from './types.ts';

export interface DialerComponents {
  transport: Transport;
  timers: Timers;
  random: Random;
  connections: Connections;
  handshaker: Handshaker;
  upgrader: Upgrader;
  links: Links;
  alarms: Alarms;
  knownPeers: KnownPeers;
  book: EndpointBook;
  log: Log;
}

export interface DialerInit {
  localPeerId: PeerId;
  allowLoopback: boolean;
}

/**
 * How a person reads the reasons that need more than a word. Deviation D-09: for what a socket reports, our own
 * words.
 */
const DETAILS: Readonly<Record<string, string>> = {
  timeout: 'No answer in time.',
  refused: 'Nothing listens there.',
  unreachable: 'There is no way to that address.',
  dns: 'The host name is not known.',
  tls: 'The certificate was not accepted.',
  http: 'Something else than a Canopy node answered.',
  invalid: 'This is not an address a node can be reached at.',
  aborted: 'The attempt was cancelled.',
  closed: 'The peer closed the connection without an answer; it may not want it.',
  closed_after_ack:
    'The peer answered and closed: it may still hold an older connection. Trying again later.',
  handshake_peer_id_mismatch: 'Another node answered at this address.',
  self_connect_blocked: 'This is our own address.',
  connection_limit_reached: 'Too many connections are open.',
  not_wanted: 'The peer is blocked or was disconnected here.',
  key_conflict: 'The peer answered with other keys than the known ones.',
  secure_upgrade_timeout: 'The peer did not complete the secure connection in time.',
  secure_upgrade_failed:
    'The secure connection could not be made: what arrived was not what the peer would have sent.',
  secure_required: ALARM_WORDS.secure_required,
  peer_key_changed: ALARM_WORDS.peer_key_changed,
  duplicate: 'The peer holds another connection with this node.',
  superseded: 'Another connection took the place of this one.',
  limit: 'The peer has too many connections.',
};

/** What the peer says in a close frame: it closes the websocket itself, and so do we. */
const TOLD: ReadonlySet<UpgradeFailure> = new Set(['duplicate', 'superseded', 'not_wanted', 'limit']);

/** `settled`: it needs no more watching. */
type Outcome = { ok: true; already: boolean; settled?: boolean } | { ok: false; reason: string };

/** Opens connections. */
export class Dialer {
  readonly #components: DialerComponents;
  readonly #init: DialerInit;
  readonly #runs = new Map<PeerId, Promise<unknown>>();
  /** Ends the run under way of a peer. */
  readonly #limits = new Map<PeerId, AbortController>();
  readonly #stopping = new AbortController();

  constructor(components: DialerComponents, init: DialerInit) {
    this.#components = components;
    this.#init = init;
  }

  /** Cancels what is under way and what waits for its turn, for good. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Cancels what is under way towards one peer. */
  cancel(peer: PeerId): void {
    this.#limits.get(peer)?.abort();
  }

  /**
   * Connects to `peer` over the first of `endpoints` that works.
   * @param options.timeoutMs bound of the whole run; by default each endpoint has {@link DIAL_TIMEOUT} and a handshake.
   * @param options.replacing a live session that does not count: it is to be replaced.
   */
  async connect(
    peer: PeerId,
    endpoints: readonly string[],
    options: { signal?: AbortSignal; timeoutMs?: number; replacing?: Session } = {},
  ): Promise<ConnectResult> {
    const before = this.#runs.get(peer) ?? Promise.resolve();
    const run = before.then(() => this.#run(peer, endpoints, options));
    const settled = run.catch(() => undefined);
    this.#runs.set(peer, settled);
    try {
      return await run;
    } finally {
      if (this.#runs.get(peer) === settled) this.#runs.delete(peer);
    }
  }

  async #run(
    peer: PeerId,
    endpoints: readonly string[],
    options: { signal?: AbortSignal; timeoutMs?: number; replacing?: Session },
  ): Promise<ConnectResult> {
    const { connections, timers } = this.#components;
    const connected = (): Session | undefined => {
      const session = connections.direct(peer);
      return session === options.replacing ? undefined : session;
    };
    const limit = new AbortController();
    this.#limits.set(peer, limit);
    const timer = timers.after(options.timeoutMs ?? Infinity, () => limit.abort());
    const signals = [limit.signal, this.#stopping.signal, ...(options.signal ? [options.signal] : [])];
    const signal = AbortSignal.any(signals);
    const attempts: DialAttempt[] = [];
    try {
      for (const text of endpoints.slice(0, MAX_ENDPOINTS_PER_CONNECT)) {
        const live = connected();
        if (live !== undefined) return { ok: true, endpoint: live.endpoint, already: true };
        if (signal.aborted) break;
        const outcome = await this.#dial(peer, text, signal);
        if (outcome.ok) return { ok: true, endpoint: text, already: outcome.already };
        const detail = DETAILS[outcome.reason] ?? outcome.reason;
        attempts.push({ endpoint: text, reason: outcome.reason, detail });
      }
      const live = connected();
      if (live !== undefined) return { ok: true, endpoint: live.endpoint, already: true };
      return { ok: false, attempts };
    } finally {
      timer.cancel();
      this.#limits.delete(peer);
    }
  }

  async #dial(peer: PeerId, text: string, signal: AbortSignal): Promise<Outcome> {
    const { connections, book } = this.#components;
    if (peer === this.#init.localPeerId) return { ok: false, reason: 'self_connect_blocked' };
    const endpoint = managerCanonical(text);
    if (endpoint === null || parseEndpoint(endpoint)?.host === '0.0.0.0')
      return { ok: false, reason: 'invalid' };
    if (connections.outboundCount >= MAX_OUTBOUND) return { ok: false, reason: 'connection_limit_reached' };
    book.attempt(peer, endpoint);
    let outcome = await this.#once(peer, endpoint, signal);
    for (let redials = 0; redials < MAX_DUPLICATE_REDIALS && isDuplicate(outcome); redials += 1) {
      // Deviation D-53: the peer means a connection that this side does not have; it will notice, and if not, later.
      if (connections.direct(peer) !== undefined || signal.aborted) break;
      const { timers, random } = this.#components;
      const delay =
        DUPLICATE_REDIAL.least + random.fraction() * (DUPLICATE_REDIAL.most - DUPLICATE_REDIAL.least);
      await new Promise<void>((resolve) => timers.after(delay, resolve));
      if (connections.direct(peer) === undefined) outcome = await this.#once(peer, endpoint, signal);
    }
    // A dial that gave way to the peer's own connection has reached its aim.
    if (!outcome.ok && connections.direct(peer) !== undefined) outcome = { ok: true, already: true };
    if (outcome.ok) book.success(peer, endpoint);
    else book.failure(peer, endpoint, outcome.reason, DETAILS[outcome.reason] ?? outcome.reason);
    return outcome;
  }

  /** One dial, known to arbitration while it lasts. */
  async #once(peer: PeerId, endpoint: Endpoint, signal: AbortSignal): Promise<Outcome> {
    const { connections } = this.#components;
    const superseded = new AbortController();
    let end: () => void = () => undefined;
    const dial: Dial = {
      state: 'connecting',
      abort: () => superseded.abort(),
      ended: new Promise((resolve) => (end = resolve)),
    };
    connections.beginDial(peer, dial);
    let outcome: Outcome;
    try {
      outcome = await this.#attempt(peer, endpoint, dial, AbortSignal.any([signal, superseded.signal]));
    } finally {
      connections.endDial(peer, dial);
      end();
    }
    return outcome.ok && outcome.settled !== true ? this.#settle(peer, outcome) : outcome;
  }

  async #attempt(peer: PeerId, endpoint: Endpoint, dial: Dial, signal: AbortSignal): Promise<Outcome> {
    const { transport, timers, connections, handshaker } = this.#components;
    let link;
    try {
      const limits = { timeoutMs: DIAL_TIMEOUT, maxMessageBytes: MAX_HANDSHAKE_BYTES };
      link = await transport.dial(endpoint, { ...limits, signal });
    } catch (error) {
      return { ok: false, reason: error instanceof DialError ? error.reason : 'failed' };
    }
    const greeting = new Greeting(link, timers);
    const cut = (): void => link.terminate();
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
    dial.state = 'handshaking';
    try {
      const handshake = handshaker.introduction('handshake');
      const answer = await handshaker.initiate(greeting, peer, handshake);
      if (!answer.ok) {
        this.#misdirected(peer, endpoint, answer);
        link.close();
        return { ok: false, reason: answer.reason };
      }
      const { greeted } = answer;
      const objection = connections.objection(greeted, { outbound: true, endpoint });
      if (objection !== null) {
        if (objection === 'secure_required' || objection === 'peer_key_changed')
          this.#components.alarms.raise(peer, objection);
        link.close();
        return { ok: false, reason: objection };
      }
      const outcome = greeted.secure
        ? await this.#upgrade(greeting, greeted, endpoint, handshake)
        : this.#adoptPlain(greeting, greeted, endpoint);
      if (outcome.ok && !outcome.already) this.#claim(peer, endpoint);
      return outcome;
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }

  #adoptPlain(greeting: Greeting, greeted: Greeted, endpoint: Endpoint): Outcome {
    const session = this.#components.connections.adopt(greeting, greeted, { outbound: true, endpoint });
    if (typeof session !== 'string') return { ok: true, already: false };
    greeting.link.close();
    if (session === 'duplicate') return { ok: true, already: true };
    return { ok: false, reason: session === 'closed' ? 'closed_after_ack' : session };
  }

  /** 06 sections 1.1 to 1.3: what fails here is not continued in clear, and not tried again without it. */
  async #upgrade(
    greeting: Greeting,
    greeted: Greeted,
    endpoint: Endpoint,
    handshake: string,
  ): Promise<Outcome> {
    const { connections, upgrader, links, alarms } = this.#components;
    const { link } = greeting;
    const { peer } = greeted;
    let upgraded: Upgraded;
    try {
      const init = { handshake, ack: greeted.text, remoteKey: peer.x25519PublicKey };
      upgraded = await upgrader.initiate(greeting, init);
    } catch (error) {
      if (!(error instanceof UpgradeError)) throw error;
      if (error.code === 'secure_upgrade_failed') alarms.raise(peer.peerId, error.code);
      link.close(TOLD.has(error.code) ? 1000 : 1008);
      return { ok: false, reason: error.code };
    }
    // While it waited a person may have blocked or disconnected the peer.
    const objection = connections.objection(greeted, { outbound: true, endpoint });
    if (objection !== null) {
      upgrader.refuse(greeting, upgraded, 'not_wanted');
      return { ok: false, reason: objection };
    }
    const { instance } = upgraded.presence;
    if (connections.noteReplacement(peer.peerId, instance)) alarms.raise(peer.peerId, 'duplicate_identity');
    const session = links.adopt({
      carrier: new LinkCarrier(greeting),
      upgraded,
      peer,
      capabilities: greeted.shared,
      outbound: true,
      endpoint,
      via: null,
    });
    return session === null
      ? { ok: false, reason: 'key_conflict' }
      : { ok: true, already: false, settled: true };
  }

  /** The loser of an arbitration is acked and then closed: only what lasts is a success. */
  async #settle(peer: PeerId, outcome: Outcome): Promise<Outcome> {
    const { timers, connections } = this.#components;
    await new Promise<void>((resolve) => timers.after(DIAL_SETTLE, resolve));
    return connections.direct(peer) === undefined ? { ok: false, reason: 'closed_after_ack' } : outcome;
  }

  /** Another node answered, and proved who it is: the endpoint is its own (01 S4, only after the signature). */
  #misdirected(peer: PeerId, endpoint: Endpoint, answer: HandshakeOutcome & { ok: false }): void {
    if (answer.reason !== 'handshake_peer_id_mismatch' || answer.peer === undefined) return;
    this.#components.knownPeers.removeEndpoint(peer, endpoint);
    this.#claim(answer.peer.peerId, endpoint);
  }

  #claim(peer: PeerId, endpoint: Endpoint): void {
    if (isLoopback(endpoint) && !this.#init.allowLoopback) return;
    this.#components.knownPeers.recordEndpoint(peer, endpoint, { claim: true });
  }
}

function isDuplicate(outcome: Outcome): boolean {
  return !outcome.ok && outcome.reason === 'duplicate';
}
