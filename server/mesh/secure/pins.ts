/**
 * Peers that have shown that they can do secure sessions, and with which key (06 section 1.4). From then on nothing
 * less is accepted of them, until a person says so: a handshake recorded in their Python days is worthless.
 */
import { equalBytes } from '../../crypto/bytes.ts';
import type { Clock } from '../../ports/types.ts';
import type { Store } from '../../store/database.ts';
import type { PeerSecurity, PeerSecurityTable } from '../../store/peer-security.ts';
import type { Log } from '../../telemetry/log.ts';
import type { PeerId } from '../../wire/ids.ts';

/** One pin. */
export type Pin = PeerSecurity;

/** Where pins are kept; what returns is on disk. */
export interface PinStore {
  get(peer: PeerId): Pin | undefined;
  put(pin: Pin): void;
  delete(peer: PeerId): boolean;
}

/** Pins in a table, each change in a transaction of its own. */
export function storedPins(store: Pick<Store, 'commit'>, table: PeerSecurityTable): PinStore {
  return {
    get: (peer) => table.get(peer),
    put: (pin) => store.commit.now(() => table.put(pin)),
    delete: (peer) => store.commit.now(() => table.delete(peer)),
  };
}

/** Why a connection is refused. */
export type PinObjection = 'secure_required' | 'peer_key_changed';

/** How often the time of the last session is written. */
const TOUCH_INTERVAL_MS = 3_600_000;

/** Reads and sets pins. */
export class Pins {
  readonly #components: { store: PinStore; clock: Clock; log: Log };

  constructor(components: { store: PinStore; clock: Clock; log: Log }) {
    this.#components = components;
  }

  has(peer: PeerId): boolean {
    return this.#components.store.get(peer) !== undefined;
  }

  /** Since when nothing less is accepted of the peer, Unix ms; `null` for one that is not pinned. */
  since(peer: PeerId): number | null {
    return this.#components.store.get(peer)?.firstAt ?? null;
  }

  /** Why a connection that could be opened must not be; `null` when it may. @param secure it will be encrypted. */
  objection(peer: PeerId, secure: boolean, x25519PublicKey: Uint8Array): PinObjection | null {
    const pin = this.#components.store.get(peer);
    if (pin === undefined) return null;
    if (!secure) return 'secure_required';
    const key = pin.x25519PublicKey;
    return key === null || equalBytes(key, x25519PublicKey) ? null : 'peer_key_changed';
  }

  /** A secure session was adopted. What cannot be written is logged; the session is secure all the same. */
  pin(peer: PeerId, x25519PublicKey: Uint8Array, source: Pin['source'] = 'session'): void {
    const { store, clock, log } = this.#components;
    const now = clock.now();
    try {
      const pin = store.get(peer);
      if (pin?.x25519PublicKey != null && Math.abs(now - pin.lastAt) < TOUCH_INTERVAL_MS) return;
      store.put({
        peerId: peer,
        x25519PublicKey,
        firstAt: pin?.firstAt ?? now,
        lastAt: now,
        source: pin?.source ?? source,
      });
    } catch (error) {
      log.error({ err: error, peer }, 'that a peer connects securely could not be kept');
    }
  }

  /**
   * A person lifts it: `unpin` for a peer that went back to another program, `accept_key` for one that has another key
   * and must still connect securely. Whether there was a pin.
   */
  lift(peer: PeerId, action: 'unpin' | 'accept_key'): boolean {
    const { store } = this.#components;
    const pin = store.get(peer);
    if (pin === undefined) return false;
    if (action === 'unpin') store.delete(peer);
    else store.put({ ...pin, x25519PublicKey: null });
    return true;
  }

  /** The peer is no longer known at all. */
  forget(peer: PeerId): void {
    this.#components.store.delete(peer);
  }
}
