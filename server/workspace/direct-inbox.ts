/**
 * Direct messages that arrive from other nodes (03 section 6.3). Only messages for people who really live here are
 * kept (02 P2), and only from the node that is the sender's home (03 A1).
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { Clock } from '../ports/types.ts';
import type { Arrival, Arrivals } from '../store/arrivals.ts';
import type {
  DirectMessage as MessageRow,
  DirectMessages as MessageTable,
} from '../store/direct-messages.ts';
import type { MessageHistory } from '../store/message-history.ts';
import type { NativeItems } from '../store/native-items.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import { toIsoTime } from '../store/time.ts';
import type { Tombstones } from '../store/tombstones.ts';
import { isOpaqueId } from '../wire/ids.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { attachmentSchema } from '../wire/payloads/attachments.ts';
import { MAX_ATTACHMENTS, inlineFiles, receivedAttachments } from './attachments.ts';
import type { Changes } from './changes.ts';
import type { DeletionInit, DeletionOutcome } from './channel-inbox.ts';
import { MAX_DIRECT_CONTENT } from './direct-messages.ts';
import { ageOf } from './edit-age.ts';
import type { Journal } from './journal.ts';
import { keepEarlier } from './message-history.ts';
import type { People } from './people.ts';
import { codePoints, groupId } from './text.ts';

/** Longest stored metadata as JSON, in UTF-16 units. */
const MAX_METADATA = 65_536;
/** Largest group; computing its id sorts the members. */
const MAX_GROUP_MEMBERS = 256;

/** A direct message, opened. */
export interface ForeignDirectMessage {
  id: MessageId;
  senderId: UserId;
  recipientId: UserId;
  content: string;
  /** The application's own metadata with `security` as it really came. */
  metadata: Readonly<Record<string, unknown>>;
  /** When the sender wrote it, Unix ms. */
  sentAt: number | null;
  displayName: string | null;
  accountType: 'human' | 'agent' | null;
  updateOnly: boolean;
  editedAt: number | null;
  /** `canopy_rev` of a change (06 section 3.2). */
  rev?: number | null;
}

export type DirectOutcome =
  | { state: 'stored' | 'edited' | 'duplicate' }
  | {
      state: 'refused';
      reason:
        | 'not_here'
        | 'too_long'
        | 'local_author'
        | 'foreign_author'
        | 'too_many_people'
        | 'other_author'
        | 'deleted'
        | 'stale_edit';
    };

export interface DirectInboxComponents {
  table: MessageTable;
  processed: ProcessedMessages;
  tombstones: Tombstones;
  items: NativeItems;
  arrivals: Arrivals;
  history: MessageHistory;
  people: People;
  journal: Journal;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
}

export class DirectInbox {
  readonly #c: DirectInboxComponents;

  constructor(components: DirectInboxComponents) {
    this.#c = components;
  }

  /** Whether somebody who lives here has this id. */
  isForUs(recipientId: UserId): boolean {
    return this.#c.people.get(recipientId)?.local === true;
  }

  /** Takes in a message that `from`, a trusted peer, signed; resolves after the commit. */
  receive(message: ForeignDirectMessage, from: PeerId, arrival: Arrival): Promise<DirectOutcome> {
    return this.#c.changes.run(() => {
      const outcome = this.#receive(message, from);
      if (outcome.state === 'stored') this.#c.arrivals.add('d', message.id, arrival);
      return outcome;
    });
  }

  /** Deletes a message because its sender's node says so (03 section 9.4), as {@link ChannelInbox.receiveDeletion}. */
  receiveDeletion(id: MessageId, signer: PeerId, init: DeletionInit = {}): Promise<DeletionOutcome> {
    return this.#c.changes.run(() => {
      const row = this.#c.table.get(id);
      const now = this.#c.clock.now();
      if (row === undefined) {
        if (init.rememberUnknown === true) this.#c.tombstones.add('direct_message', id, signer, now);
        return 'unknown';
      }
      const sender = this.#c.people.get(row.senderId);
      if (sender?.local !== false || sender.originPeer !== signer) return 'refused';
      this.#c.tombstones.add('direct_message', id, signer, now);
      this.#c.table.delete(id, now);
      this.#c.journal.directMessage('deleted', row);
      init.deleted?.();
      return 'deleted';
    });
  }

  #receive(message: ForeignDirectMessage, from: PeerId): DirectOutcome {
    if (!this.isForUs(message.recipientId)) return { state: 'refused', reason: 'not_here' };
    if (message.content.length > MAX_DIRECT_CONTENT && codePoints(message.content) > MAX_DIRECT_CONTENT)
      return { state: 'refused', reason: 'too_long' };
    const existing = this.#c.table.get(message.id);
    const isEdit = message.updateOnly && existing !== undefined;
    if (!isEdit && (existing !== undefined || (!message.updateOnly && this.#c.processed.has(message.id))))
      return { state: 'duplicate' };
    if (this.#c.tombstones.signers('direct_message', message.id).includes(from))
      return { state: 'refused', reason: 'deleted' };
    const refusal = this.#c.people.admitSigned({ ...message, userId: message.senderId }, from);
    if (refusal !== null) return { state: 'refused', reason: refusal };
    return isEdit ? this.#edit(existing, message, from) : this.#store(message, from);
  }

  #store(message: ForeignDirectMessage, from: PeerId): DirectOutcome {
    const now = this.#c.clock.now();
    const metadata = this.#metadata(message, from);
    const group = metadata['group_id'];
    const recipientId = typeof group === 'string' ? group : message.recipientId;
    this.#c.table.insert({
      id: message.id,
      senderId: message.senderId,
      recipientId,
      content: message.content,
      messageType: metadata['attachments'] === undefined ? 'text' : 'file',
      metadata,
      createdAt: now,
      deliveredAt: now,
    });
    this.#c.processed.add(message.id, now);
    this.#c.journal.directMessage('created', { ...message, recipientId, metadata });
    this.#tellOfFiles(message, from);
    return { state: 'stored' };
  }

  #edit(existing: MessageRow, message: ForeignDirectMessage, from: PeerId): DirectOutcome {
    if (existing.senderId !== message.senderId) return { state: 'refused', reason: 'other_author' };
    const now = this.#c.clock.now();
    const editedAt = Math.min(message.editedAt ?? now, now);
    const age = ageOf(message, editedAt, {
      editedAt: existing.editedAt,
      versions: this.#c.items.ofObject('d', message.id),
    });
    if (age === 'same') return { state: 'duplicate' };
    if (age === 'older') return { state: 'refused', reason: 'stale_edit' };
    const metadata = this.#metadata(message, from);
    keepEarlier(this.#c.history, 'direct', existing, message.content);
    this.#c.table.edit(message.id, {
      content: message.content,
      messageType: metadata['attachments'] === undefined ? 'text' : 'file',
      metadata,
      editedAt,
      ...(message.rev == null ? {} : { rev: message.rev }),
    });
    this.#c.processed.add(message.id, now);
    this.#c.journal.directMessage('edited', { ...existing, metadata, editedAt });
    this.#tellOfFiles(message, from);
    return { state: 'edited' };
  }

  #tellOfFiles({ id, metadata }: ForeignDirectMessage, from: PeerId): void {
    const entries = soundAttachments(metadata['attachments']);
    if (entries.length === 0) return;
    const inline = inlineFiles(entries);
    this.#c.changes.tell({ type: 'attachments.received', kind: 'direct_message', id, from, inline });
  }

  #metadata(message: ForeignDirectMessage, from: PeerId): Record<string, unknown> {
    const { attachments, group_id: _id, group_members: _members, is_group: _flag, ...own } = message.metadata;
    const files = receivedAttachments(soundAttachments(attachments), from);
    const kept = JSON.stringify(own).length <= MAX_METADATA ? own : { security: own['security'] };
    return {
      ...kept,
      ...(files.length > 0 ? { attachments: files } : {}),
      ...this.#group(message),
      ...(message.sentAt === null ? {} : { sent_at: toIsoTime(message.sentAt) }),
      origin_peer: from,
    };
  }

  /** A group is what its members' ids say; one that leaves out the sender or the recipient is none. */
  #group(message: ForeignDirectMessage): Record<string, unknown> {
    const claimed = message.metadata['group_members'];
    if (!Array.isArray(claimed)) return {};
    if (claimed.length > MAX_GROUP_MEMBERS) return {};
    const members = claimed.filter((id) => isOpaqueId(id));
    if (!members.includes(message.senderId) || !members.includes(message.recipientId)) return {};
    return { group_id: groupId(this.#c.crypto, members), group_members: members, is_group: true };
  }
}

function soundAttachments(value: unknown): ReturnType<typeof attachmentSchema.parse>[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ATTACHMENTS).flatMap((entry) => {
    const result = attachmentSchema.safeParse(entry);
    return result.success ? [result.data] : [];
  });
}
