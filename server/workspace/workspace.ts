/**
 * The workspace: what people and their programs can do on this node, without HTTP and without sockets
 * (08 section 2). Built once by `node.ts`.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { Ports } from '../ports/types.ts';
import type { Store } from '../store/database.ts';
import type { FileBytes } from '../store/file-bytes.ts';
import type { Repositories } from '../store/repositories.ts';
import { searchIndexes } from '../store/search-indexes.ts';
import type { EventBus } from '../telemetry/bus.ts';
import { AccountCreation } from './account-creation.ts';
import { Accounts } from './accounts.ts';
import { ApiKeys } from './api-keys.ts';
import { createContent } from './content.ts';
import type { Content, ContentOptions } from './content.ts';
import { CreateOnce } from './create-once.ts';
import { Passwords } from './password.ts';
import { Sessions } from './sessions.ts';

export interface WorkspaceComponents {
  store: Store;
  repositories: Repositories;
  ports: Pick<Ports, 'clock' | 'timers' | 'random'>;
  crypto: CryptoBackend;
  bus: EventBus;
  /** Where the bytes of files are. */
  bytes: FileBytes;
}

export interface WorkspaceOptions extends ContentOptions {
  /** The directory's secret; part of legacy password hashes. */
  secretKey: string;
  /** Accounts registered by API are active at once (`CANOPY_AUTO_APPROVE_AGENTS`). */
  autoApproveAgents: boolean;
}

export class Workspace {
  readonly accounts: Accounts;
  readonly apiKeys: ApiKeys;
  readonly sessions: Sessions;
  readonly createOnce: CreateOnce;
  readonly #store: Store;
  readonly people: Content['people'];
  readonly trust: Content['trust'];
  readonly requests: Content['requests'];
  readonly peerDevices: Content['peerDevices'];
  readonly channels: Content['channels'];
  readonly channelAdmin: Content['channelAdmin'];
  readonly channelMembership: Content['channelMembership'];
  readonly channelRemoval: Content['channelRemoval'];
  readonly channelMessages: Content['channelMessages'];
  readonly channelHistory: Content['channelHistory'];
  readonly directHistory: Content['directHistory'];
  readonly channelEdits: Content['channelEdits'];
  readonly channelKeys: Content['channelKeys'];
  readonly channelTexts: Content['channelTexts'];
  readonly reactions: Content['reactions'];
  readonly directReactions: Content['directReactions'];
  readonly arrivals: Content['arrivals'];
  readonly feedRule: Content['feedRule'];
  readonly feed: Content['feed'];
  readonly feedComments: Content['feedComments'];
  readonly feedReactions: Content['feedReactions'];
  readonly earlierReactions: Content['earlierReactions'];
  readonly polls: Content['polls'];
  readonly reposts: Content['reposts'];
  readonly directMessages: Content['directMessages'];
  readonly directEdits: Content['directEdits'];
  readonly messageHistory: Content['messageHistory'];
  readonly files: Content['files'];
  readonly fileUpkeep: Content['fileUpkeep'];
  readonly delivery: Content['delivery'];
  /** What other nodes are owed; for `sync`. */
  readonly owing: Content['owing'];
  readonly journal: Content['journal'];
  readonly mentions: Content['mentions'];
  readonly mentionClaims: Content['mentionClaims'];
  readonly inbox: Content['inbox'];
  readonly threads: Content['threads'];
  readonly choices: Content['choices'];
  readonly avatars: Content['avatars'];
  readonly agents: Content['agents'];
  readonly unread: Content['unread'];
  /** Whom things call; for what arrives and for rebuilding. */
  readonly attention: Content['attention'];
  readonly bookmarks: Content['bookmarks'];
  readonly tasks: Content['tasks'];
  readonly search: Content['search'];
  readonly deleteSignals: Content['deleteSignals'];
  readonly peerCleanup: Content['peerCleanup'];
  readonly expiry: Content['expiry'];
  /** What arrives from other nodes; for `sync` alone. */
  readonly inbound: Pick<
    Content,
    | 'changes'
    | 'channelInbox'
    | 'channelInvitations'
    | 'channelMerge'
    | 'channelRemoval'
    | 'directInbox'
    | 'feedInbox'
    | 'peerMessages'
    | 'uploads'
    | 'messageFiles'
  >;

  constructor(components: WorkspaceComponents, init: WorkspaceOptions) {
    const { repositories: rows, crypto, bus } = components;
    const { clock, random } = components.ports;
    const { commit } = components.store;
    this.#store = components.store;
    this.createOnce = new CreateOnce({ rows: rows.createdAnswers, commit, clock });
    this.apiKeys = new ApiKeys({ rows: rows.apiKeys, users: rows.users, commit, clock, random, crypto, bus });
    this.sessions = new Sessions({ rows: rows.sessions, commit, clock, random, crypto, bus });
    this.accounts = new Accounts(
      {
        users: rows.users,
        systemState: rows.systemState,
        creation: new AccountCreation({
          users: rows.users,
          channels: rows.channels,
          members: rows.channelMembers,
          systemState: rows.systemState,
          clock,
          random,
        }),
        apiKeys: this.apiKeys,
        sessions: this.sessions,
        passwords: new Passwords({ crypto }, { secretKey: init.secretKey }),
        commit,
        clock,
        bus,
      },
      { autoApprove: init.autoApproveAgents },
    );
    const content = createContent(
      {
        repositories: rows,
        commit,
        sessions: this.sessions,
        createOnce: this.createOnce,
        ports: components.ports,
        crypto,
        bus,
        bytes: components.bytes,
        searchIndexes: searchIndexes(
          {
            sql: components.store.sql,
            commit,
            timers: components.ports.timers,
            sources: rows.searchSources,
            changes: rows.searchChanges,
          },
          { mode: rows.storageMode },
        ),
        isOwner: (userId) => this.accounts.owner()?.id === userId,
      },
      init,
    );
    this.people = content.people;
    this.trust = content.trust;
    this.requests = content.requests;
    this.peerDevices = content.peerDevices;
    this.channels = content.channels;
    this.channelAdmin = content.channelAdmin;
    this.channelMembership = content.channelMembership;
    this.channelRemoval = content.channelRemoval;
    this.channelMessages = content.channelMessages;
    this.channelHistory = content.channelHistory;
    this.directHistory = content.directHistory;
    this.channelEdits = content.channelEdits;
    this.channelKeys = content.channelKeys;
    this.channelTexts = content.channelTexts;
    this.reactions = content.reactions;
    this.directReactions = content.directReactions;
    this.arrivals = content.arrivals;
    this.feedRule = content.feedRule;
    this.feed = content.feed;
    this.feedComments = content.feedComments;
    this.feedReactions = content.feedReactions;
    this.earlierReactions = content.earlierReactions;
    this.polls = content.polls;
    this.reposts = content.reposts;
    this.directMessages = content.directMessages;
    this.directEdits = content.directEdits;
    this.messageHistory = content.messageHistory;
    this.files = content.files;
    this.fileUpkeep = content.fileUpkeep;
    this.delivery = content.delivery;
    this.owing = content.owing;
    this.journal = content.journal;
    this.mentions = content.mentions;
    this.mentionClaims = content.mentionClaims;
    this.inbox = content.inbox;
    this.threads = content.threads;
    this.choices = content.choices;
    this.avatars = content.avatars;
    this.agents = content.agents;
    this.unread = content.unread;
    this.attention = content.attention;
    this.bookmarks = content.bookmarks;
    this.tasks = content.tasks;
    this.search = content.search;
    this.deleteSignals = content.deleteSignals;
    this.peerCleanup = content.peerCleanup;
    this.expiry = content.expiry;
    this.inbound = content;
  }

  /** Grows with every change of the database; null while one is under way. What memory holds does not count. */
  revision(): number | null {
    return this.#store.sql.stampOfAll();
  }
}
