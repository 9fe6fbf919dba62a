/**
 * Asking other nodes to delete something (03 sections 9.2 to 9.4, 04 section 4.10). Deviation D-125: whoever asks must
 * have written what is to be deleted, as far as it is here; direct messages that are not here are nobody's to delete,
 * since the reference deletes those for everybody who knows the id. What is answered is noted and changes no trust:
 * that is for people to decide (03 section 11.3, A8).
 */
import type { Clock, Random } from '../ports/types.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import { EVERYBODY, type DeleteSignal, type DeleteSignals as SignalTable } from '../store/delete-signals.ts';
import type { DirectMessages as DirectTable } from '../store/direct-messages.ts';
import type { FeedPosts } from '../store/feed.ts';
import { hexId } from '../store/ids.ts';
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import type { Trust } from './trust.ts';

/** Signals that may wait for answers; more are refused, as each is kept and sent again until it is answered. */
const MAX_PENDING_SIGNALS = 1000;
/** A peer that has not answered by then is not asked any more. */
const PENDING_MS = 30 * 86_400_000;
const ID_HEX = 32;

/** What can be named, and what it is called when it is sent. */
const DATA_TYPES: Readonly<Record<string, SignalType>> = {
  channel_message: 'channel_message',
  direct_message: 'direct_message',
  message: 'direct_message',
  feed_post: 'feed_post',
  post: 'feed_post',
  channel: 'channel',
};
export type SignalType = 'channel_message' | 'direct_message' | 'feed_post' | 'channel';

/** What somebody wants to have deleted. */
export interface DeletionWish {
  target: PeerId | typeof EVERYBODY;
  dataType: string;
  dataId: string;
  reason: string | null;
}

export interface DeleteSignalsComponents {
  rows: SignalTable;
  channels: ChannelTable;
  members: ChannelMembers;
  messages: MessageTable;
  directs: DirectTable;
  posts: FeedPosts;
  people: People;
  trust: Trust;
  owing: Owing;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class DeleteSignals {
  readonly #c: DeleteSignalsComponents;
  readonly #localPeer: PeerId;

  constructor(components: DeleteSignalsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Asks a peer, or all accepted ones, to delete something.
   * @param by.owner whether the caller owns this node: then everything of its accounts counts as theirs.
   * @throws {WorkspaceError} `invalid_data_type`, `peer_not_accepted`, `delete_signal_not_owned`,
   *   `too_many_delete_signals`.
   */
  create(userId: UserId, wish: DeletionWish, by: { owner: boolean }): Promise<DeleteSignal> {
    const { rows, clock, random, changes, owing, trust } = this.#c;
    const type = DATA_TYPES[wish.dataType];
    if (type === undefined) throw new WorkspaceError('invalid_data_type', 'Unknown data_type');
    if (wish.target !== EVERYBODY && !trust.isTrusted(wish.target))
      throw new WorkspaceError('peer_not_accepted', 'Only accepted peers are asked');
    return changes.run(() => {
      if (!this.#mayAsk(userId, type, wish.dataId, by))
        throw new WorkspaceError('delete_signal_not_owned', 'Only who wrote it may ask for its deletion');
      const now = clock.now();
      if (rows.countPending(now - PENDING_MS) >= MAX_PENDING_SIGNALS)
        throw new WorkspaceError('too_many_delete_signals', 'Too many deletions wait for an answer');
      const signal = {
        id: hexId(random, ID_HEX),
        target: wish.target,
        dataType: type,
        dataId: wish.dataId,
        reason: wish.reason,
        status: wish.target === EVERYBODY ? 'sent' : 'pending',
      };
      rows.add(signal, now);
      changes.creates(signal.id);
      const peers = wish.target === EVERYBODY ? owing.feedAudience() : [wish.target];
      owing.askedDeletion(type, wish.dataId, peers);
      return { ...signal, sentAt: now, acknowledgedAt: null, compliedAt: null };
    });
  }

  get(id: string): DeleteSignal | undefined {
    return this.#c.rows.get(id);
  }

  /** What waits for an answer, of one peer or of all; oldest first. */
  pending(target: string | null): DeleteSignal[] {
    return this.#c.rows.pending(this.#c.clock.now() - PENDING_MS, MAX_PENDING_SIGNALS, target);
  }

  /** How many there are: all, and by what became of them. */
  counts(): { total: number; pending: number; complied: number; violated: number } {
    const counts = this.#c.rows.counts();
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return {
      total,
      pending: counts['pending'] ?? 0,
      complied: counts['complied'] ?? 0,
      violated: counts['violated'] ?? 0,
    };
  }

  /** What `peer` says it did; for signals that this node asked of that very peer. */
  answered(id: string, peer: PeerId, word: string | null): void {
    const status = word === 'complied' ? 'complied' : word === 'rejected' ? 'violated' : 'acknowledged';
    this.#c.changes.now(() => this.#c.rows.answered(id, peer, status, this.#c.clock.now()));
  }

  #mayAsk(userId: UserId, type: SignalType, id: string, by: { owner: boolean }): boolean {
    const { messages, directs, posts, channels } = this.#c;
    switch (type) {
      case 'channel_message':
        return this.#isOwn(userId, messages.get(id as MessageId)?.userId, by) ?? true;
      case 'direct_message':
        return this.#isOwn(userId, directs.get(id as MessageId)?.senderId, by) ?? false;
      case 'feed_post':
        return this.#isOwn(userId, posts.get(id as PostId)?.authorId, by) ?? true;
      case 'channel': {
        const channel = channels.get(id as ChannelId);
        return channel === undefined || this.#manages(userId, channel, by);
      }
    }
  }

  /** Undefined when it is not here. */
  #isOwn(userId: UserId, author: UserId | undefined, by: { owner: boolean }): boolean | undefined {
    if (author === undefined) return undefined;
    return author === userId || (by.owner && this.#c.people.get(author)?.local === true);
  }

  #manages(
    userId: UserId,
    channel: { id: ChannelId; originPeer: string | null },
    by: { owner: boolean },
  ): boolean {
    const isOurs =
      channel.originPeer === null || channel.originPeer === '' || channel.originPeer === this.#localPeer;
    return isOurs && (by.owner || this.#c.members.get(channel.id, userId)?.role === 'admin');
  }
}
