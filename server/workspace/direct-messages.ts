/**
 * Direct messages as the accounts of this node write and read them (03 sections 6.1 and 6.2): stored encrypted, owed to
 * the recipients' nodes until sent (02 R2). What arrives from other nodes is in `direct-inbox.ts`.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { Clock, Random } from '../ports/types.ts';
import type {
  DirectMessage as MessageRow,
  DirectMessages as MessageTable,
} from '../store/direct-messages.ts';
import { timedId } from '../store/ids.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { attachmentRecords } from './attachments.ts';
import type { Changes } from './changes.ts';
import type { DeliveryBook } from './delivery.ts';
import { dmSecurity } from './dm-security.ts';
import type { DmEncryption, DmRecipient } from './dm-security.ts';
import type { DirectPosition } from '../store/direct-messages.ts';
import { cursorTo, placeBefore } from './places.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { MessageFiles } from './message-files.ts';
import type { Owing } from './owing.ts';
import { peerUserId } from './people.ts';
import type { People } from './people.ts';
import { codePoints, groupId, groupMembers } from './text.ts';
import { groupMembersOf, isVisible } from './direct-participants.ts';
import type { DirectReactions } from './direct-reactions.ts';
import type { DirectMessageView } from './types.ts';

/** Longest message in code points, checked on both sides (03 section 6.1). */
export const MAX_DIRECT_CONTENT = 4096;
const MESSAGE_TYPES: ReadonlySet<string> = new Set(['text', 'file', 'image', 'voice', 'system']);
const MESSAGE_ID_HEX = 32;
const DEFAULT_PAGE = 50;
const DEFAULT_GROUP_PAGE = 100;
const MAX_PAGE = 1000;

/** A direct message as a person or script writes it. */
export interface DirectPost {
  /** One person is a conversation, more a group, none a message to everybody on this node; the sender alone is a note. */
  recipientIds: UserId[];
  /** At most 4096 code points. */
  content: string;
  /** `text`, `file`, `image`, `voice` or `system`; default `text`. */
  messageType?: string;
  attachments?: Record<string, unknown>[];
  replyTo?: string | null;
  /** The caller's own keys; the reserved ones are overwritten. */
  metadata?: Record<string, unknown> | null;
  sourceLayout?: unknown;
}

interface Page {
  limit?: number;
  /** A cursor, or the id of a message. */
  before?: string;
  /** The same: the oldest of what is newer; counts instead of `before`. */
  after?: string;
}

export interface DirectMessagesComponents {
  table: MessageTable;
  processed: ProcessedMessages;
  people: People;
  journal: Journal;
  delivery: DeliveryBook;
  owing: Owing;
  reactions: Pick<DirectReactions, 'of' | 'unseenBy'>;
  messageFiles: Pick<MessageFiles, 'complete'>;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
  random: Random;
}

export class DirectMessages {
  readonly #c: DirectMessagesComponents;
  #encryption: DmEncryption = () => null;

  constructor(components: DirectMessagesComponents) {
    this.#c = components;
  }

  /** Says which peers read encrypted messages; until told, none is known. */
  useEncryption(encryption: DmEncryption): void {
    this.#encryption = encryption;
  }

  /**
   * Stores the message, owes it to the home peers of remote recipients and publishes `dm.local`; resolves after the
   * commit.
   * @param init.id the message's id; one that exists already is not sent a second time.
   * @throws {WorkspaceError} `empty_message`, `content_too_long`, `invalid_message_type`, `recipient_not_found`.
   */
  async send(senderId: UserId, post: DirectPost, init: { id?: MessageId } = {}): Promise<DirectMessageView> {
    checkPost(post);
    const id = init.id ?? (timedId(this.#c.random, this.#c.clock.now(), MESSAGE_ID_HEX) as MessageId);
    await this.#c.changes.run(() => {
      if (init.id !== undefined && this.#c.table.get(id) !== undefined) return;
      const recipients = this.#recipients(senderId, post.recipientIds);
      const now = this.#c.clock.now();
      const peers = homesOf(recipients);
      const metadata = this.#metadata(senderId, post, recipients);
      const group = metadata['group_id'];
      const recipientId = typeof group === 'string' ? group : (recipients[0]?.userId ?? null);
      this.#c.table.insert({
        id,
        senderId,
        recipientId,
        content: post.content,
        messageType: post.messageType ?? 'text',
        metadata,
        createdAt: now,
        deliveredAt: peers.length === 0 ? now : null,
      });
      this.#c.changes.creates(id);
      this.#c.processed.add(id, now);
      this.#c.owing.direct(id, peers);
      this.#c.journal.directMessage('created', { id, senderId, recipientId, metadata });
      this.#c.changes.tell({ type: 'dm.local', messageId: id, change: 'created' });
    });
    return this.#viewOf(senderId, id);
  }

  /**
   * Recipients of an answer to `messageId`: the other party, or the whole group.
   * @throws {WorkspaceError} `not_found`, `not_allowed`, `no_recipient`.
   */
  replyRecipients(userId: UserId, messageId: MessageId): UserId[] {
    const row = this.#c.table.get(messageId);
    if (row === undefined) throw new WorkspaceError('not_found', 'Original message not found');
    if (!isVisible(row, userId))
      throw new WorkspaceError('not_allowed', 'You are not allowed to reply to this direct message');
    const members = groupMembersOf(row);
    const others = (members ?? [row.senderId, row.recipientId]).filter(
      (id): id is string => typeof id === 'string' && id !== userId,
    );
    if (others.length === 0) throw new WorkspaceError('no_recipient', 'Unable to determine DM recipient');
    return others as UserId[];
  }

  /** Everything `userId` may see, newest first; `since` in Unix ms. */
  list(userId: UserId, page: Page & { since?: number } = {}): DirectMessageView[] {
    const before = this.#place(page.before);
    if (before === undefined) return [];
    const limit = limited(page.limit, DEFAULT_PAGE);
    return this.#views(userId, this.#c.table.visibleTo(userId, { limit, since: page.since ?? null, before }));
  }

  /** Where a list that ended with this message goes on; null when it is unknown. */
  cursor(messageId: MessageId): string | null {
    const at = this.#c.table.position(messageId);
    return at === undefined ? null : cursorTo([at.createdAt, at.row]);
  }

  /** The part a page asks for; undefined: beside a message nobody knows. @throws {WorkspaceError} `invalid_cursor`. */
  #part(page: Page): { before: DirectPosition | null; after: DirectPosition | null } | undefined {
    const place = this.#place(page.after ?? page.before);
    if (place === undefined) return undefined;
    return page.after === undefined ? { before: place, after: null } : { before: null, after: place };
  }

  /** Null: from the newest. */
  #place(before: string | undefined): DirectPosition | null | undefined {
    if (before === undefined) return null;
    const place = placeBefore<[string, number]>(before, ['', 0], (id) => {
      const at = this.#c.table.position(id as MessageId);
      return at === undefined ? undefined : [at.createdAt, at.row];
    });
    return place === undefined ? undefined : { createdAt: place[0], row: place[1] };
  }

  /** The newest `limit` of a conversation with one person, oldest first. @throws {WorkspaceError} `user_not_found`. */
  conversation(userId: UserId, otherId: UserId, page: Page = {}): DirectMessageView[] {
    if (this.#c.people.get(otherId) === undefined)
      throw new WorkspaceError('user_not_found', 'User not found');
    const part = this.#part(page);
    if (part === undefined) return [];
    const limit = limited(page.limit, DEFAULT_PAGE);
    return this.#views(
      userId,
      oldestFirst(
        this.#c.table.conversation(userId, { kind: 'person', id: otherId }, { limit, ...part }),
        part,
      ),
    );
  }

  /** The newest `limit` of a group, oldest first; empty for an unknown one. */
  group(userId: UserId, group: string, page: Page = {}): DirectMessageView[] {
    const part = this.#part(page);
    if (part === undefined) return [];
    const limit = limited(page.limit, DEFAULT_GROUP_PAGE);
    return this.#views(
      userId,
      oldestFirst(this.#c.table.conversation(userId, { kind: 'group', id: group }, { limit, ...part }), part),
    );
  }

  /** Messages to everybody on this node, broadcasts of other nodes included, oldest first. */
  everyone(userId: UserId, page: Page = {}): DirectMessageView[] {
    const part = this.#part(page);
    if (part === undefined) return [];
    const limit = limited(page.limit, DEFAULT_PAGE);
    return this.#views(
      userId,
      oldestFirst(this.#c.table.conversation(userId, { kind: 'everyone' }, { limit, ...part }), part),
    );
  }

  get(userId: UserId, messageId: MessageId): DirectMessageView | undefined {
    const row = this.#c.table.get(messageId);
    return row !== undefined && isVisible(row, userId) ? this.#views(userId, [row])[0] : undefined;
  }

  /** False when unknown, not for this user, already read, or own. */
  async markRead(userId: UserId, messageId: MessageId): Promise<boolean> {
    return this.#c.changes.run(() => {
      const row = this.#c.table.get(messageId);
      if (row === undefined || row.senderId === userId || !isVisible(row, userId)) return false;
      if (!this.#c.table.setRead(row, userId, this.#c.clock.now())) return false;
      this.#c.journal.directMessage('read', row);
      if (this.#c.people.sendsReadReceipts(userId))
        this.#c.changes.tell({ type: 'dm.local', messageId, change: 'read' });
      return true;
    });
  }

  /** Those of the messages that the account may see, in that order; for search. */
  some(userId: UserId, ids: readonly MessageId[]): DirectMessageView[] {
    const rows = ids.map((id) => this.#c.table.get(id)).filter((row) => row !== undefined);
    return this.#views(
      userId,
      rows.filter((row) => isVisible(row, userId)),
    );
  }

  /** What `sync` sends: the stored message and its remote recipients. */
  forSending(id: MessageId): { message: MessageRow; recipients: DmRecipient[] } | undefined {
    const message = this.#c.table.get(id);
    if (message === undefined) return undefined;
    const ids = groupMembersOf(message) ?? [message.recipientId];
    const recipients = ids
      .filter((userId): userId is string => typeof userId === 'string' && userId !== message.senderId)
      .map((userId) => this.#recipient(userId as UserId))
      .filter((recipient) => recipient !== null);
    return { message, recipients };
  }

  /** The node that wants to know that this message was read; `null` for one written here or by a node itself. */
  receiptHome(id: MessageId): PeerId | null {
    const sender = this.#c.table.get(id)?.senderId;
    const home = sender === undefined ? null : (this.#c.people.get(sender)?.originPeer ?? null);
    return home === null || sender === peerUserId(home) ? null : home;
  }

  /**
   * Messages of people of `home` that were read here since `since` (Unix ms), newest first, as far as every local
   * recipient lets senders know.
   */
  readSince(home: PeerId, since: number, limit: number): { id: MessageId; readAt: number }[] {
    return this.#c.table
      .readFrom(home, since, limit)
      .filter((row) => {
        const recipients = groupMembersOf(row) ?? [row.recipientId];
        const local = recipients.filter(
          (id): id is UserId => this.#c.people.get(id as UserId)?.local === true,
        );
        return local.every((id) => this.#c.people.sendsReadReceipts(id));
      })
      .map((row) => ({ id: row.id, readAt: row.readAt ?? since }));
  }

  /** Own messages that a person at home on `peer` has read, as that node says; others are passed over. */
  async readAt(peer: PeerId, ids: readonly MessageId[]): Promise<void> {
    await this.#c.changes.run(() => {
      for (const id of ids) {
        const row = this.#c.table.get(id);
        if (row !== undefined && this.#c.people.get(row.senderId)?.local === true)
          this.#c.delivery.read('dm', id, peer);
      }
    });
  }

  /** The security summary as it turned out when the message was sent. Inside or outside a transaction. */
  describeAgain(id: MessageId): void {
    const found = this.forSending(id);
    if (found === undefined) return;
    const security = dmSecurity(found.recipients, this.#encryption);
    const stored = found.message.metadata;
    if (JSON.stringify(stored['security']) === JSON.stringify(security)) return;
    this.#c.changes.now(() => this.#c.table.setMetadata(id, { ...stored, security }));
  }

  /** A peer has it: the message counts as handed over. */
  handedOver(id: MessageId): void {
    this.#c.changes.join(() => this.#c.table.setDelivered(id, this.#c.clock.now()));
  }

  #recipients(senderId: UserId, ids: readonly UserId[]): DmRecipient[] {
    const distinct = [...new Set(ids)];
    const others = distinct.filter((id) => id !== senderId);
    const wanted = others.length > 0 ? others : distinct;
    return wanted.map((id) => {
      const recipient = this.#recipient(id);
      if (recipient === null) throw new WorkspaceError('recipient_not_found', 'Recipient not found');
      return recipient;
    });
  }

  #recipient(userId: UserId): DmRecipient | null {
    const person = this.#c.people.get(userId);
    if (person === undefined || (!person.local && person.originPeer === null)) return null;
    return { userId, home: person.originPeer };
  }

  #metadata(senderId: UserId, post: DirectPost, recipients: readonly DmRecipient[]): Record<string, unknown> {
    const attachments = this.#c.messageFiles.complete(senderId, post.attachments ?? []);
    const members = groupMembers([senderId, ...recipients.map(({ userId }) => userId)]);
    const isGroup = recipients.length > 1;
    return {
      ...post.metadata,
      ...(attachments.length > 0 ? { attachments } : {}),
      ...(post.replyTo == null ? {} : { reply_to: post.replyTo }),
      ...(isGroup
        ? { group_id: groupId(this.#c.crypto, members), group_members: members, is_group: true }
        : {}),
      ...(typeof post.sourceLayout === 'object' && post.sourceLayout !== null
        ? { source_layout: post.sourceLayout }
        : {}),
      security: dmSecurity(recipients, this.#encryption),
    };
  }

  #viewOf(userId: UserId, id: MessageId): DirectMessageView {
    const row = this.#c.table.get(id);
    const view = row === undefined ? undefined : this.#views(userId, [row])[0];
    if (view === undefined) throw new WorkspaceError('not_found', 'Message not found');
    return view;
  }

  #views(userId: UserId, rows: readonly MessageRow[]): DirectMessageView[] {
    const ids = rows.map((row) => row.id);
    const delivery = this.#c.delivery.summaries('dm', ids);
    const readers = this.#c.table.readers(ids);
    const reactions = this.#c.reactions.of(rows);
    const readAt = (row: MessageRow): number | null => {
      const own = readers.get(row.id);
      return own === undefined || row.senderId === userId ? row.readAt : (own.get(userId) ?? null);
    };
    return rows.map((row) => ({
      id: row.id,
      senderId: row.senderId,
      recipientId: row.recipientId,
      content: row.content,
      messageType: row.messageType,
      createdAt: row.createdAt,
      editedAt: row.editedAt,
      deliveredAt: row.deliveredAt,
      readAt: readAt(row),
      metadata: Object.keys(row.metadata).length === 0 ? null : row.metadata,
      attachments: attachmentsOf(row),
      senderName: this.#c.people.get(row.senderId)?.displayName ?? row.senderId,
      delivery: delivery.get(row.id) ?? null,
      reactions: reactions.get(row.id) ?? {},
      reactionsUnseenBy: reactions.has(row.id) ? this.#c.reactions.unseenBy(row) : [],
    }));
  }
}

/** @throws {WorkspaceError} as {@link DirectMessages.send}. */
export function checkPost(post: Pick<DirectPost, 'content' | 'attachments' | 'messageType'>): void {
  if (post.content === '' && (post.attachments?.length ?? 0) === 0)
    throw new WorkspaceError('empty_message', 'Message content or attachments required');
  if (post.content.length > MAX_DIRECT_CONTENT && codePoints(post.content) > MAX_DIRECT_CONTENT)
    throw new WorkspaceError(
      'content_too_long',
      `Message content too long (max ${MAX_DIRECT_CONTENT} characters)`,
    );
  if (post.messageType !== undefined && !MESSAGE_TYPES.has(post.messageType))
    throw new WorkspaceError(
      'invalid_message_type',
      `Invalid message type: ${post.messageType.slice(0, 40)}`,
    );
}

function homesOf(recipients: readonly DmRecipient[]): PeerId[] {
  return [...new Set(recipients.flatMap(({ home }) => (home === null ? [] : [home])))];
}

function attachmentsOf(row: MessageRow): Record<string, unknown>[] {
  const attachments = row.metadata['attachments'];
  return Array.isArray(attachments) ? attachmentRecords(attachments) : [];
}

function limited(limit: number | undefined, fallback: number): number {
  return Math.min(Math.max(Math.trunc(limit ?? fallback), 0), MAX_PAGE);
}

function oldestFirst(rows: MessageRow[], { after }: { after: DirectPosition | null }): MessageRow[] {
  return after === null ? rows.reverse() : rows;
}
