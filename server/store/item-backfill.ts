/**
 * Brings the items of reconciliation in line with the tables of messages (06 section 4.1): rows of before, and what the
 * reference wrote or removed while the directory was its own. Done at every start, in steps.
 */
import type { ChannelId, MessageId, PeerId, PostId } from '../wire/ids.ts';
import { channelSet } from '../wire/item-id.ts';
import type { ItemKind } from '../wire/item-id.ts';
import type { DirectMessages } from './direct-messages.ts';
import type { FeedPosts } from './feed.ts';
import type { NativeItems } from './native-items.ts';
import type { Sql } from './sql.ts';
import { columnTime } from './time.ts';

/** Rows looked at in one step: a few milliseconds. */
const STEP_ROWS = 500;

/** What is still to be done, in this order. */
type Stage = 'messages' | 'direct' | 'posts' | 'gone_m' | 'gone_d' | 'gone_p' | 'done';
const NEXT: Record<Stage, Stage> = {
  messages: 'direct',
  direct: 'posts',
  posts: 'gone_m',
  gone_m: 'gone_d',
  gone_d: 'gone_p',
  gone_p: 'done',
  done: 'done',
};

interface Row {
  place: number;
  id: string;
  known: number;
  /** Of posts: the home of the author. */
  channel_id: string | null;
  created_at: string;
  expires_at: string | null;
}

export class ItemBackfill {
  readonly #sql: Sql;
  readonly #items: NativeItems;
  readonly #directMessages: DirectMessages;
  readonly #feed: FeedPosts;
  #stage: Stage = 'messages';
  #place = 0;
  #object = '';

  constructor(components: { sql: Sql; items: NativeItems; directMessages: DirectMessages; feed: FeedPosts }) {
    this.#sql = components.sql;
    this.#items = components.items;
    this.#directMessages = components.directMessages;
    this.#feed = components.feed;
  }

  /** Does the next step, inside a transaction; false when everything is done. */
  step(): boolean {
    const full = this.#stepOf(this.#stage);
    if (full) return true;
    this.#stage = NEXT[this.#stage];
    this.#place = 0;
    this.#object = '';
    return this.#stage !== 'done';
  }

  /** @returns whether there may be more. */
  #stepOf(stage: Stage): boolean {
    switch (stage) {
      case 'messages':
        return this.#missing('channel_messages', 'm', 'channel_id, expires_at, created_at', (row) =>
          this.#channelMessage(row),
        );
      case 'direct':
        return this.#missing(
          'messages',
          'd',
          "'' AS channel_id, NULL AS expires_at, '' AS created_at",
          (row) => {
            const message = this.#directMessages.get(row.id as MessageId);
            if (message !== undefined) this.#directMessages.noteItem(message);
          },
        );
      case 'posts':
        return this.#missing(
          'feed_posts',
          'p',
          `(SELECT nullif(u.origin_peer, '') FROM users u WHERE u.id = t.author_id) AS channel_id,
           NULL AS expires_at, '' AS created_at`,
          (row) => this.#feed.noteItem(row.id as PostId, row.channel_id as PeerId | null),
        );
      case 'gone_m':
        return this.#gone('m', 'channel_messages');
      case 'gone_d':
        return this.#gone('d', 'messages');
      case 'gone_p':
        return this.#gone('p', 'feed_posts');
      case 'done':
        return false;
    }
  }

  #missing(table: string, kind: ItemKind, columns: string, note: (row: Row) => void): boolean {
    const rows = this.#sql.all<Row>(
      `SELECT rowid AS place, id, ${columns},
         EXISTS (SELECT 1 FROM native_items i WHERE i.kind = @kind AND i.object_id = t.id) AS known
         FROM ${table} t WHERE rowid > @place ORDER BY rowid LIMIT ${STEP_ROWS}`,
      { kind, place: this.#place },
    );
    for (const row of rows) if (row.known === 0) note(row);
    this.#place = rows.at(-1)?.place ?? this.#place;
    return rows.length === STEP_ROWS;
  }

  #channelMessage(row: Row): void {
    this.#items.created({
      setId: channelSet((row.channel_id ?? '') as ChannelId),
      objectId: row.id,
      kind: 'm',
      ts: Math.floor((columnTime(row.created_at) ?? 0) / 1000),
      expiresAt: columnTime(row.expires_at),
    });
  }

  /** Deviation D-75: objects whose row is gone though nobody deleted them here are as if they had never been here. */
  #gone(kind: ItemKind, table: string): boolean {
    const rows = this.#sql.all<{ object_id: string; held: number }>(
      `SELECT object_id, deleted_at IS NOT NULL OR EXISTS (SELECT 1 FROM ${table} t WHERE t.id = i.object_id) AS held
         FROM native_items i WHERE kind = @kind AND object_id > @object
         GROUP BY object_id ORDER BY object_id LIMIT ${STEP_ROWS}`,
      { kind, object: this.#object },
    );
    for (const row of rows) if (row.held === 0) this.#items.forget(kind, row.object_id);
    this.#object = rows.at(-1)?.object_id ?? this.#object;
    return rows.length === STEP_ROWS;
  }
}
