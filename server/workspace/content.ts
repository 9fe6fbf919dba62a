/** Builds the parts of the workspace that hold people, channels, messages and trust, in the order they need each other. */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { Ports } from '../ports/types.ts';
import type { GroupCommit } from '../store/group-commit.ts';
import type { FileBytes } from '../store/file-bytes.ts';
import type { Repositories } from '../store/repositories.ts';
import type { SearchIndex } from '../store/search.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import { Avatars } from './avatars.ts';
import { Bookmarks } from './bookmarks.ts';
import { Changes } from './changes.ts';
import { ChannelAdmin } from './channel-admin.ts';
import { ChannelEdits } from './channel-edits.ts';
import { ChannelInbox } from './channel-inbox.ts';
import { ChannelInvitations } from './channel-invitations.ts';
import { ChannelTexts } from './channel-keys-texts.ts';
import { ChannelHistory } from './channel-history.ts';
import { ChannelKeys } from './channel-keys.ts';
import { ChannelMerge } from './channel-merge.ts';
import { ChannelMembership } from './channel-membership.ts';
import { ChannelMessages } from './channel-messages.ts';
import { ChannelRemoval } from './channel-removal.ts';
import { ChannelTelling } from './channel-telling.ts';
import { ChannelUpkeep } from './channel-upkeep.ts';
import { ChannelWatch } from './channel-watch.ts';
import { Channels } from './channels.ts';
import { createAttention } from './create-attention.ts';
import { createFeed } from './create-feed.ts';
import { createFiles } from './create-files.ts';
import { DeliveryBook } from './delivery.ts';
import { PeerDevices } from './device-profile.ts';
import { DirectEdits } from './direct-edits.ts';
import { DirectHistory } from './direct-history.ts';
import { DirectInbox } from './direct-inbox.ts';
import { DirectMessages } from './direct-messages.ts';
import { Expiry } from './expiry.ts';
import { FeedRule } from './feed-rule.ts';
import { Journal } from './journal.ts';
import { MessageHistory } from './message-history.ts';
import { Owing } from './owing.ts';
import { PeerCleanup } from './peer-cleanup.ts';
import { PeerMessages } from './peer-messages.ts';
import { DirectReactions } from './direct-reactions.ts';
import { Reactions } from './reactions.ts';
import { DeleteSignals } from './delete-signals.ts';
import type { CreateOnce } from './create-once.ts';
import type { Sessions } from './sessions.ts';
import { People } from './people.ts';
import { Requests } from './requests.ts';
import { Search } from './search.ts';
import { Tasks } from './tasks.ts';
import { Trust } from './trust.ts';
import type { TrustDefault } from './trust.ts';

export interface ContentComponents {
  repositories: Repositories;
  commit: GroupCommit;
  sessions: Sessions;
  createOnce: CreateOnce;
  ports: Pick<Ports, 'clock' | 'timers' | 'random'>;
  crypto: CryptoBackend;
  bus: EventBus;
  /** Where the bytes of files are. */
  bytes: FileBytes;
  /** What finds documents; together they hold every kind. */
  searchIndexes: readonly SearchIndex[];
  /** Whether a local account owns this node. */
  isOwner: (userId: UserId) => boolean;
}

export interface ContentOptions {
  localPeer: PeerId;
  /** `CANOPY_TRUST_DEFAULT`. */
  trustDefault: TrustDefault;
  /** Between expiry runs, ms (`CANOPY_MAINTENANCE_INTERVAL_SECONDS`). */
  maintenanceIntervalMs: number;
}

export type Content = ReturnType<typeof createContent>;

/** All parts; they share one {@link Changes}, so that events are told after the commit they belong to. */
export function createContent(components: ContentComponents, init: ContentOptions) {
  const { repositories: rows, crypto, bus } = components;
  const { clock, random, timers } = components.ports;
  const { localPeer } = init;
  const changes = new Changes({ commit: components.commit, bus });
  const people = new People({ users: rows.users, homes: rows.userHomes, changes, clock }, { localPeer });
  const trust = new Trust({ rows: rows.trust, changes, clock }, { policy: init.trustDefault });
  const requests = new Requests({ rows: rows.peerRequests, trust, changes, clock });
  const peerDevices = new PeerDevices({ rows: rows.profiles, clock });
  const delivery = new DeliveryBook({ rows: rows.deliveries, changes, clock });
  const members = rows.channelMembers;
  const owing = new Owing(
    {
      outbox: rows.outbox,
      texts: rows.owedTexts,
      book: delivery,
      members,
      facts: rows.peerFacts,
      trust,
      changes,
      clock,
    },
    { localPeer },
  );
  const processed = rows.processedMessages;
  const { tombstones, awaitedParents } = rows;
  const feedRule = new FeedRule({ posts: rows.feed, people, trust });
  const journal = new Journal({
    counts: (authorId) => feedRule.counts(authorId),
    rows: rows.journal,
    members,
    directMessages: rows.directMessages,
    people,
    changes,
    clock,
    random,
  });
  const watch = new ChannelWatch();
  const telling = new ChannelTelling(
    { members, syncs: rows.memberSyncs, people, owing, changes, clock, random },
    { localPeer },
  );
  const channels = new Channels(
    {
      channels: rows.channels,
      members,
      messages: rows.channelMessages,
      users: rows.users,
      people,
      journal,
      telling,
      watch,
      changes,
      clock,
      random,
    },
    { localPeer },
  );
  const attention = createAttention(
    { repositories: rows, channels, feedRule, people, owing, trust, journal, changes, clock, crypto, random },
    { localPeer },
  );
  const channelMerge = new ChannelMerge(
    {
      table: rows.channels,
      items: rows.items,
      processed,
      members,
      tombstones,
      channels,
      people,
      journal,
      changes,
      clock,
    },
    { localPeer },
  );
  const channelParts = { table: rows.channels, members, channels, people, telling, owing, watch, journal };
  const table = rows.channelMessages;
  const channelTable = rows.channels;
  const directTable = rows.directMessages;
  const shared = { people, journal, changes, clock };
  const keyRows = { rows: rows.channelKeys, channelTable };
  const channelKeys = new ChannelKeys(
    { ...keyRows, members, merge: channelMerge, owing, random, ...shared },
    { localPeer },
  );
  watch.use(channelKeys);
  const channelTexts = new ChannelTexts({ ...keyRows, table, crypto, random, ...shared }, { localPeer });
  const reactions = new Reactions({
    table: rows.reactions,
    messages: table,
    channelTable,
    members,
    channels,
    people,
    owing,
    changes,
    clock,
  });
  const directReactions = new DirectReactions({
    table: rows.reactions,
    messages: directTable,
    channelMessages: table,
    reactions,
    people,
    owing,
    changes,
    clock,
  });
  const files = createFiles({
    ...components,
    people,
    channels,
    owing,
    feedRule,
    journal,
    // Messages ask for files, and files who sees a message.
    directMessages: {
      sees: (userId, id) => directMessages.get(userId, id) !== undefined,
      recipients: (id) => directMessages.forSending(id)?.recipients ?? [],
    },
    trust,
    changes,
    clock,
    random,
  });
  const { messageFiles } = files;
  const avatars = new Avatars({
    users: rows.users,
    rows: rows.files,
    bytes: components.bytes,
    files: files.files,
    uploads: files.uploads,
    changes,
    crypto,
    clock,
  });
  const directMessages: DirectMessages = new DirectMessages({
    table: directTable,
    processed,
    delivery,
    owing,
    reactions: directReactions,
    messageFiles,
    crypto,
    random,
    ...shared,
  });
  const channelMessages = new ChannelMessages(
    {
      table,
      channelTable,
      processed,
      channels,
      reactions,
      delivery,
      reported: rows.reported,
      owing,
      texts: channelTexts,
      messageFiles,
      random,
      ...shared,
    },
    { localPeer },
  );
  const channelHistory = new ChannelHistory({
    rows: rows.channelHistory,
    members: rows.channelMembers,
    ...{ channels, channelMessages },
    ...shared,
  });
  const directHistory = new DirectHistory({
    rows: rows.directHistory,
    table: directTable,
    directMessages,
    ...shared,
  });
  const feedParts = createFeed(
    {
      rows,
      feedRule,
      reactions,
      directReactions,
      trust,
      delivery,
      owing,
      messageFiles,
      channels,
      channelMessages,
      random,
      ...shared,
    },
    { localPeer },
  );
  return {
    changes,
    arrivals: rows.arrivals,
    people,
    trust,
    requests,
    peerDevices,
    delivery,
    owing,
    journal,
    channels,
    channelWatch: watch,
    channelMerge,
    channelAdmin: new ChannelAdmin({ ...channelParts, isOwner: components.isOwner, changes, clock }),
    channelMembership: new ChannelMembership({ ...channelParts, changes, clock }),
    channelInvitations: new ChannelInvitations(
      { ...channelParts, merge: channelMerge, changes, clock },
      { localPeer },
    ),
    channelRemoval: new ChannelRemoval(
      { ...channelParts, items: rows.items, tombstones, changes, clock },
      { localPeer },
    ),
    channelKeys,
    channelTexts,
    channelMessages,
    channelHistory,
    directHistory,
    ...feedParts,
    bookmarks: new Bookmarks({
      table: rows.bookmarks,
      channels,
      channelMessages,
      directMessages,
      feed: feedParts.feed,
      people,
      changes,
      clock,
      random,
    }),
    tasks: new Tasks(
      { table: rows.tasks, isOwner: components.isOwner, changes, clock, random },
      { localPeer },
    ),
    search: new Search({
      indexes: components.searchIndexes,
      channels,
      channelTable,
      channelMessages,
      directMessages,
      feed: feedParts.feed,
    }),
    channelInbox: new ChannelInbox({
      table,
      channelTable,
      members,
      processed,
      awaitedParents,
      tombstones,
      items: rows.items,
      history: rows.messageHistory,
      reported: rows.reported,
      arrivals: rows.arrivals,
      channels,
      merge: channelMerge,
      texts: channelTexts,
      ...shared,
    }),
    feedRule,
    reactions,
    directReactions,
    channelEdits: new ChannelEdits(
      {
        table,
        items: rows.items,
        history: rows.messageHistory,
        tombstones,
        channels,
        owing,
        texts: channelTexts,
        journal,
        messageFiles,
        changes,
        clock,
      },
      { localPeer },
    ),
    directMessages,
    messageHistory: new MessageHistory({ rows: rows.messageHistory, channelMessages, directMessages }),
    directEdits: new DirectEdits(
      {
        table: directTable,
        items: rows.items,
        history: rows.messageHistory,
        tombstones,
        directMessages,
        owing,
        journal,
        messageFiles,
        changes,
        clock,
      },
      { localPeer },
    ),
    directInbox: new DirectInbox({
      table: directTable,
      arrivals: rows.arrivals,
      processed,
      tombstones,
      items: rows.items,
      history: rows.messageHistory,
      crypto,
      ...shared,
    }),
    peerMessages: new PeerMessages({
      table: directTable,
      processed,
      devices: peerDevices,
      crypto,
      ...shared,
    }),
    ...files,
    ...attention,
    avatars,
    peerCleanup: new PeerCleanup({ rows, trust, requests, owing, changes }),
    deleteSignals: new DeleteSignals(
      {
        rows: rows.deleteSignals,
        channels: rows.channels,
        members,
        messages: table,
        directs: rows.directMessages,
        posts: rows.feed,
        people,
        trust,
        owing,
        changes,
        clock,
        random,
      },
      { localPeer },
    ),
    expiry: new Expiry(
      {
        messages: table,
        posts: rows.feed,
        processed,
        tombstones,
        awaitedParents,
        journal,
        delivery,
        channelUpkeep: new ChannelUpkeep({ table: channelTable, journal, changes, clock }),
        sessions: components.sessions,
        createOnce: components.createOnce,
        changes,
        clock,
        timers,
      },
      { intervalMs: init.maintenanceIntervalMs },
    ),
  };
}
