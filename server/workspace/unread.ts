/**
 * How much somebody has not read (05 section 10.11, U-3): by channel and by conversation, from the positions that are kept
 * with memberships and messages and so outlive a restart.
 */
import type { DirectHistoryRows } from '../store/direct-history.ts';
import type { ChannelId, UserId } from '../wire/ids.ts';
import type { Channels } from './channels.ts';
import type { Inbox } from './inbox.ts';
import type { Mentions } from './mentions.ts';

/** Counts above 0. */
export interface UnreadCounts {
  channels: { channelId: ChannelId; count: number; muted: boolean }[];
  /** `conversation`: the other person, a group, or null for messages to everybody here. */
  direct: { conversation: string | null; count: number }[];
  mentions: number;
  inbox: number;
}

export class Unread {
  readonly #c: {
    channels: Channels;
    directHistory: Pick<DirectHistoryRows, 'unreadCounts'>;
    mentions: Mentions;
    inbox: Inbox;
  };

  constructor(components: {
    channels: Channels;
    directHistory: Pick<DirectHistoryRows, 'unreadCounts'>;
    mentions: Mentions;
    inbox: Inbox;
  }) {
    this.#c = components;
  }

  /** @param readMessages whether direct messages are counted. */
  of(userId: UserId, readMessages: boolean): UnreadCounts {
    const { channels, directHistory, mentions, inbox } = this.#c;
    return {
      channels: channels
        .list(userId)
        .filter(({ unreadCount }) => unreadCount > 0)
        .map(({ id, unreadCount, notificationsEnabled }) => ({
          channelId: id,
          count: unreadCount,
          muted: !notificationsEnabled,
        })),
      direct: readMessages ? directHistory.unreadCounts(userId) : [],
      mentions: mentions.countNew(userId),
      inbox: inbox.count(userId),
    };
  }
}
