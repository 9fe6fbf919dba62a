/**
 * Channel messages: posting, reading, and what arrives from other nodes (03 sections 5.3 to 5.6, 8.4).
 */
import type { ChannelId, MessageId, UserId } from '../wire/ids.ts';
import type { ChannelMessageView } from './types.ts';

/** A message as a person or script writes it. */
export interface ChannelPost {
  channelId: ChannelId;
  /** Trimmed by {@link ChannelMessages.post}; at most 50,000 code points. */
  content: string;
  attachments?: Record<string, unknown>[];
  parentMessageId?: MessageId | null;
  expiresAt?: string | null;
  ttlSeconds?: number | null;
  ttlMode?: string | null;
  security?: Record<string, unknown>;
  sourceLayout?: unknown;
  repostPolicy?: 'same_scope' | 'deny';
}

export class ChannelMessages {
  /**
   * Stores a message of a local account and publishes `channel.message.local`; resolves after the commit.
   * @throws WorkspaceError `not_found` (unknown channel or not a member), `empty_message`, `content_too_long`,
   *   `parent_not_found`, `top_level_post_restricted`, `reply_restricted`.
   */
  async post(_userId: UserId, _post: ChannelPost): Promise<ChannelMessageView> {
    throw new Error('not built yet');
  }
  /**
   * A page in the order of 03 section 5.6, oldest first; parents missing from it are appended to it.
   * @throws WorkspaceError `not_found`.
   */
  list(
    _userId: UserId,
    _channelId: ChannelId,
    _page?: { limit?: number; before?: MessageId },
  ): ChannelMessageView[] {
    throw new Error('not built yet');
  }
  /** One message of a channel the caller is in. */
  get(_userId: UserId, _channelId: ChannelId, _messageId: MessageId): ChannelMessageView | undefined {
    throw new Error('not built yet');
  }
  /** Newest first, case-insensitive substring. @throws WorkspaceError `not_found`. */
  search(_userId: UserId, _channelId: ChannelId, _query: string, _limit?: number): ChannelMessageView[] {
    throw new Error('not built yet');
  }
}
