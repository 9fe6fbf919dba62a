/** Where the search indexes read their documents: channel messages, direct messages and posts, in clear. */
import type { MessageId, PostId } from '../wire/ids.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { DirectMessages } from './direct-messages.ts';
import type { FeedPosts } from './feed.ts';
import type { SearchDocument, SearchKind, SearchSource } from './search.ts';
import type { Sql } from './sql.ts';

/** What can be read of one kind. */
interface Reading {
  kind: SearchKind;
  table: string;
  get(id: string): SearchDocument | undefined;
}

/** The sources of all kinds. */
export function searchSources(components: {
  sql: Sql;
  channelMessages: Pick<ChannelMessages, 'get'>;
  directMessages: Pick<DirectMessages, 'get'>;
  feed: Pick<FeedPosts, 'get'>;
}): Record<SearchKind, SearchSource> {
  const { sql, channelMessages, directMessages, feed } = components;
  const source = (reading: Reading): SearchSource => ({
    kind: reading.kind,
    get: reading.get,
    walk: (place, limit) => walk(sql, reading, place, limit),
  });
  return {
    channel_message: source({
      kind: 'channel_message',
      table: 'channel_messages',
      get: (id) => channelDocument(channelMessages.get(id as MessageId)),
    }),
    direct_message: source({
      kind: 'direct_message',
      table: 'messages',
      get: (id) => directDocument(directMessages.get(id as MessageId)),
    }),
    feed_post: source({
      kind: 'feed_post',
      table: 'feed_posts',
      get: (id) => postDocument(feed.get(id as PostId)),
    }),
  };
}

function walk(
  sql: Sql,
  reading: Reading,
  place: number | null,
  limit: number,
): { documents: SearchDocument[]; next: number | null } {
  const rows = sql.all<{ place: number; id: string }>(
    `SELECT rowid AS place, id FROM ${reading.table} WHERE rowid < @place ORDER BY rowid DESC LIMIT @limit`,
    { place: place ?? Number.MAX_SAFE_INTEGER, limit },
  );
  const documents = rows.map((row) => reading.get(row.id)).filter((document) => document !== undefined);
  return { documents, next: rows.length < limit ? null : (rows.at(-1)?.place ?? null) };
}

type Row<T extends { get(id: never): unknown }> = ReturnType<T['get']>;

function channelDocument(row: Row<ChannelMessages>): SearchDocument | undefined {
  if (row === undefined) return undefined;
  return {
    kind: 'channel_message',
    id: row.id,
    container: row.channelId,
    author: row.userId,
    time: row.createdAt,
    ...searched(row.content, row.attachments),
  };
}

function directDocument(row: Row<DirectMessages>): SearchDocument | undefined {
  if (row === undefined) return undefined;
  const { recipientId, metadata } = row;
  const group = metadata['group_id'];
  return {
    kind: 'direct_message',
    id: row.id,
    container: typeof group === 'string' ? group : (recipientId ?? ''),
    author: row.senderId,
    time: row.createdAt,
    ...searched(isReadable(row.contentState) ? row.content : '', metadata['attachments']),
  };
}

function postDocument(row: Row<FeedPosts>): SearchDocument | undefined {
  if (row === undefined) return undefined;
  return {
    kind: 'feed_post',
    id: row.id,
    container: '',
    author: row.authorId,
    time: row.createdAt,
    ...searched(isReadable(row.contentState) ? row.content : '', row.metadata['attachments']),
  };
}

/** Instead of what cannot be read there is a placeholder, and nobody looks for that. */
function isReadable(state: string): boolean {
  return state !== 'failed' && state !== 'no_key';
}

/** What is searched of a content and its attachments: the text, and each name and type on a line of its own. */
export function searched(
  content: string,
  attachments: unknown,
): Pick<SearchDocument, 'text' | 'hasAttachment'> {
  const list: unknown[] = Array.isArray(attachments) ? attachments : [];
  const names = list.flatMap((item) => {
    if (typeof item !== 'object' || item === null) return [];
    const { name, type } = item as { name?: unknown; type?: unknown };
    return [name, type].filter((part) => typeof part === 'string');
  });
  return { text: [content, ...names].join('\n'), hasAttachment: list.length > 0 };
}
