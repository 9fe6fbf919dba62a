/**
 * Decides what happens with an envelope: accepted or dropped, delivered, forwarded to whom, queued (01 section 7.5,
 * 02 section 3, with the hardening of 02 section 10). Pure apart from its memory: it reads the clock it is given
 * and asks who is a neighbour, but it sends nothing.
 *
 * Differences from the reference, all invisible to a correct peer: ids are remembered per author (S9), ttl is cut
 * to {@link MAX_TTL} (S7), routes are learned only from messages that pass the duplicate and age checks and only
 * when there is no working route yet (S10, S11), own floods are not delivered locally, own ids are remembered (R6).
 * Rates are not decided here: the caller delays instead of dropping.
 *
 * The relay policy decides what of others is passed on at all ({@link mayCarry}); the reference passes everything on
 * whatever its policy. So a route that was only learned through a node like this one is no way for content: it shows
 * that floods get through, not that the node carries.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { KnownPeers } from '../identity/known-peers.ts';
import { verifyEnvelope } from '../wire/envelope.ts';
import type { Envelope } from '../wire/envelope.ts';
import type { PeerId } from '../wire/ids.ts';
import { CONTROL_TYPES } from '../wire/message-types.ts';
import { payloadFits } from './delivery-size.ts';
import { MAX_CLOCK_SKEW_S, MAX_MESSAGE_AGE_S, MAX_TTL } from './limits.ts';
import { PendingQueue } from './pending-queue.ts';
import { isTunnel, mayCarry } from './relay/policy.ts';
import { TunnelIds } from './relay/tunnel-ids.ts';
import { RouteTable } from './route-table.ts';
import type { Route } from './route-table.ts';
import { SeenCache } from './seen-cache.ts';
import type { RelayPolicy } from './types.ts';

/** What verifying an envelope found. */
export type Verdict = 'valid' | 'invalid' | 'unknown_author';

/** What the router asks of its surroundings. */
export interface RouterComponents {
  /** Wall clock, Unix ms. */
  now(): number;
  /** How much is carried for others now. */
  policy(): RelayPolicy;
  /** Whether a person here accepted the peer. */
  isFamiliar(peer: PeerId): boolean;
  /** Whether the keys of a peer are known, so that it is worth waiting for. */
  isKnown(peer: string): boolean;
  /** Whether a neighbour passes everything on whatever its policy, as the reference does. */
  carriesAlways(neighbour: PeerId): boolean;
  /** Currently connected peers, in a stable order. */
  neighbours(): readonly PeerId[];
  /** Checks the author's signature. */
  verify(envelope: Envelope): Verdict;
}

/** How the router is set up. */
export interface RouterInit {
  localPeerId: PeerId;
  /** Accept relayed envelopes that do not verify (01 section 7.5, step 3). */
  allowUnverifiedRelay: boolean;
}

/** Why an envelope was not accepted. */
export type Refusal = 'own' | 'invalid' | 'unknown_author' | 'duplicate' | 'stale' | 'future';

/** Whether an envelope goes on to {@link Router.route}. */
export type Acceptance = { accepted: true; verified: boolean } | { accepted: false; reason: Refusal };

/** One copy to hand to a neighbour. */
export interface Forward {
  to: PeerId;
  envelope: Envelope;
}

/** Where an accepted envelope goes. */
export interface Decision {
  /** Hand it to the handler of its type. */
  deliver: boolean;
  /** Copies to send, ttl already lowered. */
  forward: Forward[];
  /** The copies go straight to the target (`direct`), along a route, or to everyone (`flood`). */
  kind: 'none' | 'direct' | 'route' | 'flood';
  /** Target for which it was put into the pending queue. */
  queuedFor: string | null;
  /** It would have been passed on under another relay policy. */
  heldByPolicy: boolean;
}

/** {@link Decision} together with why nothing happened. */
export interface Outcome extends Decision {
  refused: Refusal | null;
  verified: boolean;
}

const NOTHING: Decision = {
  deliver: false,
  forward: [],
  kind: 'none',
  queuedFor: null,
  heldByPolicy: false,
};

/** Routing decisions of one node. */
export class Router {
  readonly routes: RouteTable;
  readonly pending: PendingQueue;
  readonly #components: RouterComponents;
  readonly #init: RouterInit;
  readonly #seen = new SeenCache();
  readonly #tunnelIds = new TunnelIds();

  constructor(components: RouterComponents, init: RouterInit) {
    this.#components = components;
    this.#init = init;
    this.routes = new RouteTable();
    this.pending = new PendingQueue();
  }

  /** Remembered ids. */
  get seenCount(): number {
    return this.#seen.size;
  }

  /** Acceptance and route of an envelope that arrived from the neighbour `via`, in one step. */
  receive(envelope: Envelope, via: PeerId): Outcome {
    const acceptance = this.accept(envelope, via);
    if (!acceptance.accepted) return { ...NOTHING, refused: acceptance.reason, verified: false };
    return { ...this.route(envelope, via), refused: null, verified: acceptance.verified };
  }

  /**
   * Steps 2 to 8 of 01 section 7.5: verify, duplicate, age, learn the route, remember.
   * @param checked what is known of the signature already.
   */
  accept(envelope: Envelope, via: PeerId, checked?: Verdict): Acceptance {
    const { fromPeer, id } = envelope;
    if (fromPeer === this.#init.localPeerId) return { accepted: false, reason: 'own' };
    const tunnel = isTunnel(envelope);
    const ids = tunnel ? this.#tunnelIds : null;
    // Deviation D-15: duplicate and age first. A duplicate was verified when it first came, and the signature of every
    // echo is saved.
    if (ids?.has(envelope) ?? this.#seen.has(fromPeer, id)) return { accepted: false, reason: 'duplicate' };
    const now = this.#components.now();
    const age = now / 1000 - envelope.timestamp;
    if (age > MAX_MESSAGE_AGE_S) return { accepted: false, reason: 'stale' };
    if (age < -(tunnel ? MAX_MESSAGE_AGE_S : MAX_CLOCK_SKEW_S)) return { accepted: false, reason: 'future' };
    const verdict = checked ?? this.#components.verify(envelope);
    const verified = verdict === 'valid';
    if (!verified && !(this.#init.allowUnverifiedRelay && fromPeer !== via)) {
      return { accepted: false, reason: verdict };
    }
    this.#learn(fromPeer, via, now);
    if (ids === null) this.#seen.add(fromPeer, id);
    else ids.add(envelope);
    return { accepted: true, verified };
  }

  /** Steps 9 and 10 for an accepted envelope; puts it into the pending queue when it has to wait. */
  route(envelope: Envelope, via: PeerId): Decision {
    if (envelope.ttl <= 0) return NOTHING;
    // Deviation D-16: what is received is cut before it is lowered.
    const copy: Envelope = { ...envelope, ttl: Math.min(envelope.ttl, MAX_TTL) - 1 };
    const { toPeer: target } = copy;
    if (target === this.#init.localPeerId) return { ...NOTHING, deliver: payloadFits(copy) };
    const policy = this.#components.policy();
    const carried = mayCarry(policy, copy);
    if (target === null) {
      const others = this.#others([copy.fromPeer, via]);
      const to = carried ? others : [];
      return {
        ...NOTHING,
        deliver: payloadFits(copy),
        forward: to.map((peer) => ({ to: peer, envelope: copy })),
        kind: 'flood',
        heldByPolicy: to.length < others.length,
      };
    }
    if (!carried) return { ...NOTHING, heldByPolicy: true };
    const tunnel = isTunnel(copy);
    const { isFamiliar } = this.#components;
    if (tunnel && !isFamiliar(copy.fromPeer) && !isFamiliar(target as PeerId))
      return { ...NOTHING, heldByPolicy: true };
    const decision = this.direct(copy, via);
    if (decision.kind !== 'none' || tunnel) return decision;
    return this.keep(copy) ? { ...NOTHING, queuedFor: target } : NOTHING;
  }

  /**
   * Keeps a foreign envelope for its target, under the policy that promises to carry it, and for somebody who may come
   * (02 R3); whether it waits now.
   */
  keep(envelope: Envelope): boolean {
    const { policy, isKnown, now } = this.#components;
    const { toPeer } = envelope;
    if (toPeer === null || policy() !== 'full_relay' || !isKnown(toPeer) || isTunnel(envelope)) return false;
    this.pending.addForeign(envelope, now());
    return true;
  }

  /** What came through a session with a peer behind a relay: for this node, or for nobody (06 section 2.3). */
  deliverOnly(envelope: Envelope): Decision {
    const { ttl, toPeer } = envelope;
    const forUs = ttl > 0 && (toPeer === null || toPeer === this.#init.localPeerId) && !isTunnel(envelope);
    return { ...NOTHING, deliver: forUs && payloadFits(envelope) };
  }

  /**
   * Ways to a target now: itself, its next hop, or everyone for the control types (02 section 3.4).
   * @param via the neighbour it came from; `null` for own envelopes.
   */
  direct(envelope: Envelope, via: PeerId | null): Decision {
    const target = envelope.toPeer;
    const neighbours = this.#components.neighbours();
    const neighbour = neighbours.find((peer) => peer === target);
    if (neighbour !== undefined) {
      return { ...NOTHING, forward: [{ to: neighbour, envelope }], kind: 'direct' };
    }
    const route = target === null ? undefined : this.routes.get(target);
    if (
      route !== undefined &&
      route.hop !== via &&
      neighbours.includes(route.hop) &&
      (via !== null || this.#carries(route, envelope))
    ) {
      return { ...NOTHING, forward: [{ to: route.hop, envelope }], kind: 'route' };
    }
    if (CONTROL_TYPES.has(envelope.type) && envelope.ttl > 0) {
      const to = this.#others([envelope.fromPeer, ...(via === null ? [] : [via])]);
      if (to.length > 0) {
        return { ...NOTHING, forward: to.map((peer) => ({ to: peer, envelope })), kind: 'flood' };
      }
    }
    return NOTHING;
  }

  /** The neighbour that carries content to `target`, if any. */
  relayTo(target: string): PeerId | undefined {
    const route = this.routes.get(target);
    if (route === undefined || !this.#components.neighbours().includes(route.hop)) return undefined;
    return this.#carriesContent(route) ? route.hop : undefined;
  }

  /** Remembers an own id, so that its echo is known (R6). */
  remember(envelope: Envelope): void {
    if (isTunnel(envelope)) this.#tunnelIds.add(envelope);
    else this.#seen.add(envelope.fromPeer, envelope.id);
  }

  /** Forgets an accepted id, because the envelope was dropped after all and may be sent again. */
  unremember(envelope: Envelope): void {
    if (isTunnel(envelope)) this.#tunnelIds.delete(envelope);
    else this.#seen.delete(envelope.fromPeer, envelope.id);
  }

  /** Whether the next hop of a route passes on an own envelope, as far as that can be known. */
  #carries(route: Route, envelope: Envelope): boolean {
    // A tunnel finds out by itself, and keeps what was not confirmed.
    return mayCarry('broker_only', envelope) || isTunnel(envelope) || this.#carriesContent(route);
  }

  /** Deviation D-30: a way that was only learned is none for content, unless the next hop passes everything on. */
  #carriesContent({ offered, hop }: Route): boolean {
    return offered || this.#components.carriesAlways(hop);
  }

  #others(except: readonly string[]): PeerId[] {
    return this.#components
      .neighbours()
      .filter((peer) => peer !== this.#init.localPeerId && !except.includes(peer));
  }

  /** Deviation D-17: a working route stays (S11), but an accepted next hop takes over from one nobody accepted. */
  #learn(author: PeerId, via: PeerId, now: number): void {
    if (author === via) return;
    const neighbours = this.#components.neighbours();
    if (neighbours.includes(author) || !neighbours.includes(via)) return;
    const known = this.routes.get(author);
    if (known !== undefined && neighbours.includes(known.hop)) {
      const { isFamiliar } = this.#components;
      const better = !known.offered && isFamiliar(via) && !isFamiliar(known.hop);
      if (!better) return this.routes.heard(author, via, now);
    }
    this.routes.set(author, via, { offered: false, now });
  }
}

/** Whether an envelope bears the signature of its author, as far as the author's key is known. */
export function verdictOn(
  components: { crypto: CryptoBackend; knownPeers: Pick<KnownPeers, 'get'> },
  envelope: Envelope,
): Verdict {
  const author = components.knownPeers.get(envelope.fromPeer);
  if (author === undefined) return 'unknown_author';
  return verifyEnvelope(components.crypto, author.ed25519PublicKey, envelope) ? 'valid' : 'invalid';
}
