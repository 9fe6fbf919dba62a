/**
 * Texts in which people are called, channel messages and posts alike (03 section 5.9): who of this node may read one, and
 * whom of other nodes it can call. In a channel only its members; by a post whoever may have it.
 */
import type { ChannelMembers } from '../store/channel-members.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import { isReadable } from '../store/feed.ts';
import type { FeedPost, FeedPosts } from '../store/feed.ts';
import { parseTime } from '../store/time.ts';
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import { CREATED, changedAt } from '../wire/item-id.ts';
import { isTargeted } from './channel-rules.ts';
import type { Channels } from './channels.ts';
import { isShared } from './feed-rule.ts';
import type { FeedRule } from './feed-rule.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import type { Person } from './types.ts';

/** Source types of texts. */
export const CHANNEL_MESSAGE = 'channel_message';
export const FEED_POST = 'feed_post';

/** A text as it is now. */
export interface CallingText {
  type: typeof CHANNEL_MESSAGE | typeof FEED_POST;
  id: string;
  authorId: UserId;
  /** Where it was written. */
  originPeer: PeerId | null;
  /** Null for a post. */
  channelId: ChannelId | null;
  content: string;
  createdAt: number;
  editedAt: number | null;
}

export interface CallingTextsComponents {
  messages: MessageTable;
  channelTable: ChannelTable;
  members: ChannelMembers;
  channels: Channels;
  posts: FeedPosts;
  feedRule: FeedRule;
  people: People;
  owing: Owing;
}

export class CallingTexts {
  readonly #c: CallingTextsComponents;
  readonly #localPeer: PeerId;

  constructor(components: CallingTextsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** The text a source names; undefined when it is not here, or no text. */
  get(type: string, id: string): CallingText | undefined {
    if (type === CHANNEL_MESSAGE) {
      const message = this.#c.messages.get(id as MessageId);
      return message === undefined ? undefined : messageText(message);
    }
    const post = type === FEED_POST ? this.#c.posts.get(id as PostId) : undefined;
    return post === undefined ? undefined : this.#postText(post);
  }

  /** The own text a row of the outbox names: ids of messages and posts differ. */
  ofObject(id: string): CallingText | undefined {
    return this.get(CHANNEL_MESSAGE, id) ?? this.get(FEED_POST, id);
  }

  isOwn(text: CallingText): boolean {
    return text.originPeer === this.#localPeer;
  }

  /** Whether an account of this node may read it now. */
  mayRead(userId: UserId, text: CallingText): boolean {
    return text.channelId === null
      ? this.#c.feedRule.seesId(userId, text.id as PostId)
      : this.#c.channels.mayRead(userId, text.channelId);
  }

  /** Active accounts of this node that read it, without its author. */
  readers(text: CallingText): Person[] {
    const { channels, people } = this.#c;
    const accounts =
      text.channelId === null
        ? people.localAccounts()
        : channels.localMembers(text.channelId).map((userId) => people.get(userId));
    return accounts
      .filter((person) => person !== undefined)
      .filter(({ id, status }) => status === 'active' && id !== text.authorId && this.mayRead(id, text));
  }

  /** Accepted peers an own text is for. */
  audience(text: CallingText): PeerId[] {
    if (text.channelId === null) return this.#isSharedPost(text) ? this.#c.owing.feedAudience() : [];
    const channel = this.#c.channelTable.get(text.channelId);
    return channel === undefined ? [] : this.#c.owing.audience(channel);
  }

  /** Whether a peer may still have it. */
  isFor(peer: PeerId, text: CallingText): boolean {
    if (text.channelId === null) {
      const post = this.#c.posts.get(text.id as PostId);
      return post !== undefined && this.#c.feedRule.isFor(peer, post);
    }
    const channel = this.#c.channelTable.get(text.channelId);
    return channel !== undefined && this.#c.owing.isEntitled(peer, channel);
  }

  /** People at home on another node whom it can call. */
  peopleAt(text: CallingText, peer: PeerId): Person[] {
    const { members, people } = this.#c;
    if (text.channelId === null) return people.ofPeer(peer);
    return members
      .list(text.channelId)
      .map(({ userId }) => people.get(userId))
      .filter((person) => person !== undefined)
      .filter(({ id, originPeer }) => originPeer === peer && id !== text.authorId);
  }

  /** Whether it is for some alone, and travels by itself alone. */
  isTargeted(text: CallingText): boolean {
    if (text.channelId === null) return false;
    const channel = this.#c.channelTable.get(text.channelId);
    return channel === undefined || isTargeted(channel);
  }

  #isSharedPost(text: CallingText): boolean {
    const post = this.#c.posts.get(text.id as PostId);
    return post !== undefined && isShared(post.visibility);
  }

  #postText(post: FeedPost): CallingText {
    const editedAt = post.metadata['edited_at'];
    return {
      type: FEED_POST,
      id: post.id,
      authorId: post.authorId,
      originPeer: this.#c.feedRule.home(post.authorId) ?? this.#localPeer,
      channelId: null,
      content: isReadable(post) ? post.content : '',
      createdAt: post.createdAt,
      editedAt: typeof editedAt === 'string' ? parseTime(editedAt) : null,
    };
  }
}

/** A channel message as a text. */
export function messageText(message: MessageRow): CallingText {
  return {
    type: CHANNEL_MESSAGE,
    id: message.id,
    authorId: message.userId,
    originPeer: message.originPeer,
    channelId: message.channelId,
    content: message.content,
    createdAt: message.createdAt,
    editedAt: message.editedAt,
  };
}

/** The version of a text, as rows of the outbox name it. */
export function versionOfText({ editedAt }: CallingText): string {
  return editedAt === null ? CREATED : changedAt(editedAt);
}
