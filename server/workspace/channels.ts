/**
 * Channels and who is in them (03 section 5).
 */
import type { ChannelId, UserId } from '../wire/ids.ts';
import type { ChannelMember, ChannelView, PostPolicy } from './types.ts';

export class Channels {
  /** Channels `userId` is a member of and may see, by name, `general` first. */
  list(_userId: UserId): ChannelView[] {
    throw new Error('not built yet');
  }
  /** One of those; `undefined` for unknown channels and non-members alike. */
  get(_userId: UserId, _channelId: ChannelId): ChannelView | undefined {
    throw new Error('not built yet');
  }
  /** @throws WorkspaceError `not_found` as {@link get}. */
  members(
    _userId: UserId,
    _channelId: ChannelId,
  ): {
    members: ChannelMember[];
    policy: {
      postPolicy: PostPolicy;
      allowMemberReplies: boolean;
      canManage: boolean;
      canPostTopLevel: boolean;
      canReply: boolean;
      allowedPosterCount: number;
    };
  } {
    throw new Error('not built yet');
  }
  /**
   * Creates a channel; public open ones are announced to peers.
   * @throws WorkspaceError `channel_name_required`, `channel_name_too_long`, `channel_name_taken`, `invalid_channel_type`,
   *   `invalid_privacy_mode`, `invalid_post_policy`.
   */
  async create(
    _userId: UserId,
    _channel: {
      name: string;
      description?: string;
      type?: string;
      privacyMode?: string;
      postPolicy?: string;
      allowMemberReplies?: boolean;
    },
  ): Promise<ChannelView> {
    throw new Error('not built yet');
  }
  /** Marks everything in the channel as read by `userId`. */
  markRead(_userId: UserId, _channelId: ChannelId): void {
    throw new Error('not built yet');
  }
}
