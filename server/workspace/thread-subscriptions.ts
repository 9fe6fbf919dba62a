/**
 * Who is told of answers in a thread (04 section 4.1): whoever follows it, and whoever began it unless they chose
 * otherwise.
 */
import type { Clock } from '../ports/types.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { ThreadSubscriptionRows } from '../store/thread-subscriptions.ts';
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Inbox } from './inbox.ts';

/** Answers followed upwards (03 section 5.6). */
const MAX_HOPS = 64;

/** How somebody stands to a thread. */
export interface ThreadSubscription {
  channelId: ChannelId;
  messageId: MessageId;
  rootId: MessageId;
  rootAuthorId: UserId;
  isRootAuthor: boolean;
  /** What they chose; null when nothing. */
  explicit: boolean | null;
  autoSubscribeOwn: boolean;
  subscribed: boolean;
}

export interface ThreadSubscriptionsComponents {
  rows: ThreadSubscriptionRows;
  messages: MessageTable;
  channels: Channels;
  inbox: Inbox;
  changes: Changes;
  clock: Clock;
}

export class ThreadSubscriptions {
  readonly #c: ThreadSubscriptionsComponents;

  constructor(components: ThreadSubscriptionsComponents) {
    this.#c = components;
  }

  /** @throws {WorkspaceError} `thread_not_found`, and those of {@link Channels.access}. */
  get(userId: UserId, channelId: ChannelId, messageId: MessageId): ThreadSubscription {
    this.#c.channels.access(userId, channelId);
    const message = this.#c.messages.get(messageId);
    if (message?.channelId !== channelId) throw new WorkspaceError('thread_not_found', 'Thread not found');
    const root = this.#rootOf(message);
    const explicit = this.#c.rows.get(root.id, userId);
    const autoSubscribeOwn = this.#c.inbox.config(userId).auto_subscribe_own_threads;
    const isRootAuthor = root.userId === userId;
    return {
      ...{ channelId, messageId, explicit, autoSubscribeOwn, isRootAuthor },
      rootId: root.id,
      rootAuthorId: root.userId,
      subscribed: explicit ?? (isRootAuthor && autoSubscribeOwn),
    };
  }

  /**
   * Follows a thread or leaves it alone; resolves after the commit.
   * @param subscribed null: the other way round than now.
   * @throws {WorkspaceError} as {@link get}.
   */
  set(
    userId: UserId,
    channelId: ChannelId,
    messageId: MessageId,
    subscribed: boolean | null,
  ): Promise<ThreadSubscription> {
    return this.#c.changes.run(() => {
      const now = this.get(userId, channelId, messageId);
      this.#c.rows.set(
        { channelId, rootId: now.rootId, userId },
        subscribed ?? !now.subscribed,
        this.#c.clock.now(),
      );
      return this.get(userId, channelId, messageId);
    });
  }

  /** People of this node who are told of an answer. @param answer a message with a parent. */
  toldOf(answer: MessageRow): UserId[] {
    const root = this.#rootOf(answer);
    const parent = answer.parentMessageId === null ? undefined : this.#c.messages.get(answer.parentMessageId);
    const candidates = new Set([...this.#c.rows.followers(root.id), root.userId]);
    if (parent !== undefined) candidates.add(parent.userId);
    const here = this.#c.channels.localMembers(answer.channelId);
    return here.filter((userId) => {
      if (userId === answer.userId || !candidates.has(userId)) return false;
      const config = this.#c.inbox.config(userId);
      const chosen = this.#c.rows.get(root.id, userId) ?? config.auto_subscribe_own_threads;
      return chosen && config.thread_reply_notifications;
    });
  }

  #rootOf(message: MessageRow): MessageRow {
    let root = message;
    for (let hops = 0; root.parentMessageId !== null && hops < MAX_HOPS; hops += 1) {
      const parent = this.#c.messages.get(root.parentMessageId);
      if (parent === undefined || parent.channelId !== message.channelId) break;
      root = parent;
    }
    return root;
  }
}
