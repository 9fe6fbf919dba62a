/**
 * Conversations for the page (05 sections 10.5 M-7, M-10 and 10.9): which there are, parts of one both ways from any
 * message, its threads, and how far somebody has read. The same for a person, a group and everybody.
 */
import type { Clock } from '../ports/types.ts';
import type { DirectHistoryRows } from '../store/direct-history.ts';
import type { Conversation } from '../store/direct-places.ts';
import type { DirectMessages as DirectTable } from '../store/direct-messages.ts';
import type { RowPlace } from '../store/row-places.ts';
import type { MessageId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { DirectMessages } from './direct-messages.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { entrance, partOfList, threadOf, threadSizes, type ListPart, type PartPlace } from './threads.ts';
import type { DirectMessageView } from './types.ts';

/** Answers followed upwards to where a thread began; also ends circles. */
const MAX_HOPS = 64;

/** Which part of a conversation. */
export type DirectWish =
  | PartPlace<MessageId>
  | { kind: 'unread' }
  /** `of`: any message of the thread. */
  | { kind: 'thread'; of: MessageId; place: PartPlace<MessageId> };

/** A part without gaps, oldest first. */
export interface DirectPart {
  messages: DirectMessageView[];
  older: boolean;
  newer: boolean;
  /** How many are in the thread below a message. */
  replies: Record<string, number>;
  firstUnread: MessageId | null;
  /** What a thread begins with; null when no thread was asked for. */
  root: DirectMessageView | null;
}

export interface DirectHistoryComponents {
  rows: DirectHistoryRows;
  table: Pick<DirectTable, 'get' | 'setRead'>;
  directMessages: Pick<DirectMessages, 'conversation' | 'group' | 'everyone' | 'get' | 'some'>;
  people: People;
  journal: Pick<Journal, 'directMessage'>;
  changes: Changes;
  clock: Clock;
}

export class DirectHistory {
  readonly #c: DirectHistoryComponents;

  constructor(components: DirectHistoryComponents) {
    this.#c = components;
  }

  /** Somebody's conversations by their last messages, the liveliest first. */
  conversations(userId: UserId): { last: DirectMessageView; unread: number }[] {
    const rows = this.#c.rows.conversations(userId);
    const views = new Map(
      this.#c.directMessages
        .some(
          userId,
          rows.map(({ last }) => last),
        )
        .map((view) => [view.id, view]),
    );
    return rows.flatMap(({ last, unread }) => {
      const view = views.get(last);
      return view === undefined ? [] : [{ last: view, unread }];
    });
  }

  /** @throws {WorkspaceError} `user_not_found`; `message_not_found` for one that is not in the conversation. */
  part(userId: UserId, of: Conversation, wish: DirectWish, limit: number): DirectPart {
    const { rows } = this.#c;
    const firstUnread = rows.firstUnread(userId, of);
    const answers = rows.answers(userId, of);
    const rest = { firstUnread, root: null };
    if (wish.kind === 'thread') {
      const root = this.#root(userId, of, wish.of);
      const part = partOfList(threadOf(root.id, answers), wish.place, limit);
      if (part === undefined) throw notFound();
      const messages = this.#c.directMessages.some(userId, part.ids);
      return { ...rest, ...sides(part), messages, replies: {}, root };
    }
    const { messages, ...part } = this.#part(userId, of, { place: entrance(wish, firstUnread), limit });
    const ids = messages.map(({ id }) => id);
    return { ...rest, ...part, messages, replies: threadSizes(ids, answers) };
  }

  /**
   * Marks what others wrote as read, up to a message or all of it; after the commit.
   * @throws {WorkspaceError} `message_not_found`.
   */
  async readTo(userId: UserId, of: Conversation, until: MessageId | null): Promise<void> {
    const { rows, table, people, journal, changes, clock } = this.#c;
    const place = until === null ? null : this.#place(userId, of, until);
    await changes.run(() => {
      const read = rows
        .unread(userId, of, place)
        .map((id) => table.get(id))
        .filter((row) => row !== undefined)
        .filter((row) => table.setRead(row, userId, clock.now()));
      // One row of the journal tells the account's other pages.
      const last = read.at(-1);
      if (last !== undefined) journal.directMessage('read', last);
      if (people.sendsReadReceipts(userId))
        for (const { id } of read) changes.tell({ type: 'dm.local', messageId: id, change: 'read' });
    });
  }

  /** Makes a message and all that others wrote after it unread; after the commit. @throws {WorkspaceError} `message_not_found`. */
  async unreadFrom(userId: UserId, of: Conversation, from: MessageId): Promise<void> {
    const { rows, table, journal, changes } = this.#c;
    const place = this.#place(userId, of, from);
    await changes.run(() => {
      rows.setUnread(userId, rows.readFrom(userId, of, place));
      const row = table.get(from);
      if (row !== undefined) journal.directMessage('read', row);
    });
  }

  #part(
    userId: UserId,
    of: Conversation,
    { place, limit }: { place: PartPlace<MessageId>; limit: number },
  ): { messages: DirectMessageView[]; older: boolean; newer: boolean } {
    // One more than asked for tells whether there is more.
    const more = limit + 1;
    if (place.kind === 'newest') {
      const messages = this.#read(userId, of, { limit: more });
      return { messages: messages.slice(-limit), older: messages.length > limit, newer: false };
    }
    const message = this.#message(userId, of, place.id);
    if (place.kind === 'before') {
      const messages = this.#read(userId, of, { limit: more, before: place.id });
      return { messages: messages.slice(-limit), older: messages.length > limit, newer: true };
    }
    if (place.kind === 'after') {
      const messages = this.#read(userId, of, { limit: more, after: place.id });
      return { messages: messages.slice(0, limit), older: true, newer: messages.length > limit };
    }
    const half = Math.ceil(limit / 2);
    const before = this.#read(userId, of, { limit: half + 1, before: place.id });
    const after = this.#read(userId, of, { limit: half + 1, after: place.id });
    return {
      messages: [...before.slice(-half), message, ...after.slice(0, half)],
      older: before.length > half,
      newer: after.length > half,
    };
  }

  #read(
    userId: UserId,
    of: Conversation,
    page: { limit: number; before?: string; after?: string },
  ): DirectMessageView[] {
    const { directMessages } = this.#c;
    if (of.kind === 'everyone') return directMessages.everyone(userId, page);
    return of.kind === 'group'
      ? directMessages.group(userId, of.id, page)
      : directMessages.conversation(userId, of.id, page);
  }

  /** The farthest message above that is still there, in this conversation. */
  #root(userId: UserId, of: Conversation, id: MessageId): DirectMessageView {
    let root = this.#message(userId, of, id);
    for (let hop = 0; hop < MAX_HOPS; hop += 1) {
      const parent = root.metadata?.['reply_to'];
      const above =
        typeof parent === 'string' ? this.#c.directMessages.get(userId, parent as MessageId) : undefined;
      if (above === undefined || above.id === id || !isIn(above, of, userId)) return root;
      root = above;
    }
    return root;
  }

  #place(userId: UserId, of: Conversation, id: MessageId): RowPlace {
    const place = this.#c.rows.place(this.#message(userId, of, id).id);
    if (place === undefined) throw notFound();
    return place;
  }

  #message(userId: UserId, of: Conversation, id: MessageId): DirectMessageView {
    const message = this.#c.directMessages.get(userId, id);
    if (message === undefined || !isIn(message, of, userId)) throw notFound();
    return message;
  }
}

function sides({ older, newer }: ListPart<MessageId>): { older: boolean; newer: boolean } {
  return { older, newer };
}

/** Whether a message that somebody may see belongs to a conversation of theirs. */
export function isIn(
  { senderId, recipientId, metadata }: Pick<DirectMessageView, 'senderId' | 'recipientId' | 'metadata'>,
  of: Conversation,
  userId: UserId,
): boolean {
  if (of.kind === 'everyone') return recipientId === null;
  if (of.kind === 'group') return recipientId === of.id || metadata?.['group_id'] === of.id;
  return (senderId === of.id && recipientId === userId) || (senderId === userId && recipientId === of.id);
}

function notFound(): WorkspaceError {
  return new WorkspaceError('message_not_found', 'Message not found');
}
