/**
 * The event journal: what changed, for pages and scripts that follow along (04 section 7.1). Events of a channel are
 * written once per local member; a reader sees rows addressed to them and those of messages and posts they may read.
 */
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { DirectMessages as DirectTable } from '../store/direct-messages.ts';
import { RisingIds } from '../store/ids.ts';
import type { JournalRow, JournalRows, NewJournalRow } from '../store/journal.ts';
import type { StoredFile } from '../store/files.ts';
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { isShared } from './feed-rule.ts';
import type { People } from './people.ts';
import { preview } from './text.ts';
import type { JournalItem, JournalPage } from './types.ts';

/** Event types that exist, sorted. */
export const JOURNAL_TYPES: readonly string[] = [
  'attachment.available',
  'channel.message.created',
  'channel.message.deleted',
  'channel.message.edited',
  'channel.message.read',
  'channel.state.updated',
  'dm.message.created',
  'dm.message.deleted',
  'dm.message.edited',
  'dm.message.read',
  'feed.post.created',
  'feed.post.deleted',
  'feed.post.updated',
  'inbox.item.created',
  'inbox.item.updated',
  'mention.acknowledged',
  'mention.created',
];

/** Event types whose rows show message text. */
const MESSAGE_EVENT = /^(?:(?:dm|channel)\.message|attachment)\./;
/** Code points of message text in a row. Direct messages get none: the journal is not encrypted (03 P5). */
const PREVIEW_LENGTH = 160;
const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;
/** Rows read at once while looking for ones the reader may see. */
const READ_AHEAD = 400;
/** Kept rows (03 section 1.7). */
const KEEP_MS = 30 * 86_400_000;
const KEEP_ROWS = 50_000;

/** Who reads: events of others and, without `readMessages`, message events are left out. */
export interface JournalReader {
  userId: UserId;
  /** False for a key without the literal permission `read_messages`. */
  readMessages: boolean;
}

/** What of a channel message events tell. */
export interface ToldChannelMessage {
  channelId: ChannelId;
  id: MessageId;
  userId: UserId;
  content: string;
  /** Of a new one; absent where its teller does not know. */
  parentMessageId?: MessageId | null;
  editedAt?: number | null;
}

/** What of a direct message events tell. */
export interface ToldDirectMessage {
  id: MessageId;
  senderId: UserId;
  recipientId: string | null;
  metadata: Record<string, unknown> | null;
  editedAt?: number | null;
}

/** Whoever has to know of all that is written here, inside the transaction it is written in. */
export interface JournalFollower {
  /** The row is there, or just went. */
  channelMessage(change: 'created' | 'edited' | 'deleted', message: ToldChannelMessage): void;
  directMessage(change: 'created' | 'edited' | 'deleted' | 'read', message: ToldDirectMessage): void;
  feedPost(change: 'created' | 'updated' | 'deleted', id: PostId): void;
  channelState(channelId: ChannelId, actor: UserId | null, payload: Readonly<Record<string, unknown>>): void;
}

export interface JournalComponents {
  rows: JournalRows;
  members: ChannelMembers;
  directMessages: DirectTable;
  people: People;
  /** Whether posts of somebody are shown at all. */
  counts: (authorId: UserId) => boolean;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class Journal {
  readonly #c: JournalComponents;
  readonly #ids: RisingIds;
  #follower: JournalFollower | null = null;

  constructor(components: JournalComponents) {
    this.#c = components;
    this.#ids = new RisingIds(components.random);
  }

  /** Names the one that is told of everything before the transaction ends. */
  follow(follower: JournalFollower): void {
    this.#follower = follower;
  }

  /**
   * Rows after `afterSeq` that the reader may see, at most `limit` (1 to 200, default 50). Unsupported types are
   * dropped; when none is left there is no filter.
   */
  page(reader: JournalReader, query: { afterSeq: number; limit?: number; types?: string[] }): JournalPage {
    const limit = Math.min(Math.max(Math.trunc(query.limit ?? DEFAULT_PAGE), 1), MAX_PAGE);
    const types = (query.types ?? []).filter((type) => JOURNAL_TYPES.includes(type));
    const items: JournalItem[] = [];
    let seq = query.afterSeq;
    let more = true;
    while (more && items.length <= limit) {
      const rows = this.#c.rows.after(seq, {
        limit: READ_AHEAD,
        types: types.length === 0 ? null : types,
        userId: reader.userId,
      });
      more = rows.length === READ_AHEAD;
      for (const row of rows) {
        if (items.length > limit) break;
        seq = row.seq;
        if (this.#visible(reader, row)) items.push(item(row));
      }
    }
    const hasMore = items.length > limit;
    const shown = items.slice(0, limit);
    const last = shown.at(-1)?.seq ?? query.afterSeq;
    return {
      items: shown,
      nextAfterSeq: hasMore ? last : Math.max(last, seq),
      latestSeq: this.#c.rows.latestSeq(),
      hasMore,
      appliedTypes: types,
    };
  }

  /** The row with this cursor if the reader may see it; the event stream calls it for each `journal` event of the bus. */
  at(reader: JournalReader, seq: number): JournalItem | undefined {
    const row = this.#c.rows.get(seq);
    if (row === undefined || (row.scope === 'user' && row.targetUserId !== reader.userId)) return undefined;
    return this.#visible(reader, row) ? item(row) : undefined;
  }

  latestSeq(): number {
    return this.#c.rows.latestSeq();
  }

  /** What the journal holds, and its newest rows whoever they are for; for the owner of the node. */
  diagnostics(limit: number): {
    latestSeq: number;
    oldestAt: number | null;
    latestAt: number | null;
    typeCounts: Record<string, number>;
    items: { item: JournalItem; dedupeKey: string | null }[];
  } {
    const { rows } = this.#c;
    const items = rows.newest(limit).map((row) => ({ item: item(row), dedupeKey: row.dedupeKey }));
    return { ...rows.overview(), latestSeq: rows.latestSeq(), items };
  }

  /** Drops rows over 30 days old and all but the newest 50,000. */
  prune(): void {
    this.#c.changes.now(() => this.#c.rows.prune(this.#c.clock.now() - KEEP_MS, KEEP_ROWS));
  }

  /** A channel message came, changed or went: one row per local member. Inside a transaction. */
  channelMessage(change: 'created' | 'edited' | 'deleted', message: ToldChannelMessage): void {
    const payload: Record<string, unknown> = { message_id: message.id };
    if (change !== 'deleted') payload['preview'] = preview(message.content, PREVIEW_LENGTH);
    for (const target of this.#localMembers(message.channelId)) {
      this.#append({
        eventType: `channel.message.${change}`,
        scope: 'user',
        actorUserId: message.userId,
        targetUserId: target,
        channelId: message.channelId,
        dedupeKey: `channel.message.${change}:${message.id}:${message.editedAt ?? ''}:${target}`,
        payload,
      });
    }
    this.#follower?.channelMessage(change, message);
  }

  /** Something about the channel itself changed. Inside a transaction. */
  channelState(
    channelId: ChannelId,
    actor: UserId | null,
    payload: { reason: string } & Record<string, unknown>,
  ): void {
    for (const target of this.#localMembers(channelId))
      this.#append({
        eventType: 'channel.state.updated',
        scope: 'user',
        actorUserId: actor,
        targetUserId: target,
        channelId,
        payload,
      });
    this.#follower?.channelState(channelId, actor, payload);
  }

  /** `userId` read everything in the channel. Inside a transaction. */
  channelRead(channelId: ChannelId, userId: UserId): void {
    this.#append({
      eventType: 'channel.message.read',
      scope: 'user',
      actorUserId: userId,
      targetUserId: userId,
      channelId,
      payload: { channel_id: channelId },
    });
  }

  /** A direct message came, changed, was read or went. Inside a transaction. */
  directMessage(change: 'created' | 'edited' | 'deleted' | 'read', message: ToldDirectMessage): void {
    const metadata = message.metadata ?? {};
    const attachments = metadata['attachments'];
    this.#append({
      eventType: `dm.message.${change}`,
      scope: 'dm',
      actorUserId: message.senderId,
      targetUserId: null,
      messageId: message.id,
      dedupeKey: change === 'read' ? null : `dm.message.${change}:${message.id}:${message.editedAt ?? ''}`,
      payload: {
        sender_id: message.senderId,
        recipient_id: message.recipientId,
        group_id: metadata['group_id'] ?? null,
        group_members: metadata['group_members'] ?? null,
        attachments_count: Array.isArray(attachments) ? attachments.length : 0,
        edited_at: message.editedAt ?? null,
      },
    });
    this.#follower?.directMessage(change, message);
  }

  /** A post came, changed or went; without its text, which is ciphertext at rest. Inside a transaction. */
  feedPost(
    change: 'created' | 'updated' | 'deleted',
    post: {
      id: PostId;
      authorId: UserId;
      visibility: string;
      contentType: string;
      sourceType: string;
      permissions: readonly UserId[];
      /** Of a change. */
      rev: number | null;
    },
    reason: string,
  ): void {
    this.#append({
      eventType: `feed.post.${change}`,
      scope: 'feed',
      actorUserId: post.authorId,
      targetUserId: null,
      postId: post.id,
      dedupeKey: change === 'created' ? `feed.post.created:${post.id}` : null,
      payload: {
        author_id: post.authorId,
        visibility: post.visibility,
        post_type: post.contentType,
        permissions: post.visibility === 'custom' ? post.permissions : null,
        source_type: post.sourceType,
        update_reason: reason,
      },
    });
    this.#follower?.feedPost(change, post.id);
  }

  /** A file of a direct message is here; it comes after the message. */
  attachmentAvailable(
    message: {
      id: MessageId;
      senderId: UserId;
      recipientId: string | null;
      metadata: Record<string, unknown>;
    },
    file: StoredFile,
    origin: { peer: PeerId; originFileId: string },
  ): void {
    this.#append({
      eventType: 'attachment.available',
      scope: 'dm',
      actorUserId: null,
      targetUserId: null,
      messageId: message.id,
      dedupeKey: `attachment.available:dm:${message.id}:${file.id}`,
      payload: {
        sender_id: message.senderId,
        recipient_id: message.recipientId,
        group_members: message.metadata['group_members'] ?? null,
        origin_file_id: origin.originFileId,
        source_peer_id: origin.peer,
        local_file_id: file.id,
        file_name: file.originalName,
        content_type: file.contentType,
        size: file.size,
        checksum: file.checksum,
      },
    });
  }

  /** A mention or an item of the inbox came or changed: for its owner alone. Inside a transaction. */
  personal(
    eventType: 'mention.created' | 'mention.acknowledged' | 'inbox.item.created' | 'inbox.item.updated',
    row: Pick<
      NewJournalRow,
      'actorUserId' | 'channelId' | 'postId' | 'messageId' | 'dedupeKey' | 'payload'
    > & {
      targetUserId: UserId;
    },
  ): void {
    this.#append({ ...row, eventType, scope: 'user' });
  }

  #append(row: Omit<NewJournalRow, 'eventId' | 'now'>): void {
    const now = this.#c.clock.now();
    const seq = this.#c.rows.append({ ...row, eventId: `EVT${this.#ids.next(now)}`, now });
    if (seq !== null) this.#c.changes.tell({ type: 'journal', seq });
  }

  #localMembers(channelId: ChannelId): UserId[] {
    return this.#c.people
      .localAccounts()
      .map((person) => person.id)
      .filter((userId) => this.#c.members.get(channelId, userId) !== undefined);
  }

  #visible(reader: JournalReader, row: JournalRow): boolean {
    if (!reader.readMessages && MESSAGE_EVENT.test(row.eventType)) return false;
    switch (row.scope) {
      case 'user':
        return row.targetUserId === reader.userId;
      case 'channel':
        return row.channelId !== null && this.#c.members.get(row.channelId, reader.userId) !== undefined;
      case 'dm':
        return this.#isParty(reader.userId, row);
      case 'feed':
        return row.actorUserId === reader.userId || this.#showsPost(reader.userId, row);
    }
  }

  /** As the post was at the time; it may be gone (03 section 7.1). */
  #showsPost(userId: UserId, { actorUserId, payload }: JournalRow): boolean {
    if (actorUserId === null || !this.#c.counts(actorUserId)) return false;
    if (payload?.['visibility'] !== 'custom') return isShared(String(payload?.['visibility']));
    const permissions = payload['permissions'];
    return Array.isArray(permissions) && permissions.includes(userId);
  }

  #isParty(userId: UserId, row: JournalRow): boolean {
    const payload = row.payload ?? {};
    const members = payload['group_members'];
    if (payload['sender_id'] === userId || payload['recipient_id'] === userId) return true;
    if (Array.isArray(members)) return members.includes(userId);
    if (payload['recipient_id'] !== null || row.messageId === null) return false;
    // A message to everybody on this node; one that is gone is of no use to anybody.
    return this.#c.directMessages.get(row.messageId as MessageId)?.recipientId === null;
  }
}

function item(row: JournalRow): JournalItem {
  return {
    seq: row.seq,
    eventId: row.eventId,
    eventType: row.eventType,
    actorUserId: row.actorUserId,
    targetUserId: row.targetUserId,
    channelId: row.channelId,
    postId: row.postId,
    messageId: row.messageId as MessageId | null,
    visibilityScope: row.scope,
    createdAt: row.createdAt,
    payload: row.payload,
  };
}
