/**
 * Whose content is accepted (00, trust row; 02 section 3.9; 03 section 9.1). Consent is the reference's own row, so a
 * directory goes back to it as it was.
 */
import type { Clock } from '../ports/types.ts';
import type { TrustRow, TrustScores } from '../store/trust.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { TrustState } from './types.ts';

/** From this score on content is accepted. */
export const TRUST_THRESHOLD = 50;
/** What consent writes (the reference's tier "safe"). */
const CONSENT_SCORE = 90;
const MAX_SCORE = 100;
/** Code points kept of a reason. */
const MAX_REASON = 200;

/** `ask`: as 00 says; `open`: everybody without a row; `manual`: only rows a person set. */
export type TrustDefault = 'ask' | 'open' | 'manual';

export class Trust {
  readonly #rows: TrustScores;
  readonly #changes: Changes;
  readonly #clock: Clock;
  readonly policy: TrustDefault;

  constructor(
    components: { rows: TrustScores; changes: Changes; clock: Clock },
    init: { policy: TrustDefault },
  ) {
    this.#rows = components.rows;
    this.#changes = components.changes;
    this.#clock = components.clock;
    this.policy = init.policy;
  }

  /** Whether content of `peer` is accepted. */
  isTrusted(peer: PeerId): boolean {
    return this.#trusted(this.#rows.get(peer));
  }

  /** The row of `peer`, or score 0 without one. */
  state(peer: PeerId): TrustState {
    const row = this.#rows.get(peer);
    return {
      peerId: peer,
      score: row?.score ?? 0,
      trusted: this.#trusted(row),
      explicit: row !== undefined,
      lastInteraction: row?.lastInteraction ?? null,
      complianceEvents: row?.complianceEvents ?? 0,
      violationEvents: row?.violationEvents ?? 0,
      notes: row?.notes ?? null,
    };
  }

  /** Peers of which somebody decided at `since` (Unix ms) or later. */
  decidedSince(since: number): PeerId[] {
    return this.#rows.touchedSince(since);
  }

  /** Rows that exist. */
  list(): TrustState[] {
    return this.#rows.list().map((row) => this.state(row.peerId));
  }

  /** A person's decision. @param score 0 to 100, clamped. @param reason kept in the note. */
  setScore(peer: PeerId, score: number, reason = ''): TrustState {
    const clamped = Math.min(Math.max(Math.round(score), 0), MAX_SCORE);
    const note = [...reason.trim()].slice(0, MAX_REASON).join('');
    return this.#write(peer, {
      score: clamped,
      notes: note === '' ? 'manual' : `manual: ${note}`,
      manuallyPenalized: clamped < TRUST_THRESHOLD,
    });
  }

  /**
   * Deviation D-35: importing an invite is consent, unless there is a row or the policy is `manual`; whether it made
   * one.
   */
  consentByInvite(peer: PeerId): boolean {
    if (this.policy === 'manual' || this.#rows.get(peer) !== undefined) return false;
    this.#write(peer, { score: CONSENT_SCORE, notes: 'invite', manuallyPenalized: false });
    return true;
  }

  /** A person accepted the request of `peer`: consent, unless content of it is accepted already. */
  accept(peer: PeerId): TrustState {
    if (this.isTrusted(peer) && this.#rows.get(peer) !== undefined) return this.state(peer);
    return this.#write(peer, { score: CONSENT_SCORE, notes: 'accepted', manuallyPenalized: false });
  }

  /** Removes the row. True when there was one. */
  forget(peer: PeerId): boolean {
    const before = this.isTrusted(peer);
    return this.#changes.now(() => {
      const removed = this.#rows.remove(peer);
      if (this.isTrusted(peer) !== before)
        this.#changes.tell({ type: 'trust.changed', peerId: peer, trusted: !before });
      return removed;
    });
  }

  #write(peer: PeerId, fields: { score: number; notes: string; manuallyPenalized: boolean }): TrustState {
    const before = this.isTrusted(peer);
    return this.#changes.now(() => {
      this.#rows.set(peer, fields, this.#clock.now());
      const trusted = this.isTrusted(peer);
      if (trusted !== before) this.#changes.tell({ type: 'trust.changed', peerId: peer, trusted });
      this.#changes.tell({ type: 'peer.changed', peerId: peer });
      return this.state(peer);
    });
  }

  #trusted(row: TrustRow | undefined): boolean {
    return row === undefined ? this.policy === 'open' : row.score >= TRUST_THRESHOLD;
  }
}
