/**
 * Where the search indexes read their documents: channel messages, direct messages and posts, in clear. Of each row only
 * what is searched is read and opened.
 */
import { jsonArray, jsonObject } from './json.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { SearchDocument, SearchKind, SearchSource } from './search.ts';
import type { Sql } from './sql.ts';
import { columnTime } from './time.ts';
import type { Vault } from './vault.ts';

/** How one kind is read. */
interface Reading<Row> {
  kind: SearchKind;
  table: string;
  columns: string;
  document(row: Row): SearchDocument;
}

interface ChannelRow {
  id: string;
  container: string;
  author: string;
  content: Stored;
  attachments: Stored | null;
  time: string | null;
}

interface DirectRow {
  id: string;
  recipient: string | null;
  author: string;
  content: string;
  metadata: Stored | null;
  time: string | null;
}

type PostRow = Omit<DirectRow, 'recipient'>;

/** The sources of all kinds. */
export function searchSources(components: { sql: Sql; vault: Vault }): Record<SearchKind, SearchSource> {
  const { sql, vault } = components;
  return {
    channel_message: source<ChannelRow>(sql, {
      kind: 'channel_message',
      table: 'channel_messages',
      columns: 'id, channel_id AS container, user_id AS author, content, attachments, created_at AS time',
      document: channelReader(vault),
    }),
    direct_message: source<DirectRow>(sql, {
      kind: 'direct_message',
      table: 'messages',
      columns: 'id, recipient_id AS recipient, sender_id AS author, content, metadata, created_at AS time',
      document: directReader(vault),
    }),
    feed_post: source<PostRow>(sql, {
      kind: 'feed_post',
      table: 'feed_posts',
      columns: 'id, author_id AS author, content, metadata, created_at AS time',
      document: postReader(vault),
    }),
  };
}

function source<Row>(sql: Sql, { kind, table, columns, document }: Reading<Row>): SearchSource {
  return {
    kind,
    get: (id) => {
      const row = sql.get<Row>(`SELECT ${columns} FROM ${table} WHERE id = @id`, { id });
      return row === undefined ? undefined : document(row);
    },
    some: (ids) => {
      const rows = sql.all<Row>(
        `SELECT ${columns} FROM ${table} WHERE id IN (SELECT value FROM json_each(@ids))`,
        { ids: JSON.stringify(ids) },
      );
      return new Map(rows.map(document).map((one) => [one.id, one]));
    },
    walk: (place, limit) => {
      const rows = sql.all<Row & { place: number }>(
        `SELECT rowid AS place, ${columns} FROM ${table} WHERE rowid < @place ORDER BY rowid DESC LIMIT @limit`,
        { place: place ?? Number.MAX_SAFE_INTEGER, limit },
      );
      const next = rows.length < limit ? null : (rows.at(-1)?.place ?? null);
      return { documents: rows.map(document), next };
    },
    missing: (ids) =>
      sql
        .all<{ id: string }>(
          `SELECT value AS id FROM json_each(@ids) WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE id = value)`,
          { ids: JSON.stringify(ids) },
        )
        .map(({ id }) => id),
  };
}

function channelReader(vault: Vault): (row: ChannelRow) => SearchDocument {
  const content = vault.field('channel_messages.content');
  const attachments = vault.field('channel_messages.attachments');
  return ({ id, container, author, time, ...row }) => ({
    kind: 'channel_message',
    id,
    container,
    author,
    time: columnTime(time) ?? 0,
    ...searched(content.open(row.content, id), jsonArray(attachments.open(row.attachments, id))),
  });
}

function directReader(vault: Vault): (row: DirectRow) => SearchDocument {
  const field = vault.field('messages.metadata');
  return ({ id, author, time, ...row }) => {
    const metadata = metadataOf(field, row.metadata, id);
    const group = metadata['group_id'];
    return {
      kind: 'direct_message',
      id,
      container: typeof group === 'string' ? group : (row.recipient ?? ''),
      author,
      time: columnTime(time) ?? 0,
      ...searched(readable(vault, row.content), metadata['attachments']),
    };
  };
}

function postReader(vault: Vault): (row: PostRow) => SearchDocument {
  const field = vault.field('feed_posts.metadata');
  return ({ id, author, time, ...row }) => ({
    kind: 'feed_post',
    id,
    container: '',
    author,
    time: columnTime(time) ?? 0,
    ...searched(readable(vault, row.content), metadataOf(field, row.metadata, id)['attachments']),
  });
}

function metadataOf(field: SealedField, stored: Stored | null, id: string): Record<string, unknown> {
  return jsonObject(field.open(stored, id)) ?? {};
}

/** Instead of what cannot be read there is a placeholder, and nobody looks for that. */
function readable(vault: Vault, stored: string): string {
  const { text, state } = vault.decrypt(stored);
  return state === 'failed' || state === 'no_key' ? '' : text;
}

/** What is searched of a content and its attachments: the text, and each name and type on a line of its own. */
export function searched(
  content: string,
  attachments: unknown,
): Pick<SearchDocument, 'text' | 'hasAttachment'> {
  const list: unknown[] = Array.isArray(attachments) ? attachments : [];
  if (list.length === 0) return { text: content, hasAttachment: false };
  const names = list.flatMap((item) => {
    if (typeof item !== 'object' || item === null) return [];
    const { name, type } = item as { name?: unknown; type?: unknown };
    return [name, type].filter((part) => typeof part === 'string');
  });
  return { text: [content, ...names].join('\n'), hasAttachment: true };
}
