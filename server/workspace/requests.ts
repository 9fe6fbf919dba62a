/**
 * Connection requests: peers that came unasked and wait for a person (00, trust row).
 */
import type { PeerId } from '../wire/ids.ts';
import type { PeerRequest } from './types.ts';

export class Requests {
  /** Waiting requests, oldest first. */
  list(): PeerRequest[] {
    throw new Error('not built yet');
  }
  get(_peer: PeerId): PeerRequest | undefined {
    throw new Error('not built yet');
  }
  isBlocked(_peer: PeerId): boolean {
    throw new Error('not built yet');
  }
  /**
   * A person's answer. `accept` sets trust 90 (note `accepted`); `ignore` hides until the peer comes with another key
   * or endpoint; `block` also refuses its connections.
   * @throws WorkspaceError `not_found` when no request of this peer is known.
   */
  decide(_peer: PeerId, _action: 'accept' | 'ignore' | 'block'): PeerRequest {
    throw new Error('not built yet');
  }
}
