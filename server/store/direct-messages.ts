/** Direct messages (03 sections 2.5.3, 6.1). Content goes through the vault; metadata is clear JSON text. */
import type { MessageId, UserId } from '../wire/ids.ts';
import { jsonObject, jsonText } from './json.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault, VaultState } from './vault.ts';

/** A row of `messages`, content in clear. */
export interface DirectMessage {
  id: MessageId;
  senderId: UserId;
  /** User id, `group:…` id, or null for a local broadcast to everybody. */
  recipientId: string | null;
  content: string;
  /** How the stored content was found; `failed` and `no_key` come with a placeholder as content. */
  contentState: VaultState;
  messageType: string;
  metadata: Record<string, unknown>;
  createdAt: number;
  editedAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
}

/** What a new row needs. */
export interface NewDirectMessage {
  id: MessageId;
  senderId: UserId;
  recipientId: string | null;
  content: string;
  messageType?: string;
  metadata?: Record<string, unknown> | null;
  createdAt: number;
  deliveredAt?: number | null;
}

interface DirectMessageRow {
  id: string;
  sender_id: string;
  recipient_id: string | null;
  content: string;
  message_type: string | null;
  metadata: string | null;
  created_at: string | null;
  edited_at: string | null;
  delivered_at: string | null;
  read_at: string | null;
}

const SELECT = `SELECT id, sender_id, recipient_id, content, message_type, metadata, created_at, edited_at, delivered_at,
  read_at FROM messages`;
/** Who may see a row (03 section 6.1): sender, recipient, everybody of a broadcast, a listed member of a group. */
const VISIBLE = `(sender_id = @userId OR recipient_id = @userId OR recipient_id IS NULL OR EXISTS (
  SELECT 1 FROM json_each(CASE WHEN json_valid(metadata) THEN metadata END, '$.group_members') WHERE value = @userId))`;

export class DirectMessages {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  get(id: MessageId): DirectMessage | undefined {
    const row = this.#sql.get<DirectMessageRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Inserts a message; false when the id exists. */
  insert(message: NewDirectMessage): boolean {
    return (
      this.#sql.run(
        `INSERT OR IGNORE INTO messages (id, sender_id, recipient_id, content, message_type, metadata, created_at, delivered_at)
         VALUES (@id, @senderId, @recipientId, @content, @messageType, @metadata, @at, @deliveredAt)`,
        {
          id: message.id,
          senderId: message.senderId,
          recipientId: message.recipientId,
          content: this.#vault.encrypt(message.content),
          messageType: message.messageType ?? 'text',
          metadata: jsonText(message.metadata),
          at: toDbTime(message.createdAt),
          deliveredAt: dbTime(message.deliveredAt),
        },
      ).changes === 1
    );
  }

  /** Replaces content, type and the whole metadata, as an edit does (03 section 6.3). */
  edit(
    id: MessageId,
    fields: {
      content: string;
      messageType: string;
      metadata: Record<string, unknown> | null;
      editedAt: number;
    },
  ): boolean {
    return (
      this.#sql.run(
        'UPDATE messages SET content = @content, message_type = @messageType, metadata = @metadata, edited_at = @at WHERE id = @id',
        {
          id,
          content: this.#vault.encrypt(fields.content),
          messageType: fields.messageType,
          metadata: jsonText(fields.metadata),
          at: toDbTime(fields.editedAt),
        },
      ).changes === 1
    );
  }

  /** Replaces the metadata without marking an edit. */
  setMetadata(id: MessageId, metadata: Record<string, unknown>): boolean {
    return (
      this.#sql.run('UPDATE messages SET metadata = @metadata WHERE id = @id', {
        id,
        metadata: jsonText(metadata),
      }).changes === 1
    );
  }

  delete(id: MessageId): boolean {
    return this.#sql.run('DELETE FROM messages WHERE id = @id', { id }).changes === 1;
  }

  /** Sets the delivery time unless there is one. */
  setDelivered(id: MessageId, at: number): boolean {
    return (
      this.#sql.run('UPDATE messages SET delivered_at = @at WHERE id = @id AND delivered_at IS NULL', {
        id,
        at: toDbTime(at),
      }).changes === 1
    );
  }

  /** Sets the read time unless there is one. */
  setRead(id: MessageId, at: number): boolean {
    return (
      this.#sql.run('UPDATE messages SET read_at = @at WHERE id = @id AND read_at IS NULL', {
        id,
        at: toDbTime(at),
      }).changes === 1
    );
  }

  /** What a user may see, newest first; `since` (Unix ms, exclusive) and `before` (a message id) narrow it. */
  visibleTo(
    userId: UserId,
    options: { limit: number; since?: number | null; before?: MessageId | null },
  ): DirectMessage[] {
    return this.#sql
      .all<DirectMessageRow>(
        `${SELECT} WHERE ${VISIBLE} AND (@since IS NULL OR created_at > @since)
          AND (@before IS NULL OR (created_at, rowid) < (SELECT created_at, rowid FROM messages WHERE id = @before))
          ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        { userId, limit: options.limit, since: dbTime(options.since), before: options.before ?? null },
      )
      .map((row) => this.#fromRow(row));
  }

  /** The conversation of two users, newest first. */
  between(
    userId: UserId,
    otherId: UserId,
    options: { limit: number; before?: MessageId | null },
  ): DirectMessage[] {
    return this.#sql
      .all<DirectMessageRow>(
        `${SELECT} WHERE ((sender_id = @userId AND recipient_id = @otherId) OR (sender_id = @otherId AND recipient_id = @userId))
          AND (@before IS NULL OR (created_at, rowid) < (SELECT created_at, rowid FROM messages WHERE id = @before))
          ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        { userId, otherId, limit: options.limit, before: options.before ?? null },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Rows of a group by their recipient or stored group id, newest first, as far as the user may see them. */
  inGroup(
    groupId: string,
    userId: UserId,
    options: { limit: number; before?: MessageId | null },
  ): DirectMessage[] {
    return this.#sql
      .all<DirectMessageRow>(
        `${SELECT} WHERE (recipient_id = @groupId
            OR json_extract(CASE WHEN json_valid(metadata) THEN metadata END, '$.group_id') = @groupId)
          AND ${VISIBLE}
          AND (@before IS NULL OR (created_at, rowid) < (SELECT created_at, rowid FROM messages WHERE id = @before))
          ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        { groupId, userId, limit: options.limit, before: options.before ?? null },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Rows without recipient (local broadcasts), newest first. */
  broadcasts(options: { limit: number; before?: MessageId | null }): DirectMessage[] {
    return this.#sql
      .all<DirectMessageRow>(
        `${SELECT} WHERE recipient_id IS NULL
          AND (@before IS NULL OR (created_at, rowid) < (SELECT created_at, rowid FROM messages WHERE id = @before))
          ORDER BY created_at DESC, rowid DESC LIMIT @limit`,
        { limit: options.limit, before: options.before ?? null },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Unread messages of a user per conversation: sender id, or group id, or null for broadcasts. */
  unreadCounts(userId: UserId): { conversation: string | null; count: number }[] {
    return this.#sql.all<{ conversation: string | null; count: number }>(
      `SELECT CASE WHEN recipient_id = @userId THEN sender_id ELSE recipient_id END AS conversation, count(*) AS count
         FROM messages WHERE ${VISIBLE} AND sender_id <> @userId AND read_at IS NULL GROUP BY 1`,
      { userId },
    );
  }

  #fromRow(row: DirectMessageRow): DirectMessage {
    const { text, state } = this.#vault.decrypt(row.content);
    return {
      id: row.id as MessageId,
      senderId: row.sender_id as UserId,
      recipientId: row.recipient_id,
      content: text,
      contentState: state,
      messageType: row.message_type ?? 'text',
      metadata: jsonObject(row.metadata) ?? {},
      createdAt: columnTime(row.created_at) ?? 0,
      editedAt: columnTime(row.edited_at),
      deliveredAt: columnTime(row.delivered_at),
      readAt: columnTime(row.read_at),
    };
  }
}

function dbTime(value: number | null | undefined): string | null {
  return typeof value === 'number' ? toDbTime(value) : null;
}
