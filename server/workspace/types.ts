/**
 * What the workspace hands out: channels, messages, people and events as plain objects with camel-case names and
 * times in Unix milliseconds. `http` renders them in the reference's JSON (04 section 3.0), `sync` in its payloads
 * (02 section 2).
 */
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import type { REACTIONS } from '../wire/payloads/vocabulary.ts';

export type PrivacyMode = 'open' | 'guarded' | 'private' | 'confidential';
export type ChannelType = 'public' | 'private' | 'dm' | 'group_dm' | 'general';
export type PostPolicy = 'open' | 'curated';

/** A person or agent: a local account, or the shadow of one that lives on another node (03 section 4). */
export interface Person {
  id: UserId;
  username: string;
  displayName: string;
  accountType: 'human' | 'agent';
  status: string;
  /** Home peer; `null` for accounts of this node. */
  originPeer: PeerId | null;
  /** Whether the account lives here and can receive direct messages (03 section 4.2 rule 1). */
  local: boolean;
  bio: string | null;
  avatarFileId: string | null;
  createdAt: number | null;
}

/** A local account with what only its owner sees. */
export interface LocalProfile extends Person {
  themePreference: string;
  notificationSettings: Record<string, unknown> | null;
  privacySettings: Record<string, unknown> | null;
  agentDirectives: string | null;
  updatedAt: number | null;
}

/** Whether a channel's messages leave encrypted, and if not, because of whom (03 section 5.11). */
export interface ChannelEncryption {
  encrypted: boolean;
  /** Nodes of members that could not read it, with these members. Empty for an encrypted channel. */
  preventedBy: { peerId: PeerId; userIds: UserId[] }[];
}

/** A channel as one account sees it (04 section 3.0, Channel). */
export interface ChannelView {
  id: ChannelId;
  name: string;
  type: ChannelType;
  createdBy: UserId;
  createdAt: number | null;
  description: string | null;
  topic: string | null;
  originPeer: PeerId | null;
  privacyMode: PrivacyMode;
  postPolicy: PostPolicy;
  allowMemberReplies: boolean;
  cryptoMode: string;
  encryption: ChannelEncryption;
  memberCount: number;
  unreadCount: number;
  allowedPosterCount: number;
  lastMessageAt: number | null;
  lastActivityAt: number | null;
  archivedAt: number | null;
  archiveReason: string | null;
  lifecycleTtlDays: number;
  lifecyclePreserved: boolean;
  lifecycleStatus: 'active' | 'cooling' | 'inactive' | 'preserved' | 'archived';
  daysUntilArchive: number | null;
  userRole: 'admin' | 'member';
  notificationsEnabled: boolean;
  canPostTopLevel: boolean;
  canReply: boolean;
  retiredByVote: boolean;
}

/** One member of a channel (04 section 3.7). */
export interface ChannelMember {
  userId: UserId;
  role: 'admin' | 'member';
  joinedAt: number | null;
  username: string;
  displayName: string;
  explicitPostPermission: boolean;
  canStartThreads: boolean;
  postingAccess: 'admin' | 'allowed' | 'member';
}

/** How far an own message has come, over all peers it is owed to (06 section 3.3). */
export interface DeliverySummary {
  state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed' | 'partial';
  /** Number of peers it is owed to. */
  of: number;
  delivered: number;
  failed: number;
  /** Peers it was handed to. */
  sentTo: PeerId[];
  /** Peers it waits for, with the reason (`offline`, `awaiting_acceptance`, `needs_secure_session`, …). */
  queuedFor: { peerId: PeerId; reason: string | null }[];
  /** Peers that will not have it, with the reason (06 section 3.3). */
  failedFor: { peerId: PeerId; reason: string | null }[];
  /** Peers that have the text and the names of its files alone. */
  filesLeftOut?: PeerId[];
}

/** Kinds of reactions (04 section 4.2); Python's nodes know of each other's likes only. */
export type ReactionType = (typeof REACTIONS)[number];

/** Who reacted, by kind, the earliest first; kinds nobody chose are absent. */
export type ReactionsByKind = Readonly<Partial<Record<ReactionType, readonly UserId[]>>>;

/** A channel message with its author's names (04 section 3.0, ChannelMessage). */
export interface ChannelMessageView {
  id: MessageId;
  channelId: ChannelId;
  userId: UserId;
  content: string;
  type: string;
  createdAt: number;
  expiresAt: number | null;
  editedAt: number | null;
  parentMessageId: MessageId | null;
  originPeer: PeerId | null;
  repostPolicy: string | null;
  cryptoState: string | null;
  reactions: ReactionsByKind;
  attachments: Record<string, unknown>[];
  security: Record<string, unknown>;
  sourceLayout: unknown;
  sourceReference: unknown;
  username: string;
  displayName: string;
  /** Only on messages written on this node that are owed to somebody. */
  delivery: DeliverySummary | null;
  /** The peer that told of it while its author's home has not (06 section 4.3). */
  unconfirmedVia: PeerId | null;
}

/** A post with its author's names (04 section 3.0, FeedPost). */
export interface FeedPostView {
  id: PostId;
  authorId: UserId;
  content: string;
  /** False while only the ciphertext of another node is here (03 section 8.5). */
  available: boolean;
  postType: string;
  visibility: string;
  createdAt: number;
  expiresAt: number | null;
  editedAt: number | null;
  lastActivityAt: number | null;
  metadata: Record<string, unknown> | null;
  /** Of `custom` posts: all for the author, the others see themselves. */
  permissions: UserId[] | null;
  likes: number;
  comments: number;
  shares: number;
  sourceType: string;
  sourceAgentId: string | null;
  sourceUrl: string | null;
  tags: string[];
  username: string;
  displayName: string;
  /** Home of the author; `null`: this node. */
  originPeer: PeerId | null;
  reactions: ReactionsByKind;
  /** Only on posts written on this node that are owed to somebody. */
  delivery: DeliverySummary | null;
  /** The peer that told of it while its author's home has not (06 section 4.3). */
  unconfirmedVia: PeerId | null;
}

/** A direct message, decrypted (04 section 3.0, DirectMessage). */
export interface DirectMessageView {
  id: MessageId;
  senderId: UserId;
  /** A user id, `group:…`, or `null` for a message to everybody on this node. */
  recipientId: string | null;
  content: string;
  messageType: string;
  createdAt: number;
  editedAt: number | null;
  deliveredAt: number | null;
  /** When the one who looks read it; to its sender, when somebody did first. */
  readAt: number | null;
  metadata: Record<string, unknown> | null;
  attachments: Record<string, unknown>[];
  senderName: string;
  delivery: DeliverySummary | null;
  reactions: ReactionsByKind;
  /** People it is between whose programs do not show these reactions. */
  reactionsUnseenBy: UserId[];
}

/** One row of the event journal (04 section 7.1). */
export interface JournalItem {
  seq: number;
  eventId: string;
  eventType: string;
  actorUserId: UserId | null;
  targetUserId: UserId | null;
  channelId: ChannelId | null;
  postId: string | null;
  messageId: MessageId | null;
  visibilityScope: 'user' | 'channel' | 'feed' | 'dm';
  createdAt: number;
  payload: Record<string, unknown> | null;
}

export interface JournalPage {
  items: JournalItem[];
  nextAfterSeq: number;
  latestSeq: number;
  hasMore: boolean;
  appliedTypes: string[];
}

/** A peer that came unasked and waits for a person's decision (00, trust). */
export interface PeerRequest {
  peerId: PeerId;
  state: 'waiting' | 'ignored' | 'blocked' | 'accepted';
  /** Device and people names as the peer claims them; unverified. */
  names: string[];
  endpoint: string | null;
  introducedBy: PeerId | null;
  firstSeen: number;
  /** What the link gives (06 section 5), `null` while not connected. */
  protection: 'secure' | 'tls' | 'signed' | null;
  /** Messages that came and were held back; they arrive by catch-up once accepted. */
  waiting: number;
}

/** Trust in one peer (03 section 9.1). */
export interface TrustState {
  peerId: PeerId;
  score: number;
  /** Whether content of this peer is accepted, the consent rule of `CANOPY_TRUST_DEFAULT` included. */
  trusted: boolean;
  /** Whether a row exists. */
  explicit: boolean;
  lastInteraction: number | null;
  complianceEvents: number;
  violationEvents: number;
  notes: string | null;
}

/** What a device shows about itself (03 section 1.3). */
export interface DeviceCard {
  displayName: string;
  description: string;
  avatarB64: string;
  avatarMime: string;
}
