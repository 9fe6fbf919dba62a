/** All repositories of an open database, built once by `node.ts`. */
import { nativeCrypto } from '../crypto/native.ts';
import type { Random } from '../ports/types.ts';
import { AgentState } from './agent-state.ts';
import { ApiKeyRows } from './api-keys.ts';
import { AssetRows } from './assets.ts';
import { AwaitedParents } from './awaited-parents.ts';
import { Bookmarks } from './bookmarks.ts';
import { ChannelHistoryRows } from './channel-history.ts';
import { ChannelKeyRows } from './channel-keys.ts';
import { ChannelMembers } from './channel-members.ts';
import { ChannelMessages } from './channel-messages.ts';
import { CatchupState } from './catchup-state.ts';
import { ChannelNewsRows } from './channel-news.ts';
import { Channels } from './channels.ts';
import { Comments } from './comments.ts';
import { ConversationChoiceRows } from './conversation-choices.ts';
import { CreatedAnswers } from './created-answers.ts';
import { DeleteSignals } from './delete-signals.ts';
import { Deliveries } from './delivery.ts';
import { DirectHistoryRows } from './direct-history.ts';
import { DirectMessages } from './direct-messages.ts';
import { ExternalAssets } from './external-assets.ts';
import { FeedPosts } from './feed.ts';
import { FileReferences } from './file-references.ts';
import { FileTransfers } from './file-transfers.ts';
import { FileRows } from './files.ts';
import { InboxAudit } from './inbox-audit.ts';
import { InboxRows } from './inbox.ts';
import { JournalRows } from './journal.ts';
import { ItemBackfill } from './item-backfill.ts';
import { LibraryRecordRows } from './library-records.ts';
import { LibraryRows } from './libraries.ts';
import { LibraryTickets } from './library-tickets.ts';
import { LibraryTransfers } from './library-transfers.ts';
import { MemberSyncs } from './member-syncs.ts';
import { MentionClaimRows } from './mention-claims.ts';
import { MentionRows } from './mentions.ts';
import { MessageHistory } from './message-history.ts';
import { NativeItems } from './native-items.ts';
import { NativeProofs } from './native-proofs.ts';
import { Arrivals } from './arrivals.ts';
import { NativeReported } from './native-reported.ts';
import { NativeRefused } from './native-refused.ts';
import { Outbox } from './outbox.ts';
import { OwedTexts } from './owed-texts.ts';
import { PeerFactsTable } from './peer-facts.ts';
import { PeerRequests } from './peer-requests.ts';
import { PeerSecurityTable } from './peer-security.ts';
import { PollVotes } from './poll-votes.ts';
import { ProcessedMessages } from './processed-messages.ts';
import { PeerProfiles } from './profiles.ts';
import { Reactions } from './reactions.ts';
import { SearchChanges } from './search.ts';
import { searchSources } from './search-sources.ts';
import { SessionRows } from './sessions.ts';
import type { Sql } from './sql.ts';
import { storageMode } from './storage-mode.ts';
import { Statistics } from './statistics.ts';
import { SystemState } from './system-state.ts';
import { ThreadSubscriptionRows } from './thread-subscriptions.ts';
import { Tombstones } from './tombstones.ts';
import { Tasks } from './tasks.ts';
import { TrustScores } from './trust.ts';
import { UserHomes } from './user-homes.ts';
import { Users } from './users.ts';
import type { Vault } from './vault.ts';

export type Repositories = ReturnType<typeof createRepositories>;

/** Builds every repository over one connection. They hold no state; transactions are the caller's (`Store.commit`). */
export function createRepositories(components: { sql: Sql; vault: Vault; random: Random }) {
  const { sql, random } = components;
  const vault = components.vault.inMode(storageMode(sql));
  const items = new NativeItems({ sql, crypto: nativeCrypto });
  const search = new SearchChanges();
  const channelMessages = new ChannelMessages({ sql, vault, items, search });
  const directMessages = new DirectMessages({ sql, vault, items, search });
  const feed = new FeedPosts({ sql, vault, items, search });
  return {
    /** What is encrypted in this directory. */
    storageMode: vault.mode,
    users: new Users({ sql, vault }),
    apiKeys: new ApiKeyRows(sql),
    assets: new AssetRows(sql),
    externalAssets: new ExternalAssets(sql),
    sessions: new SessionRows(sql),
    systemState: new SystemState(sql),
    channels: new Channels({ sql, search }),
    channelMembers: new ChannelMembers(sql),
    memberSyncs: new MemberSyncs(sql),
    channelKeys: new ChannelKeyRows({ sql, vault }),
    channelMessages,
    channelHistory: new ChannelHistoryRows(sql),
    awaitedParents: new AwaitedParents(sql),
    messageHistory: new MessageHistory({ sql, vault }),
    reactions: new Reactions({ sql, random }),
    directMessages,
    directHistory: new DirectHistoryRows(sql),
    processedMessages: new ProcessedMessages(sql),
    feed,
    comments: new Comments({ sql, vault, random }),
    pollVotes: new PollVotes({ sql, random }),
    files: new FileRows({ sql, vault }),
    fileTransfers: new FileTransfers({ sql, vault }),
    libraryTransfers: new LibraryTransfers({ sql }),
    fileReferences: new FileReferences(sql),
    trust: new TrustScores(sql),
    profiles: new PeerProfiles({ sql, vault }),
    peerRequests: new PeerRequests(sql),
    deliveries: new Deliveries(sql),
    outbox: new Outbox(sql),
    owedTexts: new OwedTexts({ sql, vault }),
    createdAnswers: new CreatedAnswers({ sql, vault }),
    deleteSignals: new DeleteSignals(sql),
    tombstones: new Tombstones(sql),
    mentions: new MentionRows({ sql, vault }),
    mentionClaims: new MentionClaimRows(sql),
    inbox: new InboxRows({ sql, vault }),
    inboxAudit: new InboxAudit(sql),
    conversationChoices: new ConversationChoiceRows(sql),
    threadSubscriptions: new ThreadSubscriptionRows(sql),
    agentState: new AgentState(sql),
    channelNews: new ChannelNewsRows(sql),
    journal: new JournalRows({ sql, vault }),
    bookmarks: new Bookmarks({ sql, vault }),
    tasks: new Tasks(sql),
    searchChanges: search,
    searchSources: searchSources({ sql, vault }),
    statistics: new Statistics(sql),
    userHomes: new UserHomes(sql),
    peerFacts: new PeerFactsTable(sql),
    peerSecurity: new PeerSecurityTable(sql),
    catchup: new CatchupState(sql),
    items,
    refused: new NativeRefused(sql),
    reported: new NativeReported(sql),
    arrivals: new Arrivals(sql),
    proofs: new NativeProofs({ sql, vault }),
    libraries: new LibraryRows({ sql, vault }),
    libraryRecords: new LibraryRecordRows({ sql, vault }),
    libraryTickets: new LibraryTickets({ sql, vault }),
    itemBackfill: new ItemBackfill({ sql, items, directMessages, feed }),
  };
}
