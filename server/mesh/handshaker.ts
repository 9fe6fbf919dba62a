/**
 * Speaks the legacy handshake over a fresh link, from either side (01 section 5), and says who is there. It stores
 * nothing and decides nothing about other connections: that is the business of whoever asked.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Clock, Random } from '../ports/types.ts';
import { WireError } from '../wire/errors.ts';
import { buildHandshake, verifyHandshake } from '../wire/handshake.ts';
import type { HandshakeFailure, HandshakePeer, HandshakeType } from '../wire/handshake.ts';
import type { PeerId } from '../wire/ids.ts';
import { parsePyJson, printPyJson } from '../wire/pyjson.ts';
import type { PyValue } from '../wire/pyjson.ts';
import type { Greeting } from './greeting.ts';
import { HANDSHAKE_TIMEOUT, MAX_MESSAGE_BYTES } from './limits.ts';
import { ReplayCache } from './replay-cache.ts';

/** An unsigned extra field: this node's receiver delays what comes too fast, so nobody needs to pace for it. */
const INTAKE_FIELD = 'intake';
const INTAKE_SHAPED = 'shaped';

/** Who answered, and what the mesh wants to know beside it. */
export interface Greeted {
  peer: HandshakePeer;
  /** The peer's receiver delays instead of dropping. */
  shapesIntake: boolean;
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
    const text = buildHandshake(crypto, identity, {
      type,
      capabilities,
      canopyVersion,
      timestamp: this.#lastTimestamp,
    });
    const message = parsePyJson(text);
    if (message instanceof Map) message.set(INTAKE_FIELD, INTAKE_SHAPED);
    return printPyJson(message);
  }

  /** Dials in: sends the handshake, waits for the ack. Never throws; does not close the link. */
  async initiate(greeting: Greeting, expectedPeerId: PeerId): Promise<HandshakeOutcome> {
    try {
      const answer = greeting.receive(
        (text) => this.#judge(greeting, text, 'initiator', expectedPeerId),
        HANDSHAKE_TIMEOUT,
      );
      greeting.link.send(this.introduction('handshake')).catch(() => undefined);
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
    const message = parseOrNull(text);
    const result = verifyHandshake(crypto, message, {
      role,
      localPeerId: identity.peerId,
      expectedPeerId,
      rejectProtocolMismatch: this.#init.rejectProtocolMismatch,
    });
    if (!result.ok) return result;
    if (!this.#replays.add(result.peer.signature, clock.monotonic())) {
      return { ok: false, reason: 'replayed_handshake' };
    }
    greeting.link.setMaxMessageBytes(MAX_MESSAGE_BYTES);
    const shapesIntake = message instanceof Map && message.get(INTAKE_FIELD) === INTAKE_SHAPED;
    return { ok: true, greeted: { peer: result.peer, shapesIntake } };
  }
}

function parseOrNull(text: string): PyValue {
  try {
    return parsePyJson(text);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
