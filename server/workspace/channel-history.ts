/**
 * A channel by time for the page (05 sections 10.5 M-7, M-10 and 10.9): pages both ways from any message, threads, and
 * how far somebody has read.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelHistoryRows } from '../store/channel-history.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import { entrance, partOfList, type ListPart, type PartPlace } from './threads.ts';
import type { ChannelMessageView } from './types.ts';

/** Answers of one thread that are looked at; the newest ones. */
const MAX_THREAD = 20_000;
/** Times are kept in whole seconds. */
const SECOND_MS = 1000;

/** Where a page stands; `of` is any message of a thread. */
export type HistoryWish =
  PartPlace<MessageId> | { kind: 'unread' } | { kind: 'thread'; of: MessageId; place: PartPlace<MessageId> };

/** A part of a channel without gaps, oldest first. */
export interface HistoryPage {
  messages: ChannelMessageView[];
  /** There are messages before the first one, and after the last one. */
  older: boolean;
  newer: boolean;
  /** How many are in the thread below a message. */
  replies: Record<string, number>;
  firstUnread: MessageId | null;
  /** What a thread begins with, if it is still there; null when no thread was asked for. */
  root: ChannelMessageView | null;
}

export interface ChannelHistoryComponents {
  rows: ChannelHistoryRows;
  members: ChannelMembers;
  channels: Channels;
  channelMessages: Pick<ChannelMessages, 'get' | 'some'>;
  journal: Pick<Journal, 'channelRead'>;
  changes: Changes;
  clock: Clock;
}

export class ChannelHistory {
  readonly #c: ChannelHistoryComponents;

  constructor(components: ChannelHistoryComponents) {
    this.#c = components;
  }

  /** @throws {WorkspaceError} `channel_message_not_found` for an anchor that is not there, and as {@link Channels.access}. */
  page(userId: UserId, channelId: ChannelId, wish: HistoryWish, limit: number): HistoryPage {
    this.#c.channels.access(userId, channelId);
    const { rows, clock } = this.#c;
    const now = clock.now();
    const firstUnread = rows.firstUnread(channelId, userId, now);
    if (wish.kind === 'thread') {
      const { root, ids, older, newer } = this.#thread(userId, channelId, { ...wish, limit });
      const messages = this.#c.channelMessages.some(userId, ids);
      return { messages, replies: {}, ...{ older, newer, firstUnread, root } };
    }
    const { ids, older, newer } = this.#ids(userId, channelId, {
      wish: entrance(wish, firstUnread),
      limit,
    });
    return {
      messages: this.#c.channelMessages.some(userId, ids),
      replies: rows.replyCounts(ids, now),
      ...{ older, newer, firstUnread },
      root: null,
    };
  }

  /** Moves the read mark of somebody forward to a message that was on the screen. @throws {WorkspaceError} as {@link page}. */
  readTo(userId: UserId, channelId: ChannelId, id: MessageId): void {
    const { createdAt } = this.#message(userId, channelId, id);
    this.#c.changes.now(() => {
      if (this.#c.members.markRead(channelId, userId, createdAt))
        this.#c.journal.channelRead(channelId, userId);
    });
  }

  /** Sets the read mark before a message, so that it and what follows is unread. @throws {WorkspaceError} as {@link page}. */
  unreadFrom(userId: UserId, channelId: ChannelId, id: MessageId): void {
    const { createdAt } = this.#message(userId, channelId, id);
    this.#c.changes.now(() => {
      this.#c.members.setReadMark(channelId, userId, createdAt - SECOND_MS);
      this.#c.journal.channelRead(channelId, userId);
    });
  }

  #thread(
    userId: UserId,
    channelId: ChannelId,
    { of, place, limit }: { of: MessageId; place: PartPlace<MessageId>; limit: number },
  ): ListPart<MessageId> & { root: ChannelMessageView | null } {
    const { rows, clock, channelMessages } = this.#c;
    this.#message(userId, channelId, of);
    const rootId = rows.root(of);
    const all = rows.thread(rootId, { limit: MAX_THREAD, now: clock.now() });
    const part = partOfList(
      all.filter((id) => id !== rootId),
      place,
      limit,
    );
    if (part === undefined) throw notFound();
    return { ...part, root: channelMessages.some(userId, [rootId])[0] ?? null };
  }

  #ids(
    userId: UserId,
    channelId: ChannelId,
    { wish, limit }: { wish: PartPlace<MessageId>; limit: number },
  ): { ids: MessageId[]; older: boolean; newer: boolean } {
    const { rows, clock } = this.#c;
    // One more than asked for tells whether there is more.
    const more = { limit: limit + 1, now: clock.now() };
    if (wish.kind === 'newest') {
      const ids = rows.before(channelId, null, more);
      return { ids: ids.slice(-limit), older: ids.length > limit, newer: false };
    }
    this.#message(userId, channelId, wish.id);
    const place = rows.place(wish.id);
    if (place === undefined) throw notFound();
    if (wish.kind === 'before') {
      const ids = rows.before(channelId, place, more);
      return { ids: ids.slice(-limit), older: ids.length > limit, newer: true };
    }
    if (wish.kind === 'after') {
      const ids = rows.after(channelId, place, more);
      return { ids: ids.slice(0, limit), older: true, newer: ids.length > limit };
    }
    const half = Math.ceil(limit / 2);
    const [before, after] = [
      rows.before(channelId, place, { ...more, limit: half + 1 }),
      rows.after(channelId, place, { ...more, limit: half + 1 }),
    ];
    return {
      ids: [...before.slice(-half), wish.id, ...after.slice(0, half)],
      older: before.length > half,
      newer: after.length > half,
    };
  }

  #message(userId: UserId, channelId: ChannelId, id: MessageId): ChannelMessageView {
    const message = this.#c.channelMessages.get(userId, channelId, id);
    if (message === undefined) throw notFound();
    return message;
  }
}

function notFound(): WorkspaceError {
  return new WorkspaceError('channel_message_not_found', 'Message not found or you are not a member');
}
