/**
 * Direct messages as conversations (05 sections 10.5 M-7 and 10.9): which there are, what of one somebody has not read,
 * and which messages answer which. Ids alone: what they say is read elsewhere.
 */
import type { MessageId, UserId } from '../wire/ids.ts';
import { UNREAD_BY, VISIBLE_TO } from './direct-messages.ts';
import { placeOf, type RowPlace } from './row-places.ts';
import type { Sql } from './sql.ts';

/** Answers looked at to find those of a thread: the newest ones of a conversation. */
const MAX_ANSWERS = 20_000;
/** Conversations listed; those that were quiet longest are left out. */
const MAX_CONVERSATIONS = 1_000;

/** What is said with one person, in a group, or to everybody. */
export type Conversation =
  { kind: 'person'; id: UserId } | { kind: 'group'; id: string } | { kind: 'everyone' };

/** One line of the list of conversations. */
export interface ConversationRow {
  last: MessageId;
  unread: number;
}

/** Metadata is JSON, or what is left of it readable (`sealed-columns.ts`); others may have written anything. */
const METADATA = `CASE WHEN json_valid(metadata) THEN metadata END`;

const WITHIN: Readonly<Record<Conversation['kind'], string>> = {
  person: `((sender_id = @userId AND recipient_id = @id) OR (sender_id = @id AND recipient_id = @userId))`,
  group: `(recipient_id = @id OR json_extract(${METADATA}, '$.group_id') = @id) AND ${VISIBLE_TO}`,
  everyone: `recipient_id IS NULL AND @id = '' AND @userId <> ''`,
};

function named(userId: UserId, of: Conversation): { userId: UserId; id: string } {
  return { userId, id: of.kind === 'everyone' ? '' : of.id };
}

export class DirectHistoryRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Where a message stands; undefined when it is unknown. */
  place(id: MessageId): RowPlace | undefined {
    return placeOf(this.#sql, 'messages', 'created_at', id);
  }

  /** The conversations of somebody, the liveliest first. */
  conversations(userId: UserId): ConversationRow[] {
    return this.#sql
      .all<{ last: string; unread: number }>(
        `SELECT id AS last, max(created_at || printf('/%020d', rowid)) AS newest, sum(${UNREAD_BY}) AS unread FROM messages
        WHERE ${VISIBLE_TO} GROUP BY CASE
          WHEN recipient_id IS NULL THEN ''
          WHEN sender_id = @userId OR recipient_id LIKE 'group:%' THEN recipient_id ELSE sender_id END
        ORDER BY newest DESC LIMIT ${MAX_CONVERSATIONS}`,
        { userId },
      )
      .map(({ last, unread }) => ({ last: last as MessageId, unread }));
  }

  /** The first message of others that somebody has not read; null when all was. */
  firstUnread(userId: UserId, of: Conversation): MessageId | null {
    const [first] = this.#ids(
      `SELECT id FROM messages WHERE ${WITHIN[of.kind]} AND ${UNREAD_BY} ORDER BY created_at, rowid LIMIT 1`,
      named(userId, of),
    );
    return first ?? null;
  }

  /** Messages of others that somebody has not read up to a place, or all of them; oldest first. */
  unread(userId: UserId, of: Conversation, until: RowPlace | null): MessageId[] {
    return this.#ids(
      `SELECT id FROM messages WHERE ${WITHIN[of.kind]} AND ${UNREAD_BY}
          AND (@at IS NULL OR (created_at, rowid) <= (@at, @row)) ORDER BY created_at, rowid`,
      { ...named(userId, of), at: until?.at ?? null, row: until?.row ?? 0 },
    );
  }

  /** Messages of others from a place on that somebody has read; oldest first. */
  readFrom(userId: UserId, of: Conversation, from: RowPlace): MessageId[] {
    return this.#ids(
      `SELECT id FROM messages WHERE ${WITHIN[of.kind]} AND sender_id <> @userId AND NOT ${UNREAD_BY}
          AND (created_at, rowid) >= (@at, @row) ORDER BY created_at, rowid`,
      { ...named(userId, of), at: from.at, row: from.row },
    );
  }

  /** Makes messages unread for somebody; for one for several people, it stays read by the others. */
  setUnread(userId: UserId, ids: readonly MessageId[]): void {
    const values = { userId, ids: JSON.stringify(ids) };
    const among = 'IN (SELECT value FROM json_each(@ids))';
    this.#sql.run(`DELETE FROM native_direct_reads WHERE message_id ${among} AND user_id = @userId`, values);
    this.#sql.run(
      `UPDATE messages SET read_at = NULL WHERE id ${among} AND @userId <> ''
          AND NOT EXISTS (SELECT 1 FROM native_direct_reads WHERE message_id = messages.id)`,
      values,
    );
  }

  /** The answers of a conversation, oldest first, each with what it answers. */
  answers(userId: UserId, of: Conversation): { id: MessageId; parent: MessageId }[] {
    const rows = this.#sql.all<{ id: string; parent: unknown }>(
      `SELECT id, json_extract(${METADATA}, '$.reply_to') AS parent FROM messages
        WHERE instr(metadata, '"reply_to"') > 0 AND ${WITHIN[of.kind]}
        ORDER BY created_at DESC, rowid DESC LIMIT ${MAX_ANSWERS}`,
      named(userId, of),
    );
    return rows
      .reverse()
      .flatMap(({ id, parent }) =>
        typeof parent === 'string' ? [{ id: id as MessageId, parent: parent as MessageId }] : [],
      );
  }

  #ids(statement: string, values: Record<string, string | number | null>): MessageId[] {
    return this.#sql.all<{ id: string }>(statement, values).map(({ id }) => id as MessageId);
  }
}
