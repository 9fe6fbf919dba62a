/**
 * What messages said before they were changed, for everybody who may read them. Every node keeps what it saw; nothing of
 * it travels, and it goes with the message.
 */
import type { EarlierText, HistoryKind, MessageHistory as HistoryRows } from '../store/message-history.ts';
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { DirectMessages } from './direct-messages.ts';
import { WorkspaceError } from './errors.ts';

/** A message as it is stored before a change. */
interface Before {
  id: MessageId;
  content: string;
  createdAt: number;
  editedAt: number | null;
}

/** Keeps what a message says when it is about to say `text`; nothing when that is the same, or could not be read yet. */
export function keepEarlier(rows: HistoryRows, kind: HistoryKind, before: Before, text: string): void {
  if (before.content === '' || before.content === text) return;
  rows.add(kind, before.id, { text: before.content, writtenAt: before.editedAt ?? before.createdAt });
}

export interface MessageHistoryComponents {
  rows: HistoryRows;
  channelMessages: Pick<ChannelMessages, 'get'>;
  directMessages: Pick<DirectMessages, 'get'>;
}

export class MessageHistory {
  readonly #c: MessageHistoryComponents;

  constructor(components: MessageHistoryComponents) {
    this.#c = components;
  }

  /**
   * Earlier texts of a channel message, oldest first; empty for one that was never changed.
   * @throws {WorkspaceError} `message_not_found`, and those of `Channels.access`.
   */
  ofChannelMessage(userId: UserId, channelId: ChannelId, id: MessageId): EarlierText[] {
    if (this.#c.channelMessages.get(userId, channelId, id) === undefined)
      throw new WorkspaceError('message_not_found', 'Message not found');
    return this.#c.rows.of('channel', id);
  }

  /** Earlier texts of a direct message, oldest first. @throws {WorkspaceError} `message_not_found`. */
  ofDirectMessage(userId: UserId, id: MessageId): EarlierText[] {
    if (this.#c.directMessages.get(userId, id) === undefined)
      throw new WorkspaceError('message_not_found', 'Message not found');
    return this.#c.rows.of('direct', id);
  }
}
