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
import type { Changes } from './changes.ts';
import { checkedDraft } from './channel-draft.ts';
import type { ChannelDraft } from './channel-draft.ts';
import { lifecycle } from './channel-lifecycle.ts';
import { isChannelType, isPrivacyMode, isPublicOpen, isPublicForSync, isTargeted } from './channel-rules.ts';
import type { ChannelKind } from './channel-rules.ts';
import type { ChannelTelling } from './channel-telling.ts';
import type { ChannelWatch } from './channel-watch.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { postingRights } from './posting-rule.ts';
import type { ChannelMember, ChannelView, PostPolicy } from './types.ts';

/** Hex characters of a channel id after its `C`. */
const CHANNEL_ID_HEX = 16;

export interface ChannelsComponents {
  channels: ChannelTable;
  members: ChannelMembers;
  messages: MessageTable;
  users: Users;
  people: People;
  journal: Journal;
  telling: ChannelTelling;
  watch: ChannelWatch;
  changes: Changes;
  clock: Clock;
  random: Random;
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
      throw new WorkspaceError(blocked, 'Channel access blocked by admin governance policy', {
        reason: blocked,
      });
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
   * Creates a channel with the caller as admin; open public ones get every local account, others the people named.
   * @throws {WorkspaceError} `channel_name_taken`, `channel_creation_blocked`, `membership_denied` (unknown people), those of
   *   {@link checkedDraft}, and what the watcher of members says.
   */
  async create(userId: UserId, draft: ChannelDraft): Promise<ChannelView> {
    const fields = checkedDraft(draft);
    this.#demandCreation(userId, fields);
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
      if (this.nameTaken(fields.name) || !this.#c.channels.insert(row))
        throw new WorkspaceError('channel_name_taken', 'A channel with this name already exists');
      this.#c.changes.creates(id);
      this.#c.members.add(id, userId, 'admin', now);
      this.joinLocals(id);
      this.#addFirst(id, draft);
      this.#c.journal.channelState(id, userId, { reason: 'channel_created' });
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

  /** Something was written in the channel, or changed: it lives. Inside a transaction. */
  stirred(channelId: ChannelId): void {
    this.#c.channels.touch(channelId, this.#c.clock.now());
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

  /** Whether a public channel has the name; of others only their members know. */
  nameTaken(name: string): boolean {
    return this.#c.channels.byName(name).some((channel) => channel.channelType === 'public');
  }

  /** Who may post in a curated channel besides its admins. */
  allowedPosters(channelId: ChannelId): readonly UserId[] {
    return this.#c.members.posters(channelId);
  }

  /** Whether governance keeps somebody out of a channel. */
  isBarred(userId: UserId, channel: Channel): boolean {
    return this.#blocked(userId, channel) !== null;
  }

  /**
   * The last of here is out of a private channel of another node: who else is in it is no longer told, so it is forgotten.
   * Inside a transaction.
   */
  forgetOthers(channel: Channel): void {
    if (!isTargeted(channel) || this.isOurs(channel) || this.localMembers(channel.id).length > 0) return;
    for (const { userId } of this.#c.members.list(channel.id)) this.#c.members.remove(channel.id, userId);
  }

  /** The creator, and members with the role `admin`. */
  isAdmin(userId: UserId, channel: Channel): boolean {
    const member = this.#c.members.get(channel.id, userId);
    return member !== undefined && (member.role === 'admin' || channel.createdBy === userId);
  }

  /** Whether the channel is this node's, to change and to answer for. */
  isOurs(channel: Channel): boolean {
    return channel.originPeer === null || channel.originPeer === this.#localPeer;
  }

  /** A channel as somebody sees it who may not be in it. */
  view(channel: Channel, userId: UserId): ChannelView {
    return this.#view(channel, userId);
  }

  /** Governance may keep somebody from public channels, or to the channels there are (03 section 3.6). */
  #demandCreation(userId: UserId, kind: ChannelKind): void {
    const governance = this.#c.users.governance(userId);
    if (governance === null) return;
    const listed = governance.allowed !== null;
    if (!listed && !(governance.blockPublic && isPublicOpen(kind))) return;
    const reason = listed
      ? 'governance_channel_creation_not_allowlisted'
      : 'governance_public_channels_blocked';
    const text = 'Channel creation blocked by admin governance policy';
    throw new WorkspaceError('channel_creation_blocked', text, { reason });
  }

  /** The people a channel is made for. Other nodes hear of the channel first, then of each of them. */
  #addFirst(id: ChannelId, draft: ChannelDraft): void {
    const { channels, members, people, telling, watch, clock } = this.#c;
    const channel = channels.get(id);
    if (channel === undefined) return;
    const added = [...new Set(draft.members ?? [])].filter((userId) => members.get(id, userId) === undefined);
    if (isTargeted(channel)) watch.now.created(channel);
    for (const userId of added) {
      const person = people.get(userId);
      if (person === undefined || (person.local && this.isBarred(userId, channel)))
        throw new WorkspaceError('membership_denied', 'Permission denied or user not found');
      if (isTargeted(channel))
        watch.now.adding(channel, userId, { acceptUnencrypted: draft.acceptUnencrypted === true });
      members.add(id, userId, 'member', clock.now());
    }
    telling.changed(channel);
    for (const userId of added) {
      telling.member(channel, { userId, action: 'add', role: 'member' });
      if (isTargeted(channel)) watch.now.added(channel, userId);
    }
  }

  #approved(channel: Channel, userId: UserId): boolean {
    if (channel.createdBy === userId || this.#c.members.get(channel.id, userId)?.role === 'admin')
      return true;
    return channel.postPolicy === 'curated' && this.#c.members.posters(channel.id).includes(userId);
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
      encryption: this.#c.watch.now.encryption(channel),
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
