/**
 * Polls in posts and channel messages (04 section 4.8): counting, voting, and votes of other nodes (02 section 2.12). One
 * vote per person; a new one takes the place of the old. Votes of a person count when the home of that person tells them.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import type { FeedPosts } from '../store/feed.ts';
import type { PollKind, PollVotes } from '../store/poll-votes.ts';
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import { changedAt } from '../wire/item-id.ts';
import { isTargeted } from './channel-rules.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import { isShared } from './feed-rule.ts';
import type { FeedRule } from './feed-rule.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { parsePoll, pollStatus } from './poll-text.ts';
import type { PollDefinition } from './poll-text.ts';

/** A poll as one account sees it. */
export interface PollView {
  pollId: string;
  kind: PollKind;
  channelId: ChannelId | null;
  question: string;
  options: { label: string; count: number; percent: number }[];
  /** Unix ms. */
  endsAt: number;
  statusLabel: string;
  isClosed: boolean;
  totalVotes: number;
  userVote: number | null;
}

/** A vote as another node describes it. */
export interface ForeignVote {
  pollId: string;
  kind: PollKind;
  optionIndex: number;
  userId: UserId;
  displayName: string | null;
  accountType: 'human' | 'agent' | null;
}

/** Why a vote was not taken. */
export type VoteOutcome = 'applied' | 'unknown_poll' | 'not_member' | 'closed' | 'foreign_author';

export interface PollsComponents {
  votes: PollVotes;
  posts: FeedPosts;
  rule: FeedRule;
  messages: MessageTable;
  channelTable: ChannelTable;
  members: ChannelMembers;
  channels: Channels;
  people: People;
  owing: Owing;
  changes: Changes;
  clock: Clock;
}

/** Where a poll stands, and what it is. */
interface Found {
  poll: PollDefinition;
  /** `null`: in the feed. */
  channel: Channel | null;
  postId: PostId | null;
  /** Whether other nodes have it. */
  shared: boolean;
}

export class Polls {
  readonly #c: PollsComponents;
  #lastRevision = 0;

  constructor(components: PollsComponents) {
    this.#c = components;
  }

  /**
   * A poll with its counts.
   * @throws {WorkspaceError} `poll_post_not_found`, `poll_message_not_found`, `poll_access_denied`, `not_a_poll`.
   */
  get(userId: UserId, kind: PollKind, pollId: string): PollView {
    return this.#view(userId, kind, pollId, this.#seen(userId, kind, pollId));
  }

  /**
   * Votes; resolves after the commit.
   * @throws {WorkspaceError} those of {@link get}, `invalid_poll_option`, `poll_closed`.
   */
  async vote(userId: UserId, kind: PollKind, pollId: string, optionIndex: number): Promise<PollView> {
    const { votes, owing, changes, clock } = this.#c;
    return changes.run(() => {
      const found = this.#seen(userId, kind, pollId);
      if (!isOption(found.poll, optionIndex))
        throw new WorkspaceError('invalid_poll_option', 'Invalid poll option');
      if (this.#isClosed(kind, pollId, found.poll)) throw new WorkspaceError('poll_closed', 'Poll is closed');
      const now = clock.now();
      votes.put({ kind, pollId, userId, optionIndex }, now);
      this.#lastRevision = Math.max(this.#lastRevision + 1, now);
      const version = changedAt(this.#lastRevision);
      if (found.shared) owing.vote({ pollId, userId, channel: found.channel }, version);
      changes.tell({ type: 'interaction.local' });
      this.#tell(found, pollId);
      return this.#view(userId, kind, pollId, found);
    });
  }

  /** Takes in what `from`, a trusted peer, says of a person at home there; resolves after the commit. */
  receive(vote: ForeignVote, from: PeerId): Promise<VoteOutcome> {
    const { votes, members, people, changes, clock } = this.#c;
    return changes.run(() => {
      const { pollId, kind, userId, optionIndex } = vote;
      const found = this.#find(kind, pollId);
      if (found === null || !found.shared || !isOption(found.poll, optionIndex)) return 'unknown_poll';
      if (this.#isClosed(kind, pollId, found.poll)) return 'closed';
      const { channel } = found;
      if (channel !== null && isTargeted(channel) && members.get(channel.id, userId) === undefined)
        return 'not_member';
      if (people.admitSigned(vote, from) !== null) return 'foreign_author';
      votes.put({ kind, pollId, userId, optionIndex }, clock.now());
      this.#tell(found, pollId);
      return 'applied';
    });
  }

  /** What `sync` sends: a person's vote as it is now; `null` when there is none. */
  current(
    pollId: string,
    userId: UserId,
  ): { kind: PollKind; optionIndex: number; channel: Channel | null } | null {
    for (const kind of ['feed', 'channel'] as const) {
      const optionIndex = this.#c.votes.get(kind, pollId, userId);
      const found = optionIndex === null ? null : this.#find(kind, pollId);
      if (optionIndex !== null && found?.shared === true)
        return { kind, optionIndex, channel: found.channel };
    }
    return null;
  }

  #seen(userId: UserId, kind: PollKind, pollId: string): Found {
    const { rule, channels, posts, messages } = this.#c;
    if (kind === 'feed') {
      const post = posts.get(pollId as PostId);
      if (post === undefined) throw new WorkspaceError('poll_post_not_found', 'Poll post not found');
      if (!rule.sees(userId, post)) throw new WorkspaceError('poll_access_denied', 'Access denied');
    } else {
      const message = messages.get(pollId as MessageId);
      if (message === undefined) throw new WorkspaceError('poll_message_not_found', 'Poll message not found');
      if (!channels.mayRead(userId, message.channelId))
        throw new WorkspaceError('poll_access_denied', 'Access denied');
    }
    const found = this.#find(kind, pollId);
    if (found === null) throw new WorkspaceError('not_a_poll', 'Poll definition not found');
    return found;
  }

  #find(kind: PollKind, pollId: string): Found | null {
    const { posts, messages, channelTable, clock } = this.#c;
    const post = kind === 'feed' ? posts.get(pollId as PostId) : undefined;
    const message = kind === 'channel' ? messages.get(pollId as MessageId) : undefined;
    const row = post ?? message;
    if (row === undefined || (row.expiresAt ?? Infinity) <= clock.now()) return null;
    const poll = parsePoll(row.content, row.createdAt);
    if (poll === null) return null;
    const channel = message === undefined ? null : (channelTable.get(message.channelId) ?? null);
    const shared = post === undefined ? channel !== null : isShared(post.visibility);
    return { poll, channel, postId: post?.id ?? null, shared };
  }

  #isClosed(kind: PollKind, pollId: string, poll: PollDefinition): boolean {
    return poll.endsAt <= this.#c.clock.now() || this.#c.votes.isClosed(kind, pollId);
  }

  #tell({ channel, postId }: Found, pollId: string): void {
    if (postId !== null) this.#c.changes.tell({ type: 'feed.changed', postId });
    else if (channel !== null)
      this.#c.changes.tell({
        type: 'reaction.changed',
        channelId: channel.id,
        messageId: pollId as MessageId,
      });
  }

  #view(userId: UserId, kind: PollKind, pollId: string, { poll, channel }: Found): PollView {
    const votes = this.#c.votes.of(kind, pollId).filter(({ optionIndex }) => isOption(poll, optionIndex));
    const total = votes.length;
    const isClosed = this.#isClosed(kind, pollId, poll);
    return {
      pollId,
      kind,
      channelId: channel?.id ?? null,
      question: poll.question,
      options: poll.options.map((label, index) => {
        const count = votes.filter(({ optionIndex }) => optionIndex === index).length;
        return { label, count, percent: total === 0 ? 0 : Math.round((count / total) * 1000) / 10 };
      }),
      endsAt: poll.endsAt,
      statusLabel: isClosed ? 'Closed' : pollStatus(poll, this.#c.clock.now()),
      isClosed,
      totalVotes: total,
      userVote: votes.find((vote) => vote.userId === userId)?.optionIndex ?? null,
    };
  }
}

function isOption(poll: PollDefinition, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < poll.options.length;
}
