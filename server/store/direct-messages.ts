/**
 * Direct messages (03 sections 2.5.3, 6.1). Content goes through the vault; metadata is JSON text, of which groups and files
 * stay readable (`sealed-columns.ts`).
 */
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { changedAt, directSetWith } from '../wire/item-id.ts';
import { DirectPlaces, IS_ODD, VISIBLE_TO, type Conversation } from './direct-places.ts';
import { jsonObject, jsonText } from './json.ts';
import type { NativeItems } from './native-items.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { SearchChanges } from './search.ts';
import type { Sql, SqlParameters } from './sql.ts';
import { columnTime, parseTime, toDbTime } from './time.ts';
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
  metadata: Stored | null;
  created_at: string | null;
  edited_at: string | null;
  delivered_at: string | null;
  read_at: string | null;
}

const COLUMNS = `id, sender_id, recipient_id, content, message_type, metadata, created_at, edited_at, delivered_at,
  read_at`;
const SELECT = `SELECT ${COLUMNS} FROM messages`;
/** A place among direct messages: when it was created, and its row, as times have a resolution of one second. */
export interface DirectPosition {
  createdAt: string;
  row: number;
}

/** A part of a list: the newest, or of what is older or newer than a place. */
interface DirectPage {
  limit: number;
  before?: DirectPosition | null;
  /** The oldest of what is newer than it. */
  after?: DirectPosition | null;
}

function placeOf({ before, after }: DirectPage): SqlParameters {
  const place = after ?? before;
  return place == null ? {} : { before: place.createdAt, row: place.row };
}

/** Condition for one part; {@link order} puts the newest first in what is not {@link DirectPage.after}. */
function range({ before, after }: DirectPage): string {
  if (after != null) return `(created_at, rowid) > (@before, @row)`;
  return before == null ? 'TRUE' : `(created_at, rowid) < (@before, @row)`;
}

function order({ after }: DirectPage): string {
  return after == null ? `ORDER BY created_at DESC, row DESC` : `ORDER BY created_at, row`;
}

export class DirectMessages {
  readonly #sql: Sql;
  readonly #vault: Vault;
  readonly #metadata: SealedField;
  readonly #items: NativeItems;
  readonly #search: SearchChanges;
  readonly #places: DirectPlaces;

  constructor(components: { sql: Sql; vault: Vault; items: NativeItems; search: SearchChanges }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
    this.#metadata = components.vault.field('messages.metadata');
    this.#items = components.items;
    this.#search = components.search;
    this.#places = new DirectPlaces(components.sql);
  }

  get(id: MessageId): DirectMessage | undefined {
    const row = this.#sql.get<DirectMessageRow>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : this.#fromRow(row);
  }

  /** Inserts a message; false when the id exists. */
  insert(message: NewDirectMessage): boolean {
    const inserted = this.#sql.run(
      `INSERT OR IGNORE INTO messages (id, sender_id, recipient_id, content, message_type, metadata, created_at, delivered_at)
         VALUES (@id, @senderId, @recipientId, @content, @messageType, @metadata, @at, @deliveredAt)`,
      {
        id: message.id,
        senderId: message.senderId,
        recipientId: message.recipientId,
        content: this.#vault.encrypt(message.content),
        messageType: message.messageType ?? 'text',
        metadata: this.#metadata.seal(jsonText(message.metadata), message.id),
        at: toDbTime(message.createdAt),
        deliveredAt: dbTime(message.deliveredAt),
      },
    );
    if (inserted.changes !== 1) return false;
    this.#search.changed('direct_message', message.id);
    this.noteItem({ ...message, metadata: message.metadata ?? {} });
    return true;
  }

  /** Enters a message into the sets it is shared in: one for each node at its other end (06 section 4.1). */
  noteItem(message: Pick<DirectMessage, 'id' | 'senderId' | 'recipientId' | 'metadata' | 'createdAt'>): void {
    const { peers, sentHere } = this.#ends(message);
    const carried = sentHere ? null : message.metadata['sent_at'];
    const at = (typeof carried === 'string' ? parseTime(carried) : null) ?? message.createdAt;
    for (const peer of peers)
      this.#items.created({
        setId: directSetWith(peer),
        objectId: message.id,
        kind: 'd',
        ts: Math.floor(at / 1000),
        expiresAt: null,
      });
  }

  /** Replaces content, type and the whole metadata, as an edit does (03 section 6.3). */
  edit(
    id: MessageId,
    fields: {
      content: string;
      messageType: string;
      metadata: Record<string, unknown> | null;
      editedAt: number;
      /** `canopy_rev` of the change; absent: `editedAt` is the revision. */
      rev?: number;
    },
  ): boolean {
    const edited = this.#sql.run(
      'UPDATE messages SET content = @content, message_type = @messageType, metadata = @metadata, edited_at = @at WHERE id = @id',
      {
        id,
        content: this.#vault.encrypt(fields.content),
        messageType: fields.messageType,
        metadata: this.#metadata.seal(jsonText(fields.metadata), id),
        at: toDbTime(fields.editedAt),
      },
    );
    if (edited.changes !== 1) return false;
    this.#search.changed('direct_message', id);
    this.#items.revised('d', id, changedAt(fields.rev ?? fields.editedAt));
    return true;
  }

  /** Replaces the metadata without marking an edit. */
  setMetadata(id: MessageId, metadata: Record<string, unknown>): boolean {
    this.#search.changed('direct_message', id);
    return (
      this.#sql.run('UPDATE messages SET metadata = @metadata WHERE id = @id', {
        id,
        metadata: this.#metadata.seal(jsonText(metadata), id),
      }).changes === 1
    );
  }

  /** Deletes a message; that it was deleted is remembered. */
  delete(id: MessageId, now: number): boolean {
    this.#items.deleted('d', id, now);
    this.#search.changed('direct_message', id);
    // Others may give a direct message the id of something else here, whose reactions are not its own.
    this.#sql.run(
      `DELETE FROM likes WHERE message_id = @id AND NOT EXISTS (SELECT 1 FROM channel_messages WHERE id = @id)
        AND NOT EXISTS (SELECT 1 FROM feed_posts WHERE id = @id)`,
      { id },
    );
    this.#sql.run("DELETE FROM native_arrivals WHERE kind = 'd' AND message_id = @id", { id });
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

  /**
   * Notes that somebody read a message; false when they had. One for several people is read by each by themselves; one
   * that has a read time and no readers, as Python writes it and this program did, counts as read by all.
   */
  setRead(
    { id, recipientId }: Pick<DirectMessage, 'id' | 'recipientId'>,
    userId: UserId,
    at: number,
  ): boolean {
    const first =
      this.#sql.run('UPDATE messages SET read_at = @at WHERE id = @id AND read_at IS NULL', {
        id,
        at: toDbTime(at),
      }).changes === 1;
    if (recipientId === userId || (!first && this.readers([id]).get(id) === undefined)) return first;
    return (
      this.#sql.run('INSERT OR IGNORE INTO native_direct_reads VALUES (@id, @userId, @at)', {
        id,
        userId,
        at,
      }).changes === 1
    );
  }

  /** Who read messages that are for several people, and when; those nobody is noted for are left out. */
  readers(ids: readonly MessageId[]): Map<MessageId, Map<UserId, number>> {
    const rows = this.#sql.all<{ message_id: string; user_id: string; read_at: number }>(
      'SELECT message_id, user_id, read_at FROM native_direct_reads WHERE message_id IN (SELECT value FROM json_each(@ids))',
      { ids: JSON.stringify(ids) },
    );
    const found = new Map<MessageId, Map<UserId, number>>();
    for (const row of rows) {
      const id = row.message_id as MessageId;
      const readers = found.get(id) ?? new Map<UserId, number>();
      found.set(id, readers.set(row.user_id as UserId, row.read_at));
    }
    return found;
  }

  /** Messages of people of `peerId` that were read at `since` (Unix ms) or later, the last read first. */
  readFrom(peerId: PeerId, since: number, limit: number): DirectMessage[] {
    return this.#sql
      .all<DirectMessageRow>(
        `${SELECT} WHERE read_at >= @since AND sender_id IN (SELECT id FROM users WHERE origin_peer = @peerId)
          ORDER BY read_at DESC LIMIT @limit`,
        { peerId, since: toDbTime(since), limit },
      )
      .map((row) => this.#fromRow(row));
  }

  /** Where a message stands among others; undefined when it is unknown. */
  position(id: MessageId): DirectPosition | undefined {
    return this.#sql.get<DirectPosition>(
      'SELECT created_at AS createdAt, rowid AS row FROM messages WHERE id = @id',
      { id },
    );
  }

  /** What a user may see, newest first; `since` (Unix ms, exclusive) and `before` (a place) narrow it. */
  visibleTo(userId: UserId, options: DirectPage & { since?: number | null }): DirectMessage[] {
    return this.#sql
      .all<DirectMessageRow>(
        `SELECT ${COLUMNS}, rowid AS row FROM messages WHERE ${VISIBLE_TO} AND (@since IS NULL OR created_at > @since)
          AND ${range(options)} ${order(options)} LIMIT @limit`,
        { userId, limit: options.limit, since: dbTime(options.since), ...placeOf(options) },
      )
      .map((row) => this.#fromRow(row));
  }

  /** A conversation, newest first; after a place oldest first. Of a group, as far as the user may see it. */
  conversation(userId: UserId, of: Conversation, options: DirectPage): DirectMessage[] {
    const { sound, odd, values } = this.#places.within(userId, of);
    const part = (condition: string): string =>
      `SELECT ${COLUMNS}, rowid AS row FROM messages WHERE ${condition} AND ${range(options)}`;
    return this.#sql
      .all<DirectMessageRow>(
        `${part(sound)} UNION ALL ${part(`${IS_ODD} AND ${odd}`)} ${order(options)} LIMIT @limit`,
        { ...values, limit: options.limit, ...placeOf(options) },
      )
      .map((row) => this.#fromRow(row));
  }

  /** The nodes of others that hold a message, and whether it was written here. Texts between nodes are nobody's else. */
  #ends(message: Pick<DirectMessage, 'senderId' | 'recipientId' | 'metadata'>): {
    peers: PeerId[];
    sentHere: boolean;
  } {
    const group = message.metadata['group_members'];
    const recipients: unknown[] = Array.isArray(group) ? group : [message.recipientId];
    const home = this.#home(message.senderId);
    if (message.metadata['p2p_send'] !== undefined || home === undefined || isNodeItself(message.senderId))
      return { peers: [], sentHere: true };
    if (home !== null) return { peers: [home], sentHere: false };
    const homes = recipients
      .filter((id): id is string => typeof id === 'string' && !isNodeItself(id))
      .map((id) => this.#home(id))
      .filter((peer) => peer !== null && peer !== undefined);
    return { peers: [...new Set(homes)], sentHere: true };
  }

  /** The home of a person, `null` for people of this node, undefined for unknown ones. */
  #home(userId: string): PeerId | null | undefined {
    const row = this.#sql.get<{ origin_peer: string | null }>(
      'SELECT origin_peer FROM users WHERE id = @userId',
      { userId },
    );
    if (row === undefined) return undefined;
    return row.origin_peer === null || row.origin_peer === '' ? null : (row.origin_peer as PeerId);
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
      metadata: jsonObject(this.#metadata.open(row.metadata, row.id)) ?? {},
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

/** Whether an id stands for a node, not for a person (03 section 4.3). */
function isNodeItself(userId: string): boolean {
  return userId.startsWith('peer_');
}
