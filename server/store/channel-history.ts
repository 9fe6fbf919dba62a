/**
 * A channel by the time its messages were written (05 section 10.5, M-10), for lists that go both ways from any place,
 * with the answers of a thread and the first message somebody has not read. Ids alone: what they say is read elsewhere.
 */
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import { placeOf, type RowPlace } from './row-places.ts';
import type { Sql } from './sql.ts';
import { toDbTime } from './time.ts';

/** Answers followed downwards and upwards (03 section 5.6); also ends circles. */
const MAX_HOPS = 64;

const LIVE = '(m.expires_at IS NULL OR m.expires_at > @now)';

export class ChannelHistoryRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Where a message stands; undefined when it is unknown. */
  place(id: MessageId): RowPlace | undefined {
    return placeOf(this.#sql, 'channel_messages', 'created_at', id);
  }

  /** The last `limit` messages before a place, or of all, oldest first. */
  before(channelId: ChannelId, place: RowPlace | null, options: { limit: number; now: number }): MessageId[] {
    return this.#ids(
      `SELECT m.id FROM channel_messages m WHERE m.channel_id = @channelId AND ${LIVE}
          AND (@at IS NULL OR (m.created_at, m.rowid) < (@at, @row))
        ORDER BY m.created_at DESC, m.rowid DESC LIMIT @limit`,
      { channelId, at: place?.at ?? null, row: place?.row ?? 0, ...limits(options) },
    ).reverse();
  }

  /** The first `limit` messages after a place, oldest first. */
  after(channelId: ChannelId, place: RowPlace, options: { limit: number; now: number }): MessageId[] {
    return this.#ids(
      `SELECT m.id FROM channel_messages m WHERE m.channel_id = @channelId AND ${LIVE}
          AND (m.created_at, m.rowid) > (@at, @row)
        ORDER BY m.created_at, m.rowid LIMIT @limit`,
      { channelId, at: place.at, row: place.row, ...limits(options) },
    );
  }

  /** The message a thread began with: the farthest ancestor that is still there. */
  root(id: MessageId): MessageId {
    const [root] = this.#ids(
      `WITH RECURSIVE up(id, channel_id, parent, hops) AS (
         SELECT id, channel_id, parent_message_id, 0 FROM channel_messages WHERE id = @id
         UNION SELECT p.id, p.channel_id, p.parent_message_id, up.hops + 1 FROM up
           JOIN channel_messages p ON p.id = up.parent AND p.channel_id = up.channel_id WHERE up.hops < ${MAX_HOPS}
       ) SELECT id FROM up ORDER BY hops DESC LIMIT 1`,
      { id },
    );
    return root ?? id;
  }

  /** A message and the newest `limit` of what answers it or its answers, oldest first. */
  thread(root: MessageId, options: { limit: number; now: number }): MessageId[] {
    const ids = this.#ids(
      `WITH RECURSIVE down(id, hops) AS (
         SELECT @root, 0 UNION SELECT r.id, down.hops + 1 FROM down
           JOIN channel_messages r ON r.parent_message_id = down.id WHERE down.hops < ${MAX_HOPS}
       ) SELECT m.id FROM (SELECT DISTINCT id FROM down) d JOIN channel_messages m ON m.id = d.id WHERE ${LIVE}
        ORDER BY m.id = @root DESC, m.created_at DESC, m.rowid DESC LIMIT @limit`,
      { root, ...limits(options) },
    );
    const answers = ids.filter((id) => id !== root).reverse();
    return ids[0] === root ? [root, ...answers] : answers;
  }

  /** How many messages are in the thread below each of these; those nobody answered are left out. */
  replyCounts(ids: readonly MessageId[], now: number): Record<string, number> {
    const rows = this.#sql.all<{ id: string; count: number }>(
      `WITH RECURSIVE down(top, id, hops) AS (
         SELECT value, value, 0 FROM json_each(@ids) UNION
         SELECT down.top, r.id, down.hops + 1 FROM down
           JOIN channel_messages r ON r.parent_message_id = down.id WHERE down.hops < ${MAX_HOPS}
       ) SELECT d.top AS id, count(*) AS count FROM (SELECT DISTINCT top, id FROM down WHERE id <> top) d
           JOIN channel_messages m ON m.id = d.id WHERE ${LIVE} GROUP BY 1`,
      { ids: JSON.stringify(ids), now: toDbTime(now) },
    );
    return Object.fromEntries(rows.map(({ id, count }) => [id, count]));
  }

  /** The first message of others after the read mark of a member; null when all was read. */
  firstUnread(channelId: ChannelId, userId: UserId, now: number): MessageId | null {
    const [first] = this.#ids(
      `SELECT m.id FROM channel_messages m
         JOIN channel_members cm ON cm.channel_id = m.channel_id AND cm.user_id = @userId
        WHERE m.channel_id = @channelId AND m.user_id <> @userId AND ${LIVE}
          AND m.created_at > coalesce(cm.last_read_at, cm.joined_at, '')
        ORDER BY m.created_at, m.rowid LIMIT 1`,
      { channelId, userId, now: toDbTime(now) },
    );
    return first ?? null;
  }

  #ids(statement: string, values: Record<string, string | number | null>): MessageId[] {
    return this.#sql.all<{ id: string }>(statement, values).map(({ id }) => id as MessageId);
  }
}

function limits({ limit, now }: { limit: number; now: number }): { limit: number; now: string } {
  return { limit, now: toDbTime(now) };
}
