/**
 * Changing and deleting channel messages that were written on this node (03 section 5.2, 04 section 3.8). Only their
 * author may, and only while a member. Every peer that was owed the message is owed the change.
 */
import type { Clock } from '../ports/types.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channel } from '../store/channels.ts';
import type { MessageHistory } from '../store/message-history.ts';
import type { NativeItems } from '../store/native-items.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import type { Changes } from './changes.ts';
import { checkedContent } from './channel-messages.ts';
import type { ChannelTexts } from './channel-keys-texts.ts';
import type { Channels } from './channels.ts';
import { nextRevision } from './edit-age.ts';
import { WorkspaceError } from './errors.ts';
import { resolveExpiry } from './expiry-rule.ts';
import type { Journal } from './journal.ts';
import { keepEarlier } from './message-history.ts';
import type { MessageFiles } from './message-files.ts';
import type { Owing } from './owing.ts';

/** What of a message changes; absent fields keep what is stored. */
export interface ChannelMessageChange {
  /** Trimmed; at most 50,000 code points, and empty only beside attachments. */
  content?: string;
  /** Replaces the list; empty removes all. */
  attachments?: Record<string, unknown>[];
  /** `null` removes it. */
  sourceLayout?: Record<string, unknown> | null;
  repostPolicy?: 'same_scope' | 'deny';
  /** When it disappears; as given with a new message (04 section 3.0). */
  expiry?: { expiresAt?: string | null; ttlSeconds?: number | null; ttlMode?: string | null };
}

export interface ChannelEditsComponents {
  table: MessageTable;
  items: NativeItems;
  history: MessageHistory;
  tombstones: Tombstones;
  channels: Channels;
  owing: Owing;
  texts: Pick<ChannelTexts, 'written'>;
  journal: Journal;
  messageFiles: Pick<MessageFiles, 'complete'>;
  changes: Changes;
  clock: Clock;
}

export class ChannelEdits {
  readonly #c: ChannelEditsComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelEditsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Changes a message of the caller; resolves after the commit. A change without fields does nothing.
   * @throws {WorkspaceError} `message_not_found`, `not_message_author`, `empty_message`, `content_too_long`,
   *   `too_many_attachments`, `expiry_not_ahead`, and those of {@link Channels.access}.
   */
  async edit(
    userId: UserId,
    channelId: ChannelId,
    messageId: MessageId,
    change: ChannelMessageChange,
  ): Promise<void> {
    await this.#c.changes.run(() => {
      const { channel } = this.#c.channels.access(userId, channelId);
      const row = this.#row(channelId, messageId);
      if (row === undefined) throw new WorkspaceError('message_not_found', 'Message not found');
      if (row.userId !== userId)
        throw new WorkspaceError('not_message_author', 'You can only edit your own messages');
      if (Object.keys(change).length === 0) return;
      const content = this.#store(channel, row, change);
      this.#c.channels.stirred(channelId);
      this.#c.owing.message(channel, { ...row, expiresAt: content.expiresAt }, changedAt(content.rev));
      this.#c.journal.channelMessage('edited', {
        ...row,
        content: content.text,
        editedAt: content.editedAt,
      });
      this.#c.changes.tell({ type: 'channel.message.local', channelId, messageId, change: 'edited' });
    });
  }

  /**
   * Deletes a message of the caller; resolves after the commit. Answers to it stay and lose their parent.
   * @throws {WorkspaceError} `delete_not_allowed` (also for unknown messages), and those of {@link Channels.access}.
   */
  async remove(userId: UserId, channelId: ChannelId, messageId: MessageId): Promise<void> {
    await this.#c.changes.run(() => {
      const { channel } = this.#c.channels.access(userId, channelId);
      const row = this.#row(channelId, messageId);
      if (row?.userId !== userId)
        throw new WorkspaceError(
          'delete_not_allowed',
          'Message not found or you can only delete your own messages',
        );
      const now = this.#c.clock.now();
      this.#c.tombstones.add('channel_message', messageId, this.#localPeer, now);
      this.#c.table.delete(messageId, now);
      // Peers may have it by catch-up without ever having been owed it.
      this.#c.owing.deletion('channel_message', messageId, this.#c.owing.audience(channel));
      this.#c.journal.channelMessage('deleted', row);
      this.#c.changes.tell({ type: 'channel.message.local', channelId, messageId, change: 'deleted' });
    });
  }

  #row(channelId: ChannelId, messageId: MessageId): MessageRow | undefined {
    const row = this.#c.table.get(messageId);
    const there = row?.channelId === channelId && (row.expiresAt ?? Infinity) > this.#c.clock.now();
    return there ? row : undefined;
  }

  #store(
    channel: Channel,
    row: MessageRow,
    change: ChannelMessageChange,
  ): { text: string; rev: number; editedAt: number | null; expiresAt: number | null } {
    const now = this.#c.clock.now();
    const expiresAt = expiryOf(row, change, now);
    const attachments =
      change.attachments === undefined
        ? undefined
        : this.#c.messageFiles.complete(row.userId, change.attachments);
    const text = checkedContent({
      content: change.content ?? row.content,
      attachments: attachments ?? row.attachments,
    });
    const rev = nextRevision(this.#c.items.ofObject('m', row.id), now);
    // When it disappears is nothing it says: a message does not look edited for that (03 section 5.2).
    const { expiry, ...said } = change;
    const editedAt = Object.keys(said).length === 0 ? row.editedAt : now;
    keepEarlier(this.#c.history, 'channel', row, text);
    this.#c.table.update(row.id, {
      ...this.#c.texts.written(channel, text),
      ...(attachments === undefined
        ? {}
        : { attachments, messageType: attachments.length > 0 ? 'file' : 'text' }),
      ...(change.sourceLayout === undefined ? {} : { sourceLayout: change.sourceLayout }),
      ...(change.repostPolicy === undefined ? {} : { repostPolicy: change.repostPolicy }),
      ...(expiry === undefined
        ? {}
        : { expiresAt, ttlSeconds: expiry.ttlSeconds ?? null, ttlMode: expiry.ttlMode ?? null }),
      editedAt,
      rev,
    });
    return { text, rev, editedAt, expiresAt };
  }
}

/** When a changed message disappears, Unix ms. @throws {WorkspaceError} `expiry_not_ahead` for no time, and one that has passed. */
function expiryOf(row: MessageRow, change: ChannelMessageChange, now: number): number | null {
  if (change.expiry === undefined) return row.expiresAt;
  const { expiresAt = null, ttlSeconds = null, ttlMode = null } = change.expiry;
  const at = resolveExpiry({ expiresAt, ttlSeconds, ttlMode }, now, false);
  if (at === null || at <= now)
    throw new WorkspaceError('expiry_not_ahead', 'A time to come, or a number of seconds, is needed');
  return at;
}
