/** Builds the parts of the workspace that call people: mentions, inbox, followed threads. */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { Repositories } from '../store/repositories.ts';
import type { PeerId } from '../wire/ids.ts';
import { Agents } from './agents.ts';
import { Attention } from './attention.ts';
import { CallingTexts } from './calling-texts.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import type { FeedRule } from './feed-rule.ts';
import { Inbox } from './inbox.ts';
import { InboxTexts } from './inbox-texts.ts';
import type { Journal } from './journal.ts';
import { MentionClaims } from './mention-claims.ts';
import { Mentions } from './mentions.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { ThreadSubscriptions } from './thread-subscriptions.ts';
import type { Trust } from './trust.ts';
import { ConversationChoices } from './conversation-choices.ts';
import { Unread } from './unread.ts';

export interface AttentionPartsComponents {
  repositories: Repositories;
  channels: Channels;
  feedRule: FeedRule;
  people: People;
  owing: Owing;
  trust: Trust;
  journal: Journal;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
  random: Random;
}

/** All of them; they follow the journal from here on. */
export function createAttention(components: AttentionPartsComponents, init: { localPeer: PeerId }) {
  const { repositories: rows, ...shared } = components;
  const { journal } = shared;
  const messages = rows.channelMessages;
  const channelTable = rows.channels;
  const texts = new CallingTexts(
    { members: rows.channelMembers, posts: rows.feed, ...{ messages, channelTable }, ...shared },
    init,
  );
  const mentionClaims = new MentionClaims({
    rows: rows.mentionClaims,
    mentions: rows.mentions,
    inbox: rows.inbox,
    texts,
    ...shared,
  });
  const mentions = new Mentions({ rows: rows.mentions, claims: mentionClaims, texts, ...shared }, init);
  const inboxTexts = new InboxTexts({ texts, directMessages: rows.directMessages });
  const inbox = new Inbox({ rows: rows.inbox, audit: rows.inboxAudit, texts: inboxTexts, ...shared });
  const threads = new ThreadSubscriptions({
    rows: rows.threadSubscriptions,
    ...{ messages, inbox },
    ...shared,
  });
  const attention = new Attention({ mentions, inbox, threads, texts, messages, channelTable, ...shared });
  journal.follow(attention);
  const agents = new Agents({
    state: rows.agentState,
    journalRows: rows.journal,
    newsRows: rows.channelNews,
    channelTable,
    ...{ mentions, inbox },
    ...shared,
  });
  const unread = new Unread({
    channels: shared.channels,
    directHistory: rows.directHistory,
    mentions,
    inbox,
  });
  const choices = new ConversationChoices({ rows: rows.conversationChoices, ...shared });
  return { choices, mentions, mentionClaims, inbox, threads, attention, agents, unread };
}
