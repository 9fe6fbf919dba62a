/**
 * How members of a library meet beyond its owner (07 section 2.4): each tells the admitted which members are connected
 * to it, and where it can be dialled itself, which nobody it dialled knows (deviation D-146); whom it cannot reach directly it meets
 * through a relay.
 */
import type * as z from 'zod';
import type { KnownPeers } from '../identity/known-peers.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { SecureLink, SecureLinks } from '../mesh/secure/types.ts';
import { TokenBucket } from '../mesh/token-bucket.ts';
import { equalBytes, utf8 } from '../crypto/bytes.ts';
import { encodeBase58 } from '../wire/base58.ts';
import { sanitizeRemote } from '../wire/endpoint.ts';
import type { LibraryId, PeerId } from '../wire/ids.ts';
import { LIBRARY_ITEM, MAX_LIBRARY_PEERS, peersFrame } from '../wire/library-frames.ts';
import { keyOf } from '../wire/library-records.ts';
import { readJson } from '../wire/secure-frames.ts';
import { MAX_DIALLED_MEMBERS, MAX_ITEMS_AT_ONCE, MAX_ITEMS_PER_SECOND } from './limits.ts';
import type { LibraryRecords } from './records.ts';
import type { Recognition } from './recognition.ts';
import { sendQuietly } from './sending.ts';

/** Dials others; `mesh` is it. */
export interface MemberDialler {
  readonly allowsLoopback: boolean;
  isConnected(peer: PeerId): boolean;
  attempt(peer: PeerId, endpoints?: readonly string[]): Promise<boolean>;
  wantRelayed(peer: PeerId): void;
  /** Where this node can be dialled. */
  localEndpoints(): string[];
}

export interface IntroducingComponents {
  links: SecureLinks;
  knownPeers: KnownPeers;
  records: LibraryRecords;
  recognition: Recognition;
  dialler: MemberDialler;
  clock: Clock;
  random: Random;
}

export interface IntroducingInit {
  localPeer: PeerId;
  keys: { ed25519PublicKey: Uint8Array; x25519PublicKey: Uint8Array };
}

type NamedPeer = z.infer<typeof peersFrame>['peers'][number];

export class Introducing {
  readonly #c: IntroducingComponents;
  readonly #init: IntroducingInit;
  /** Who was named last and is no member by the records that are here. */
  readonly #unknown = new Map<LibraryId, { link: SecureLink; peers: readonly NamedPeer[] }>();
  readonly #allowance = new WeakMap<SecureLink, TokenBucket>();

  constructor(components: IntroducingComponents, init: IntroducingInit) {
    this.#c = components;
    this.#init = init;
  }

  /** Registers the frame; once. */
  register(): void {
    this.#c.links.handle(LIBRARY_ITEM.peers, (link, body) => this.#peers(link, body));
  }

  /** A link became admitted: it hears of the others, and they of it. */
  admitted(libraryId: LibraryId, link: SecureLink): void {
    const others = this.#others(libraryId, link).map(({ peerId }) => peerId);
    this.#send(libraryId, link, [this.#init.localPeer, ...others]);
    this.#tellOthers(libraryId, link);
  }

  #others(libraryId: LibraryId, link: SecureLink): SecureLink[] {
    return this.#c.recognition.admitted(libraryId).filter((one) => one !== link);
  }

  #tellOthers(libraryId: LibraryId, link: SecureLink): void {
    for (const other of this.#others(libraryId, link)) this.#send(libraryId, other, [link.peerId]);
  }

  #send(libraryId: LibraryId, to: SecureLink, members: readonly PeerId[]): void {
    const own = { ...this.#init.keys, endpoints: this.#c.dialler.localEndpoints() };
    const peers = members.slice(0, MAX_LIBRARY_PEERS).flatMap((peerId) => {
      const known = peerId === this.#init.localPeer ? own : this.#c.knownPeers.get(peerId);
      if (known === undefined) return [];
      return {
        peer_id: peerId,
        ed25519_public_key: encodeBase58(known.ed25519PublicKey),
        x25519_public_key: encodeBase58(known.x25519PublicKey),
        endpoints: known.endpoints.slice(0, MAX_DIALLED_MEMBERS),
      };
    });
    if (peers.length > 0)
      sendQuietly(to, LIBRARY_ITEM.peers, utf8(JSON.stringify({ library_id: libraryId, peers })));
  }

  #peers(link: SecureLink, body: Uint8Array): void {
    const { library_id: libraryId, peers } = readJson(body, peersFrame);
    if (!this.#takes(link)) return;
    this.#introduced(libraryId, link, peers);
  }

  /** Rights changed: who was named before its member record came may be one now. */
  review(libraryId: LibraryId): void {
    const named = this.#unknown.get(libraryId);
    if (named === undefined) return;
    this.#unknown.delete(libraryId);
    this.#introduced(libraryId, named.link, named.peers);
  }

  #introduced(libraryId: LibraryId, link: SecureLink, peers: readonly NamedPeer[]): void {
    const { recognition, knownPeers, dialler, random } = this.#c;
    if (!recognition.isAdmitted(link, libraryId)) return;
    const unknown: NamedPeer[] = [];
    const away: { peer: PeerId; endpoints: string[] }[] = [];
    for (const one of peers) {
      const peer = one.peer_id;
      const ed25519PublicKey = keyOf(one.ed25519_public_key);
      const x25519PublicKey = keyOf(one.x25519_public_key);
      if (peer === this.#init.localPeer || ed25519PublicKey === null || x25519PublicKey === null) continue;
      if (!this.#isMember(libraryId, peer, ed25519PublicKey)) {
        unknown.push(one);
        continue;
      }
      const endpoints = sanitizeRemote(one.endpoints, { allowLoopback: dialler.allowsLoopback });
      const before = knownPeers.endpoints(peer).length;
      const presented = { peerId: peer, ed25519PublicKey, x25519PublicKey, endpoints };
      if (!knownPeers.introduce(presented, link.peerId).ok) continue;
      if (!dialler.isConnected(peer)) away.push({ peer, endpoints });
      else if (peer === link.peerId && knownPeers.endpoints(peer).length > before)
        this.#tellOthers(libraryId, link);
    }
    if (unknown.length > 0) this.#unknown.set(libraryId, { link, peers: unknown });
    const room = MAX_DIALLED_MEMBERS - recognition.admitted(libraryId).length;
    away
      .map((one) => ({ ...one, order: random.fraction() }))
      .sort((a, b) => a.order - b.order)
      .slice(0, Math.max(0, room))
      .forEach(({ peer, endpoints }) => void this.#meet(peer, endpoints));
  }

  #isMember(libraryId: LibraryId, peer: PeerId, key: Uint8Array): boolean {
    const rights = this.#c.records.rights(libraryId);
    const record =
      peer === rights?.owner ? rights.library?.owner_key : rights?.members.get(peer)?.ed25519_public_key;
    const recorded = record === undefined ? null : keyOf(record);
    return rights?.modeOf(peer) !== 'none' && recorded !== null && equalBytes(recorded, key);
  }

  async #meet(peer: PeerId, endpoints: string[]): Promise<void> {
    if (!(await this.#c.dialler.attempt(peer, endpoints))) this.#c.dialler.wantRelayed(peer);
  }

  #takes(link: SecureLink): boolean {
    const now = this.#c.clock.monotonic();
    let bucket = this.#allowance.get(link);
    if (bucket === undefined)
      this.#allowance.set(link, (bucket = new TokenBucket(MAX_ITEMS_AT_ONCE, MAX_ITEMS_PER_SECOND, now)));
    return bucket.take(1, now);
  }
}
