/**
 * Follows everything that is written on this node and decides whom it calls: mentions, answers, direct messages, being
 * added to a channel (03 section 5.9, 04 sections 4.4 and 4.5). All inside the transaction of what was written.
 */
import type { Clock } from '../ports/types.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { MentionRow } from '../store/mentions.ts';
import { isOpaqueId } from '../wire/ids.ts';
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { Inbox, InboxTrigger } from './inbox.ts';
import type { JournalFollower, ToldChannelMessage, ToldDirectMessage } from './journal.ts';
import { CHANNEL_ADDED, CHANNEL_MESSAGE } from './mentions.ts';
import type { Mentions } from './mentions.ts';
import type { People } from './people.ts';
import type { ThreadSubscriptions } from './thread-subscriptions.ts';

/** Older messages, which catch-up brings, call nobody any more. */
const MAX_AGE_MS = 7 * 86_400_000;
/** Mentions {@link Attention.rebuild} reads at once. */
const REBUILD_PAGE = 200;

export interface AttentionComponents {
  mentions: Mentions;
  inbox: Inbox;
  threads: ThreadSubscriptions;
  messages: MessageTable;
  channelTable: ChannelTable;
  people: People;
  changes: Changes;
  clock: Clock;
}

export class Attention implements JournalFollower {
  readonly #c: AttentionComponents;

  constructor(components: AttentionComponents) {
    this.#c = components;
  }

  channelMessage(change: 'created' | 'edited' | 'deleted', { id }: ToldChannelMessage): void {
    if (change === 'deleted') {
      this.#c.mentions.forget(id);
      this.#c.inbox.forget(CHANNEL_MESSAGE, id);
      return;
    }
    const message = this.#c.messages.get(id);
    if (message === undefined || message.createdAt < this.#c.clock.now() - MAX_AGE_MS) return;
    const called = this.#c.mentions.inMessage(message, change);
    this.mentionsNoted(message, called);
    if (change === 'edited' || message.parentMessageId === null) return;
    for (const userId of this.#c.threads.toldOf(message))
      if (!called.includes(userId)) this.#c.inbox.offer(fromMessage(message, userId, 'reply'));
  }

  /** People were found to be mentioned in a message. Inside a transaction. */
  mentionsNoted(message: MessageRow, userIds: readonly UserId[]): void {
    for (const userId of userIds) this.#c.inbox.offer(fromMessage(message, userId, 'mention'));
  }

  directMessage(change: 'created' | 'edited' | 'deleted' | 'read', message: ToldDirectMessage): void {
    if (change === 'deleted') this.#c.inbox.forget('dm', message.id);
    // A text to the whole node calls nobody in particular.
    if (change !== 'created' || message.metadata?.['p2p_send'] !== undefined) return;
    const sender = this.#c.people.get(message.senderId);
    for (const userId of recipients(message))
      if (userId !== message.senderId && this.#c.people.get(userId)?.local === true)
        this.#c.inbox.offer({
          userId,
          triggerType: 'dm',
          sourceType: 'dm',
          sourceId: message.id,
          messageId: message.id,
          channelId: null,
          senderId: message.senderId,
          originPeer: sender?.originPeer ?? null,
        });
  }

  channelState(channelId: ChannelId, actor: UserId | null, payload: Readonly<Record<string, unknown>>): void {
    const userId = payload['user_id'];
    if (payload['reason'] !== 'member_added' || !isOpaqueId(userId) || userId === actor) return;
    const person = this.#c.people.get(userId as UserId);
    const channel = this.#c.channelTable.get(channelId);
    if (channel === undefined || person?.local !== true) return;
    if (!this.#c.mentions.addedToChannel(channel, person.id, actor)) return;
    this.#c.inbox.offer({
      userId: person.id,
      triggerType: 'channel_added',
      sourceType: CHANNEL_ADDED,
      sourceId: channelId,
      messageId: null,
      channelId,
      senderId: actor,
      originPeer: channel.originPeer,
    });
  }

  /**
   * Puts into somebody's inbox what their mentions say belongs there, whatever the settings held back; resolves after
   * the commit.
   * @param since Unix ms. @param limit mentions looked at.
   */
  rebuild(userId: UserId, since: number, limit: number): Promise<{ scanned: number; created: number }> {
    return this.#c.changes.run(() => this.#rebuild(userId, since, limit));
  }

  #rebuild(userId: UserId, since: number, limit: number): { scanned: number; created: number } {
    const mentions: MentionRow[] = [];
    let seq = 0;
    for (let page = REBUILD_PAGE; page === REBUILD_PAGE && mentions.length < limit;) {
      const rows = this.#c.mentions.after(userId, seq, REBUILD_PAGE);
      page = rows.length;
      seq = rows.at(-1)?.seq ?? seq;
      mentions.push(...rows.filter(({ createdAt }) => createdAt >= since));
    }
    const scanned = mentions.slice(0, limit);
    const created = scanned.filter((mention) => this.#c.inbox.restore(fromMention(mention)));
    return { scanned: scanned.length, created: created.length };
  }
}

function fromMessage(message: MessageRow, userId: UserId, triggerType: 'mention' | 'reply'): InboxTrigger {
  return {
    userId,
    triggerType,
    sourceType: CHANNEL_MESSAGE,
    sourceId: message.id,
    messageId: message.id,
    channelId: message.channelId,
    senderId: message.userId,
    originPeer: message.originPeer,
  };
}

function fromMention(mention: MentionRow): InboxTrigger {
  const added = mention.sourceType === CHANNEL_ADDED;
  return {
    userId: mention.userId,
    triggerType: added ? 'channel_added' : 'mention',
    sourceType: mention.sourceType,
    sourceId: mention.sourceId,
    messageId: added ? null : (mention.sourceId as MessageId),
    channelId: mention.channelId,
    senderId: mention.authorId,
    originPeer: mention.originPeer,
  };
}

function recipients({ recipientId, metadata }: ToldDirectMessage): UserId[] {
  const members = metadata?.['group_members'];
  const ids = Array.isArray(members) ? members : [recipientId];
  return ids.filter((id): id is UserId => typeof id === 'string');
}
