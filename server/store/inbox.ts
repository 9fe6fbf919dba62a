/**
 * What waits for somebody's answer (03 section 2.5.7, `agent_inbox`). A row names its source; the text of a message is
 * read from the message, so that it goes when the message goes and is not kept twice (03 P5).
 */
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { jsonObject, jsonText } from './json.ts';
import { isOlder, placeOf, placeValues, type RowPlace } from './row-places.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toFineDbTime } from './time.ts';
import type { Vault } from './vault.ts';

export const INBOX_STATES = ['pending', 'seen', 'completed', 'skipped', 'expired'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/** A row of `agent_inbox`. */
export interface InboxRow {
  id: string;
  userId: UserId;
  sourceType: string;
  sourceId: string;
  messageId: MessageId | null;
  channelId: ChannelId | null;
  senderId: UserId | null;
  originPeer: PeerId | null;
  triggerType: string;
  /** Ids only, when written here. */
  payload: Record<string, unknown>;
  status: InboxState;
  priority: string;
  createdAt: number;
  seenAt: number | null;
  handledAt: number | null;
  completedAt: number | null;
  completionRef: Record<string, unknown> | null;
  expiresAt: number | null;
  triggeredBy: string | null;
  depth: number;
  lastResolutionStatus: string | null;
  lastResolutionAt: number | null;
  lastCompletionRef: Record<string, unknown> | null;
}

export type NewInboxItem = Pick<
  InboxRow,
  | 'id'
  | 'userId'
  | 'sourceType'
  | 'sourceId'
  | 'messageId'
  | 'channelId'
  | 'senderId'
  | 'originPeer'
  | 'triggerType'
  | 'payload'
  | 'expiresAt'
> & { now: number };

interface DbRow {
  id: string;
  agent_user_id: string;
  source_type: string;
  source_id: string;
  message_id: string | null;
  channel_id: string | null;
  sender_user_id: string | null;
  origin_peer: string | null;
  trigger_type: string;
  payload_json: Stored | null;
  status: string | null;
  priority: string | null;
  created_at: string | null;
  seen_at: string | null;
  handled_at: string | null;
  completed_at: string | null;
  completion_ref_json: Stored | null;
  expires_at: string | null;
  triggered_by_inbox_id: string | null;
  depth: number | null;
  last_resolution_status: string | null;
  last_resolution_at: string | null;
  last_completion_ref_json: Stored | null;
}

const SELECT = `SELECT id, agent_user_id, source_type, source_id, message_id, channel_id, sender_user_id, origin_peer,
  trigger_type, payload_json, status, priority, created_at, seen_at, handled_at, completed_at, completion_ref_json,
  expires_at, triggered_by_inbox_id, depth, last_resolution_status, last_resolution_at, last_completion_ref_json
  FROM agent_inbox`;

/** Open items count until they run out. */
const NOT_OVER = "(status NOT IN ('pending', 'seen') OR expires_at IS NULL OR expires_at > @now)";

export class InboxRows {
  readonly #sql: Sql;
  readonly #payload: SealedField;
  readonly #ref: SealedField;
  readonly #lastRef: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#payload = components.vault.field('agent_inbox.payload_json');
    this.#ref = components.vault.field('agent_inbox.completion_ref_json');
    this.#lastRef = components.vault.field('agent_inbox.last_completion_ref_json');
  }

  /** Adds an item; false when there is one of the same source and trigger. */
  add(item: NewInboxItem): boolean {
    const { now, payload, expiresAt, ...ids } = item;
    return (
      this.#sql.run(
        `INSERT OR IGNORE INTO agent_inbox (id, agent_user_id, source_type, source_id, message_id, channel_id,
           sender_user_id, origin_peer, trigger_type, payload_json, created_at, expires_at, last_resolution_status)
         VALUES (@id, @userId, @sourceType, @sourceId, @messageId, @channelId, @senderId, @originPeer, @triggerType,
           @payload, @at, @expiresAt, 'pending')`,
        {
          ...ids,
          payload: this.#payload.seal(jsonText(payload), ids.id),
          at: toFineDbTime(now),
          expiresAt: expiresAt === null ? null : toFineDbTime(expiresAt),
        },
      ).changes === 1
    );
  }

  get(id: string): InboxRow | undefined {
    const row = this.#sql.get<DbRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Somebody's, newest first; what ran out is left out of the open ones. @param query.since Unix ms; only later ones. */
  list(
    userId: UserId,
    query: {
      states: readonly InboxState[];
      limit: number;
      since?: number | null;
      before?: RowPlace | null;
      now: number;
    },
  ): InboxRow[] {
    return this.#sql
      .all<DbRow>(
        `${SELECT} WHERE agent_user_id = @userId AND status IN (SELECT value FROM json_each(@states))
           AND (@since IS NULL OR created_at > @since) AND ${NOT_OVER} AND ${isOlder('created_at')}
           ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        {
          userId,
          states: JSON.stringify(query.states),
          since: query.since == null ? null : toFineDbTime(query.since),
          limit: query.limit,
          ...placeValues(query.before),
          now: toFineDbTime(query.now),
        },
      )
      .map((row) => this.#fromRow(row));
  }

  place(id: string): RowPlace | undefined {
    return placeOf(this.#sql, 'agent_inbox', 'created_at', id);
  }

  /** Number of items in these states: somebody's, or everybody's. */
  count(userId: UserId | null, states: readonly InboxState[], now: number): number {
    return this.#number(
      `SELECT count(*) AS n FROM agent_inbox WHERE ${userId === null ? 'TRUE' : 'agent_user_id = @userId'}
         AND status IN (SELECT value FROM json_each(@states)) AND ${NOT_OVER}`,
      { userId, states: JSON.stringify(states), now: toFineDbTime(now) },
    );
  }

  /** Number of somebody's items since a time: all, of a sender, or of a channel. */
  countSince(
    userId: UserId,
    since: number,
    of: { senderId?: UserId | null; channelId?: ChannelId | null } = {},
  ): number {
    return this.#number(
      `SELECT count(*) AS n FROM agent_inbox WHERE agent_user_id = @userId AND created_at > @since
         AND (@senderId IS NULL OR sender_user_id = @senderId) AND (@channelId IS NULL OR channel_id = @channelId)`,
      {
        userId,
        since: toFineDbTime(since),
        senderId: of.senderId ?? null,
        channelId: of.channelId ?? null,
      },
    );
  }

  /** Moves somebody's item to a state; false when it is not theirs. */
  setState(
    id: string,
    userId: UserId,
    state: InboxState,
    change: { completionRef: Record<string, unknown> | null; now: number },
  ): boolean {
    const handled = state === 'completed' || state === 'skipped';
    return (
      this.#sql.run(
        `UPDATE agent_inbox SET status = @state,
           seen_at = CASE WHEN @state = 'pending' THEN seen_at ELSE coalesce(seen_at, @at) END,
           handled_at = CASE WHEN @handled = 1 THEN @at END,
           completed_at = CASE WHEN @state = 'completed' THEN @at END,
           completion_ref_json = CASE WHEN @handled = 1 THEN @ref END,
           last_resolution_status = CASE WHEN @handled = 1 THEN @state ELSE last_resolution_status END,
           last_resolution_at = CASE WHEN @handled = 1 THEN @at ELSE last_resolution_at END,
           last_completion_ref_json = CASE WHEN @handled = 1 THEN @lastRef ELSE last_completion_ref_json END
         WHERE id = @id AND agent_user_id = @userId`,
        {
          id,
          userId,
          state,
          handled: Number(handled),
          ref: this.#ref.seal(jsonText(change.completionRef), id),
          lastRef: this.#lastRef.seal(jsonText(change.completionRef), id),
          at: toFineDbTime(change.now),
        },
      ).changes === 1
    );
  }

  /** Items of a state since a time, by state. */
  stateCounts(userId: UserId, since: number): Record<string, number> {
    const rows = this.#sql.all<{ status: string; n: number }>(
      `SELECT coalesce(status, 'pending') AS status, count(*) AS n FROM agent_inbox
        WHERE agent_user_id = @userId AND created_at > @since GROUP BY 1`,
      { userId, since: toFineDbTime(since) },
    );
    return Object.fromEntries(rows.map((row) => [row.status, row.n]));
  }

  /** Items handled since a time without saying by what. */
  countWithoutRef(userId: UserId, state: InboxState, since: number): number {
    return this.#number(
      `SELECT count(*) AS n FROM agent_inbox WHERE agent_user_id = @userId AND status = @state
         AND completion_ref_json IS NULL AND created_at > @since`,
      { userId, state, since: toFineDbTime(since) },
    );
  }

  /** Marks what ran out, and removes what is older than `before`. */
  tidy(userId: UserId, now: number, before: number): void {
    this.#sql.run(
      `UPDATE agent_inbox SET status = 'expired' WHERE agent_user_id = @userId AND status IN ('pending', 'seen')
         AND expires_at <= @now`,
      { userId, now: toFineDbTime(now) },
    );
    this.#sql.run('DELETE FROM agent_inbox WHERE agent_user_id = @userId AND created_at < @before', {
      userId,
      before: toFineDbTime(before),
    });
  }

  /** The source is gone. */
  remove(sourceType: string, sourceId: string): void {
    this.#sql.run('DELETE FROM agent_inbox WHERE source_type = @sourceType AND source_id = @sourceId', {
      sourceType,
      sourceId,
    });
  }

  #number(text: string, values: Record<string, string | number | null>): number {
    return this.#sql.get<{ n: number }>(text, values)?.n ?? 0;
  }

  #fromRow(row: DbRow): InboxRow {
    return {
      id: row.id,
      userId: row.agent_user_id as UserId,
      sourceType: row.source_type,
      sourceId: row.source_id,
      messageId: row.message_id as MessageId | null,
      channelId: row.channel_id as ChannelId | null,
      senderId: row.sender_user_id as UserId | null,
      originPeer: row.origin_peer as PeerId | null,
      triggerType: row.trigger_type,
      payload: jsonObject(this.#payload.open(row.payload_json, row.id)) ?? {},
      status: INBOX_STATES.find((state) => state === row.status) ?? 'pending',
      priority: row.priority ?? 'normal',
      createdAt: columnTime(row.created_at) ?? 0,
      seenAt: columnTime(row.seen_at),
      handledAt: columnTime(row.handled_at),
      completedAt: columnTime(row.completed_at),
      completionRef: jsonObject(this.#ref.open(row.completion_ref_json, row.id)),
      expiresAt: columnTime(row.expires_at),
      triggeredBy: row.triggered_by_inbox_id,
      depth: row.depth ?? 0,
      lastResolutionStatus: row.last_resolution_status,
      lastResolutionAt: columnTime(row.last_resolution_at),
      lastCompletionRef: jsonObject(this.#lastRef.open(row.last_completion_ref_json, row.id)),
    };
  }
}
