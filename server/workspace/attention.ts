/**
 * Follows everything that is written on this node and decides whom it calls: mentions, answers, direct messages, being
 * added to a channel (03 section 5.9, 04 sections 4.4 and 4.5). All inside the transaction of what was written.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { MentionRow } from '../store/mentions.ts';
import { isOpaqueId } from '../wire/ids.ts';
import type { ChannelId, MessageId, PostId, UserId } from '../wire/ids.ts';
import { CHANNEL_MESSAGE, FEED_POST, messageText } from './calling-texts.ts';
import type { CallingText, CallingTexts } from './calling-texts.ts';
import type { Changes } from './changes.ts';
import type { Inbox, InboxTrigger } from './inbox.ts';
import type { JournalFollower, ToldChannelMessage, ToldDirectMessage } from './journal.ts';
import { CHANNEL_ADDED } from './mentions.ts';
import type { Mentions } from './mentions.ts';
import type { People } from './people.ts';
import type { ThreadSubscriptions } from './thread-subscriptions.ts';

/** Older texts, which catch-up brings, call nobody any more. */
const MAX_AGE_MS = 7 * 86_400_000;
/** Mentions {@link Attention.rebuild} reads at once. */
const REBUILD_PAGE = 200;

export interface AttentionComponents {
  mentions: Mentions;
  inbox: Inbox;
  threads: ThreadSubscriptions;
  messages: MessageTable;
  texts: CallingTexts;
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

  channelMessage(change: 'created' | 'edited' | 'deleted', told: ToldChannelMessage): void {
    const { id } = told;
    if (change === 'deleted') return this.#forget(CHANNEL_MESSAGE, id);
    // Most messages call nobody: of those nothing is read.
    if (change === 'created' && told.parentMessageId === null && !told.content.includes('@')) return;
    const message = this.#c.messages.get(id);
    if (message === undefined || this.#isOld(message)) return;
    const called = this.#call(messageText(message), change);
    if (change === 'edited' || message.parentMessageId === null) return;
    for (const userId of this.#c.threads.toldOf(message))
      if (!called.includes(userId)) this.#c.inbox.offer(fromText(messageText(message), userId, 'reply'));
  }

  feedPost(change: 'created' | 'updated' | 'deleted', id: PostId): void {
    if (change === 'deleted') return this.#forget(FEED_POST, id);
    const text = this.#c.texts.get(FEED_POST, id);
    if (text !== undefined && !this.#isOld(text))
      this.#call(text, change === 'updated' ? 'edited' : 'created');
  }

  /** People were found to be mentioned in a text. Inside a transaction. */
  mentionsNoted(text: CallingText, userIds: readonly UserId[]): void {
    for (const userId of userIds) this.#c.inbox.offer(fromText(text, userId, 'mention'));
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

  #isOld({ createdAt }: { createdAt: number }): boolean {
    return createdAt < this.#c.clock.now() - MAX_AGE_MS;
  }

  #call(text: CallingText, change: 'created' | 'edited'): UserId[] {
    const called = this.#c.mentions.inText(text, change);
    this.mentionsNoted(text, called);
    return called;
  }

  #forget(type: string, id: string): void {
    this.#c.mentions.forget(type, id);
    this.#c.inbox.forget(type, id);
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

function fromText(text: CallingText, userId: UserId, triggerType: 'mention' | 'reply'): InboxTrigger {
  return {
    userId,
    triggerType,
    sourceType: text.type,
    sourceId: text.id,
    messageId: text.type === CHANNEL_MESSAGE ? (text.id as MessageId) : null,
    channelId: text.channelId,
    senderId: text.authorId,
    originPeer: text.originPeer,
  };
}

function fromMention(mention: MentionRow): InboxTrigger {
  const added = mention.sourceType === CHANNEL_ADDED;
  return {
    userId: mention.userId,
    triggerType: added ? 'channel_added' : 'mention',
    sourceType: mention.sourceType,
    sourceId: mention.sourceId,
    messageId: mention.sourceType === CHANNEL_MESSAGE ? (mention.sourceId as MessageId) : null,
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
