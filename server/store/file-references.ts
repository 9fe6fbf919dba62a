/**
 * What refers to a file (03 section 10.4): attachments of channel messages, direct messages and posts, and `/files/<id>`
 * in clear texts. Found through small indexes over the rows that have attachments or such a text at all
 * (`schema/native-indexes.ts`); whether a row really names the file is looked at after parsing.
 */
import type { ChannelId, FileId, MessageId, PostId, UserId } from '../wire/ids.ts';
import { jsonArray, jsonObject } from './json.ts';
import type { Sql } from './sql.ts';
import { toDbTime } from './time.ts';

/** One message or post that names a file. */
export type FileReference =
  | { kind: 'channel_message'; id: MessageId; channelId: ChannelId; authorId: UserId }
  | { kind: 'direct_message'; id: MessageId; recipientId: string | null; authorId: UserId }
  | { kind: 'feed_post'; id: PostId; authorId: UserId };

/** Something with a placeholder for a file of another node. */
export type FilePlaceholder =
  { kind: 'channel_message' | 'direct_message'; id: MessageId } | { kind: 'feed_post'; id: PostId };

/** Rows looked at for one file; more references than that change nothing any more. */
const MAX_ROWS = 2_000;
/** Keys of an attachment that name a file. */
const ID_KEYS = ['id', 'file_id', 'origin_file_id', 'remote_file_id'] as const;

interface Row {
  id: string;
  author: string;
  place: string | null;
  attachments: string | null;
  content: string | Uint8Array | null;
}

export class FileReferences {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Everything live that names the file; `now` in Unix ms. */
  of(id: FileId, now: number): FileReference[] {
    return [...this.#channelMessages(id, now), ...this.#posts(id, now), ...this.#directMessages(id)];
  }

  /** Messages and posts with a placeholder for a file of another node. */
  placeholders(originFileId: string): FilePlaceholder[] {
    const find = (table: string, column: string, where: string): Row[] =>
      this.#sql.all<Row>(
        `SELECT id, '' AS author, NULL AS place, ${column} AS attachments, NULL AS content FROM ${table}
           WHERE ${where} AND instr(${column}, @id) > 0 LIMIT ${MAX_ROWS}`,
        { id: originFileId },
      );
    return [
      ...find('channel_messages', 'attachments', 'length(attachments) > 2').map((row) => ({
        kind: 'channel_message' as const,
        id: row.id as MessageId,
      })),
      ...find('messages', 'metadata', `instr(metadata, '"attachments"') > 0`).map((row) => ({
        kind: 'direct_message' as const,
        id: row.id as MessageId,
      })),
      ...find('feed_posts', 'metadata', `instr(metadata, '"attachments"') > 0`).map((row) => ({
        kind: 'feed_post' as const,
        id: row.id as PostId,
      })),
    ];
  }

  #channelMessages(id: FileId, now: number): FileReference[] {
    const columns = `id, user_id AS author, channel_id AS place, attachments, content`;
    const live = '(expires_at IS NULL OR expires_at > @now)';
    const rows = this.#sql.all<Row>(
      `SELECT ${columns} FROM channel_messages
         WHERE length(attachments) > 2 AND instr(attachments, @id) > 0 AND ${live}
       UNION SELECT ${columns} FROM channel_messages
         WHERE instr(content, '/files/') > 0 AND instr(content, @text) > 0 AND ${live}
       LIMIT ${MAX_ROWS}`,
      { id, text: `/files/${id}`, now: toDbTime(now) },
    );
    return rows
      .filter((row) => attached(jsonArray(row.attachments), id, ['id', 'file_id']) || inText(row.content, id))
      .map((row) => ({
        kind: 'channel_message',
        id: row.id as MessageId,
        channelId: (row.place ?? '') as ChannelId,
        authorId: row.author as UserId,
      }));
  }

  #posts(id: FileId, now: number): FileReference[] {
    const rows = this.#sql.all<Row>(
      `SELECT id, author_id AS author, NULL AS place, metadata AS attachments, content FROM feed_posts
         WHERE (instr(metadata, @id) > 0 OR instr(content, @text) > 0)
           AND (expires_at IS NULL OR expires_at > @now) LIMIT ${MAX_ROWS}`,
      { id, text: `/files/${id}`, now: toDbTime(now) },
    );
    return rows
      .filter((row) => attached(listIn(row.attachments), id, ID_KEYS) || inText(row.content, id))
      .map((row) => ({ kind: 'feed_post', id: row.id as PostId, authorId: row.author as UserId }));
  }

  /** By their attachments: the texts are ciphertext. */
  #directMessages(id: FileId): FileReference[] {
    const rows = this.#sql.all<Row>(
      `SELECT id, sender_id AS author, recipient_id AS place, metadata AS attachments, NULL AS content FROM messages
         WHERE instr(metadata, '"attachments"') > 0 AND instr(metadata, @id) > 0 LIMIT ${MAX_ROWS}`,
      { id },
    );
    return rows
      .filter((row) => attached(listIn(row.attachments), id, ['id', 'file_id']))
      .map((row) => ({
        kind: 'direct_message',
        id: row.id as MessageId,
        recipientId: row.place,
        authorId: row.author as UserId,
      }));
  }
}

function listIn(metadata: string | null): unknown[] {
  const list = jsonObject(metadata)?.['attachments'];
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function attached(list: readonly unknown[], id: FileId, keys: readonly string[]): boolean {
  return list.some(
    (entry) =>
      typeof entry === 'object' &&
      entry !== null &&
      keys.some((key) => (entry as Readonly<Record<string, unknown>>)[key] === id),
  );
}

/** `/files/<id>` with nothing behind it that would make it another id. */
function inText(content: string | Uint8Array | null, id: FileId): boolean {
  // Of ciphertext the files it names stand beside the attachments.
  if (typeof content !== 'string') return false;
  const wanted = `/files/${id}`;
  for (let at = content.indexOf(wanted); at >= 0; at = content.indexOf(wanted, at + 1))
    if (!/[\w-]/.test(content.charAt(at + wanted.length))) return true;
  return false;
}
