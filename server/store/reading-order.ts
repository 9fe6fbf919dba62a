/**
 * Reading order of channel messages (03 section 5.6) as SQL.
 *
 * Reading order sorts a reply by the time of its parent, everything else by its own time. Sorting all of a channel
 * for one page would take longer with every message, so the page starts from its anchors, which an index yields in
 * order: messages that stand for themselves or have live replies. The newest `limit` of them, with all that share
 * the second of the last one or of `before`, hold at least `limit` messages if there are as many. (`+` and CROSS keep
 * SQLite from the indexes that look good to it and read the whole channel.)
 */

/**
 * A place in reading order: sort time and creation time of a message (03 section 5.6), and its row, because times
 * have a resolution of one second and a page may end within one.
 */
export interface ReadingPosition {
  sortTime: string;
  createdAt: string;
  row: number;
}

/** After everything: greater than any time. */
export const END: ReadingPosition = { sortTime: '~', createdAt: '~', row: 0 };

/** Statement for the place of the message `id`. */
export const POSITION = `
  SELECT coalesce(p.last_activity_at, p.created_at, m.last_activity_at, m.created_at) AS sortTime,
         m.created_at AS createdAt, m.rowid AS row
    FROM channel_messages m
    LEFT JOIN channel_messages p ON p.id = m.parent_message_id AND p.channel_id = m.channel_id
   WHERE m.id = @id`;

const live = (row: string): string => `(${row}.expires_at IS NULL OR ${row}.expires_at > @now)`;
const ownTime = (row: string): string => `coalesce(${row}.last_activity_at, ${row}.created_at)`;
/** Has no parent in its channel. */
const top = (row: string): string => `(${row}.parent_message_id IS NULL OR NOT EXISTS (
  SELECT 1 FROM channel_messages p WHERE p.id = ${row}.parent_message_id AND p.channel_id = ${row}.channel_id))`;
const ANCHORS = `channel_messages a INDEXED BY native_channel_messages_order
  WHERE a.channel_id = @channelId AND ((${top('a')} AND ${live('a')}) OR EXISTS (
    SELECT 1 FROM channel_messages r WHERE r.parent_message_id = a.id AND +r.channel_id = a.channel_id AND ${live('r')}))`;
/** The statement for one page; parameters: channelId, now (db-time), limit, and the place to end before. */
export const readingPage = (columns: readonly string[]): string => `
  WITH newest AS (
    SELECT ${ownTime('a')} AS time FROM ${ANCHORS} AND ${ownTime('a')} < @sortTime
      ORDER BY ${ownTime('a')} DESC LIMIT @limit
  ), anchors AS MATERIALIZED (
    SELECT a.id, ${ownTime('a')} AS time FROM ${ANCHORS} AND ${ownTime('a')} <= @sortTime
      AND ${ownTime('a')} >= coalesce((SELECT min(time) FROM newest), @sortTime)
  ), members AS (
    SELECT anchors.time, m.created_at, m.rowid AS row FROM anchors CROSS JOIN channel_messages m ON m.id = anchors.id
      WHERE ${top('m')} AND ${live('m')}
    UNION ALL
    SELECT anchors.time, m.created_at, m.rowid AS row FROM anchors CROSS JOIN channel_messages m ON m.parent_message_id = anchors.id
      WHERE +m.channel_id = @channelId AND ${live('m')}
  ), page AS MATERIALIZED (
    SELECT * FROM members WHERE (time, created_at, row) < (@sortTime, @createdAt, @row)
      ORDER BY time DESC, created_at DESC, row DESC LIMIT @limit
  )
  SELECT ${columns.map((column) => `m.${column}`).join(', ')} FROM page CROSS JOIN channel_messages m ON m.rowid = page.row
    ORDER BY page.time DESC, page.created_at DESC, page.row DESC`;
