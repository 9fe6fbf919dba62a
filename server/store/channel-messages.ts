/**
 * Channel messages (03 sections 2.5.2, 5.4 to 5.6, 8.1 and 8.2). Content is clear text in directories that the reference
 * reads, ciphertext in others (2.6).
 * Rows whose expiry has come are hidden from every read here and removed by {@link ChannelMessages.purge}.
 */
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { changedAt, channelSet } from '../wire/item-id.ts';
import { linksIn } from './file-links.ts';
import { jsonArray, jsonObject, jsonText } from './json.ts';
import type { NativeItems } from './native-items.ts';
import { PageMemory } from './page-memory.ts';
import { END, POSITION, readingPage } from './reading-order.ts';
import type { ReadingPosition } from './reading-order.ts';
import { RowMemory } from './row-memory.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import { searched } from './search-sources.ts';
import type { SearchChanges } from './search.ts';
import { assignments } from './sql.ts';
import type { Sql, SqlValue } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault } from './vault.ts';

/** A row of `channel_messages`. */
export interface ChannelMessage {
  id: MessageId;
  channelId: ChannelId;
  userId: UserId;
  content: string;
  messageType: string;
  createdAt: number;
  originPeer: PeerId | null;
  expiresAt: number | null;
  parentMessageId: MessageId | null;
  attachments: unknown[];
  security: Record<string, unknown> | null;
  sourceReference: Record<string, unknown> | null;
  sourceLayout: Record<string, unknown> | null;
  repostPolicy: string;
  encryptedContent: string | null;
  cryptoState: string;
  keyId: string | null;
  nonce: string | null;
  editedAt: number | null;
  ttlSeconds: number | null;
  ttlMode: string | null;
  lastActivityAt: number | null;
}

export type NewChannelMessage = Pick<
  ChannelMessage,
  'id' | 'channelId' | 'userId' | 'content' | 'createdAt'
> &
  Partial<Omit<ChannelMessage, 'id' | 'channelId' | 'userId' | 'content' | 'createdAt' | 'editedAt'>> & {
    /** Creation time as the payload carried it, where `createdAt` was cut. */
    carriedAt?: number;
  };

export type ChannelMessagePatch = Partial<
  Omit<ChannelMessage, 'id' | 'channelId' | 'userId' | 'createdAt'>
> & {
  /** `canopy_rev` of the change; absent: `editedAt` is the revision. */
  rev?: number;
};

type Texts = Pick<Partial<ChannelMessage>, 'content' | 'attachments' | 'sourceReference' | 'sourceLayout'>;

interface MessageRow {
  id: string;
  channel_id: string;
  user_id: string;
  content: Stored;
  message_type: string | null;
  created_at: string;
  origin_peer: string | null;
  expires_at: string | null;
  parent_message_id: string | null;
  attachments: Stored | null;
  security: string | null;
  source_reference: Stored | null;
  source_layout: Stored | null;
  repost_policy: string | null;
  encrypted_content: string | null;
  crypto_state: string | null;
  key_id: string | null;
  nonce: string | null;
  edited_at: string | null;
  ttl_seconds: number | null;
  ttl_mode: string | null;
  last_activity_at: string | null;
}

const COLUMNS = [
  'id',
  'channel_id',
  'user_id',
  'content',
  'message_type',
  'created_at',
  'origin_peer',
  'expires_at',
  'parent_message_id',
  'attachments',
  'security',
  'source_reference',
  'source_layout',
  'repost_policy',
  'encrypted_content',
  'crypto_state',
  'key_id',
  'nonce',
  'edited_at',
  'ttl_seconds',
  'ttl_mode',
  'last_activity_at',
];
const SELECT = `SELECT ${COLUMNS.map((column) => `m.${column}`).join(', ')} FROM channel_messages m`;
const LIVE = '(m.expires_at IS NULL OR m.expires_at > @now)';

const PAGE = readingPage(COLUMNS);
const INSERT = `INSERT OR IGNORE INTO channel_messages (${COLUMNS.join(', ')})
  VALUES (${COLUMNS.map((column) => `@${column}`).join(', ')})`;

export class ChannelMessages {
  readonly #pages = new PageMemory<ChannelMessage>();
  readonly #rows: RowMemory<ChannelMessage>;
  readonly #sql: Sql;
  readonly #items: NativeItems;
  readonly #search: SearchChanges;
  readonly #vault: Vault;
  readonly #content: SealedField;
  readonly #attachments: SealedField;
  readonly #reference: SealedField;
  readonly #layout: SealedField;

  constructor(components: { sql: Sql; vault: Vault; items: NativeItems; search: SearchChanges }) {
    const { vault } = components;
    this.#sql = components.sql;
    this.#rows = new RowMemory(components, { table: 'channel_messages' });
    this.#vault = vault;
    this.#content = vault.field('channel_messages.content');
    this.#attachments = vault.field('channel_messages.attachments');
    this.#reference = vault.field('channel_messages.source_reference');
    this.#layout = vault.field('channel_messages.source_layout');
    this.#items = components.items;
    this.#search = components.search;
  }

  /** The row, expired or not. */
  get(id: MessageId): Readonly<ChannelMessage> | undefined {
    return this.#rows.get(id, () => {
      const row = this.#sql.get<MessageRow>(`${SELECT} WHERE m.id = @id`, { id });
      return row === undefined ? undefined : this.#fromRow(row);
    });
  }

  /** The rows of those that are here, expired or not, by their ids. */
  some(ids: readonly string[]): Map<string, ChannelMessage> {
    const rows = this.#sql.all<MessageRow>(`${SELECT} WHERE m.id IN (SELECT value FROM json_each(@ids))`, {
      ids: JSON.stringify(ids),
    });
    return new Map(rows.map((row) => [row.id, this.#fromRow(row)]));
  }

  /**
   * Inserts a message. A parent that is not in this channel yet is left out of the row (an unknown one would violate
   * the foreign key); keep it with `AwaitedParents`.
   * @returns false when the id exists.
   */
  insert(message: NewChannelMessage): boolean {
    const parent = message.parentMessageId ?? null;
    const isParentHere = parent !== null && this.get(parent)?.channelId === message.channelId;
    const values = {
      ...newValues(message),
      ...this.#texts(message.id, { attachments: [], sourceReference: null, sourceLayout: null, ...message }),
      parent_message_id: isParentHere ? parent : null,
    };
    this.#rows.inserts();
    const inserted = this.#sql.run(INSERT, values);
    if (inserted.changes !== 1) return false;
    this.#search.came({
      kind: 'channel_message',
      id: message.id,
      container: message.channelId,
      author: message.userId,
      time: message.createdAt,
      ...searched(message.content, message.attachments),
    });
    this.#items.created({
      setId: channelSet(message.channelId),
      objectId: message.id,
      kind: 'm',
      ts: Math.floor((message.carriedAt ?? message.createdAt) / 1000),
      expiresAt: message.expiresAt ?? null,
    });
    return true;
  }

  /** Changes the given fields; false when there is no such row. */
  update(id: MessageId, patch: ChannelMessagePatch): boolean {
    const values = { ...patchValues(patch), ...this.#changedTexts(id, patch) };
    const columns = Object.keys(values);
    if (columns.length === 0) return this.get(id) !== undefined;
    const updated = this.#sql.run(`UPDATE channel_messages SET ${assignments(columns)} WHERE id = @id`, {
      ...values,
      id,
    });
    if (updated.changes !== 1) return false;
    this.#search.changed('channel_message', id);
    const revision = patch.rev ?? patch.editedAt;
    if (typeof revision === 'number') this.#items.revised('m', id, changedAt(revision));
    if (patch.expiresAt !== undefined) this.#items.expires('m', id, patch.expiresAt);
    return true;
  }

  /** Deletes a message with its likes; replies stay and lose their parent. That it was deleted is remembered. */
  delete(id: MessageId, now: number): boolean {
    this.#items.deleted('m', id, now);
    return this.#remove(id);
  }

  /**
   * The newest `limit` messages before `before` in reading order, oldest of them first (03 section 5.6). Frozen, and
   * often the same list as long as no message changed and none on it expired.
   */
  page(
    channelId: ChannelId,
    options: { limit: number; now: number; before?: ReadingPosition | null },
  ): readonly Readonly<ChannelMessage>[] {
    const { limit, now } = options;
    const place = options.before ?? END;
    const key = [channelId, limit, place.sortTime, place.createdAt, place.row].join('\0');
    return this.#pages.get(key, { stamp: this.#sql.stamp(['channel_messages']), now }, () =>
      this.#sql
        .all<MessageRow>(PAGE, { ...place, channelId, now: toDbTime(now), limit })
        .reverse()
        .map((row) => this.#fromRow(row)),
    );
  }

  /** Grows with every change to the database, for what is remembered with a {@link page}; null inside a transaction. */
  stamp(): number | null {
    return this.#sql.stampOfAll();
  }

  /** Where a message stands in reading order; undefined when it is unknown. */
  position(id: MessageId): ReadingPosition | undefined {
    return this.#sql.get<ReadingPosition>(POSITION, { id });
  }

  /** Messages created after `after` (db-time, second resolution), oldest first: catch-up's selection (03 section 8.2). */
  createdAfter(
    channelId: ChannelId,
    after: number | null,
    options: { limit: number; now: number },
  ): ChannelMessage[] {
    return this.#sql
      .all<MessageRow>(
        `${SELECT} WHERE m.channel_id = @channelId AND ${LIVE} AND m.created_at > @after
          ORDER BY m.created_at, m.id LIMIT @limit`,
        {
          channelId,
          now: toDbTime(options.now),
          limit: options.limit,
          after: after === null ? '' : toDbTime(after),
        },
      )
      .map((row) => this.#fromRow(row));
  }

  /** The newest messages created before `before`, oldest of them first (03 section 8.2). */
  createdBefore(
    channelId: ChannelId,
    before: number,
    options: { limit: number; now: number },
  ): ChannelMessage[] {
    return this.#sql
      .all<MessageRow>(
        `${SELECT} WHERE m.channel_id = @channelId AND ${LIVE} AND m.created_at < @before
          ORDER BY m.created_at DESC, m.id DESC LIMIT @limit`,
        { channelId, now: toDbTime(options.now), limit: options.limit, before: toDbTime(before) },
      )
      .reverse()
      .map((row) => this.#fromRow(row));
  }

  /** Oldest and newest creation time and number of live messages, for every channel that has any (03 section 8.1). */
  ranges(now: number): { channelId: ChannelId; oldest: string; latest: string; count: number }[] {
    return this.#sql
      .all<{ id: string; oldest: string; latest: string; count: number }>(
        `SELECT m.channel_id AS id, min(m.created_at) AS oldest, max(m.created_at) AS latest, count(*) AS count
           FROM channel_messages m WHERE ${LIVE} GROUP BY m.channel_id ORDER BY m.channel_id`,
        { now: toDbTime(now) },
      )
      .map(({ id, ...range }) => ({ channelId: id as ChannelId, ...range }));
  }

  /** Live messages of others since the member's read mark, or since they joined when nothing was read yet. */
  unreadCount(channelId: ChannelId, userId: UserId, now: number): number {
    const row = this.#sql.get<{ count: number }>(
      `SELECT count(*) AS count FROM channel_messages m
         JOIN channel_members cm ON cm.channel_id = m.channel_id AND cm.user_id = @userId
        WHERE m.channel_id = @channelId AND m.user_id <> @userId AND ${LIVE}
          AND m.created_at > coalesce(cm.last_read_at, cm.joined_at, '')`,
      { channelId, userId, now: toDbTime(now) },
    );
    return row?.count ?? 0;
  }

  /** The creation time of the newest live message; null in an empty channel. */
  latestAt(channelId: ChannelId, now: number): number | null {
    const row = this.#sql.get<{ latest: string | null }>(
      `SELECT max(m.created_at) AS latest FROM channel_messages m WHERE m.channel_id = @channelId AND ${LIVE}`,
      { channelId, now: toDbTime(now) },
    );
    return columnTime(row?.latest);
  }

  /** Replies directly below a message that are live. */
  replyCount(id: MessageId, now: number): number {
    const row = this.#sql.get<{ count: number }>(
      `SELECT count(*) AS count FROM channel_messages m WHERE m.parent_message_id = @id AND ${LIVE}`,
      { id, now: toDbTime(now) },
    );
    return row?.count ?? 0;
  }

  /** Removes expired messages and returns them, so that deletions of own ones can be announced (03 section 1.7). */
  purge(now: number, limit: number): ChannelMessage[] {
    const expired = this.#sql
      .all<MessageRow>(`${SELECT} WHERE m.expires_at IS NOT NULL AND m.expires_at <= @now LIMIT @limit`, {
        now: toDbTime(now),
        limit,
      })
      .map((row) => this.#fromRow(row));
    for (const message of expired) {
      this.#items.forget('m', message.id);
      this.#remove(message.id);
    }
    return expired;
  }

  #remove(id: MessageId): boolean {
    this.#search.changed('channel_message', id);
    this.#sql.run('DELETE FROM likes WHERE message_id = @id', { id });
    this.#sql.run("DELETE FROM native_arrivals WHERE kind = 'm' AND message_id = @id", { id });
    this.#sql.run('UPDATE channel_messages SET parent_message_id = NULL WHERE parent_message_id = @id', {
      id,
    });
    return this.#sql.run('DELETE FROM channel_messages WHERE id = @id', { id }).changes === 1;
  }

  /** The columns that may be ciphertext, of what is given. */
  #texts(id: MessageId, texts: Texts): Record<string, SqlValue> {
    const links = this.#vault.mode === 'full' ? linksIn(texts.content ?? '') : [];
    const attachments = json(texts.attachments);
    return given({
      content: this.#content.seal(texts.content, id),
      attachments: this.#attachments.seal(attachments ?? (links.length > 0 ? '[]' : attachments), id, links),
      source_reference: this.#reference.seal(json(texts.sourceReference), id),
      source_layout: this.#layout.seal(json(texts.sourceLayout), id),
    });
  }

  /** Files that the text names are found beside the attachments, so ciphertext of both changes with either. */
  #changedTexts(id: MessageId, patch: ChannelMessagePatch): Record<string, SqlValue> {
    const isEither = patch.content !== undefined || patch.attachments !== undefined;
    const known = isEither && this.#vault.mode === 'full' ? this.get(id) : undefined;
    if (known === undefined) return this.#texts(id, patch);
    const { content, attachments } = known;
    return this.#texts(id, {
      ...patch,
      content: patch.content ?? content,
      attachments: patch.attachments ?? attachments,
    });
  }

  #fromRow(row: MessageRow): ChannelMessage {
    return {
      id: row.id as MessageId,
      channelId: row.channel_id as ChannelId,
      userId: row.user_id as UserId,
      content: this.#content.open(row.content, row.id),
      messageType: row.message_type ?? 'text',
      createdAt: columnTime(row.created_at) ?? 0,
      originPeer: row.origin_peer === null || row.origin_peer === '' ? null : (row.origin_peer as PeerId),
      expiresAt: columnTime(row.expires_at),
      parentMessageId: row.parent_message_id as MessageId | null,
      attachments: jsonArray(this.#attachments.open(row.attachments, row.id)),
      security: jsonObject(row.security),
      sourceReference: jsonObject(this.#reference.open(row.source_reference, row.id)),
      sourceLayout: jsonObject(this.#layout.open(row.source_layout, row.id)),
      repostPolicy: row.repost_policy ?? 'same_scope',
      encryptedContent: row.encrypted_content,
      cryptoState: row.crypto_state ?? 'plaintext',
      keyId: row.key_id,
      nonce: row.nonce,
      editedAt: columnTime(row.edited_at),
      ttlSeconds: row.ttl_seconds,
      ttlMode: row.ttl_mode,
      lastActivityAt: columnTime(row.last_activity_at),
    };
  }
}

/** A whole row; what is not given is as the schema would have it. */
function newValues(message: NewChannelMessage): Record<string, SqlValue> {
  return {
    id: message.id,
    channel_id: message.channelId,
    user_id: message.userId,
    message_type: message.messageType ?? 'text',
    created_at: toDbTime(message.createdAt),
    origin_peer: message.originPeer ?? null,
    expires_at: dbTime(message.expiresAt) ?? null,
    parent_message_id: message.parentMessageId ?? null,
    security: json(message.security) ?? null,
    repost_policy: message.repostPolicy ?? 'same_scope',
    encrypted_content: message.encryptedContent ?? null,
    crypto_state: message.cryptoState ?? 'plaintext',
    key_id: message.keyId ?? null,
    nonce: message.nonce ?? null,
    edited_at: null,
    ttl_seconds: message.ttlSeconds ?? null,
    ttl_mode: message.ttlMode ?? null,
    last_activity_at: dbTime(message.lastActivityAt) ?? null,
  };
}

function patchValues(patch: Partial<ChannelMessage>): Record<string, SqlValue> {
  const all: Record<string, SqlValue | undefined> = {
    message_type: patch.messageType,
    origin_peer: patch.originPeer,
    expires_at: dbTime(patch.expiresAt),
    parent_message_id: patch.parentMessageId,
    security: json(patch.security),
    repost_policy: patch.repostPolicy,
    encrypted_content: patch.encryptedContent,
    crypto_state: patch.cryptoState,
    key_id: patch.keyId,
    nonce: patch.nonce,
    edited_at: dbTime(patch.editedAt),
    ttl_seconds: patch.ttlSeconds,
    ttl_mode: patch.ttlMode,
    last_activity_at: dbTime(patch.lastActivityAt),
  };
  return given(all);
}

function given(all: Record<string, SqlValue | undefined>): Record<string, SqlValue> {
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, SqlValue] => entry[1] !== undefined),
  );
}

function dbTime(value: number | null | undefined): SqlValue | undefined {
  return typeof value === 'number' ? toDbTime(value) : value;
}

function json(value: object | null | undefined): string | null | undefined {
  return value === undefined ? undefined : jsonText(value);
}
