/**
 * Speaks the legacy handshake over a fresh link, from either side (01 section 5), and says who is there. It stores
 * nothing and decides nothing about other connections: that is the business of whoever asked.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Clock, Random } from '../ports/types.ts';
import { buildHandshake, verifyHandshake } from '../wire/handshake.ts';
import type { HandshakeFailure, HandshakePeer, HandshakeType } from '../wire/handshake.ts';
import type { PeerId } from '../wire/ids.ts';
import { SECURE_SESSION } from '../wire/native-extensions.ts';
import { MAX_RECORD_BYTES } from '../wire/secure-frames.ts';
import type { Greeting } from './greeting.ts';
import { HANDSHAKE_TIMEOUT } from './limits.ts';
import { ReplayCache } from './replay-cache.ts';

/** Who answered. */
export interface Greeted {
  peer: HandshakePeer;
  /** What both signed lists hold, in the order of ours. */
  shared: readonly string[];
  /** Both offer secure sessions: the connection goes on with an upgrade and is nothing without it. */
  secure: boolean;
  /** The introduction as it crossed the wire. */
  text: string;
}

/** Why a handshake led to nothing; the reference's words where it has one (01 section 5.4). */
export type HandshakeReason = HandshakeFailure | 'replayed_handshake' | 'timeout' | 'closed';

/** The outcome of a handshake. `peer` names whoever signed, when the signature held. */
export type HandshakeOutcome =
  { ok: true; greeted: Greeted } | { ok: false; reason: HandshakeReason; peer?: HandshakePeer };

export interface HandshakerComponents {
  crypto: CryptoBackend;
  identity: NodeIdentity;
  clock: Clock;
  random: Random;
}

export interface HandshakerInit {
  capabilities: readonly string[];
  canopyVersion: string;
  rejectProtocolMismatch: boolean;
  /** Largest message of a peer that speaks in clear, as of now. */
  maxMessageBytes(peer: PeerId): number;
}

/** Builds and checks handshakes; one per node, because it remembers those it saw. */
export class Handshaker {
  readonly #components: HandshakerComponents;
  readonly #init: HandshakerInit;
  readonly #replays = new ReplayCache();
  #lastTimestamp = 0;

  constructor(components: HandshakerComponents, init: HandshakerInit) {
    this.#components = components;
    this.#init = init;
  }

  /** This node's introduction; never the same text twice, so that no receiver takes it for a replay. */
  introduction(type: HandshakeType): string {
    const { crypto, identity, clock, random } = this.#components;
    const now = clock.now() / 1000 + random.fraction() / 1000;
    // A step of a microsecond is the finest that survives in a double at today's times.
    this.#lastTimestamp = Math.max(now, this.#lastTimestamp + 1e-6);
    const { capabilities, canopyVersion } = this.#init;
    return buildHandshake(crypto, identity, {
      type,
      capabilities,
      canopyVersion,
      timestamp: this.#lastTimestamp,
    });
  }

  /**
   * Dials in: sends the handshake, waits for the ack. Never throws; does not close the link.
   * @param introduction from {@link introduction}, to be sent as it is.
   */
  async initiate(
    greeting: Greeting,
    expectedPeerId: PeerId,
    introduction: string,
  ): Promise<HandshakeOutcome> {
    try {
      const answer = greeting.receive(
        (text) => this.#judge(greeting, text, 'initiator', expectedPeerId),
        HANDSHAKE_TIMEOUT,
      );
      greeting.link.send(introduction).catch(() => undefined);
      return await answer;
    } catch {
      return { ok: false, reason: greeting.closed ? 'closed' : 'timeout' };
    }
  }

  /** Listens: waits for the handshake. The ack is the caller's to send. Never throws; does not close the link. */
  async await(greeting: Greeting): Promise<HandshakeOutcome> {
    try {
      return await greeting.receive((text) => this.#judge(greeting, text, 'responder'), HANDSHAKE_TIMEOUT);
    } catch {
      return { ok: false, reason: greeting.closed ? 'closed' : 'timeout' };
    }
  }

  #judge(
    greeting: Greeting,
    text: string,
    role: 'initiator' | 'responder',
    expectedPeerId?: PeerId,
  ): HandshakeOutcome {
    const { crypto, identity, clock } = this.#components;
    const result = verifyHandshake(crypto, text, {
      role,
      localPeerId: identity.peerId,
      expectedPeerId,
      rejectProtocolMismatch: this.#init.rejectProtocolMismatch,
    });
    if (!result.ok) return result;
    const { peer } = result;
    const shared = this.#init.capabilities.filter((name) => peer.capabilities.includes(name));
    const secure = shared.includes(SECURE_SESSION);
    // A recorded introduction is worthless where a live proof follows; elsewhere it must not be seen twice.
    if (!this.#replays.add(peer.signature, clock.monotonic()) && !secure) {
      return { ok: false, reason: 'replayed_handshake' };
    }
    if (secure) greeting.link.setMaxMessageBytes(() => MAX_RECORD_BYTES);
    else greeting.trust(() => this.#init.maxMessageBytes(peer.peerId));
    return { ok: true, greeted: { peer, shared, secure, text } };
  }
}
