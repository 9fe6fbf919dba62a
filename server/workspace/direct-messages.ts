/**
 * Direct messages (03 section 6): stored encrypted, owed to the recipients' nodes until sent.
 */
import type { MessageId, UserId } from '../wire/ids.ts';
import type { DirectMessageView } from './types.ts';

/** A direct message as a person or script writes it. */
export interface DirectPost {
  /** Other people; one is a conversation, more a group, none a message to everybody on this node. */
  recipientIds: UserId[];
  /** At most 4096 code points. */
  content: string;
  /** `text`, `file`, `image`, `voice` or `system`; default `text`. */
  messageType?: string;
  attachments?: Record<string, unknown>[];
  replyTo?: string | null;
  /** The caller's own keys; the reserved ones are overwritten. */
  metadata?: Record<string, unknown> | null;
  sourceLayout?: unknown;
}

export class DirectMessages {
  /**
   * Stores the message, owes it to the home peers of remote recipients and publishes `dm.local`; resolves after the commit.
   * @throws WorkspaceError `empty_message`, `content_too_long`, `invalid_message_type`, `recipient_not_found`.
   */
  async send(_senderId: UserId, _post: DirectPost): Promise<DirectMessageView> {
    throw new Error('not built yet');
  }
  /** Recipients of an answer to `messageId`. @throws WorkspaceError `not_found`, `not_allowed`, `no_recipient`. */
  replyRecipients(_userId: UserId, _messageId: MessageId): UserId[] {
    throw new Error('not built yet');
  }
  /** Everything `userId` may see, newest first; `since` in Unix ms. */
  list(_userId: UserId, _page?: { limit?: number; since?: number }): DirectMessageView[] {
    throw new Error('not built yet');
  }
  /** The newest `limit` of a conversation with one person, oldest first. @throws WorkspaceError `user_not_found`. */
  conversation(
    _userId: UserId,
    _otherId: UserId,
    _page?: { limit?: number; before?: MessageId },
  ): DirectMessageView[] {
    throw new Error('not built yet');
  }
  /** The newest `limit` of a group, oldest first. */
  group(
    _userId: UserId,
    _groupId: string,
    _page?: { limit?: number; before?: MessageId },
  ): DirectMessageView[] {
    throw new Error('not built yet');
  }
  /** Messages to everybody on this node, broadcasts of other nodes included, oldest first. */
  everyone(_userId: UserId, _page?: { limit?: number; before?: MessageId }): DirectMessageView[] {
    throw new Error('not built yet');
  }
  get(_userId: UserId, _messageId: MessageId): DirectMessageView | undefined {
    throw new Error('not built yet');
  }
  /** False when unknown, not for this user, already read, or own. */
  async markRead(_userId: UserId, _messageId: MessageId): Promise<boolean> {
    throw new Error('not built yet');
  }
  /** Newest first, case-insensitive, over text and attachment names. */
  search(_userId: UserId, _query: string, _limit?: number): DirectMessageView[] {
    throw new Error('not built yet');
  }
}
