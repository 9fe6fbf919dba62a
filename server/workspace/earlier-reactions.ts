/**
 * Likes and votes that people of this node gave before a peer was there. They are no items of reconciliation (06 section
 * 4.1) and catch-up does not carry them (02 section 2.12), and only their own node may tell of them (03 A1). So a peer that
 * is new to the feed or a channel, or was away for longer than anything stays owed, is owed them once it connects.
 */
import type { Clock } from '../ports/types.ts';
import type { CatchupState } from '../store/catchup-state.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import type { DirectMessages as DirectTable } from '../store/direct-messages.ts';
import type { FeedPosts } from '../store/feed.ts';
import type { PollVotes } from '../store/poll-votes.ts';
import type { Reactions as ReactionTable } from '../store/reactions.ts';
import type { ChannelId, MessageId, PeerId, PostId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { DirectReactions } from './direct-reactions.ts';
import type { FeedRule } from './feed-rule.ts';
import { reactionObject, voteObject, type Owing } from './owing.ts';
import type { People } from './people.ts';
import type { Trust } from './trust.ts';

/** Likes, and votes, looked at, the newest: a Python node takes some hundred in an hour. */
const MAX_EARLIER = 1_000;
/** How the tables of catch-up name the places in which a peer has been told; no channel can be called so. */
const TOLD = '\u0001told ';
const FEED = '';
/** All direct messages that the peer has. */
const DIRECT = '\u0001direct';

export interface EarlierReactionsComponents {
  reactions: ReactionTable;
  votes: PollVotes;
  messages: MessageTable;
  directTable: Pick<DirectTable, 'get'>;
  directReactions: Pick<DirectReactions, 'homes'>;
  channelTable: ChannelTable;
  posts: FeedPosts;
  rule: FeedRule;
  catchup: CatchupState;
  people: People;
  owing: Owing;
  trust: Trust;
  changes: Changes;
  clock: Clock;
}

export class EarlierReactions {
  readonly #c: EarlierReactionsComponents;

  constructor(components: EarlierReactionsComponents) {
    this.#c = components;
  }

  /** Owes a peer what it was not told in time; for places where it was, nothing. */
  owe(peer: PeerId): void {
    const { trust, clock, changes, owing, catchup } = this.#c;
    if (!trust.isTrusted(peer)) return;
    const since = this.#places(peer, owing.horizon());
    if (since.size === 0) return;
    changes.now(() => {
      for (const { place, objectId, at } of [...this.#reactions(peer), ...this.#votes(peer)])
        if (at >= (since.get(place) ?? Infinity)) owing.earlier(peer, objectId);
      for (const place of since.keys()) catchup.advanceAsked(peer, markOf(place), clock.now());
    });
  }

  /** Places a peer may see and was not told of since `before`, each with the time up to which it was. */
  #places(peer: PeerId, before: number): Map<string, number> {
    const { channelTable, owing, catchup } = this.#c;
    const channels = channelTable
      .list()
      .filter((channel) => !channelTable.isRetired(channel.id) && owing.isEntitled(peer, channel));
    const told = catchup.askedOf(peer);
    const places = [FEED, DIRECT, ...channels.map(({ id }) => id)]
      .map((place) => [place, told.get(markOf(place)) ?? 0] as const)
      .filter(([, at]) => at < before);
    return new Map(places);
  }

  #reactions(peer: PeerId): { place: string; objectId: string; at: number }[] {
    return this.#c.reactions.newestBy(this.#locals(), MAX_EARLIER).flatMap(({ itemId, userId, at }) => {
      const place = this.#placeOf(peer, itemId);
      return place === null ? [] : [{ place, objectId: reactionObject(itemId, userId), at }];
    });
  }

  #votes(peer: PeerId): { place: string; objectId: string; at: number }[] {
    return this.#c.votes.newestBy(this.#locals(), MAX_EARLIER).flatMap(({ pollId, userId, at }) => {
      const place = this.#placeOf(peer, pollId);
      return place === null ? [] : [{ place, objectId: voteObject(pollId, userId), at }];
    });
  }

  /** Where a message or post stands; null when it is not here, or not for the peer. */
  #placeOf(peer: PeerId, id: string): string | null {
    const message = this.#c.messages.get(id as MessageId);
    if (message !== undefined) return message.channelId;
    const letter = this.#c.directTable.get(id as MessageId);
    if (letter !== undefined) return this.#c.directReactions.homes(letter).includes(peer) ? DIRECT : null;
    const post = this.#c.posts.get(id as PostId);
    return post !== undefined && this.#c.rule.isFor(peer, post) ? FEED : null;
  }

  #locals(): string[] {
    return this.#c.people.localAccounts().map(({ id }) => id);
  }
}

function markOf(place: string): ChannelId {
  return `${TOLD}${place}` as ChannelId;
}
