/**
 * The way of a message out of this node: built and signed when it leaves, routed, paced towards Python peers,
 * written (02 section 3.4, 06 section 3.4). Foreign envelopes pass through {@link Outbound.forwarder}.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { NodeIdentity } from '../identity/node-identity.ts';
import type { Clock, Random, Timers } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import { frameText } from '../wire/envelope.ts';
import type { Envelope } from '../wire/envelope.ts';
import type { PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
import type { Connections } from './connections.ts';
import type { Counters } from './counters.ts';
import { EnvelopeFactory } from './envelope-factory.ts';
import type { MessageDraft } from './envelope-factory.ts';
import { DEFAULT_TTL, MAX_FORWARD_BACKLOG_BYTES } from './limits.ts';
import { Pacer } from './pacer.ts';
import type { Intent } from './pending-queue.ts';
import { Forwarder } from './relay/forwarder.ts';
import type { Written } from './relay/forwarder.ts';
import type { Router } from './router.ts';
import type { Acknowledgements } from './secure/acknowledgements.ts';
import { ACK, LinkLost } from './secure/types.ts';
import type { AckStatus } from './secure/types.ts';
import type { Session } from './session.ts';
import { TUNNEL_TTL } from './tunnel/limits.ts';
import { tunnelPayload } from './tunnel/messages.ts';
import type { TunnelJson } from './tunnel/messages.ts';
import type { OutboundPayload, SendResult } from './types.ts';

/** What a handshake without `canopy_version` counts as: 0.4.29 and before (01 section 5.6). */
const OLD_VERSION = '0.1.0';

export interface OutboundComponents {
  clock: Clock;
  timers: Timers;
  random: Random;
  crypto: CryptoBackend;
  identity: NodeIdentity;
  knownPeers: KnownPeers;
  connections: Connections;
  router: Router;
  acknowledgements: Acknowledgements;
  counters: Counters;
  log: Log;
}

/** Sends. */
export class Outbound {
  /** Carries what others wrote. */
  readonly forwarder: Forwarder;
  readonly #components: OutboundComponents;
  readonly #factory: EnvelopeFactory;
  readonly #pacer: Pacer;
  readonly #waitsForSession: (peer: PeerId) => boolean;

  /** @param init.waitsForSession whether a peer that is no neighbour gets nothing but through a secure session. */
  constructor(
    components: OutboundComponents,
    init: { relayPairBytesPerSecond?: number; waitsForSession?: (peer: PeerId) => boolean } = {},
  ) {
    this.#components = components;
    this.#waitsForSession = init.waitsForSession ?? (() => false);
    this.#factory = new EnvelopeFactory(components);
    this.#pacer = new Pacer(components);
    const { relayPairBytesPerSecond } = init;
    this.forwarder = new Forwarder(
      {
        ...components,
        write: (session, envelope, text) => this.#hand(session, envelope, text, false),
        keep: (envelope) => components.router.keep(envelope),
      },
      relayPairBytesPerSecond === undefined ? {} : { pairBytesPerSecond: relayPairBytesPerSecond },
    );
  }

  /** A neighbour went away: what waited for its turn is refused. */
  dropped(peer: PeerId): void {
    this.#pacer.drop(peer);
  }

  /** See {@link Mesh.fits}. */
  fits(payload: OutboundPayload): boolean {
    return this.#factory.fits(payload);
  }

  /** See {@link Mesh.send}. */
  async send(
    type: MessageType,
    to: PeerId,
    payload: OutboundPayload,
    options: { ttl?: number; encrypt?: boolean; queue?: boolean; confirm?: boolean } = {},
  ): Promise<SendResult> {
    const { router, clock } = this.#components;
    const { ttl = DEFAULT_TTL, encrypt = false, queue = true, confirm = false } = options;
    const intent: Intent = { type, to, payload, ttl, encrypt };
    const envelope = this.#build(intent);
    if (envelope === null) return 'failed';
    const result = await this.#route(envelope, confirm);
    if (result !== 'failed' || !queue) return result;
    router.pending.addOwn(intent, clock.now());
    return 'queued';
  }

  /** See {@link Mesh.sendDirect}. */
  async sendDirect(
    type: MessageType,
    to: PeerId,
    payload: OutboundPayload,
    options: { ttl?: number; targeted?: boolean; confirm?: boolean } = {},
  ): Promise<boolean> {
    const session = this.#components.connections.get(to);
    if (session === undefined) return false;
    const target = options.targeted === false ? null : to;
    const envelope = this.#build({ type, to: target, payload, ttl: options.ttl ?? DEFAULT_TTL });
    if (envelope === null || !(await this.#write(session, envelope, frameText(envelope), true))) return false;
    return options.confirm !== true || session.confirm();
  }

  /** See {@link Mesh.sendOwed}. */
  async sendOwed(
    type: MessageType,
    to: PeerId,
    payload: OutboundPayload,
    options: { ttl?: number; encrypt?: boolean; targeted?: boolean } = {},
  ): Promise<AckStatus> {
    const link = this.#components.connections.get(to)?.secure;
    if (link == null) throw new LinkLost();
    const { ttl = DEFAULT_TTL, encrypt = false, targeted = true } = options;
    const envelope = this.#build({ type, to: targeted ? to : null, payload, ttl, encrypt });
    if (envelope === null) return this.fits(payload) ? ACK.busy : ACK.too_large;
    this.#components.counters.add('sent');
    return this.#components.acknowledgements.send(link, frameText(envelope));
  }

  /** Sends a message of a relayed session through a neighbour (06 section 2.1); whether it was written. */
  async sendTunnel(hop: PeerId, to: PeerId, message: TunnelJson): Promise<boolean> {
    const session = this.#components.connections.direct(hop);
    if (session === undefined || session.backlogBytes > MAX_FORWARD_BACKLOG_BYTES) return false;
    const draft = {
      type: 'peer_announcement',
      to,
      payload: tunnelPayload(message),
      ttl: TUNNEL_TTL,
    } as const;
    const envelope = this.#build(draft);
    return envelope !== null && this.#write(session, envelope, frameText(envelope), true);
  }

  /** See {@link Mesh.flood}. */
  async flood(
    type: MessageType,
    payload: OutboundPayload,
    options: { ttl?: number } = {},
  ): Promise<PeerId[]> {
    const sessions = this.#components.connections.all();
    if (sessions.length === 0) return [];
    const envelope = this.#build({ type, to: null, payload, ttl: options.ttl ?? DEFAULT_TTL });
    if (envelope === null) return [];
    const text = frameText(envelope);
    const written = await Promise.all(
      sessions.map(async (session) =>
        (await this.#write(session, envelope, text, true)) ? session.peerId : null,
      ),
    );
    return written.filter((peer) => peer !== null);
  }

  /** See {@link Mesh.flushPending}. */
  async flush(target: PeerId): Promise<number> {
    const { router, clock } = this.#components;
    let left = 0;
    for (const item of router.pending.take(target, clock.now())) {
      if (item.kind === 'own') {
        // Deviation D-31: with the hops of its first frame.
        if ((await this.send(item.intent.type, target, item.intent.payload, item.intent)) !== 'queued')
          left += 1;
        continue;
      }
      if (item.envelope.ttl <= 0) continue;
      const decision = router.direct({ ...item.envelope, ttl: item.envelope.ttl - 1 }, null);
      this.forwarder.forward(decision);
      if (decision.forward.length > 0) left += 1;
      else router.pending.addForeign(item.envelope, clock.now());
    }
    return left;
  }

  async #route(envelope: Envelope, confirm: boolean): Promise<SendResult> {
    const { router, connections } = this.#components;
    const text = frameText(envelope);
    const relayed = envelope.toPeer === null ? undefined : connections.get(envelope.toPeer as PeerId);
    if (relayed !== undefined && relayed.secure?.via != null) {
      if (!(await this.#write(relayed, envelope, text, true))) return 'failed';
      return !confirm || (await relayed.confirm()) ? 'sent' : 'failed';
    }
    const decision = router.direct(envelope, null);
    if (decision.kind !== 'direct' && this.#mustWait(envelope)) return 'failed';
    const written = await Promise.all(
      decision.forward.map(async ({ to }) => {
        const session = connections.get(to);
        if (session === undefined || !(await this.#write(session, envelope, text, true))) return false;
        return !confirm || session.confirm();
      }),
    );
    if (!written.includes(true)) return 'failed';
    return decision.kind === 'direct' ? 'sent' : 'relayed';
  }

  /**
   * Whether an own message must not go to its target in clear through others, because a secure session with it is
   * possible (06 section 2.5). Whether a direct message is sealed, was judged by whoever wrote it.
   */
  #mustWait({ toPeer, type, encryptedPayload }: Envelope): boolean {
    if (toPeer === null || type === 'direct_message') return false;
    if (encryptedPayload !== null && encryptedPayload !== '') return false;
    return this.#waitsForSession(toPeer as PeerId);
  }

  /** A signed envelope whose echo will be known; `null`, said and counted, when there can be none. */
  #build(draft: MessageDraft): Envelope | null {
    const { router, counters, log } = this.#components;
    const envelope = this.#factory.build(draft);
    if (typeof envelope === 'string') {
      counters.add(`refused.${envelope}`);
      log.warn({ type: draft.type, to: draft.to, reason: envelope }, 'a message cannot be sent');
      return null;
    }
    router.remember(envelope);
    return envelope;
  }

  async #write(session: Session, envelope: Envelope, text: string, own: boolean): Promise<boolean> {
    return (await this.#hand(session, envelope, text, own)) === 'written';
  }

  async #hand(session: Session, envelope: Envelope, text: string, own: boolean): Promise<Written> {
    const { counters, log } = this.#components;
    if (!session.shapesIntake) {
      const turn = await this.#pacer.turn({
        neighbour: session.peerId,
        author: envelope.fromPeer,
        type: envelope.type,
        own,
        old: session.peer.canopyVersion === OLD_VERSION,
      });
      if (!turn) {
        counters.add('dropped.paced');
        return 'paced';
      }
    }
    try {
      await session.send(text);
      if (own) counters.add('sent');
      return 'written';
    } catch (error) {
      log.debug({ peer: session.peerId, type: envelope.type, err: error }, 'a message was not written');
      return 'failed';
    }
  }
}
