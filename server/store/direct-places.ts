/**
 * Which conversation a direct message belongs to, as two columns of indexes: the newest message of each conversation, what
 * of it is unread and a part of it are found without reading the others, whichever program wrote them. Nobody has to keep
 * a summary true, and none can become stale.
 *
 * {@link PLACE} and {@link SIDE} together name one conversation for all who are in it: for two people the smaller and the
 * greater id, for a group its id and its members, for everybody nothing. A row that says two things at once (a group in
 * the metadata of a message for one person, a group without its sender), as a broken or hostile program may write it, is
 * odd: such rows are few, stand together and are read one by one.
 */
import type { MessageId, UserId } from '../wire/ids.ts';
import type { Sql, SqlParameters } from './sql.ts';

/** What is said with one person, in a group, or to everybody. */
export type Conversation =
  { kind: 'person'; id: UserId } | { kind: 'group'; id: string } | { kind: 'everyone' };

/** Metadata is JSON, or what is left of it readable (`sealed-columns.ts`); others may have written anything. */
export const METADATA = `CASE WHEN json_valid(metadata) THEN metadata END`;
export const GROUP_ID = `json_extract(${METADATA}, '$.group_id')`;
export const IS_GROUP = `substr(recipient_id, 1, 6) = 'group:'`;
/** In a list of its own, so that it is JSON whatever it is. */
const MEMBERS = `json_array(json_extract(${METADATA}, '$.group_members'))`;
const IS_SOUND_GROUP = `${GROUP_ID} = recipient_id AND instr(${MEMBERS}, json_quote(sender_id)) > 0`;
const NAMES_GROUP = `instr(metadata, '"group_') > 0 AND (${GROUP_ID} IS NOT NULL OR ${MEMBERS} <> '[null]')`;

/** `p` and the smaller id of two people, `g` and the id of a group, `a` for all, `o` for what is odd. */
export const PLACE = `CASE WHEN ${IS_GROUP} THEN CASE WHEN ${IS_SOUND_GROUP} THEN 'g' || recipient_id ELSE 'o' END
  WHEN ${NAMES_GROUP} THEN 'o' WHEN recipient_id IS NULL THEN 'a' ELSE 'p' || min(sender_id, recipient_id) END`;
/** The greater id of two people, the members of a group; empty for all. */
export const SIDE = `CASE WHEN ${IS_GROUP} THEN ${MEMBERS} WHEN recipient_id IS NULL THEN ''
  ELSE max(sender_id, recipient_id) END`;
export const IS_ODD = `${PLACE} = 'o'`;
/** No range, which would be where a search in the index begins in the place of the one it is to go on from. */
const OF_TWO = `substr(${PLACE}, 1, 1) = 'p'`;
const HERE = `${PLACE} = @place AND ${SIDE} = @side`;

/** By conversation: in order, from its other side, what is unread, what answers. */
export const DIRECT_INDEXES = `
CREATE INDEX IF NOT EXISTS native_messages_place ON messages (${PLACE}, ${SIDE}, created_at);
CREATE INDEX IF NOT EXISTS native_messages_side ON messages (${SIDE}, ${PLACE}) WHERE ${OF_TWO};
CREATE INDEX IF NOT EXISTS native_messages_unread ON messages (${PLACE}, ${SIDE}, sender_id, created_at)
  WHERE read_at IS NULL;
CREATE INDEX IF NOT EXISTS native_messages_replies ON messages (${PLACE}, ${SIDE}, created_at)
  WHERE instr(metadata, '"reply_to"') > 0;
`;

/** A conversation in the indexes. */
export interface DirectPlace {
  place: string;
  side: string;
  /** The other person, the group, or empty for everybody. */
  with: string;
}

/** SQL conditions that let the rows of a conversation through, as far as somebody may see them, and their values. */
export interface Within {
  /** Those an index finds. */
  sound: string;
  /** Those among the odd ones. */
  odd: string;
  values: SqlParameters;
}

/** A message and where it stands in the order of its conversation. */
export interface PlacedMessage {
  id: MessageId;
  at: string;
  row: number;
}

export class DirectPlaces {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The conversations somebody is in, as far as their rows are sound. */
  of(userId: UserId): DirectPlace[] {
    return [
      ...this.#sides(`p${userId}`).map(({ place, side }) => ({ place, side, with: side })),
      ...this.#fromOtherSide(userId),
      ...this.#groups(userId),
      { place: 'a', side: '', with: '' },
    ];
  }

  /** The newest message; undefined when there is none. */
  newest({ place, side }: DirectPlace): PlacedMessage | undefined {
    return this.#sql.get<PlacedMessage>(
      `SELECT id, coalesce(created_at, '') AS at, rowid AS row FROM messages WHERE ${HERE}
        ORDER BY created_at DESC, rowid DESC LIMIT 1`,
      { place, side },
    );
  }

  /** How many messages of others nobody has read; own ones, which may be many, are not looked at. */
  countUnread({ place, side }: DirectPlace, userId: UserId): number {
    const part = (condition: string): string =>
      `(SELECT count(*) FROM messages WHERE ${HERE} AND read_at IS NULL AND sender_id ${condition} @userId)`;
    const counted = this.#sql.get<{ n: number }>(`SELECT ${part('<')} + ${part('>')} AS n`, {
      place,
      side,
      userId,
    });
    return counted?.n ?? 0;
  }

  /** Conditions for one conversation. */
  within(userId: UserId, of: Conversation): Within {
    if (of.kind === 'everyone')
      return {
        sound: `${PLACE} = 'a' AND ${SIDE} = ''`,
        odd: `recipient_id IS NULL AND @userId <> ''`,
        values: { userId },
      };
    if (of.kind === 'person')
      return {
        sound: `${PLACE} = 'p' || min(@userId, @id) AND ${SIDE} = max(@userId, @id)`,
        odd: `((sender_id = @userId AND recipient_id = @id) OR (sender_id = @id AND recipient_id = @userId))`,
        values: { userId, id: of.id },
      };
    const odd = `(recipient_id = @id OR ${GROUP_ID} = @id) AND ${VISIBLE_TO}`;
    const values = { userId, id: of.id };
    // What is no id of a group may be that of a person, to whom messages are looked for from one side only.
    if (!of.id.startsWith('group:'))
      return { sound: `recipient_id = @id AND ${OF_TWO} AND ${VISIBLE_TO}`, odd, values };
    const sides = this.#sides(`g${of.id}`).filter(({ side }) => this.#isAmong(userId, side));
    // Nearly always one; several are sorted together.
    return sides.length > 1
      ? {
          sound: `${PLACE} = 'g' || @id AND ${SIDE} IN (SELECT value FROM json_each(@sides))`,
          odd,
          values: { ...values, sides: JSON.stringify(sides.map(({ side }) => side)) },
        }
      : {
          sound: `${PLACE} = 'g' || @id AND ${SIDE} = @side`,
          odd,
          values: { ...values, side: sides[0]?.side ?? '' },
        };
  }

  #groups(userId: UserId): DirectPlace[] {
    const found: DirectPlace[] = [];
    for (let after = 'g'; ;) {
      const next = this.#sql.get<{ place: string }>(
        `SELECT ${PLACE} AS place FROM messages WHERE ${PLACE} > @after AND ${PLACE} < 'h' ORDER BY ${PLACE} LIMIT 1`,
        { after },
      );
      if (next === undefined) return found;
      after = next.place;
      for (const { place, side } of this.#sides(after))
        if (this.#isAmong(userId, side)) found.push({ place, side, with: place.slice(1) });
    }
  }

  /** All that a place has on its other side. */
  #sides(place: string): { place: string; side: string }[] {
    const found: { place: string; side: string }[] = [];
    for (let after = ''; ;) {
      const next = this.#sql.get<{ side: string }>(
        `SELECT ${SIDE} AS side FROM messages WHERE ${PLACE} = @place AND ${SIDE} > @after ORDER BY ${SIDE} LIMIT 1`,
        { place, after },
      );
      if (next === undefined) return found;
      after = next.side;
      found.push({ place, side: after });
    }
  }

  /** Conversations of somebody with people whose ids are smaller. */
  #fromOtherSide(userId: UserId): DirectPlace[] {
    const found: DirectPlace[] = [];
    for (let after = 'p'; ;) {
      const next = this.#sql.get<{ place: string }>(
        `SELECT ${PLACE} AS place FROM messages
          WHERE ${SIDE} = @userId AND ${OF_TWO} AND ${PLACE} > @after ORDER BY ${PLACE} LIMIT 1`,
        { userId, after },
      );
      if (next === undefined) return found;
      after = next.place;
      const other = after.slice(1);
      if (other !== userId) found.push({ place: after, side: userId, with: other });
    }
  }

  #isAmong(userId: UserId, side: string): boolean {
    const found = this.#sql.get(`SELECT 1 FROM json_each(@side, '$[0]') WHERE value = @userId`, {
      side,
      userId,
    });
    return found !== undefined;
  }
}

/** Who may see a row (03 section 6.1): sender, recipient, everybody of a broadcast, a listed member of a group. */
export const VISIBLE_TO = `(sender_id = @userId OR recipient_id = @userId OR recipient_id IS NULL OR EXISTS (
  SELECT 1 FROM json_each(${METADATA}, '$.group_members') WHERE value = @userId))`;

/** What others wrote and `@userId` has not read, of rows they may see. One for several people is read by each by themselves. */
export const UNREAD_BY = `(sender_id <> @userId AND (read_at IS NULL
  OR (EXISTS (SELECT 1 FROM native_direct_reads WHERE message_id = messages.id)
    AND NOT EXISTS (SELECT 1 FROM native_direct_reads WHERE message_id = messages.id AND user_id = @userId))))`;

/**
 * Messages that others here have read and `@userId` has not, as a table `messages`; a condition follows. Others here are
 * few, often nobody, so it begins with what they have read.
 */
export const READ_BY_OTHERS = `(SELECT DISTINCT message_id FROM (SELECT message_id FROM native_direct_reads WHERE user_id < @userId
    UNION ALL SELECT message_id FROM native_direct_reads WHERE user_id > @userId)) others
  CROSS JOIN messages ON messages.id = others.message_id AND read_at IS NOT NULL AND sender_id <> @userId
    AND NOT EXISTS (SELECT 1 FROM native_direct_reads WHERE message_id = messages.id AND user_id = @userId)`;
