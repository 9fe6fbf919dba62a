/**
 * Peers known because another peer announced them (02 section 2.9): a bounded list whose records passed the checks
 * of 02 section 10 (S1: the id must follow from the key, keys are never replaced; S8: bounded in total and per
 * introducer).
 */
import type { KnownPeers } from '../identity/known-peers.ts';
import { Base58Error, decodeBase58, encodeBase58 } from '../wire/base58.ts';
import { sanitizeRemote } from '../wire/endpoint.ts';
import { isPeerId } from '../wire/ids.ts';
import type { PeerId } from '../wire/ids.ts';
import { MAX_INTRODUCED, MAX_INTRODUCED_ENDPOINTS, MAX_INTRODUCED_PER_PEER } from './limits.ts';
import type { Admission, IntroducedPeer, IntroductionRecord } from './types.ts';

/** Capabilities kept of one announcement. */
const MAX_CAPABILITIES = 64;
/** Introducers remembered per peer. */
const MAX_INTRODUCERS = 16;
/** Introduced peers whose keys are kept although none of them was announced since the start, because they are accepted. */
const MAX_ACCEPTED_KEPT = MAX_INTRODUCED;

export interface IntroductionsInit {
  localPeerId: PeerId;
  allowLoopback: boolean;
}

/** The introduced peers. */
export class Introductions {
  readonly #knownPeers: KnownPeers;
  readonly #admission: Pick<Admission, 'isFamiliar'>;
  readonly #init: IntroductionsInit;
  readonly #peers = new Map<PeerId, IntroducedPeer>();

  constructor(
    components: { knownPeers: KnownPeers; admission: Pick<Admission, 'isFamiliar'> },
    init: IntroductionsInit,
  ) {
    this.#knownPeers = components.knownPeers;
    this.#admission = components.admission;
    this.#init = init;
  }

  get(peer: PeerId): IntroducedPeer | undefined {
    return this.#peers.get(peer);
  }

  list(): IntroducedPeer[] {
    return [...this.#peers.values()];
  }

  /** Takes the records `by` announced; how many were taken. */
  add(records: readonly IntroductionRecord[], by: PeerId): number {
    const taken = records.filter((record) => this.#take(record, by)).length;
    if (taken > 0) this.#trim();
    return taken;
  }

  forget(peer: PeerId): boolean {
    return this.#peers.delete(peer);
  }

  #take(record: IntroductionRecord, by: PeerId): boolean {
    const { peerId } = record;
    if (!isPeerId(peerId) || peerId === this.#init.localPeerId || peerId === by) return false;
    const before = this.#peers.get(peerId);
    if (before === undefined && !this.#hasRoom(by)) return false;
    const ed25519PublicKey = keyOf(record.ed25519PublicKey);
    const x25519PublicKey = keyOf(record.x25519PublicKey);
    if (ed25519PublicKey === null || x25519PublicKey === null) return false;
    const { allowLoopback } = this.#init;
    const endpoints = sanitizeRemote((record.endpoints ?? []).slice(0, MAX_INTRODUCED_ENDPOINTS), {
      allowLoopback,
    });
    const displayName = record.displayName ?? '';
    const presented = { peerId, ed25519PublicKey, x25519PublicKey, endpoints, displayName };
    const result = this.#knownPeers.introduce(presented, by);
    if (!result.ok) return false;
    const via = before?.introduced_via ?? [];
    this.#peers.set(peerId, {
      peer_id: peerId,
      display_name: result.peer.displayName,
      endpoints: [...new Set([...endpoints, ...(before?.endpoints ?? [])])].slice(
        0,
        MAX_INTRODUCED_ENDPOINTS,
      ),
      ed25519_public_key: encodeBase58(result.peer.ed25519PublicKey),
      x25519_public_key: encodeBase58(result.peer.x25519PublicKey),
      capabilities: (record.capabilities ?? before?.capabilities ?? []).slice(0, MAX_CAPABILITIES),
      device_profile: record.deviceProfile ?? before?.device_profile ?? null,
      introduced_by: by,
      introduced_via: [...via.filter((peer) => peer !== by), by].slice(-MAX_INTRODUCERS),
    });
    return true;
  }

  /**
   * The list begins anew with every start, the keys of those it named stay in the file: over the bound the oldest go
   * that nobody has announced since, accepted ones only when there are far too many.
   */
  #trim(): void {
    const kept = this.#knownPeers.list().filter(({ keySource }) => keySource === 'introduced');
    const excess = kept.length - MAX_INTRODUCED;
    if (excess <= 0) return;
    const stale = kept.map(({ peerId }) => peerId).filter((peer) => !this.#peers.has(peer));
    const { isFamiliar } = this.#admission;
    const gone = stale.filter((peer) => !isFamiliar(peer)).slice(0, excess);
    const accepted = stale.filter((peer) => isFamiliar(peer));
    const tooMany = Math.max(excess - gone.length - MAX_ACCEPTED_KEPT, 0);
    this.#knownPeers.forgetAll([...gone, ...accepted.slice(0, tooMany)]);
  }

  #hasRoom(by: PeerId): boolean {
    if (this.#peers.size >= MAX_INTRODUCED) return false;
    return this.list().filter((peer) => peer.introduced_by === by).length < MAX_INTRODUCED_PER_PEER;
  }
}

/** A key as bytes; `null` when it is missing or no Base58 (its length is checked where it is stored). */
function keyOf(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null;
  try {
    return decodeBase58(text);
  } catch (error) {
    if (error instanceof Base58Error) return null;
    throw error;
  }
}
