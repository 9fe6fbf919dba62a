/**
 * Claims on mentions (04 section 4.4): one of several who were called says that they answer, for a while, so that not
 * all do.
 */
import type { Clock, Random } from '../ports/types.ts';
import { hexId } from '../store/ids.ts';
import type { InboxRows } from '../store/inbox.ts';
import type { ClaimRow, MentionClaimRows } from '../store/mention-claims.ts';
import type { MentionRows } from '../store/mentions.ts';
import type { ChannelId, UserId } from '../wire/ids.ts';
import type { CallingTexts } from './calling-texts.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';

const ID_HEX = 20;
/** How long a claim holds unless it says so, and its bounds, seconds. */
const DEFAULT_TTL = 300;
const MIN_TTL = 5;
const MAX_TTL = 86_400;

/** What is claimed, as a caller names it: a mention, an item of the inbox, or the source itself. */
export interface ClaimReference {
  mentionId?: string | undefined;
  inboxId?: string | undefined;
  sourceType?: string | undefined;
  sourceId?: string | undefined;
}

/** What a reference means. */
export interface ClaimedSource {
  inboxId: string | null;
  sourceType: string;
  sourceId: string;
  channelId: ChannelId | null;
  metadata: Record<string, unknown> | null;
}

export type ClaimOutcome = { source: ClaimedSource; claim: ClaimRow } & (
  { claimed: true } | { claimed: false; retryAfterSeconds: number }
);

export interface MentionClaimsComponents {
  rows: MentionClaimRows;
  mentions: MentionRows;
  inbox: InboxRows;
  texts: CallingTexts;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class MentionClaims {
  readonly #c: MentionClaimsComponents;

  constructor(components: MentionClaimsComponents) {
    this.#c = components;
  }

  /** Whether a claim holds now. */
  isActive(claim: ClaimRow): boolean {
    return claim.releasedAt === null && claim.expiresAt > this.#c.clock.now();
  }

  /** The claim that holds on a source; null without one. */
  active(sourceType: string, sourceId: string): ClaimRow | null {
    const claim = this.#c.rows.get(sourceType, sourceId);
    return claim !== undefined && this.isActive(claim) ? claim : null;
  }

  /**
   * What a caller means.
   * @throws {WorkspaceError} `claim_source_required`, `mention_not_found`, `inbox_item_not_found`, `claim_not_yours`.
   */
  resolve(userId: UserId, reference: ClaimReference): ClaimedSource {
    const { mentionId, inboxId, sourceType, sourceId } = reference;
    if (mentionId !== undefined) {
      const row = this.#c.mentions.get(mentionId);
      if (row === undefined) throw new WorkspaceError('mention_not_found', 'Mention not found');
      if (row.userId !== userId) throw new WorkspaceError('claim_not_yours', 'This mention is not yours');
      return { inboxId: null, ...row, metadata: { mention_id: row.id } };
    }
    if (inboxId !== undefined) {
      const row = this.#c.inbox.get(inboxId);
      if (row === undefined) throw new WorkspaceError('inbox_item_not_found', 'Inbox item not found');
      if (row.userId !== userId) throw new WorkspaceError('claim_not_yours', 'This item is not yours');
      return { ...row, inboxId, metadata: { inbox_id: inboxId } };
    }
    if (sourceType === undefined || sourceId === undefined)
      throw new WorkspaceError(
        'claim_source_required',
        'source_type and source_id are required (or mention_id/inbox_id)',
      );
    const text = this.#c.texts.get(sourceType, sourceId);
    const known =
      this.#c.mentions.has(userId, sourceType, sourceId) ||
      (text !== undefined && this.#c.texts.mayRead(userId, text));
    if (!known) throw new WorkspaceError('mention_not_found', 'Mention not found');
    return { inboxId: null, sourceType, sourceId, channelId: null, metadata: null };
  }

  /**
   * Claims a source, or says who has it; resolves after the commit.
   * @param init.ttlSeconds 5 to 86,400; default 300.
   * @param init.takeover takes it from whoever has it.
   * @throws {WorkspaceError} as {@link resolve}.
   */
  claim(
    by: { userId: UserId; username: string },
    reference: ClaimReference,
    init: { ttlSeconds?: number | undefined; takeover?: boolean } = {},
  ): Promise<ClaimOutcome> {
    return this.#c.changes.run(() => {
      const source = this.resolve(by.userId, reference);
      const { sourceType, sourceId } = source;
      const now = this.#c.clock.now();
      const held = this.active(sourceType, sourceId);
      if (held !== null && held.userId !== by.userId && init.takeover !== true) {
        const retryAfterSeconds = Math.max(1, Math.floor((held.expiresAt - now) / 1000));
        return { source, claim: held, claimed: false as const, retryAfterSeconds };
      }
      const ttl = Math.min(Math.max(Math.trunc(init.ttlSeconds ?? DEFAULT_TTL), MIN_TTL), MAX_TTL);
      const { channelId, metadata } = source;
      this.#c.rows.put({
        id: `MC${hexId(this.#c.random, ID_HEX)}`,
        ...{ sourceType, sourceId, channelId, metadata, ...by },
        claimedAt: now,
        expiresAt: now + ttl * 1000,
      });
      return { source, claim: this.#get(source), claimed: true as const };
    });
  }

  /**
   * Gives a claim back; resolves after the commit.
   * @param force also somebody else's.
   * @returns `released: false` when somebody else has it.
   * @throws {WorkspaceError} as {@link resolve}, and `claim_not_found`.
   */
  release(
    userId: UserId,
    reference: ClaimReference,
    force: boolean,
  ): Promise<{ source: ClaimedSource; claim: ClaimRow; released: boolean }> {
    return this.#c.changes.run(() => {
      const source = this.resolve(userId, reference);
      const held = this.active(source.sourceType, source.sourceId);
      if (held === null) throw new WorkspaceError('claim_not_found', 'Nothing is claimed');
      if (held.userId !== userId && !force) return { source, claim: held, released: false };
      this.#c.rows.release(source.sourceType, source.sourceId, 'released_by_api', this.#c.clock.now());
      return { source, claim: this.#get(source), released: true };
    });
  }

  /** Somebody is done with a source: their claim ends. Inside a transaction. */
  releaseOwn(userId: UserId, sourceType: string, sourceId: string): void {
    if (this.active(sourceType, sourceId)?.userId === userId)
      this.#c.rows.release(sourceType, sourceId, 'acknowledged', this.#c.clock.now());
  }

  /** The source is gone. Inside a transaction. */
  forget(sourceType: string, sourceId: string): void {
    this.#c.rows.remove(sourceType, sourceId);
  }

  #get({ sourceType, sourceId }: ClaimedSource): ClaimRow {
    const claim = this.#c.rows.get(sourceType, sourceId);
    if (claim === undefined) throw new WorkspaceError('claim_not_found', 'Nothing is claimed');
    return claim;
  }
}
