/**
 * Changing and deleting direct messages that were written on this node (03 section 6.4, 04 section 3.9). Only their
 * sender may. The nodes of the recipients are owed the change.
 */
import type { Clock } from '../ports/types.ts';
import type {
  DirectMessage as MessageRow,
  DirectMessages as MessageTable,
} from '../store/direct-messages.ts';
import type { MessageHistory } from '../store/message-history.ts';
import type { NativeItems } from '../store/native-items.ts';
import { toIsoTime } from '../store/time.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import { attachmentRecords } from './attachments.ts';
import type { Changes } from './changes.ts';
import { checkPost } from './direct-messages.ts';
import type { DirectMessages } from './direct-messages.ts';
import { nextRevision } from './edit-age.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { MessageFiles } from './message-files.ts';
import { keepEarlier } from './message-history.ts';
import type { Owing } from './owing.ts';

/** Metadata that says whom a message is for and how it went; a caller's own keys never replace it. */
const RESERVED = ['group_id', 'group_members', 'is_group', 'security', 'reply_to', 'attachments'] as const;

/** What of a message changes; absent fields keep what is stored. */
export interface DirectMessageChange {
  /** At most 4096 code points, and empty only beside attachments. */
  content?: string;
  /** Replaces the list; empty removes all. */
  attachments?: Record<string, unknown>[];
  /** Merged into the caller's own keys. */
  metadata?: Record<string, unknown>;
  sourceLayout?: Record<string, unknown>;
}

export interface DirectEditsComponents {
  table: MessageTable;
  items: NativeItems;
  history: MessageHistory;
  tombstones: Tombstones;
  directMessages: DirectMessages;
  owing: Owing;
  journal: Journal;
  messageFiles: Pick<MessageFiles, 'complete'>;
  changes: Changes;
  clock: Clock;
}

export class DirectEdits {
  readonly #c: DirectEditsComponents;
  readonly #localPeer: PeerId;

  constructor(components: DirectEditsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Changes a message of the caller; resolves after the commit. A change without fields does nothing.
   * @throws {WorkspaceError} `message_not_found`, `not_message_author`,
   *   `empty_message`, `content_too_long`.
   */
  async edit(userId: UserId, messageId: MessageId, change: DirectMessageChange): Promise<void> {
    await this.#c.changes.run(() => {
      const row = this.#c.table.get(messageId);
      if (row === undefined) throw new WorkspaceError('message_not_found', 'Message not found');
      if (row.senderId !== userId)
        throw new WorkspaceError('not_message_author', 'You can only edit your own messages');
      if (Object.keys(change).length === 0) return;
      const { rev, metadata, editedAt } = this.#store(row, change);
      this.#c.owing.direct(messageId, this.#homes(messageId), changedAt(rev));
      this.#c.journal.directMessage('edited', { ...row, metadata, editedAt });
      this.#c.changes.tell({ type: 'dm.local', messageId, change: 'edited' });
    });
  }

  /** Deletes a message of the caller; false when there is none. Resolves after the commit. */
  async remove(userId: UserId, messageId: MessageId): Promise<boolean> {
    return this.#c.changes.run(() => {
      const row = this.#c.table.get(messageId);
      if (row?.senderId !== userId) return false;
      const homes = this.#homes(messageId);
      const now = this.#c.clock.now();
      this.#c.tombstones.add('direct_message', messageId, this.#localPeer, now);
      this.#c.table.delete(messageId, now);
      this.#c.owing.deletion('direct_message', messageId, homes);
      this.#c.journal.directMessage('deleted', row);
      this.#c.changes.tell({ type: 'dm.local', messageId, change: 'deleted' });
      return true;
    });
  }

  #homes(messageId: MessageId): PeerId[] {
    const recipients = this.#c.directMessages.forSending(messageId)?.recipients ?? [];
    return [...new Set(recipients.flatMap(({ home }) => (home === null ? [] : [home])))];
  }

  #store(
    row: MessageRow,
    change: DirectMessageChange,
  ): { rev: number; metadata: Record<string, unknown>; editedAt: number } {
    const editedAt = this.#c.clock.now();
    const { attachments: before, ...kept } = row.metadata;
    const attachments =
      change.attachments === undefined
        ? Array.isArray(before)
          ? attachmentRecords(before)
          : []
        : this.#c.messageFiles.complete(row.senderId, change.attachments);
    const content = change.content ?? row.content;
    checkPost({ content, attachments });
    const own = Object.entries(change.metadata ?? {}).filter(
      ([key]) => !RESERVED.some((name) => name === key),
    );
    const metadata = {
      ...kept,
      ...Object.fromEntries(own),
      ...(attachments.length > 0 ? { attachments } : {}),
      ...(change.sourceLayout === undefined ? {} : { source_layout: change.sourceLayout }),
      edited_at: toIsoTime(editedAt),
    };
    const rev = nextRevision(this.#c.items.ofObject('d', row.id), editedAt);
    const messageType = attachments.length > 0 ? 'file' : 'text';
    keepEarlier(this.#c.history, 'direct', row, content);
    this.#c.table.edit(row.id, { content, messageType, metadata, editedAt, rev });
    return { rev, metadata, editedAt };
  }
}
