/**
 * Channels as the accounts of this node see them: list, members, creation, reading (03 sections 5.1, 5.2 and 5.10).
 * What other nodes say about channels is in `channel-merge.ts`.
 */
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelMember as MemberRow, ChannelMembers } from '../store/channel-members.ts';
import type { ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import { hexId } from '../store/ids.ts';
import type { Users } from '../store/users.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import {
  MAX_CHANNEL_NAME,
  channelName,
  isChannelType,
  isPostPolicy,
  isPrivacyMode,
  isPublicOpen,
  isPublicForSync,
} from './channel-rules.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { postingRights } from './posting-rule.ts';
import { codePoints } from './text.ts';
import type { ChannelMember, ChannelType, ChannelView, PostPolicy, PrivacyMode } from './types.ts';

/** Hex characters of a channel id after its `C`. */
const CHANNEL_ID_HEX = 16;
const DAY_MS = 86_400_000;
/** A channel is shown as cooling when it has this many days left (03 section 5.12). */
const COOLING_DAYS = 14;

export interface ChannelsComponents {
  channels: ChannelTable;
  members: ChannelMembers;
  messages: MessageTable;
  users: Users;
  people: People;
  journal: Journal;
  changes: Changes;
  clock: Clock;
  random: Random;
}

/** What a person gives to create a channel; texts as typed. */
export interface ChannelDraft {
  name: string;
  description?: string;
  type?: string;
  privacyMode?: string;
  postPolicy?: string;
  allowMemberReplies?: boolean;
}

/** A channel and the caller's place in it. */
export interface ChannelAccess {
  channel: Channel;
  member: MemberRow;
  rights: { topLevel: boolean; reply: boolean };
}

export class Channels {
  readonly #c: ChannelsComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Channels `userId` is a member of and may see, most recently active first. */
  list(userId: UserId): ChannelView[] {
    return this.#c.channels
      .ofUser(userId)
      .filter((channel) => this.#blocked(userId, channel) === null && !this.#c.channels.isRetired(channel.id))
      .map((channel) => this.#view(channel, userId));
  }

  /** One of those; `undefined` for unknown channels and non-members alike. */
  get(userId: UserId, channelId: ChannelId): ChannelView | undefined {
    const channel = this.#c.channels.get(channelId);
    if (channel === undefined || this.#c.members.get(channelId, userId) === undefined) return undefined;
    return this.#view(channel, userId);
  }

  /**
   * The channel and the caller's rights in it.
   * @throws {WorkspaceError} `not_found` for unknown and retired channels and non-members alike,
   *   `governance_public_channels_blocked`, `governance_channel_not_allowlisted`.
   */
  access(userId: UserId, channelId: ChannelId): ChannelAccess {
    const channel = this.#c.channels.get(channelId);
    const member = this.#c.members.get(channelId, userId);
    if (channel === undefined || member === undefined || this.#c.channels.isRetired(channelId))
      throw new WorkspaceError('not_found', 'Resource not found');
    const blocked = this.#blocked(userId, channel);
    if (blocked !== null)
      throw new WorkspaceError(blocked, 'Channel access blocked by admin governance policy');
    return { channel, member, rights: this.rights(channel, userId) };
  }

  /** Whether a person, of here or elsewhere, is in a channel and no rule of this node keeps them out. */
  mayRead(userId: UserId, channelId: ChannelId): boolean {
    const channel = this.#c.channels.get(channelId);
    if (channel === undefined || this.#c.members.get(channelId, userId) === undefined) return false;
    return !this.#c.channels.isRetired(channelId) && this.#blocked(userId, channel) === null;
  }

  /** What `userId` may post in `channel`, membership aside. */
  rights(channel: Channel, userId: UserId): { topLevel: boolean; reply: boolean } {
    return postingRights({
      postPolicy: channel.postPolicy === 'curated' ? 'curated' : 'open',
      allowMemberReplies: channel.allowMemberReplies,
      approved: this.#approved(channel, userId),
    });
  }

  /** @throws {WorkspaceError} as {@link access}. */
  members(
    userId: UserId,
    channelId: ChannelId,
  ): {
    members: ChannelMember[];
    policy: {
      postPolicy: PostPolicy;
      allowMemberReplies: boolean;
      canManage: boolean;
      canPostTopLevel: boolean;
      canReply: boolean;
      allowedPosterCount: number;
    };
  } {
    const { channel, member, rights } = this.access(userId, channelId);
    const posters = new Set(this.#c.members.posters(channelId));
    return {
      members: this.#c.members.list(channelId).flatMap((row) => this.#memberView(channel, row, posters)),
      policy: {
        postPolicy: channel.postPolicy === 'curated' ? 'curated' : 'open',
        allowMemberReplies: channel.allowMemberReplies,
        canManage: member.role === 'admin' || channel.createdBy === userId,
        canPostTopLevel: rights.topLevel,
        canReply: rights.reply,
        allowedPosterCount: posters.size,
      },
    };
  }

  /**
   * Creates a channel with the caller as admin; open public ones get every local account.
   * @throws {WorkspaceError} `channel_name_required`, `channel_name_too_long`, `channel_name_taken`,
   *   `invalid_channel_type`, `invalid_privacy_mode`, `invalid_post_policy`.
   */
  async create(userId: UserId, draft: ChannelDraft): Promise<ChannelView> {
    const fields = checkedDraft(draft);
    const id = `C${hexId(this.#c.random, CHANNEL_ID_HEX)}` as ChannelId;
    await this.#c.changes.run(() => {
      const now = this.#c.clock.now();
      const row = {
        ...fields,
        id,
        createdBy: userId,
        originPeer: this.#localPeer,
        // A channel for everybody is never archived for lack of talk.
        lifecyclePreserved: fields.channelType === 'general',
        now,
      };
      if (this.#nameTaken(fields.name) || !this.#c.channels.insert(row))
        throw new WorkspaceError('channel_name_taken', 'A channel with this name already exists');
      this.#c.members.add(id, userId, 'admin', now);
      this.joinLocals(id);
      this.#c.journal.channelState(id, userId, { reason: 'channel_created' });
      this.#c.changes.tell({ type: 'channel.local', channelId: id });
    });
    const view = this.get(userId, id);
    if (view === undefined) throw new WorkspaceError('not_found', 'Resource not found');
    return view;
  }

  /** Marks everything in the channel as read by `userId`. @throws {WorkspaceError} as {@link access}. */
  markRead(userId: UserId, channelId: ChannelId): void {
    this.access(userId, channelId);
    this.#c.changes.now(() => {
      if (this.#c.members.markRead(channelId, userId, this.#c.clock.now()))
        this.#c.journal.channelRead(channelId, userId);
    });
  }

  /** Makes every local account that may a member of a public open channel. Inside a transaction. */
  joinLocals(channelId: ChannelId): void {
    const channel = this.#c.channels.get(channelId);
    if (channel === undefined || !isPublicOpen(channel)) return;
    const now = this.#c.clock.now();
    for (const userId of this.#c.people.publicChannelCandidates())
      if (this.#blocked(userId, channel) === null) this.#c.members.add(channelId, userId, 'member', now);
  }

  /** Channels every peer may know of, for the channel list that is sent (03 section 5.8). */
  publicForSync(): Channel[] {
    return this.#c.channels
      .list()
      .filter((channel) => isPublicForSync(channel) && !this.#c.channels.isRetired(channel.id));
  }

  /** Local members of a channel: who gets its journal events. */
  localMembers(channelId: ChannelId): UserId[] {
    return this.#c.people
      .localAccounts()
      .map((person) => person.id)
      .filter((userId) => this.#c.members.get(channelId, userId) !== undefined);
  }

  #approved(channel: Channel, userId: UserId): boolean {
    if (channel.createdBy === userId || this.#c.members.get(channel.id, userId)?.role === 'admin')
      return true;
    return channel.postPolicy === 'curated' && this.#c.members.posters(channel.id).includes(userId);
  }

  #nameTaken(name: string): boolean {
    return this.#c.channels.byName(name).some((channel) => channel.channelType === 'public');
  }

  /** Why governance keeps `userId` out of `channel` (03 section 3.6), or `null`. */
  #blocked(
    userId: UserId,
    channel: Channel,
  ): 'governance_public_channels_blocked' | 'governance_channel_not_allowlisted' | null {
    const governance = this.#c.users.governance(userId);
    if (governance === null) return null;
    if (governance.blockPublic && isPublicOpen(channel)) return 'governance_public_channels_blocked';
    if (governance.allowed !== null && !governance.allowed.has(channel.id))
      return 'governance_channel_not_allowlisted';
    return null;
  }

  #memberView(channel: Channel, row: MemberRow, posters: ReadonlySet<UserId>): ChannelMember[] {
    const person = this.#c.people.get(row.userId);
    if (person === undefined) return [];
    const explicit = posters.has(row.userId);
    return [
      {
        userId: row.userId,
        role: row.role,
        joinedAt: row.joinedAt,
        username: person.username,
        displayName: person.displayName,
        explicitPostPermission: explicit,
        canStartThreads: this.rights(channel, row.userId).topLevel,
        postingAccess: row.role === 'admin' ? 'admin' : explicit ? 'allowed' : 'member',
      },
    ];
  }

  #view(channel: Channel, userId: UserId): ChannelView {
    const now = this.#c.clock.now();
    const member = this.#c.members.get(channel.id, userId);
    const rights = this.rights(channel, userId);
    return {
      id: channel.id,
      name: channel.name,
      type: isChannelType(channel.channelType) ? channel.channelType : 'public',
      createdBy: channel.createdBy,
      createdAt: channel.createdAt,
      description: channel.description,
      topic: channel.topic,
      originPeer: channel.originPeer,
      privacyMode: isPrivacyMode(channel.privacyMode) ? channel.privacyMode : 'private',
      postPolicy: channel.postPolicy === 'curated' ? 'curated' : 'open',
      allowMemberReplies: channel.allowMemberReplies,
      cryptoMode: channel.cryptoMode,
      memberCount: this.#c.members.list(channel.id).length,
      unreadCount: this.#c.messages.unreadCount(channel.id, userId, now),
      allowedPosterCount: this.#c.members.posters(channel.id).length,
      lastMessageAt: this.#c.messages.latestAt(channel.id, now),
      lastActivityAt: channel.lastActivityAt,
      archivedAt: channel.lifecycleArchivedAt,
      archiveReason: channel.lifecycleArchiveReason,
      lifecycleTtlDays: channel.lifecycleTtlDays,
      lifecyclePreserved: channel.lifecyclePreserved,
      ...lifecycle(channel, now),
      userRole: member?.role ?? 'member',
      notificationsEnabled: member?.notificationsEnabled ?? true,
      canPostTopLevel: rights.topLevel,
      canReply: rights.reply,
      retiredByVote: this.#c.channels.isRetired(channel.id),
    };
  }
}

function lifecycle(channel: Channel, now: number): Pick<ChannelView, 'lifecycleStatus' | 'daysUntilArchive'> {
  if (channel.lifecyclePreserved) return { lifecycleStatus: 'preserved', daysUntilArchive: null };
  const since = channel.lastActivityAt ?? channel.createdAt ?? now;
  const days = Math.max(0, Math.ceil((since + channel.lifecycleTtlDays * DAY_MS - now) / DAY_MS));
  if (channel.lifecycleArchivedAt !== null) return { lifecycleStatus: 'archived', daysUntilArchive: days };
  if (days === 0) return { lifecycleStatus: 'inactive', daysUntilArchive: 0 };
  return { lifecycleStatus: days <= COOLING_DAYS ? 'cooling' : 'active', daysUntilArchive: days };
}

function checkedDraft(draft: ChannelDraft): {
  name: string;
  description: string;
  channelType: ChannelType;
  privacyMode: PrivacyMode;
  postPolicy: PostPolicy;
  allowMemberReplies: boolean;
} {
  const name = draft.name.trim().replace(/^#+/, '').trim();
  if (name === '') throw new WorkspaceError('channel_name_required', 'Channel name required');
  if (codePoints(name) > MAX_CHANNEL_NAME)
    throw new WorkspaceError(
      'channel_name_too_long',
      `Channel name too long (max ${MAX_CHANNEL_NAME} characters)`,
    );
  const channelType = draft.type ?? 'public';
  // A private channel is private, whatever was left out (03 P9).
  const privacyMode = (draft.privacyMode ?? (channelType === 'private' ? 'private' : 'open'))
    .trim()
    .toLowerCase();
  const postPolicy = (draft.postPolicy ?? 'open').trim().toLowerCase();
  if (!isPrivacyMode(privacyMode)) throw new WorkspaceError('invalid_privacy_mode', 'Invalid privacy mode');
  if (!isPostPolicy(postPolicy)) throw new WorkspaceError('invalid_post_policy', 'Invalid post policy');
  if (!isChannelType(channelType))
    throw new WorkspaceError(
      'invalid_channel_type',
      `Invalid channel type: ${String(channelType).slice(0, 40)}`,
    );
  return {
    name: channelName(name),
    description: (draft.description ?? '').trim(),
    channelType,
    privacyMode,
    postPolicy,
    allowMemberReplies: draft.allowMemberReplies !== false,
  };
}
