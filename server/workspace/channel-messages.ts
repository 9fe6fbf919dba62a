/**
 * Channel messages as the accounts of this node write and read them (03 sections 5.3, 5.5, 5.6 and 5.10).
 * What arrives from other nodes is in `channel-inbox.ts`.
 */
import type { Clock, Random } from '../ports/types.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { NativeReported } from '../store/native-reported.ts';
import { timedId } from '../store/ids.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { MAX_ATTACHMENTS, attachmentRecords } from './attachments.ts';
import type { MessageFiles } from './message-files.ts';
import type { Changes } from './changes.ts';
import type { ChannelTexts } from './channel-keys-texts.ts';
import type { ChannelAccess, Channels } from './channels.ts';
import type { DeliveryBook } from './delivery.ts';
import type { ReadingPosition } from '../store/reading-order.ts';
import { cursorTo, placeBefore } from './places.ts';
import { WorkspaceError } from './errors.ts';
import { resolveExpiry } from './expiry-rule.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import type { Owing } from './owing.ts';
import type { Reactions } from './reactions.ts';
import { securityMetadata } from './security-metadata.ts';
import { codePoints } from './text.ts';
import type { ChannelMessageView } from './types.ts';

/** Longest message in code points (04 section 3.8). */
const MAX_CONTENT = 50_000;
const MESSAGE_ID_HEX = 24;
const DEFAULT_PAGE = 50;
/** A page is at most this long, whatever is asked. */
const MAX_PAGE = 1000;
/** A reply lifts its parent at most this often (03 section 5.6). */
const LIFT_INTERVAL_MS = 6 * 3_600_000;
/** Ancestors followed upwards (03 section 5.6). */
const MAX_HOPS = 64;

const POSTING_TEXTS = {
  top_level_post_restricted: 'This channel is curated. Only approved posters can start top-level posts.',
  reply_restricted: 'Replies are currently restricted in this channel.',
} as const;

/** A message as a person or script writes it. */
export interface ChannelPost {
  channelId: ChannelId;
  /** Trimmed by {@link ChannelMessages.post}; at most 50,000 code points. */
  content: string;
  attachments?: Record<string, unknown>[];
  parentMessageId?: MessageId | null;
  expiresAt?: string | null;
  ttlSeconds?: number | null;
  ttlMode?: string | null;
  security?: Record<string, unknown>;
  sourceLayout?: unknown;
  repostPolicy?: 'same_scope' | 'deny';
  /** What it reposts or varies; such a message may be empty. */
  sourceReference?: Record<string, unknown>;
}

export interface ChannelMessagesComponents {
  table: MessageTable;
  channelTable: ChannelTable;
  processed: ProcessedMessages;
  channels: Channels;
  people: People;
  journal: Journal;
  reactions: Pick<Reactions, 'of'>;
  delivery: DeliveryBook;
  reported: NativeReported;
  owing: Owing;
  texts: Pick<ChannelTexts, 'written'>;
  messageFiles: Pick<MessageFiles, 'complete'>;
  changes: Changes;
  clock: Clock;
  random: Random;
}

type Views = readonly Readonly<ChannelMessageView>[];

export class ChannelMessages {
  readonly #c: ChannelMessagesComponents;
  readonly #localPeer: PeerId;
  /** What was shown of pages that are kept below, and when. */
  readonly #shown = new WeakMap<readonly MessageRow[], { stamp: number; views: Views }>();

  constructor(components: ChannelMessagesComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Stores a message of a local account and publishes `channel.message.local`; resolves after the commit.
   * @throws {WorkspaceError} `not_found` (unknown channel or not a member), `governance_…`, `empty_message`,
   *   `content_too_long`, `too_many_attachments`, `parent_not_found`, `top_level_post_restricted`, `reply_restricted`.
   */
  async post(userId: UserId, post: ChannelPost): Promise<ChannelMessageView> {
    const content = checkedContent(post);
    const id = `M${timedId(this.#c.random, this.#c.clock.now(), MESSAGE_ID_HEX)}` as MessageId;
    await this.#c.changes.run(() => {
      const access = this.#c.channels.access(userId, post.channelId);
      const parent = this.#parent(post);
      checkRights(access, parent !== null);
      const expiresAt = this.#insert(access, { id, userId, content, post, parent });
      this.#c.changes.creates(id);
      this.#c.owing.message(access.channel, { id, expiresAt });
      if (parent !== null) this.#lift(parent);
      const parentMessageId = parent?.id ?? null;
      this.#c.journal.channelMessage('created', {
        id,
        userId,
        content,
        channelId: post.channelId,
        parentMessageId,
      });
      this.#c.changes.tell({
        type: 'channel.message.local',
        channelId: post.channelId,
        messageId: id,
        change: 'created',
      });
    });
    return this.#viewOf(id);
  }

  /**
   * A page in the order of 03 section 5.6, oldest first; ancestors missing from it are appended. Frozen: as long as
   * nothing was written, whoever asks again mostly gets the same list.
   * @param page.before a cursor of {@link cursor}, or the id of a message.
   * @throws {WorkspaceError} `not_found`, `governance_…`, `invalid_cursor`.
   */
  list(userId: UserId, channelId: ChannelId, page: { limit?: number; before?: string } = {}): Views {
    this.#c.channels.access(userId, channelId);
    const before = page.before === undefined ? null : this.#placeBefore(page.before);
    if (before === undefined) return [];
    const limit = Math.min(Math.max(Math.trunc(page.limit ?? DEFAULT_PAGE), 0), MAX_PAGE);
    return this.#pageViews(this.#c.table.page(channelId, { limit, now: this.#c.clock.now(), before }));
  }

  /** Where a list that ended with this message goes on; null when it is unknown. */
  cursor(messageId: MessageId): string | null {
    const at = this.#c.table.position(messageId);
    return at === undefined ? null : cursorTo([at.sortTime, at.createdAt, at.row]);
  }

  #placeBefore(before: string): ReadingPosition | undefined {
    const place = placeBefore<[string, string, number]>(before, ['', '', 0], (id) => {
      const at = this.#c.table.position(id as MessageId);
      return at === undefined ? undefined : [at.sortTime, at.createdAt, at.row];
    });
    if (place === undefined) return undefined;
    const [sortTime, createdAt, row] = place;
    return { sortTime, createdAt, row };
  }

  /** One message of a channel the caller is in. @throws {WorkspaceError} as {@link list}. */
  get(userId: UserId, channelId: ChannelId, messageId: MessageId): ChannelMessageView | undefined {
    this.#c.channels.access(userId, channelId);
    const row = this.#live(messageId);
    return row?.channelId === channelId ? this.#views([row])[0] : undefined;
  }

  /** Whether a local account may know of a message; false for unknown ones. */
  mayKnow(userId: UserId, messageId: MessageId): boolean {
    const row = this.#c.table.get(messageId);
    return row !== undefined && this.#c.channels.localMembers(row.channelId).includes(userId);
  }

  /** Those of the messages that the account may read, in that order; for search. */
  some(userId: UserId, ids: readonly MessageId[]): ChannelMessageView[] {
    const { table, channels, clock } = this.#c;
    const rows = table.some(ids);
    const readable = new Map<ChannelId, boolean>();
    const mayRead = ({ channelId }: MessageRow): boolean => {
      const known = readable.get(channelId) ?? channels.mayRead(userId, channelId);
      readable.set(channelId, known);
      return known;
    };
    const isShown = (row: MessageRow | undefined): row is MessageRow =>
      row !== undefined && (row.expiresAt ?? Infinity) > clock.now() && mayRead(row);
    return this.#views(ids.map((id) => rows.get(id)).filter(isShown));
  }

  #insert(
    { channel }: ChannelAccess,
    message: {
      id: MessageId;
      userId: UserId;
      content: string;
      post: ChannelPost;
      parent: MessageRow | null;
    },
  ): number | null {
    const now = this.#c.clock.now();
    const { post } = message;
    const expiresAt = resolveExpiry(post, now);
    const attachments = this.#c.messageFiles.complete(message.userId, post.attachments ?? []);
    this.#c.table.insert({
      id: message.id,
      channelId: post.channelId,
      userId: message.userId,
      ...this.#c.texts.written(channel, message.content),
      createdAt: now,
      originPeer: this.#localPeer,
      messageType: attachments.length > 0 ? 'file' : 'text',
      expiresAt,
      parentMessageId: message.parent?.id ?? null,
      attachments,
      security: securityMetadata(post.security ?? null),
      sourceLayout: isObject(post.sourceLayout) ? post.sourceLayout : null,
      sourceReference: post.sourceReference ?? null,
      repostPolicy: post.repostPolicy ?? 'same_scope',
      ttlSeconds: post.ttlSeconds ?? null,
      ttlMode: post.ttlMode ?? null,
    });
    this.#c.processed.add(message.id, now);
    this.#c.channelTable.touch(post.channelId, now);
    return expiresAt;
  }

  #parent(post: ChannelPost): MessageRow | null {
    if (post.parentMessageId == null) return null;
    const parent = this.#live(post.parentMessageId);
    if (parent === undefined || parent.channelId !== post.channelId)
      throw new WorkspaceError('parent_not_found', 'The message this answers is not in this channel');
    return parent;
  }

  #lift(parent: MessageRow): void {
    const now = this.#c.clock.now();
    if (parent.lastActivityAt !== null && parent.lastActivityAt > now - LIFT_INTERVAL_MS) return;
    this.#c.table.update(parent.id, { lastActivityAt: now });
  }

  #live(id: MessageId): MessageRow | undefined {
    const row = this.#c.table.get(id);
    return row === undefined || (row.expiresAt ?? Infinity) <= this.#c.clock.now() ? undefined : row;
  }

  #missingAncestors(rows: readonly MessageRow[]): MessageRow[] {
    const shown = new Set(rows.map((row) => row.id));
    const missing: MessageRow[] = [];
    for (const row of rows) {
      let parentId = row.parentMessageId;
      for (let hops = 0; parentId !== null && !shown.has(parentId) && hops < MAX_HOPS; hops += 1) {
        const parent = this.#live(parentId);
        if (parent === undefined || parent.channelId !== row.channelId) break;
        shown.add(parent.id);
        missing.push(parent);
        parentId = parent.parentMessageId;
      }
    }
    return missing;
  }

  /**
   * The views of a page, made anew only when anything was written since. They may hold what stands in the database and
   * is the same for everybody who may read: nothing of the reader, the clock or the mesh, which changes without a write.
   */
  #pageViews(rows: readonly MessageRow[]): Views {
    const stamp = this.#c.table.stamp();
    const shown = this.#shown.get(rows);
    if (shown !== undefined && shown.stamp === stamp) return shown.views;
    const ancestors = this.#missingAncestors(rows);
    const views: Views = Object.freeze(
      this.#views([...rows, ...ancestors]).map((view) => Object.freeze(view)),
    );
    // The rows are another list when one of them expired; that an ancestor did would not show.
    if (stamp !== null && ancestors.length === 0) this.#shown.set(rows, { stamp, views });
    return views;
  }

  #viewOf(id: MessageId): ChannelMessageView {
    const row = this.#c.table.get(id);
    const view = row === undefined ? undefined : this.#views([row])[0];
    if (view === undefined) throw new WorkspaceError('not_found', 'Message not found');
    return view;
  }

  #views(rows: readonly MessageRow[]): ChannelMessageView[] {
    const delivery = this.#c.delivery.summaries(
      'message',
      rows.map((row) => row.id),
    );
    const reactions = this.#c.reactions.of(rows.map((row) => row.id));
    const foreign = rows.filter((row) => row.originPeer !== null && row.originPeer !== this.#localPeer);
    const told =
      foreign.length === 0
        ? null
        : this.#c.reported.viaMany(
            'm',
            foreign.map((row) => row.id),
          );
    const names = new Map<UserId, { username: string; displayName: string }>();
    return rows.map((row) => {
      const author = names.get(row.userId) ?? this.#names(row.userId);
      names.set(row.userId, author);
      return {
        id: row.id,
        channelId: row.channelId,
        userId: row.userId,
        content: shownContent(row),
        type: row.messageType,
        createdAt: row.createdAt,
        expiresAt: row.expiresAt,
        editedAt: row.editedAt,
        parentMessageId: row.parentMessageId,
        originPeer: row.originPeer,
        repostPolicy: row.repostPolicy,
        cryptoState: row.cryptoState,
        reactions: reactions.get(row.id) ?? {},
        attachments: attachmentRecords(row.attachments),
        security: row.security ?? {},
        sourceLayout: row.sourceLayout,
        sourceReference: row.sourceReference,
        ...author,
        delivery: delivery.get(row.id) ?? null,
        unconfirmedVia: told?.get(row.id) ?? null,
      };
    });
  }

  #names(userId: UserId): { username: string; displayName: string } {
    const person = this.#c.people.get(userId);
    return { username: person?.username ?? userId, displayName: person?.displayName ?? userId };
  }
}

/** Texts for content that waits for a key or will never open (03 section 5.11). */
function shownContent(row: MessageRow): string {
  if (row.content !== '') return row.content;
  if (row.cryptoState === 'pending_decrypt') return '[Encrypted message pending key]';
  return row.cryptoState === 'decrypt_failed' ? '[Encrypted message could not be decrypted]' : '';
}

/** The trimmed text of a message that may be stored. @throws {WorkspaceError} as {@link ChannelMessages.post}. */
export function checkedContent(post: {
  content: string;
  attachments?: readonly unknown[];
  sourceReference?: object | null;
}): string {
  const content = post.content.trim();
  const attachments = post.attachments?.length ?? 0;
  if (content === '' && attachments === 0 && post.sourceReference == null)
    throw new WorkspaceError('empty_message', 'Message content or attachments required');
  if (content.length > MAX_CONTENT && codePoints(content) > MAX_CONTENT)
    throw new WorkspaceError('content_too_long', `Content exceeds maximum length (${MAX_CONTENT} chars)`);
  if (attachments > MAX_ATTACHMENTS)
    throw new WorkspaceError('too_many_attachments', `Too many attachments (max ${MAX_ATTACHMENTS})`);
  return content;
}

function checkRights(access: ChannelAccess, isReply: boolean): void {
  if (isReply ? access.rights.reply : access.rights.topLevel) return;
  const code = isReply ? 'reply_restricted' : 'top_level_post_restricted';
  throw new WorkspaceError(code, POSTING_TEXTS[code]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
