/** Builds the parts of the workspace that are about the feed, and what posts and channel messages have in common. */
import type { Clock, Random } from '../ports/types.ts';
import type { Repositories } from '../store/repositories.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { Channels } from './channels.ts';
import type { DeliveryBook } from './delivery.ts';
import { EarlierReactions } from './earlier-reactions.ts';
import { Feed } from './feed.ts';
import { FeedComments } from './feed-comments.ts';
import { FeedInbox } from './feed-inbox.ts';
import { FeedReactions } from './feed-reactions.ts';
import type { FeedRule } from './feed-rule.ts';
import { FeedViews } from './feed-views.ts';
import type { Journal } from './journal.ts';
import type { MessageFiles } from './message-files.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { Polls } from './polls.ts';
import type { DirectReactions } from './direct-reactions.ts';
import type { Reactions } from './reactions.ts';
import { Reposts } from './reposts.ts';
import type { Trust } from './trust.ts';

export interface FeedPartsComponents {
  rows: Repositories;
  feedRule: FeedRule;
  reactions: Reactions;
  directReactions: DirectReactions;
  trust: Trust;
  delivery: DeliveryBook;
  owing: Owing;
  messageFiles: MessageFiles;
  channels: Channels;
  channelMessages: ChannelMessages;
  people: People;
  journal: Journal;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export function createFeed(components: FeedPartsComponents, init: { localPeer: PeerId }) {
  const { rows, feedRule: rule, reactions, people, journal, changes, clock, random } = components;
  const { owing, channels, channelMessages } = components;
  const { feed: posts, items, tombstones, reported, pollVotes: votes } = rows;
  const views = new FeedViews({ posts, people, rule, reactions, delivery: components.delivery, reported });
  const feed = new Feed(
    {
      posts,
      items,
      tombstones,
      votes,
      rule,
      views,
      people,
      owing,
      journal,
      messageFiles: components.messageFiles,
      changes,
      clock,
      random,
    },
    init,
  );
  return {
    feed,
    feedComments: new FeedComments({ comments: rows.comments, posts, rule, feed, people, changes, clock }),
    feedReactions: new FeedReactions({
      table: rows.reactions,
      posts,
      rule,
      reactions,
      people,
      owing,
      changes,
      clock,
    }),
    feedInbox: new FeedInbox({ posts, items, reported, tombstones, people, journal, changes, clock }),
    earlierReactions: new EarlierReactions({
      reactions: rows.reactions,
      votes,
      messages: rows.channelMessages,
      directTable: rows.directMessages,
      directReactions: components.directReactions,
      channelTable: rows.channels,
      posts,
      rule,
      catchup: rows.catchup,
      people,
      owing,
      trust: components.trust,
      changes,
      clock,
    }),
    polls: new Polls({
      votes,
      posts,
      rule,
      messages: rows.channelMessages,
      channelTable: rows.channels,
      members: rows.channelMembers,
      channels,
      people,
      owing,
      changes,
      clock,
    }),
    reposts: new Reposts({
      feed,
      posts,
      rule,
      messages: rows.channelMessages,
      channelMessages,
      channels,
      people,
      changes,
      clock,
      random,
    }),
  };
}
