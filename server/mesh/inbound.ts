/**
 * The way of a frame from a neighbour to the handler of its type (08 section 3, second walk): budget, parse, accept
 * (verify, duplicate, age), the author's pace, then forward and deliver. A handler's error is logged and never
 * closes anything; messages of one author are handled in the order in which they came.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { utf8 } from '../crypto/bytes.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Clock, Timers } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import { parseFrame } from '../wire/envelope.ts';
import type { Envelope } from '../wire/envelope.ts';
import { WireError } from '../wire/errors.ts';
import type { PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
import { openPayload, pairKey } from '../wire/payload-crypto.ts';
import { toPlain } from '../wire/pyjson.ts';
import type { PyValue } from '../wire/pyjson.ts';
import type { Activity } from './activity.ts';
import { AuthorLanes } from './author-lanes.ts';
import { AuthorShaper } from './author-shaper.ts';
import type { Counters } from './counters.ts';
import { valueFits } from './delivery-size.ts';
import { IntakeBudget } from './intake-budget.ts';
import type { LargeFrames } from './large/large-frames.ts';
import { LARGE_FRAME_BYTES } from './limits.ts';
import type { StoredBytes } from './stored-bytes.ts';
import { isTunnel } from './relay/policy.ts';
import type { Decision, Refusal, Router, Verdict } from './router.ts';
import type { Alarms } from './secure/alarms.ts';
import { ACK } from './secure/types.ts';
import type { AckStatus } from './secure/types.ts';
import type { Session } from './session.ts';
import type { Admission, InboundMessage, MessageHandler } from './types.ts';

export interface InboundComponents {
  clock: Clock;
  timers: Timers;
  crypto: CryptoBackend;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  router: Router;
  activity: Activity;
  alarms: Alarms;
  counters: Counters;
  log: Log;
  /** Reads what is too large for the event loop. */
  largeFrames: LargeFrames;
  storedBytes: StoredBytes;
  admission: Pick<Admission, 'isFamiliar'>;
  /** Hands copies of a foreign envelope to neighbours. */
  forward(decision: Decision): void;
  /** Takes a message of a session through a relay that is meant for this node (06 section 2.1). */
  tunnel(envelope: Envelope, via: PeerId): void;
}

/** Refusals that somebody should see; the others happen on every healthy mesh. */
const SUSPICIOUS: Readonly<Partial<Record<Refusal, string>>> = {
  invalid: 'A message with a wrong signature was dropped.',
  unknown_author: 'A message of an unknown author was dropped.',
};

/** Answers to questions of ours: a node that never asks for files has no handler for them. */
const FILE_ANSWERS: ReadonlySet<MessageType> = new Set(['large_attachment_chunk', 'large_attachment_error']);

/** Reasons why a frame is passed over that say nothing about who sent it. */
const HARMLESS: ReadonlySet<string> = new Set(['other_frame', 'unknown_type', 'unread']);

/**
 * What the sender of an acknowledged envelope is told of a refusal. Deviation D-67: a clock that is wrong is put
 * right some day: what it spoiled is worth another try.
 */
const REFUSAL_STATUS: Readonly<Record<Refusal, AckStatus>> = {
  own: ACK.invalid,
  invalid: ACK.invalid,
  unknown_author: ACK.invalid,
  duplicate: ACK.stored,
  stale: ACK.busy,
  future: ACK.busy,
};

/** Receives frames of sessions. */
export class Inbound {
  readonly #components: InboundComponents;
  readonly #handlers = new Map<MessageType, { handler: MessageHandler; overlaps: boolean }>();
  readonly #budgets = new WeakMap<Session, IntakeBudget>();
  readonly #shaper: AuthorShaper;
  readonly #lanes: AuthorLanes;

  constructor(components: InboundComponents) {
    this.#components = components;
    this.#shaper = new AuthorShaper(components);
    this.#lanes = new AuthorLanes(components);
  }

  /** See {@link Mesh.handle}. */
  handle(type: MessageType, handler: MessageHandler, options: { overlaps?: boolean } = {}): void {
    if (this.#handlers.has(type)) throw new Error(`two handlers for ${type}`);
    this.#handlers.set(type, { handler, overlaps: options.overlaps ?? false });
  }

  /** Forgets what waits. */
  stop(): void {
    this.#shaper.stop();
    this.#lanes.stop();
  }

  /** The session is over. */
  ended(session: Session): void {
    this.#budgets.get(session)?.stop();
  }

  /** Charges what a session cost us beside its frames. */
  charge(session: Session, bytes: number): void {
    const { admission, alarms } = this.#components;
    if (this.#budget(session).charge(bytes, admission.isFamiliar(session.peerId)))
      alarms.raise(session.peerId, 'flood');
  }

  /**
   * Takes one frame; never throws.
   * @param text as its bytes when it is large.
   * @param settle called once with what became of the envelope, after the commit of what it changed, when its sender
   *   wants to know (06 section 3.2). Such an envelope waits for nothing but the budget: its sender has a window.
   */
  frame(session: Session, text: string | Uint8Array, settle?: (status: AckStatus) => void): void {
    this.charge(session, text.length);
    if (typeof text !== 'string') return void this.#large(session, text, settle);
    if (text.length > LARGE_FRAME_BYTES) return void this.#large(session, utf8(text), settle);
    const envelope = this.#parse(session, text);
    if (envelope === null) return settle?.(ACK.invalid);
    this.#take(session, envelope, { length: text.length, settle });
  }

  /** A frame that would hold up everybody: read elsewhere, and nothing more of this session meanwhile. */
  async #large(session: Session, bytes: Uint8Array, settle?: (status: AckStatus) => void): Promise<void> {
    const { alarms, counters, largeFrames, admission } = this.#components;
    if (!admission.isFamiliar(session.peerId)) {
      counters.add('dropped.too_large');
      alarms.raise(session.peerId, 'too_large');
      return settle?.(ACK.too_large);
    }
    const release = this.#budget(session).hold();
    const read = await largeFrames.read(bytes);
    if (session.ended) return release();
    if ('refused' in read) {
      this.#refused(session, read.refused);
      settle?.(read.refused === 'too_large' ? ACK.too_large : ACK.invalid);
    } else {
      this.#take(session, read.envelope, { length: bytes.length, settle, verdict: read.verdict });
    }
    release();
  }

  /** @param arrived.verdict of the signature, when it was checked already. */
  #take(
    session: Session,
    envelope: Envelope,
    arrived: { length: number; settle?: ((status: AckStatus) => void) | undefined; verdict?: Verdict },
  ): void {
    const { counters, log, router, activity, alarms, admission } = this.#components;
    const { length, settle, verdict } = arrived;
    const budget = this.#budget(session);
    counters.add('received');
    if (settle !== undefined && !this.#isAcknowledgeable(envelope, session.peerId)) {
      counters.add('dropped.not_acknowledgeable');
      return settle(ACK.invalid);
    }
    const acceptance = router.accept(envelope, session.peerId, verdict);
    if (!acceptance.accepted) {
      counters.add(`dropped.${acceptance.reason}`);
      const suspicion = SUSPICIOUS[acceptance.reason];
      // Whoever checks signatures, as every node does, passes on none that is wrong.
      if (acceptance.reason === 'invalid') alarms.raise(session.peerId, 'forged');
      if (suspicion !== undefined && envelope.fromPeer !== session.peerId)
        activity.security(envelope.fromPeer, 'blocked', suspicion);
      return settle?.(REFUSAL_STATUS[acceptance.reason]);
    }
    if (!acceptance.verified) {
      counters.add('unverified');
      activity.security(
        envelope.fromPeer,
        'warning',
        'A relayed message was accepted without a valid signature.',
      );
    }
    const unfinished = budget.begin();
    const done = (status: AckStatus): void => {
      unfinished();
      settle?.(status);
    };
    const route = (): void => this.#route(envelope, session, { length, verified: acceptance.verified }, done);
    // A tunnel has limits of its own, at its ends and per pair.
    const unlimited = settle !== undefined || isTunnel(envelope);
    if (unlimited || admission.isFamiliar(envelope.fromPeer)) return route();
    if (this.#shaper.submit(envelope.fromPeer, envelope.type, length, route)) return;
    unfinished();
    router.unremember(envelope);
    counters.add('dropped.too_fast');
    log.debug({ author: envelope.fromPeer, via: session.peerId }, 'an author sends more than can wait');
    alarms.raise(envelope.fromPeer, 'flood');
  }

  /** Written by the peer itself, and for this node. */
  #isAcknowledgeable({ fromPeer, toPeer }: Envelope, peer: PeerId): boolean {
    return fromPeer === peer && (toPeer === null || toPeer === this.#components.identity.peerId);
  }

  #parse(session: Session, text: string): Envelope | null {
    try {
      const frame = parseFrame(text);
      if (frame.kind === 'p2p_message') return frame.envelope;
      this.#refused(session, 'other_frame');
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#refused(session, error.code);
    }
    return null;
  }

  /** A frame that is no message. Types nobody knows may be of a newer version; the rest no program sends. */
  #refused(session: Session, reason: string): void {
    const { alarms, counters, log } = this.#components;
    counters.add(`dropped.${reason}`);
    log.debug({ peer: session.peerId, reason }, 'a frame could not be read');
    if (reason === 'too_large') alarms.raise(session.peerId, 'too_large');
    else if (!HARMLESS.has(reason)) alarms.raise(session.peerId, 'unreadable');
  }

  #route(
    envelope: Envelope,
    session: Session,
    { length, verified }: { length: number; verified: boolean },
    done: (status: AckStatus) => void,
  ): void {
    const { router, counters, forward, tunnel, log, admission, alarms, storedBytes } = this.#components;
    const via = session.peerId;
    const relayed = session.secure !== null && session.secure.via !== null;
    const decision = relayed ? router.deliverOnly(envelope) : router.route(envelope, via);
    if (decision.forward.length > 0) forward(decision);
    if (decision.heldByPolicy) counters.add('dropped.relay_policy');
    if (decision.queuedFor !== null) counters.add('queued.foreign');
    if (!decision.deliver) return done(envelope.ttl <= 0 ? ACK.invalid : ACK.too_large);
    if (isTunnel(envelope)) {
      if (verified) tunnel(envelope, via);
      return done(ACK.stored);
    }
    const registered = this.#handlers.get(envelope.type);
    if (registered === undefined) {
      counters.add(`unhandled.${envelope.type}`);
      if (FILE_ANSWERS.has(envelope.type)) alarms.raise(via, 'unasked');
      return done(ACK.invalid);
    }
    if (admission.isFamiliar(envelope.fromPeer) && !storedBytes.take(envelope.fromPeer, length)) {
      counters.add('dropped.quota');
      alarms.raise(envelope.fromPeer, 'quota');
      return done(ACK.busy);
    }
    // What is given up, or fails for a fault of ours, is worth another try.
    let status: AckStatus = ACK.busy;
    const ended = (said: AckStatus): void => {
      status = said;
    };
    this.#lanes.add(envelope.fromPeer, {
      overlaps: registered.overlaps,
      run: () => {
        const ending = this.#deliver(registered.handler, envelope, via, verified);
        return ending instanceof Promise ? ending.then(ended) : ended(ending);
      },
      done: () => done(status),
      late: () => {
        counters.add('slow');
        log.error({ type: envelope.type, author: envelope.fromPeer }, 'a handler takes too long');
      },
    });
  }

  /** Never throws, and what it returns never rejects; most handlers of plain things end at once. */
  #deliver(
    handler: MessageHandler,
    envelope: Envelope,
    via: PeerId,
    verified: boolean,
  ): AckStatus | Promise<AckStatus> {
    const { clock, counters, log } = this.#components;
    const delivered = (status: AckStatus | void): AckStatus => {
      counters.add('delivered');
      return status ?? ACK.stored;
    };
    const failed = (error: unknown): AckStatus => {
      counters.add('failed');
      log.error({ err: error, type: envelope.type, author: envelope.fromPeer }, 'a handler failed');
      return ACK.busy;
    };
    try {
      const payload = this.#open(envelope);
      if (payload === null) {
        counters.add('dropped.undeliverable');
        return ACK.invalid;
      }
      const ending = handler({
        ...readPayload(payload),
        envelope,
        from: envelope.fromPeer,
        via,
        verified,
        receivedAt: clock.now(),
        targeted: envelope.toPeer !== null,
      });
      return ending instanceof Promise ? ending.then(delivered, failed) : delivered(ending);
    } catch (error) {
      return failed(error);
    }
  }

  /** Deviation D-19: the payload in clear; `null` when it cannot be opened or is too large (02 section 3.7). */
  #open(envelope: Envelope): PyValue | null {
    if (envelope.encryptedPayload === null || envelope.encryptedPayload === '') return envelope.payload;
    const { crypto, identity, knownPeers } = this.#components;
    const author = knownPeers.get(envelope.fromPeer);
    if (author === undefined) return null;
    const key = pairKey(crypto, identity.x25519.privateKey, author.x25519PublicKey);
    if (key === null) return null;
    try {
      const payload = openPayload(crypto, key, envelope.encryptedPayload);
      return valueFits(payload) ? payload : null;
    } catch (error) {
      if (error instanceof WireError) return null;
      throw error;
    }
  }

  #budget(session: Session): IntakeBudget {
    const { clock, timers } = this.#components;
    const budget = this.#budgets.get(session) ?? new IntakeBudget({ clock, timers, link: session });
    this.#budgets.set(session, budget);
    return budget;
  }
}

/** Content and metadata as plain values; whatever else a payload may be, these exist. */
function readPayload(value: PyValue): Pick<InboundMessage, 'content' | 'metadata' | 'payload'> {
  const payload = toPlain(value);
  const fields = isRecord(payload) ? payload : {};
  const { content, metadata } = fields;
  return {
    payload,
    content: typeof content === 'string' ? content : '',
    metadata: isRecord(metadata) ? metadata : {},
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
