/**
 * What is known of a peer beyond this moment: its program and capabilities when last connected, whether it reads
 * encrypted direct messages, and whether it has accepted us. The last has no message of its own; but only a peer that
 * trusts us sends profile cards and membership queries (02 section 3.9), so these are the sign.
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { Clock } from '../ports/types.ts';
import type { PeerFactsTable } from '../store/peer-facts.ts';
import { DM_E2E_CAPABILITY } from '../wire/dm-bundle.ts';
import type { PeerId } from '../wire/ids.ts';
import { CHANNEL_E2E_CAPABILITY } from '../wire/message-types.ts';
import { DELIVERY, SECURE_SESSION } from '../wire/native-extensions.ts';
import { isOurVersion } from './our-nodes.ts';

export interface PeerKnowledgeComponents {
  mesh: Mesh;
  knownPeers: KnownPeers;
  facts: PeerFactsTable;
  clock: Clock;
}

export class PeerKnowledge {
  readonly #c: PeerKnowledgeComponents;
  readonly #acceptedUs = new Set<PeerId>();

  constructor(components: PeerKnowledgeComponents) {
    this.#c = components;
  }

  /** A session began: remembers what the peer says it is. */
  connected(peer: PeerId): void {
    const info = this.#c.mesh.peerInfo(peer);
    if (info === undefined) return;
    this.#c.facts.put({
      peerId: peer,
      canopyVersion: info.canopyVersion,
      capabilities: [...info.capabilities],
      lastSeen: this.#c.clock.now(),
    });
  }

  /** A session ended; acceptance must show again. */
  disconnected(peer: PeerId): void {
    this.#c.facts.noteSeen(peer, this.#c.clock.now());
    this.#acceptedUs.delete(peer);
  }

  /** The peer sent what it sends only to peers it trusts. True when that is news. */
  noteAcceptance(peer: PeerId): boolean {
    if (this.#acceptedUs.has(peer)) return false;
    this.#acceptedUs.add(peer);
    return true;
  }

  /** Whether the peer showed in this session that it takes our content. */
  hasAcceptedUs(peer: PeerId): boolean {
    return this.#acceptedUs.has(peer);
  }

  /** Whether the peer runs this program; of one that is away, when last seen. */
  isOurs(peer: PeerId): boolean {
    const live = this.#c.mesh.peerInfo(peer);
    return isOurVersion(live?.canopyVersion ?? this.#c.facts.get(peer)?.canopyVersion);
  }

  /** Whether the peer shows reactions to direct messages, as nodes of this program do alone; `null`: never heard of it. */
  showsDirectReactions(peer: PeerId): boolean | null {
    if (this.isOurs(peer) || this.couldBeSecure(peer)) return true;
    const known = this.#c.mesh.peerInfo(peer)?.canopyVersion ?? this.#c.facts.get(peer)?.canopyVersion;
    return known == null ? null : false;
  }

  /** Whether the peer is known to read encrypted private channels, connected or not (03 section 5.11). */
  readsEncryptedChannels(peer: PeerId): boolean {
    return this.#offers(peer, CHANNEL_E2E_CAPABILITY);
  }

  /** Whether the peer is known to offer acknowledged delivery, connected or not (06 section 3.3). */
  couldAcknowledge(peer: PeerId): boolean {
    return this.#offers(peer, DELIVERY);
  }

  /** Whether the peer is known to offer secure sessions: a relay then gets nothing it could read (06 section 2.5). */
  couldBeSecure(peer: PeerId): boolean {
    return this.#c.mesh.isPinned(peer) || this.#offers(peer, SECURE_SESSION);
  }

  /** Whether the peer reads encrypted direct messages and we hold a key it gave us itself; `null`: not known. */
  readsEncrypted(peer: PeerId): boolean | null {
    const key = this.sealingKey(peer);
    if (key !== null && this.#c.mesh.supports(peer, DM_E2E_CAPABILITY)) return true;
    if (this.#c.mesh.isConnected(peer)) return false;
    const facts = this.#c.facts.get(peer);
    if (facts === undefined || key === null) return null;
    return facts.capabilities.includes(DM_E2E_CAPABILITY);
  }

  #offers(peer: PeerId, capability: string): boolean {
    if (this.#c.mesh.supports(peer, capability)) return true;
    if (this.#c.mesh.isConnected(peer)) return false;
    return this.#c.facts.get(peer)?.capabilities.includes(capability) ?? false;
  }

  /**
   * The X25519 key to seal for the peer; `null` when it is unknown or only hearsay (02 S1). Of a peer behind a relay that
   * has no secure sessions hearsay must do: the relay could have put in a key of its own, but without sealing it would read
   * everything for certain (06 section 2.5).
   */
  sealingKey(peer: PeerId): Uint8Array | null {
    const known = this.#c.knownPeers.get(peer);
    if (known === undefined) return null;
    if (known.keySource !== 'introduced') return known.x25519PublicKey;
    const onlyWay = this.#c.mesh.relays.to(peer) !== undefined && !this.couldBeSecure(peer);
    return onlyWay ? known.x25519PublicKey : null;
  }
}
