/**
 * Direct messages as conversations (05 sections 10.5 M-7 and 10.9): which there are, what of one somebody has not read,
 * and which messages answer which. Ids alone: what they say is read elsewhere.
 */
import type { MessageId, UserId } from '../wire/ids.ts';
import {
  DirectPlaces,
  IS_ODD,
  METADATA,
  PLACE,
  READ_BY_OTHERS,
  SIDE,
  UNREAD_BY,
  VISIBLE_TO,
  type Conversation,
  type PlacedMessage,
} from './direct-places.ts';
import { placeOf, type RowPlace } from './row-places.ts';
import type { Sql, SqlParameters } from './sql.ts';

/** Answers looked at to find those of a thread: the newest ones of a conversation. */
const MAX_ANSWERS = 20_000;
/** Conversations listed; those that were quiet longest are left out. */
const MAX_CONVERSATIONS = 1_000;

/** One line of the list of conversations. */
export interface ConversationRow {
  last: MessageId;
  unread: number;
}

/** A conversation with its newest message. */
interface Line {
  with: string;
  newest: PlacedMessage;
  unread: number;
}

const PLACED = `id, coalesce(created_at, '') AS at, messages.rowid AS row`;
const UNTIL = `(@at IS NULL OR (created_at, messages.rowid) <= (@at, @row))`;

export class DirectHistoryRows {
  readonly #sql: Sql;
  readonly #places: DirectPlaces;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#places = new DirectPlaces(sql);
  }

  /** Where a message stands; undefined when it is unknown. */
  place(id: MessageId): RowPlace | undefined {
    return placeOf(this.#sql, 'messages', 'created_at', id);
  }

  /** The conversations of somebody, the liveliest first. */
  conversations(userId: UserId): ConversationRow[] {
    return [...this.#lines(userId)]
      .sort((one, other) => comparePlaces(other.newest, one.newest))
      .slice(0, MAX_CONVERSATIONS)
      .map(({ newest, unread }) => ({ last: newest.id, unread }));
  }

  /** Unread messages of a user per conversation: the other person, a group, or null for everybody. */
  unreadCounts(userId: UserId): { conversation: string | null; count: number }[] {
    return this.#lines(userId)
      .filter(({ unread }) => unread > 0)
      .sort((one, other) => (one.with < other.with ? -1 : 1))
      .map((line) => ({ conversation: line.with === '' ? null : line.with, count: line.unread }));
  }

  /** The first message of others that somebody has not read; null when all was. */
  firstUnread(userId: UserId, of: Conversation): MessageId | null {
    const { sound, values } = this.#places.within(userId, of);
    const found = this.#singly(userId, of, null);
    for (let after: string | null = ''; after !== null;) {
      const sender: string | undefined = this.#sql.get<{ id: string }>(
        `SELECT sender_id AS id FROM messages WHERE ${sound} AND read_at IS NULL AND sender_id > @after
          ORDER BY sender_id LIMIT 1`,
        { ...values, after },
      )?.id;
      after = sender ?? null;
      if (sender === undefined || sender === userId) continue;
      found.push(
        ...this.#sql.all<PlacedMessage>(
          `SELECT ${PLACED} FROM messages WHERE ${sound} AND read_at IS NULL AND sender_id = @sender
            ORDER BY created_at, rowid LIMIT 1`,
          { ...values, sender },
        ),
      );
    }
    return found.sort(comparePlaces)[0]?.id ?? null;
  }

  /** Messages of others that somebody has not read up to a place, or all of them; oldest first. */
  unread(userId: UserId, of: Conversation, until: RowPlace | null): MessageId[] {
    const { sound, values } = this.#places.within(userId, of);
    const part = (senders: string): string =>
      `SELECT ${PLACED} FROM messages WHERE ${sound} AND read_at IS NULL AND sender_id ${senders} @userId AND ${UNTIL}`;
    const unread = this.#sql.all<PlacedMessage>(`${part('<')} UNION ALL ${part('>')}`, {
      ...values,
      ...untilValues(until),
    });
    return [...unread, ...this.#singly(userId, of, until)].sort(comparePlaces).map(({ id }) => id);
  }

  /** Messages of others from a place on that somebody has read; oldest first. */
  readFrom(userId: UserId, of: Conversation, from: RowPlace): MessageId[] {
    const { sound, odd, values } = this.#places.within(userId, of);
    const part = (condition: string): string =>
      `SELECT ${PLACED} FROM messages WHERE ${condition} AND sender_id <> @userId AND NOT ${UNREAD_BY}
          AND (created_at, rowid) >= (@at, @row)`;
    return this.#sql
      .all<PlacedMessage>(`${part(sound)} UNION ALL ${part(`${IS_ODD} AND ${odd}`)} ORDER BY at, row`, {
        ...values,
        at: from.at,
        row: from.row,
      })
      .map(({ id }) => id);
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
    const { sound, odd, values } = this.#places.within(userId, of);
    const part = (condition: string): string =>
      `SELECT id, json_extract(${METADATA}, '$.reply_to') AS parent, created_at, rowid AS row FROM messages
        WHERE instr(metadata, '"reply_to"') > 0 AND ${condition}`;
    const rows = this.#sql.all<{ id: string; parent: unknown }>(
      `${part(sound)} UNION ALL ${part(`${IS_ODD} AND ${odd}`)}
        ORDER BY created_at DESC, row DESC LIMIT ${MAX_ANSWERS}`,
      values,
    );
    return rows
      .reverse()
      .flatMap(({ id, parent }) =>
        typeof parent === 'string' ? [{ id: id as MessageId, parent: parent as MessageId }] : [],
      );
  }

  /** The list of conversations and the counts of unread messages are asked for one after the other. */
  #lines(userId: UserId): readonly Line[] {
    return this.#sql.recall(['messages', 'native_direct_reads'], `direct.lines ${userId}`, () =>
      this.#readLines(userId),
    );
  }

  #readLines(userId: UserId): Line[] {
    const lines = new Map<string, Line>();
    const add = (line: Line): void => {
      const known = lines.get(line.with);
      const newest = known !== undefined && comparePlaces(known.newest, line.newest) > 0 ? known : line;
      lines.set(line.with, {
        ...line,
        newest: newest.newest,
        unread: (known?.unread ?? 0) + line.unread,
      });
    };
    const readByOthers = this.#countReadByOthers(userId);
    for (const place of this.#places.of(userId)) {
      const newest = this.#places.newest(place);
      if (newest === undefined) continue;
      const alone = this.#places.countUnread(place, userId);
      const unread = alone + (readByOthers.get(`${place.place} ${place.side}`) ?? 0);
      add({ with: place.with, newest, unread });
    }
    for (const line of this.#oddLines(userId)) add(line);
    return [...lines.values()];
  }

  #oddLines(userId: UserId): Line[] {
    return this.#sql
      .all<PlacedMessage & { with: string; unread: number }>(
        `SELECT ${PLACED}, max(created_at || printf('/%020d', rowid)), sum(${UNREAD_BY}) AS unread, CASE
            WHEN recipient_id IS NULL THEN ''
            WHEN sender_id = @userId OR substr(recipient_id, 1, 6) = 'group:' THEN recipient_id
            ELSE sender_id END AS "with"
          FROM messages WHERE ${IS_ODD} AND ${VISIBLE_TO} GROUP BY "with"`,
        { userId },
      )
      .map(({ id, at, row, unread, with: other }) => ({ with: other, newest: { id, at, row }, unread }));
  }

  /** By place and side. */
  #countReadByOthers(userId: UserId): Map<string, number> {
    const rows = this.#sql.all<{ place: string; side: string; n: number }>(
      `SELECT ${PLACE} AS place, ${SIDE} AS side, count(*) AS n FROM ${READ_BY_OTHERS} AND NOT ${IS_ODD} GROUP BY 1, 2`,
      { userId },
    );
    return new Map(rows.map(({ place, side, n }) => [`${place} ${side}`, n]));
  }

  /** Unread messages that no index tells apart: those others here have read, and odd ones. */
  #singly(userId: UserId, of: Conversation, until: RowPlace | null): PlacedMessage[] {
    const { sound, odd, values } = this.#places.within(userId, of);
    return this.#sql.all<PlacedMessage>(
      `SELECT ${PLACED} FROM ${READ_BY_OTHERS} AND ${sound} AND ${UNTIL}
        UNION ALL SELECT ${PLACED} FROM messages WHERE ${IS_ODD} AND ${odd} AND ${UNREAD_BY} AND ${UNTIL}`,
      { ...values, ...untilValues(until) },
    );
  }
}

function untilValues(until: RowPlace | null): SqlParameters {
  return { at: until?.at ?? null, row: until?.row ?? 0 };
}

function comparePlaces(one: RowPlace, other: RowPlace): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return one.row - other.row;
}
