/**
 * The inbox of an account, of a person or a program (04 section 4.5): what waits for an answer. Mentions, answers in
 * followed threads, direct messages and being added to a channel come in, as far as its settings let them; why something
 * did not stands in the audit. Direct messages are never held back for coming soon after something else (04 D20).
 */
import type { Clock, Random } from '../ports/types.ts';
import { hexId } from '../store/ids.ts';
import type { InboxRow, InboxRows, InboxState } from '../store/inbox.ts';
import type { InboxAudit, InboxAuditRow } from '../store/inbox-audit.ts';
import type { RowPlace } from '../store/row-places.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { effectiveConfig } from './inbox-config.ts';
import type { InboxConfig, TriggerType } from './inbox-config.ts';
import type { InboxTexts, InboxView } from './inbox-texts.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { cursorToRow, rowBefore } from './places.ts';
import type { Trust } from './trust.ts';

const ID_HEX = 20;
const DAY_MS = 86_400_000;
/** Items kept, whatever became of them. */
const KEEP_MS = 90 * DAY_MS;
/** Rows of the audit kept for one account: a flood leaves no more. */
const MAX_AUDIT = 1_000;
const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;
/** Items one call changes. */
const MAX_CHANGED = 500;
/** States that wait for something. */
export const OPEN: readonly InboxState[] = ['pending', 'seen'];

/** What may get into an inbox. */
export interface InboxTrigger {
  userId: UserId;
  triggerType: TriggerType;
  sourceType: string;
  sourceId: string;
  messageId: MessageId | null;
  channelId: ChannelId | null;
  senderId: UserId | null;
  originPeer: PeerId | null;
}

export interface InboxComponents {
  rows: InboxRows;
  audit: InboxAudit;
  texts: InboxTexts;
  people: People;
  trust: Trust;
  journal: Journal;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class Inbox {
  readonly #c: InboxComponents;

  constructor(components: InboxComponents) {
    this.#c = components;
  }

  /** Takes something in if the settings let it, else writes down why not. Inside a transaction. */
  offer(trigger: InboxTrigger): boolean {
    const config = this.config(trigger.userId);
    const now = this.#c.clock.now();
    this.#c.rows.tidy(trigger.userId, now, now - KEEP_MS);
    const reason = this.#refusal(trigger, config);
    if (reason === null) return this.#add(trigger, config);
    if (!config.audit_rejections) return false;
    const { messageId: _message, ...about } = trigger;
    this.#c.audit.prune(trigger.userId, now - config.audit_retention_days * DAY_MS, MAX_AUDIT);
    this.#c.audit.add({ ...about, id: `IA${hexId(this.#c.random, ID_HEX)}`, reason }, now);
    return false;
  }

  /** Takes something in that is known to belong there. Inside a transaction. @returns false when it is there. */
  restore(trigger: InboxTrigger): boolean {
    return this.#add(trigger, this.config(trigger.userId));
  }

  /**
   * Somebody's items, newest first; unless `states` says otherwise those that wait. `limit` 1 to 200, default 50;
   * `before`: a cursor or the id of one.
   * @throws {WorkspaceError} `invalid_cursor`.
   */
  list(
    userId: UserId,
    query: { states?: readonly InboxState[]; limit?: number; since?: number | null; before?: string } = {},
  ): InboxView[] {
    const before = rowBefore(query.before, (id) => this.#placeOf(userId, id));
    if (before === undefined) return [];
    const limit = Math.min(Math.max(Math.trunc(query.limit ?? DEFAULT_PAGE), 1), MAX_PAGE);
    const { states = OPEN, since = null } = query;
    return this.#c.rows
      .list(userId, { states, limit, since, before, now: this.#c.clock.now() })
      .map((row) => this.#c.texts.view(row));
  }

  /** Where a list that ended with somebody's item goes on; null when it is not theirs. */
  cursor(userId: UserId, id: string): string | null {
    return cursorToRow(this.#placeOf(userId, id));
  }

  /** Somebody's items in these states, or everybody's; unless said otherwise those that nobody saw. */
  count(userId: UserId | null, states: readonly InboxState[] = ['pending']): number {
    return this.#c.rows.count(userId, states, this.#c.clock.now());
  }

  /** Moves somebody's items to a state; unknown and foreign ids are passed over. The number moved, after the commit. */
  setState(
    userId: UserId,
    ids: readonly string[],
    state: InboxState,
    completionRef: Record<string, unknown> | null = null,
  ): Promise<number> {
    return this.#c.changes.run(() => {
      let moved = 0;
      for (const id of new Set(ids.slice(0, MAX_CHANGED))) {
        const now = this.#c.clock.now();
        if (!this.#c.rows.setState(id, userId, state, { completionRef, now })) continue;
        moved += 1;
        const row = this.#c.rows.get(id);
        if (row !== undefined) this.#tell('inbox.item.updated', row, `${state}:${now}`);
      }
      return moved;
    });
  }

  config(userId: UserId): InboxConfig {
    return effectiveConfig(this.#c.audit.config(userId));
  }

  /** Changes settings and keeps the others; resolves with all of them after the commit. */
  configure(userId: UserId, patch: Partial<InboxConfig>): Promise<InboxConfig> {
    return this.#c.changes.run(() => {
      const stored = { ...this.#c.audit.config(userId), ...patch };
      this.#c.audit.setConfig(userId, stored, this.#c.clock.now());
      return effectiveConfig(stored);
    });
  }

  /** What came in and what did not, in the last hours. */
  stats(userId: UserId, windowHours: number) {
    const since = this.#c.clock.now() - windowHours * 3_600_000;
    const { rows, audit } = this.#c;
    return {
      statusCounts: rows.stateCounts(userId, since),
      rejectionCounts: audit.counts(userId, since),
      completedWithoutRef: rows.countWithoutRef(userId, 'completed', since),
      skippedWithoutRef: rows.countWithoutRef(userId, 'skipped', since),
    };
  }

  /** What did not come in, newest first. @param query.before a cursor. @throws {WorkspaceError} `invalid_cursor`. */
  audit(userId: UserId, query: { since: number | null; limit: number; before?: string }): InboxAuditRow[] {
    const before = rowBefore(query.before, () => undefined);
    return before === undefined ? [] : this.#c.audit.list(userId, { ...query, before });
  }

  /** Where a list that ended with this row of the audit goes on. */
  auditCursor(row: InboxAuditRow): string | null {
    return cursorToRow(this.#c.audit.place(row.id));
  }

  /** The source is gone. Inside a transaction. */
  forget(sourceType: string, sourceId: string): void {
    this.#c.rows.remove(sourceType, sourceId);
  }

  #placeOf(userId: UserId, id: string): RowPlace | undefined {
    return this.#c.rows.get(id)?.userId === userId ? this.#c.rows.place(id) : undefined;
  }

  /** Why something stays out, or null. */
  #refusal(trigger: InboxTrigger, config: InboxConfig): string | null {
    if (!config.allowed_trigger_types.includes(trigger.triggerType)) return 'trigger_not_allowed';
    if (isBarred(config.allowed_senders, trigger.senderId)) return 'sender_not_allowed';
    if (trigger.channelId !== null && isBarred(config.channels, trigger.channelId))
      return 'channel_not_allowed';
    if (this.#isDistrusted(trigger.originPeer, config)) return 'trust_too_low';
    const { userId } = trigger;
    if (config.max_pending > 0 && this.count(userId) >= config.max_pending) return 'max_pending';
    return this.#tooOften(trigger, config);
  }

  #tooOften(trigger: InboxTrigger, config: InboxConfig): string | null {
    const { userId, senderId, channelId } = trigger;
    const came = (seconds: number, of: { senderId?: UserId; channelId?: ChannelId } = {}): number =>
      this.#c.rows.countSince(userId, this.#c.clock.now() - seconds * 1000, of);
    if (trigger.triggerType !== 'dm') {
      if (came(config.cooldown_seconds) > 0) return 'cooldown';
      if (senderId !== null) {
        const agent = this.#c.people.get(senderId)?.accountType === 'agent';
        const wait = agent ? config.agent_sender_cooldown_seconds : config.sender_cooldown_seconds;
        if (came(wait, { senderId }) > 0) return 'sender_cooldown';
      }
    }
    if (channelId !== null) {
      const burst = came(config.channel_burst_window_seconds, { channelId });
      if (isOver(burst, config.channel_burst_limit)) return 'channel_burst_limit';
      const hourly = came(config.channel_hourly_window_seconds, { channelId });
      if (isOver(hourly, config.channel_hourly_limit)) return 'channel_hourly_limit';
    }
    if (senderId === null) return null;
    const hourly = came(config.sender_hourly_window_seconds, { senderId });
    return isOver(hourly, config.sender_hourly_limit) ? 'sender_hourly_limit' : null;
  }

  /** A peer that is accepted without a score of its own counts as good enough. */
  #isDistrusted(peer: PeerId | null, config: InboxConfig): boolean {
    if (peer === null || this.#c.people.isThisNode(peer)) return false;
    const { trusted, explicit, score } = this.#c.trust.state(peer);
    return !trusted || (explicit && score < config.min_trust_score);
  }

  #add(trigger: InboxTrigger, config: InboxConfig): boolean {
    const now = this.#c.clock.now();
    const id = `INB${hexId(this.#c.random, ID_HEX)}`;
    const { triggerType, sourceType, sourceId, senderId } = trigger;
    const payload = {
      ...{
        trigger_type: triggerType,
        source_type: sourceType,
        source_id: sourceId,
        sender_user_id: senderId,
      },
      message_id: trigger.messageId,
      channel_id: trigger.channelId,
    };
    const expiresAt = now + config.expire_days * DAY_MS;
    if (!this.#c.rows.add({ ...trigger, id, payload, expiresAt, now })) return false;
    const row = this.#c.rows.get(id);
    if (row !== undefined) this.#tell('inbox.item.created', row, '');
    return true;
  }

  #tell(event: 'inbox.item.created' | 'inbox.item.updated', row: InboxRow, version: string): void {
    const updated = event === 'inbox.item.updated';
    this.#c.journal.personal(event, {
      targetUserId: row.userId,
      actorUserId: updated ? row.userId : row.senderId,
      channelId: row.channelId,
      messageId: row.messageId,
      dedupeKey: `${event}:${row.id}:${version}`,
      payload: {
        inbox_id: row.id,
        source_type: row.sourceType,
        source_id: row.sourceId,
        // The journal is not encrypted: of direct messages it has no text (03 P5).
        preview: row.triggerType === 'dm' ? '' : this.#c.texts.view(row).preview,
        priority: row.priority,
        status: row.status,
        ...(updated ? resolution(row) : { trigger_type: row.triggerType }),
      },
    });
  }
}

function resolution(row: InboxRow): Record<string, unknown> {
  return {
    completion_ref: row.completionRef,
    handled_at: row.handledAt,
    last_completion_ref: row.lastCompletionRef,
    last_resolution_at: row.lastResolutionAt,
    last_resolution_status: row.lastResolutionStatus,
  };
}

/** Whether a list that names some leaves this one out. */
function isBarred(allowed: readonly string[], one: string | null): boolean {
  return allowed.length > 0 && (one === null || !allowed.includes(one));
}

function isOver(count: number, limit: number): boolean {
  return limit > 0 && count >= limit;
}
