/**
 * Attempts to put other keys in the place of a known peer's, kept for display (01 section 11, S15): a person must
 * be able to see that somebody tried. In memory only.
 */
import type { PeerId } from '../wire/ids.ts';

/** Where a peer's agreement key comes from; `handshake` is confirmed by the peer itself, the others provisional. */
export type KeySource = 'handshake' | 'invite' | 'introduced' | 'file';

/** Attempts remembered; more would only be repetition. */
const MAX_CONFLICTS = 100;

/** One attempt. */
export interface KeyConflict {
  peerId: PeerId;
  key: 'ed25519' | 'x25519';
  /** How the other key came. */
  source: KeySource;
  /** Who brought it, if it was a third party. */
  by: PeerId | null;
}

/** The attempts since the start, each kind once. */
export class KeyConflicts {
  readonly #byKind = new Map<string, KeyConflict>();

  /** Oldest first. */
  list(): KeyConflict[] {
    return [...this.#byKind.values()];
  }

  add(conflict: KeyConflict): void {
    const { peerId, key, source, by } = conflict;
    if (this.#byKind.size < MAX_CONFLICTS)
      this.#byKind.set(`${peerId} ${key} ${source} ${by ?? ''}`, conflict);
  }

  /** Removes those about a peer. */
  forget(peerId: PeerId): void {
    for (const [kind, conflict] of this.#byKind) if (conflict.peerId === peerId) this.#byKind.delete(kind);
  }
}
