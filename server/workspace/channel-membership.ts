/**
 * Who is in a channel, as decided on this node (03 sections 5.1, 5.2 and 5.7; 04 sections 3.7, 4.1, 8.1 S4). Open channels
 * are for everybody here; to guarded and private ones an admin adds people. The members of a private channel of another
 * node are that node's business, except that everybody may leave.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers, MemberRole } from '../store/channel-members.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import { LOCAL_USER, SYSTEM_USER } from '../store/seed.ts';
import type { ChannelId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { ChannelActor } from './channel-admin.ts';
import { isPublicForSync, isPublicOpen, isQuarantine, isTargeted } from './channel-rules.ts';
import type { ChannelTelling } from './channel-telling.ts';
import type { ChannelWatch } from './channel-watch.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { peerOfUser } from './people.ts';
import type { ChannelView } from './types.ts';

export interface ChannelMembershipComponents {
  table: ChannelTable;
  members: ChannelMembers;
  channels: Channels;
  people: People;
  telling: ChannelTelling;
  watch: ChannelWatch;
  journal: Journal;
  changes: Changes;
  clock: Clock;
}

export class ChannelMembership {
  readonly #c: ChannelMembershipComponents;

  constructor(components: ChannelMembershipComponents) {
    this.#c = components;
  }

  /**
   * Makes somebody a member; one who is stays as they are. Resolves after the commit.
   * @param init.role of the new member; only an admin can make admins.
   * @throws {WorkspaceError} `membership_denied`, and what the watcher of members says.
   */
  async add(
    by: ChannelActor,
    channelId: ChannelId,
    userId: UserId,
    init: { role: MemberRole; acceptUnencrypted: boolean },
  ): Promise<void> {
    await this.#c.changes.run(() => {
      const { members, channels, telling, watch, journal, clock } = this.#c;
      const channel = this.#channel(channelId);
      const admin = this.#decides(by, channel);
      if (!admin && !isPublicOpen(channel)) throw denied();
      if (!this.#canJoin(userId, channel)) throw denied();
      if (!admin && channels.isBarred(by.userId, channel)) throw denied();
      if (members.get(channelId, userId) !== undefined) return;
      if (isTargeted(channel)) watch.now.adding(channel, userId, init);
      const role = admin ? init.role : 'member';
      members.add(channelId, userId, role, clock.now());
      journal.channelState(channelId, by.userId, { reason: 'member_added', user_id: userId });
      const change = { userId, action: 'add', role } as const;
      if (!isTargeted(channel)) return telling.member(channel, change);
      // First what the channel is: 0.4.29 takes its own people from that alone, and only while it does not know it.
      telling.changed(channel);
      telling.member(channel, change);
      watch.now.added(channel, userId);
    });
  }

  /** Joins an open channel. Resolves after the commit. @throws {WorkspaceError} `not_found` for all others. */
  async join(userId: UserId, channelId: ChannelId): Promise<ChannelView> {
    await this.#c.changes.run(() => {
      const { members, table, channels, telling, journal, clock } = this.#c;
      const channel = table.get(channelId);
      const open = channel !== undefined && isPublicOpen(channel) && !table.isRetired(channelId);
      if (!open || channels.isBarred(userId, channel))
        throw new WorkspaceError('not_found', 'Resource not found');
      if (!members.add(channelId, userId, 'member', clock.now())) return;
      journal.channelState(channelId, userId, { reason: 'member_added', user_id: userId });
      telling.member(channel, { userId, action: 'add', role: 'member' });
    });
    const view = this.#c.channels.get(userId, channelId);
    if (view === undefined) throw new WorkspaceError('not_found', 'Resource not found');
    return view;
  }

  /** Open and guarded channels `userId` is not in: what can be joined, and what an admin can let them into. */
  joinable(userId: UserId): ChannelView[] {
    const { table, members, channels } = this.#c;
    return table
      .list()
      .filter((channel) => isPublicForSync(channel) && !isQuarantine(channel.id, channel.name))
      .filter((channel) => !table.isRetired(channel.id) && !channels.isBarred(userId, channel))
      .filter((channel) => members.get(channel.id, userId) === undefined)
      .map((channel) => channels.view(channel, userId));
  }

  /**
   * Ends a membership: one's own, or as an admin. Resolves after the commit.
   * @throws {WorkspaceError} `membership_denied`, also for people who are no members.
   */
  async remove(by: ChannelActor, channelId: ChannelId, userId: UserId): Promise<void> {
    await this.#c.changes.run(() => {
      const { members, channels, telling, watch, journal } = this.#c;
      const channel = this.#channel(channelId);
      const member = members.get(channelId, userId);
      if (member === undefined) throw denied();
      if (by.userId !== userId && !this.#decides(by, channel)) throw denied();
      journal.channelState(channelId, by.userId, { reason: 'member_removed', user_id: userId });
      members.remove(channelId, userId);
      if (!channels.isOurs(channel)) {
        channels.forgetOthers(channel);
        return telling.left(channel, userId);
      }
      telling.member(channel, { userId, action: 'remove', role: member.role });
      if (isTargeted(channel)) watch.now.removed(channel, userId);
    });
  }

  /**
   * Gives a member another role; resolves after the commit.
   * @throws {WorkspaceError} `membership_denied`, also for people who are no members.
   */
  async setRole(by: ChannelActor, channelId: ChannelId, userId: UserId, role: MemberRole): Promise<void> {
    await this.#c.changes.run(() => {
      const { members, channels, telling, journal } = this.#c;
      const channel = this.#channel(channelId);
      const member = members.get(channelId, userId);
      if (member === undefined || !channels.isAdmin(by.userId, channel)) throw denied();
      if (!channels.isOurs(channel) && isTargeted(channel)) throw denied();
      if (member.role === role) return;
      members.setRole(channelId, userId, role);
      journal.channelState(channelId, by.userId, { reason: 'member_role_changed', user_id: userId });
      telling.member(channel, { userId, action: 'add', role });
    });
  }

  #channel(channelId: ChannelId): Channel {
    const channel = this.#c.table.get(channelId);
    if (channel === undefined || this.#c.table.isRetired(channelId)) throw denied();
    return channel;
  }

  /**
   * Whether `by` says who is in. A guarded channel of another node comes without members: the owner of this one lets the
   * first in.
   */
  #decides(by: ChannelActor, channel: Channel): boolean {
    const { channels } = this.#c;
    if (channels.isOurs(channel)) return channels.isAdmin(by.userId, channel);
    return !isTargeted(channel) && (by.owner || channels.isAdmin(by.userId, channel));
  }

  #canJoin(userId: UserId, channel: Channel): boolean {
    const person = this.#c.people.get(userId);
    if (person === undefined || peerOfUser(userId) !== null) return false;
    if (userId === SYSTEM_USER || userId === LOCAL_USER) return false;
    if (person.originPeer === null) return !this.#c.channels.isBarred(userId, channel);
    return !isQuarantine(channel.id, channel.name);
  }
}

function denied(): WorkspaceError {
  return new WorkspaceError('membership_denied', 'Permission denied or user not found');
}
