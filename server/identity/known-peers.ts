/**
 * The peers whose keys this node knows (01 section 1.3), kept in `known_peers.json`.
 *
 * Unlike in the reference, keys are never replaced by anyone but their owner (01 section 11, S3 and S15; 02
 * section 10, S1): the signing key must hash to the peer id and stays for ever; the agreement key, which the id does
 * not cover, is settled by the peer's own handshake, and until then by the first invite. Whoever brings other
 * keys is refused, and the attempt is kept for display.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { areSoundKeys } from '../crypto/keys.ts';
import type { Timers } from '../ports/types.ts';
import type { Endpoint, PeerId } from '../wire/ids.ts';
import { sanitizeRemote } from '../wire/endpoint.ts';
import { derivePeerId } from '../wire/peer-id.ts';
import { readTextFile, writeFileAtomic } from './atomic-file.ts';
import { KeyConflicts, type KeyConflict, type KeySource } from './key-conflicts.ts';
import { knownPeersText, parseKnownPeers } from './known-peers-file.ts';
import {
  addIntroduced,
  addOwn,
  allEndpoints,
  NO_ENDPOINTS,
  replaceOwn,
  withoutEndpoint,
  type PeerEndpoints,
} from './peer-endpoints.ts';
import { Saver } from './saver.ts';

/** Longest kept display name, in characters; names come from other nodes. */
export const MAX_DISPLAY_NAME = 128;
/** Peers without keys whose endpoints are remembered (as many as introduced peers, 02 section 10, S8). */
const MAX_KEYLESS = 500;

/** A peer whose keys are known. Immutable: every change makes a new object. */
export interface KnownPeer {
  readonly peerId: PeerId;
  readonly ed25519PublicKey: Uint8Array;
  readonly x25519PublicKey: Uint8Array;
  /** In dial order. */
  readonly endpoints: readonly Endpoint[];
  /** `''` when none is known. */
  readonly displayName: string;
  readonly keySource: KeySource;
}

/** Keys that somebody presents for a peer. */
export interface PeerKeys {
  peerId: PeerId;
  ed25519PublicKey: Uint8Array;
  x25519PublicKey: Uint8Array;
}

/** Keys with what an invite or an announcement adds to them; endpoints in any spelling. */
export interface PresentedPeer extends PeerKeys {
  endpoints?: readonly unknown[];
  displayName?: string;
}

/**
 * What became of presented keys. `self`: they are our own id's; `bad_keys`: wrong length, not
 * canonical or weak, or the signing key does not hash to the id; `key_conflict`: other keys are known for that peer.
 */
export type KeyResult =
  { ok: true; peer: KnownPeer; added: boolean } | { ok: false; reason: 'self' | 'bad_keys' | 'key_conflict' };

export interface KnownPeersComponents {
  crypto: CryptoBackend;
  saver: Saver;
}

export interface KnownPeersInit {
  localPeerId: PeerId;
  /** Several nodes on one machine: loopback endpoints are kept. */
  allowLoopback?: boolean;
  /** Content of the file, if there is one. */
  text?: string | null;
}

interface Entry {
  peer: KnownPeer;
  endpoints: PeerEndpoints;
}

/** The table of known peers. Every change is saved soon; {@link flush} saves at once. */
export class KnownPeers {
  readonly #crypto: CryptoBackend;
  readonly #saver: Saver;
  readonly #localPeerId: PeerId;
  readonly #allowLoopback: boolean;
  readonly #entries = new Map<PeerId, Entry>();
  /** Endpoints of peers without keys, in memory only. */
  readonly #keyless = new Map<PeerId, PeerEndpoints>();
  readonly #conflicts = new KeyConflicts();
  /** Entries of the file that could not be used; -1 when the file is no list at all. */
  readonly skipped: number;

  constructor(components: KnownPeersComponents, init: KnownPeersInit) {
    this.#crypto = components.crypto;
    this.#saver = components.saver;
    this.#localPeerId = init.localPeerId;
    this.#allowLoopback = init.allowLoopback ?? false;
    const stored =
      init.text == null
        ? { peers: [], skipped: 0 }
        : parseKnownPeers(init.text, components.crypto, init.localPeerId);
    this.skipped = stored?.skipped ?? -1;
    for (const { endpoints, displayName, introduced, ...keys } of stored?.peers ?? []) {
      this.#put(
        keys,
        introduced ? 'introduced' : 'file',
        cleanName(displayName),
        replaceOwn(NO_ENDPOINTS, this.#usable(endpoints)),
      );
    }
  }

  /**
   * The table kept in `file`. A file that is no list is set aside as `<file>.damaged` before anything replaces it.
   * @throws the `Error` of the file system when the file is there and cannot be read.
   */
  static load(
    components: {
      crypto: CryptoBackend;
      timers: Timers;
      log: { warn(fields: Record<string, unknown>, message: string): void };
    },
    init: Omit<KnownPeersInit, 'text'> & { file: string },
  ): KnownPeers {
    const { crypto, timers, log } = components;
    const { file } = init;
    const saver = new Saver({
      timers,
      save: (text) => writeFileAtomic(file, text),
      failed: (error) => log.warn({ err: error }, 'known_peers.json could not be written'),
    });
    const text = readTextFile(file);
    const known = new KnownPeers({ crypto, saver }, { ...init, text });
    if (known.skipped > 0)
      log.warn({ skipped: known.skipped }, 'entries of known_peers.json were passed over');
    if (known.skipped < 0 && text !== null) {
      log.warn({}, 'known_peers.json is damaged; a copy is kept as known_peers.json.damaged');
      writeFileAtomic(`${file}.damaged`, text);
    }
    return known;
  }

  get(peerId: PeerId): KnownPeer | undefined {
    return this.#entries.get(peerId)?.peer;
  }

  /** All of them, in the order in which they became known. */
  list(): KnownPeer[] {
    return [...this.#entries.values()].map((entry) => entry.peer);
  }

  /** Endpoints of a peer in dial order, also when its keys are not known. */
  endpoints(peerId: PeerId): readonly Endpoint[] {
    return this.get(peerId)?.endpoints ?? allEndpoints(this.#keyless.get(peerId) ?? NO_ENDPOINTS);
  }

  /** Attempts to replace keys, oldest first. */
  conflicts(): KeyConflict[] {
    return this.#conflicts.list();
  }

  /**
   * Takes over an invite (01 section 2.3) and saves it at once. Non-empty endpoints replace the peer's, a
   * non-empty name its name. The invite's agreement key counts if the peer was unknown or only introduced.
   */
  importPeer(presented: PresentedPeer): KeyResult {
    const refused = this.#check(presented, 'invite', null, ['introduced']);
    if (refused !== null) return refused;
    const entry = this.#entries.get(presented.peerId);
    const own = this.#usable(presented.endpoints ?? []);
    const before = entry?.endpoints ?? this.#takeKeyless(presented.peerId);
    const source =
      entry === undefined || entry.peer.keySource === 'introduced' ? 'invite' : entry.peer.keySource;
    const peer = this.#put(
      presented,
      source,
      cleanName(presented.displayName) || (entry?.peer.displayName ?? ''),
      own.length > 0 ? replaceOwn(before, own) : before,
    );
    this.#changed();
    this.flush();
    return { ok: true, peer, added: entry === undefined };
  }

  /** Takes over the keys of a verified handshake: the peer's own word, which settles its agreement key. */
  confirmKeys(keys: PeerKeys): KeyResult {
    const refused = this.#check(keys, 'handshake', null, ['handshake', 'invite', 'introduced', 'file']);
    if (refused !== null) return refused;
    const entry = this.#entries.get(keys.peerId);
    const endpoints = entry?.endpoints ?? this.#takeKeyless(keys.peerId);
    const same = entry !== undefined && equalKeys(entry.peer, keys) === null;
    const peer = this.#put(keys, 'handshake', entry?.peer.displayName ?? '', endpoints);
    if (!same) this.#changed();
    return { ok: true, peer, added: entry === undefined };
  }

  /**
   * Takes over what `by` announced about a third peer (02 section 2.4). Never replaces a key or a name; endpoints go behind
   * the peer's own. How many peers may be introduced is the caller's to decide.
   */
  introduce(presented: PresentedPeer, by: PeerId): KeyResult {
    const refused = this.#check(presented, 'introduced', by, []);
    if (refused !== null) return refused;
    const entry = this.#entries.get(presented.peerId);
    const endpoints = this.#usable(presented.endpoints ?? []);
    const before = entry?.endpoints ?? this.#takeKeyless(presented.peerId);
    const name = entry?.peer.displayName || cleanName(presented.displayName);
    const peer = this.#put(
      entry?.peer ?? presented,
      entry?.peer.keySource ?? 'introduced',
      name,
      addIntroduced(before, endpoints),
    );
    this.#changed();
    return { ok: true, peer, added: entry === undefined };
  }

  /**
   * Notes an endpoint of a peer. With `claim`, after a handshake there, it counts as proven and is taken from
   * every other peer (01 section 1.3).
   */
  recordEndpoint(peerId: PeerId, endpoint: Endpoint, options: { claim?: boolean } = {}): void {
    if (peerId === this.#localPeerId || !this.#usable([endpoint]).includes(endpoint)) return;
    const claim = options.claim ?? false;
    if (claim) {
      for (const other of [...this.#entries.keys(), ...this.#keyless.keys()]) {
        if (other !== peerId) this.#updateEndpoints(other, (list) => withoutEndpoint(list, endpoint));
      }
    }
    this.#updateEndpoints(peerId, (list) => addOwn(list, endpoint, claim));
  }

  /** Removes one endpoint of a peer. */
  removeEndpoint(peerId: PeerId, endpoint: Endpoint): void {
    this.#updateEndpoints(peerId, (list) => withoutEndpoint(list, endpoint));
  }

  /** Sets the name of a known peer; an empty one changes nothing. */
  setDisplayName(peerId: PeerId, displayName: string): void {
    const entry = this.#entries.get(peerId);
    const name = cleanName(displayName);
    if (entry === undefined || name === '' || name === entry.peer.displayName) return;
    entry.peer = { ...entry.peer, displayName: name };
    this.#changed();
  }

  /** Removes keys, endpoints and name of a peer and saves at once; false when nothing was known. */
  forget(peerId: PeerId): boolean {
    const keyless = this.#keyless.delete(peerId);
    this.#conflicts.forget(peerId);
    if (!this.#entries.delete(peerId)) return keyless;
    this.#changed();
    this.flush();
    return true;
  }

  /** Removes several peers at once; saved soon. */
  forgetAll(peerIds: readonly PeerId[]): void {
    for (const peerId of peerIds) {
      this.#conflicts.forget(peerId);
      this.#entries.delete(peerId);
    }
    if (peerIds.length > 0) this.#changed();
  }

  /** Writes the file now if anything waits to be written. */
  flush(): void {
    this.#saver.flush();
  }

  #usable(endpoints: readonly unknown[]): Endpoint[] {
    return sanitizeRemote(endpoints, { allowLoopback: this.#allowLoopback });
  }

  #changed(): void {
    this.#saver.schedule(() =>
      knownPeersText(this.list().map((peer) => ({ ...peer, introduced: peer.keySource === 'introduced' }))),
    );
  }

  #put(keys: PeerKeys, keySource: KeySource, displayName: string, endpoints: PeerEndpoints): KnownPeer {
    const { peerId, ed25519PublicKey, x25519PublicKey } = keys;
    const list = allEndpoints(endpoints);
    const peer = { peerId, ed25519PublicKey, x25519PublicKey, endpoints: list, displayName, keySource };
    this.#entries.set(peerId, { peer, endpoints });
    return peer;
  }

  #takeKeyless(peerId: PeerId): PeerEndpoints {
    const endpoints = this.#keyless.get(peerId) ?? NO_ENDPOINTS;
    this.#keyless.delete(peerId);
    return endpoints;
  }

  #updateEndpoints(peerId: PeerId, change: (endpoints: PeerEndpoints) => PeerEndpoints): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) {
      const endpoints = change(this.#keyless.get(peerId) ?? NO_ENDPOINTS);
      this.#keyless.delete(peerId);
      if (endpoints.own.length === 0) return;
      if (this.#keyless.size >= MAX_KEYLESS) this.#keyless.delete([...this.#keyless.keys()][0] ?? peerId);
      this.#keyless.set(peerId, endpoints);
      return;
    }
    const endpoints = change(entry.endpoints);
    const list = allEndpoints(endpoints);
    entry.endpoints = endpoints;
    if (
      list.length === entry.peer.endpoints.length &&
      list.every((item, i) => item === entry.peer.endpoints[i])
    )
      return;
    entry.peer = { ...entry.peer, endpoints: list };
    this.#changed();
  }

  /** Why keys are refused; `null` if they are not. `weaker` sources give way to another agreement key. */
  #check(
    keys: PeerKeys,
    source: KeySource,
    by: PeerId | null,
    weaker: KeySource[],
  ): (KeyResult & { ok: false }) | null {
    const { peerId, ed25519PublicKey, x25519PublicKey } = keys;
    if (peerId === this.#localPeerId) return { ok: false, reason: 'self' };
    const known = this.get(peerId);
    const differs = known === undefined ? null : equalKeys(known, keys);
    if (known !== undefined && differs === null) return null; // looked at when they were learned
    const sound = areSoundKeys(ed25519PublicKey, x25519PublicKey);
    if (!sound || derivePeerId(this.#crypto, ed25519PublicKey) !== peerId)
      return { ok: false, reason: 'bad_keys' };
    if (known === undefined || differs === null) return null;
    if (differs === 'x25519' && weaker.includes(known.keySource)) return null;
    this.#conflicts.add({ peerId, key: differs, source, by });
    return { ok: false, reason: 'key_conflict' };
  }
}

/** Which key differs, `null` if none does. */
function equalKeys(a: PeerKeys, b: PeerKeys): 'ed25519' | 'x25519' | null {
  if (!equalBytes(a.ed25519PublicKey, b.ed25519PublicKey)) return 'ed25519';
  return equalBytes(a.x25519PublicKey, b.x25519PublicKey) ? null : 'x25519';
}

/** A name from elsewhere: bounded, and without characters that break or reverse the text around it. */
function cleanName(name: string | undefined): string {
  const bounded = [...(name ?? '').slice(0, 4 * MAX_DISPLAY_NAME)].slice(0, MAX_DISPLAY_NAME).join('');
  return bounded.replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '').trim();
}
