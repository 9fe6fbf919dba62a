/**
 * Whose content is accepted (00, trust row; 02 section 3.9; 03 section 9.1).
 */
import type { PeerId } from '../wire/ids.ts';
import type { TrustState } from './types.ts';

export class Trust {
  /** Whether content of `peer` is accepted. */
  isTrusted(_peer: PeerId): boolean {
    throw new Error('not built yet');
  }
  /** The row of `peer`, or score 0 without one. */
  state(_peer: PeerId): TrustState {
    throw new Error('not built yet');
  }
  /** Rows that exist. */
  list(): TrustState[] {
    throw new Error('not built yet');
  }
  /** A person's decision: 0 to 100, note `manual: <reason>`; settles an open request, lifts a block from 50 on. */
  setScore(_peer: PeerId, _score: number, _reason?: string): TrustState {
    throw new Error('not built yet');
  }
  /** Importing an invite: 90 with note `invite` when no row exists and the policy is not `manual`. True when a row was made. */
  consentByInvite(_peer: PeerId): boolean {
    throw new Error('not built yet');
  }
  /** Forgetting a peer: removes its row, its request and every shadow account without messages; returns what was removed. */
  forget(_peer: PeerId): {
    trustScores: number;
    shadowUserIds: string[];
    failedShadowUserIds: string[];
    deviceProfiles: number;
    requests: number;
  } {
    throw new Error('not built yet');
  }
}
