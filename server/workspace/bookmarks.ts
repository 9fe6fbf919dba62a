/**
 * Bookmarks: what somebody keeps for later, with a note and tags of their own (04 section 4.7).
 *
 * A bookmark is no copy. Its title and preview are shown as long as the account may read what it points at, and taken
 * from there, so they follow edits; text of direct messages is never written into the row (the reference keeps 280
 * characters of it in clear).
 */
import type { Clock, Random } from '../ports/types.ts';
import type {
  Bookmark,
  BookmarkPatch,
  BookmarkType,
  Bookmarks as BookmarkTable,
} from '../store/bookmarks.ts';
import { hexId } from '../store/ids.ts';
import type { RowPlace } from '../store/row-places.ts';
import { toDbTime, toIsoTime } from '../store/time.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { Channels } from './channels.ts';
import type { DirectMessages } from './direct-messages.ts';
import { WorkspaceError } from './errors.ts';
import type { Feed } from './feed.ts';
import type { People } from './people.ts';
import { cursorToRow, rowBefore } from './places.ts';
import { codePoints, preview } from './text.ts';
import type { ChannelMessageView, DirectMessageView, FeedPostView } from './types.ts';

/** Code points of a note, and of one tag (04 section 4.7). */
const MAX_NOTE = 4000;
const MAX_TAG = 64;
const MAX_TAGS = 50;
/** Of one account: nobody finds anything among more, and they cost room for ever. */
const MAX_BOOKMARKS = 10_000;
const MAX_TITLE = 120;
const MAX_PREVIEW = 280;
const ID_HEX = 16;

/** What may be said of a bookmark. */
export interface BookmarkWish {
  note?: string | null;
  tags?: readonly string[];
}

/** A bookmark as its owner sees it. */
export interface BookmarkView extends Bookmark {
  /** Whether the owner may still read what it points at. */
  available: boolean;
}

export interface BookmarksComponents {
  table: BookmarkTable;
  channels: Pick<Channels, 'get'>;
  channelMessages: Pick<ChannelMessages, 'some'>;
  directMessages: Pick<DirectMessages, 'some'>;
  feed: Pick<Feed, 'some'>;
  people: Pick<People, 'get'>;
  changes: Changes;
  clock: Clock;
  random: Random;
}

/** What is known of a source: everything of a row that comes from it. */
type Source = Pick<
  Bookmark,
  'containerType' | 'containerId' | 'authorId' | 'title' | 'preview' | 'href' | 'sourceLayout' | 'snapshot'
>;

export class Bookmarks {
  readonly #c: BookmarksComponents;

  constructor(components: BookmarksComponents) {
    this.#c = components;
  }

  /**
   * Of the given types, the newest first. @param query.before a cursor or the id of one.
   * @throws {WorkspaceError} `invalid_cursor`.
   */
  list(
    userId: UserId,
    query: { types: readonly BookmarkType[]; limit: number; all: boolean; before?: string },
  ): BookmarkView[] {
    const before = rowBefore(query.before, (id) => this.#placeOf(userId, id));
    if (before === undefined) return [];
    return this.#c.table.list(userId, { ...query, before }).map((bookmark) => this.#view(bookmark));
  }

  /** Where a list that ended with a bookmark of the account goes on; null when it is not theirs. */
  cursor(userId: UserId, id: string): string | null {
    return cursorToRow(this.#placeOf(userId, id));
  }

  #placeOf(userId: UserId, id: string): RowPlace | undefined {
    return this.#c.table.get(userId, id) === undefined ? undefined : this.#c.table.place(id);
  }

  /** One of the account's own. */
  get(userId: UserId, id: string): BookmarkView | undefined {
    const bookmark = this.#c.table.get(userId, id);
    return bookmark === undefined ? undefined : this.#view(bookmark);
  }

  /**
   * Marks something the account may read; what is marked already gets the new note and tags. Resolves after the commit.
   * @throws {WorkspaceError} `bookmark_source_not_found`, `bookmark_note_too_long`, `bookmark_tags_invalid`,
   *   `too_many_bookmarks`.
   */
  async add(
    userId: UserId,
    source: { type: BookmarkType; id: string },
    wish: BookmarkWish,
  ): Promise<BookmarkView> {
    const checked = checkedWish(wish);
    const { table, changes, clock, random } = this.#c;
    const bookmark = await changes.run(() => {
      const found = this.#source(userId, source.type, source.id);
      if (found === null)
        throw new WorkspaceError('bookmark_source_not_found', 'Source not found or access denied');
      const known = table.of(userId, source.type, source.id);
      if (known === undefined && table.count(userId) >= MAX_BOOKMARKS)
        throw new WorkspaceError('too_many_bookmarks', `At most ${MAX_BOOKMARKS} bookmarks`);
      const now = clock.now();
      const made: Bookmark = {
        ...found,
        id: known?.id ?? `BK${hexId(random, ID_HEX)}`,
        userId,
        sourceType: source.type,
        sourceId: source.id,
        // Of a direct message nothing is written down that was said.
        ...(source.type === 'dm_message' ? { title: '', preview: '' } : {}),
        note: checked.note === undefined ? (known?.note ?? null) : checked.note,
        tags: checked.tags ?? known?.tags ?? [],
        createdAt: known?.createdAt ?? now,
        updatedAt: now,
        openedAt: known?.openedAt ?? null,
        archivedAt: null,
      };
      table.put(made);
      changes.creates(made.id);
      return made;
    });
    return this.#view(bookmark);
  }

  /**
   * Changes note, tags, whether it is put away, or notes that it was opened. Resolves after the commit.
   * @throws {WorkspaceError} `bookmark_not_found` and those of {@link add}.
   */
  async change(
    userId: UserId,
    id: string,
    wish: BookmarkWish & { archived?: boolean; opened?: boolean },
  ): Promise<BookmarkView> {
    const { table, changes, clock } = this.#c;
    const now = clock.now();
    const patch: BookmarkPatch = {
      ...checkedWish(wish),
      ...(wish.archived === undefined ? {} : { archivedAt: wish.archived ? now : null }),
      ...(wish.opened === true ? { openedAt: now } : {}),
    };
    const changed = await changes.run(() => table.update(userId, id, patch, now) && table.get(userId, id));
    if (changed === false || changed === undefined)
      throw new WorkspaceError('bookmark_not_found', 'Bookmark not found');
    return this.#view(changed);
  }

  /** @throws {WorkspaceError} `bookmark_not_found`. */
  async remove(userId: UserId, id: string): Promise<void> {
    if (!(await this.#c.changes.run(() => this.#c.table.remove(userId, id))))
      throw new WorkspaceError('bookmark_not_found', 'Bookmark not found');
  }

  #view(bookmark: Bookmark): BookmarkView {
    const source = this.#source(bookmark.userId, bookmark.sourceType, bookmark.sourceId);
    if (source !== null) return { ...bookmark, ...source, available: true };
    return { ...bookmark, title: '', preview: '', sourceLayout: null, snapshot: {}, available: false };
  }

  /** Null when there is none, or the account may not read it. */
  #source(userId: UserId, type: BookmarkType, id: string): Source | null {
    switch (type) {
      case 'channel_message': {
        const [message] = this.#c.channelMessages.some(userId, [id as MessageId]);
        return message === undefined ? null : this.#channelMessage(userId, message);
      }
      case 'feed_post': {
        const [post] = this.#c.feed.some(userId, [id as PostId]);
        return post === undefined ? null : feedPost(post);
      }
      case 'dm_message': {
        const [message] = this.#c.directMessages.some(userId, [id as MessageId]);
        return message === undefined ? null : this.#directMessage(userId, message);
      }
    }
  }

  #channelMessage(userId: UserId, message: ChannelMessageView): Source {
    const channelId: ChannelId = message.channelId;
    const layout = objectOrNull(message.sourceLayout);
    return {
      containerType: 'channel',
      containerId: channelId,
      authorId: message.userId,
      ...shown(message.content, 'Channel message'),
      href: `/channels/locate?message_id=${encodeURIComponent(message.id)}`,
      sourceLayout: layout,
      snapshot: {
        source_label: 'Channel message',
        context_label: `#${this.#c.channels.get(userId, channelId)?.name ?? channelId}`,
        author_id: message.userId,
        author_display_name: message.displayName,
        created_at: toDbTime(message.createdAt),
        message_type: message.type,
        attachment_count: message.attachments.length,
        has_source_layout: layout !== null,
        has_deck_default: false,
      },
    };
  }

  #directMessage(userId: UserId, message: DirectMessageView): Source {
    const { senderId, recipientId } = message;
    const group = message.metadata?.['group_id'];
    const groupId =
      typeof group === 'string' ? group : recipientId?.startsWith('group:') === true ? recipientId : null;
    const other = senderId === userId ? recipientId : senderId;
    const label =
      groupId !== null
        ? 'Group'
        : other === null
          ? 'Everyone'
          : (this.#c.people.get(other as UserId)?.displayName ?? other);
    const place =
      groupId === null ? `with=${encodeURIComponent(other ?? '')}` : `group=${encodeURIComponent(groupId)}`;
    return {
      containerType: groupId === null ? 'dm' : 'group_dm',
      containerId: groupId ?? other,
      authorId: senderId,
      ...shown(message.content, 'Direct message'),
      href: `/messages?${place}`,
      sourceLayout: null,
      snapshot: {
        source_label: 'Direct message',
        context_label: label,
        author_id: senderId,
        author_display_name: message.senderName,
        created_at: toDbTime(message.createdAt),
        message_type: message.messageType,
        attachment_count: message.attachments.length,
        has_source_layout: false,
        has_deck_default: false,
      },
    };
  }
}

function feedPost(post: FeedPostView): Source {
  const layout = objectOrNull(post.metadata?.['source_layout']);
  const title = post.metadata?.['title'];
  const text = shown(post.content, 'Feed post');
  const attachments = post.metadata?.['attachments'];
  return {
    containerType: 'feed',
    containerId: null,
    authorId: post.authorId,
    title: typeof title === 'string' && title.trim() !== '' ? preview(title, MAX_TITLE) : text.title,
    preview: text.preview,
    href: `/feed?focus_post=${encodeURIComponent(post.id)}`,
    sourceLayout: layout,
    snapshot: {
      source_label: 'Feed post',
      context_label: post.postType.slice(0, 1).toUpperCase() + post.postType.slice(1),
      author_id: post.authorId,
      author_display_name: post.displayName,
      created_at: toIsoTime(post.createdAt),
      post_type: post.postType,
      visibility: post.visibility,
      attachment_count: Array.isArray(attachments) ? attachments.length : 0,
      has_source_layout: layout !== null,
      has_deck_default: false,
    },
  };
}

function shown(content: string, fallback: string): { title: string; preview: string } {
  const firstLine = content.trim().split('\n', 1)[0] ?? '';
  return { title: preview(firstLine, MAX_TITLE) || fallback, preview: preview(content, MAX_PREVIEW) };
}

function objectOrNull(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function checkedWish(wish: BookmarkWish): { note?: string | null; tags?: string[] } {
  const note = wish.note?.trim();
  if (note !== undefined && codePoints(note) > MAX_NOTE)
    throw new WorkspaceError('bookmark_note_too_long', `A note has at most ${MAX_NOTE} characters`);
  const tags = wish.tags?.map((tag) => tag.trim()).filter((tag) => tag !== '');
  if (tags !== undefined && (tags.length > MAX_TAGS || tags.some((tag) => codePoints(tag) > MAX_TAG)))
    throw new WorkspaceError(
      'bookmark_tags_invalid',
      `At most ${MAX_TAGS} tags of at most ${MAX_TAG} characters`,
    );
  return {
    ...(wish.note === undefined ? {} : { note: note === undefined || note === '' ? null : note }),
    ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
  };
}
