/**
 * Dials peers: endpoints in order, first success wins (01 sections 4 and 5.4, initiator). One run per peer at a
 * time; a second one waits and finds the peer connected, or tries its own endpoints.
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import { DialError } from '../ports/types.ts';
import type { Timers, Transport } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import { isLoopback, managerCanonical, parseEndpoint } from '../wire/endpoint.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import type { Connections, Dial } from './connections.ts';
import type { EndpointBook } from './endpoint-book.ts';
import { Greeting } from './greeting.ts';
import type { Handshaker, HandshakeOutcome } from './handshaker.ts';
import {
  DIAL_SETTLE,
  DIAL_TIMEOUT,
  MAX_ENDPOINTS_PER_CONNECT,
  MAX_HANDSHAKE_BYTES,
  MAX_OUTBOUND,
} from './limits.ts';
import type { ConnectResult, DialAttempt } from './types.ts';

export interface DialerComponents {
  transport: Transport;
  timers: Timers;
  connections: Connections;
  handshaker: Handshaker;
  knownPeers: KnownPeers;
  book: EndpointBook;
  log: Log;
}

export interface DialerInit {
  localPeerId: PeerId;
  allowLoopback: boolean;
}

/** How a person reads the reasons that need more than a word. */
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
};

type Outcome = { ok: true; already: boolean } | { ok: false; reason: string };

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
   */
  async connect(
    peer: PeerId,
    endpoints: readonly string[],
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
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
    options: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<ConnectResult> {
    const { connections, timers } = this.#components;
    const limit = new AbortController();
    this.#limits.set(peer, limit);
    const timer = timers.after(options.timeoutMs ?? Infinity, () => limit.abort());
    const signals = [limit.signal, this.#stopping.signal, ...(options.signal ? [options.signal] : [])];
    const signal = AbortSignal.any(signals);
    const attempts: DialAttempt[] = [];
    try {
      for (const text of endpoints.slice(0, MAX_ENDPOINTS_PER_CONNECT)) {
        const live = connections.get(peer);
        if (live !== undefined) return { ok: true, endpoint: live.endpoint, already: true };
        if (signal.aborted) break;
        const outcome = await this.#dial(peer, text, signal);
        if (outcome.ok) return { ok: true, endpoint: text, already: outcome.already };
        const detail = DETAILS[outcome.reason] ?? outcome.reason;
        attempts.push({ endpoint: text, reason: outcome.reason, detail });
      }
      const live = connections.get(peer);
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
    if (outcome.ok) outcome = await this.#settle(peer, outcome);
    // A dial that gave way to the peer's own connection has reached its aim.
    if (!outcome.ok && connections.get(peer) !== undefined) outcome = { ok: true, already: true };
    if (outcome.ok) book.success(peer, endpoint);
    else book.failure(peer, endpoint, outcome.reason, DETAILS[outcome.reason] ?? outcome.reason);
    return outcome;
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
      const answer = await handshaker.initiate(greeting, peer);
      if (!answer.ok) {
        this.#misdirected(peer, endpoint, answer);
        link.close();
        return { ok: false, reason: answer.reason };
      }
      const init = { outbound: true, endpoint };
      const objection = connections.objection(answer.greeted, init);
      const session = objection ?? connections.adopt(greeting, answer.greeted, init);
      if (session === 'duplicate') {
        link.close();
        return { ok: true, already: true };
      }
      if (typeof session === 'string') {
        link.close();
        return { ok: false, reason: session === 'closed' ? 'closed_after_ack' : session };
      }
      this.#claim(peer, endpoint);
      return { ok: true, already: false };
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }

  /** The loser of an arbitration is acked and then closed: only what lasts is a success. */
  async #settle(peer: PeerId, outcome: Outcome): Promise<Outcome> {
    const { timers, connections } = this.#components;
    await new Promise<void>((resolve) => timers.after(DIAL_SETTLE, resolve));
    return connections.get(peer) === undefined ? { ok: false, reason: 'closed_after_ack' } : outcome;
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
