/**
 * Changing a channel of this node (03 sections 5.2, 5.10 and 5.12; 04 sections 3.7 and 4.1): its name, who it is for, who
 * may post, when it is archived. Its admins may, and the owner of the node where he is a member; nobody may change a
 * channel that came from elsewhere, since only its own node would be believed.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { Channel, ChannelPatch, Channels as ChannelTable } from '../store/channels.ts';
import { GENERAL_CHANNEL } from '../store/seed.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { checkedDescription, checkedName, checkedPrivacy } from './channel-draft.ts';
import { MANUAL, ttlDays } from './channel-lifecycle.ts';
import { isQuarantine, isTargeted } from './channel-rules.ts';
import type { ChannelTelling } from './channel-telling.ts';
import type { ChannelWatch } from './channel-watch.ts';
import type { ChannelAccess, Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { Owing } from './owing.ts';
import type { PostPolicy, PrivacyMode } from './types.ts';

/** Who changes something: `owner` of this node or not. */
export interface ChannelActor {
  userId: UserId;
  owner: boolean;
}

/** What of a lifecycle changes; absent fields stay. */
export interface LifecycleChange {
  /** 1 to 730; beyond it is clamped. */
  ttlDays?: number;
  preserved?: boolean;
  archived?: boolean;
}

export interface ChannelAdminComponents {
  table: ChannelTable;
  members: ChannelMembers;
  channels: Channels;
  telling: ChannelTelling;
  owing: Owing;
  watch: ChannelWatch;
  journal: Journal;
  /** Whether a local account owns this node. */
  isOwner: (userId: UserId) => boolean;
  changes: Changes;
  clock: Clock;
}

export class ChannelAdmin {
  readonly #c: ChannelAdminComponents;

  constructor(components: ChannelAdminComponents) {
    this.#c = components;
  }

  /**
   * Renames a channel or describes it anew; resolves after the commit.
   * @throws {WorkspaceError} `channel_update_denied`, `channel_name_taken`, and those of {@link checkedName}.
   */
  async describe(
    by: ChannelActor,
    channelId: ChannelId,
    change: { name?: string; description?: string },
  ): Promise<void> {
    const patch: ChannelPatch = {
      ...(change.name === undefined ? {} : { name: checkedName(change.name) }),
      ...(change.description === undefined ? {} : { description: checkedDescription(change.description) }),
    };
    await this.#c.changes.run(() => {
      const channel = this.#own(by, channelId, 'channel_update_denied', 'Not authorized to update channel');
      if (patch.name === channel.name) delete patch.name;
      if (patch.name !== undefined && channel.channelType === 'public') this.#demandFree(patch.name);
      this.#update(channel, patch, by.userId);
    });
  }

  /**
   * Says anew who a channel is for; resolves after the commit. What becomes private loses everybody but its admins, its
   * creator, the owner of the node and the caller, here and elsewhere (03 R9).
   * @throws {WorkspaceError} `invalid_privacy_mode`, `general_is_open`, `privacy_update_denied`, `channel_name_taken`.
   */
  async setPrivacy(by: ChannelActor, channelId: ChannelId, typed: string): Promise<PrivacyMode> {
    const privacyMode = checkedPrivacy(typed);
    if (channelId === GENERAL_CHANNEL)
      throw new WorkspaceError('general_is_open', 'General is always open. Use mute instead.');
    await this.#c.changes.run(() => {
      const channel = this.#own(by, channelId, 'privacy_update_denied', 'Not authorized to update privacy');
      const { owing, table, channels, watch } = this.#c;
      const wasTargeted = isTargeted(channel);
      const knew = wasTargeted ? [] : owing.audience(channel);
      const opens = privacyMode === 'open' || privacyMode === 'guarded';
      const patch: ChannelPatch = { privacyMode };
      if (opens && channel.channelType === 'private') {
        // Its type would keep it private.
        this.#demandFree(channel.name);
        patch.channelType = 'public';
      }
      if (opens) patch.cryptoMode = 'legacy_plaintext';
      table.update(channelId, patch);
      const changed = table.get(channelId);
      if (changed === undefined) return;
      const closes = !wasTargeted && isTargeted(changed);
      if (closes) this.#prune(changed, by.userId);
      if (closes) watch.now.created(changed);
      channels.joinLocals(channelId);
      this.#told(changed, by.userId, closes ? knew : []);
    });
    return privacyMode;
  }

  /** @throws {WorkspaceError} `lifecycle_update_denied`. Resolves with the channel after the commit. */
  async setLifecycle(by: ChannelActor, channelId: ChannelId, change: LifecycleChange): Promise<Channel> {
    return this.#c.changes.run(() => {
      const channel = this.#own(
        by,
        channelId,
        'lifecycle_update_denied',
        'Not authorized to update lifecycle',
      );
      const patch: ChannelPatch = {
        ...(change.ttlDays === undefined ? {} : { lifecycleTtlDays: ttlDays(change.ttlDays) }),
        ...(change.preserved === undefined ? {} : { lifecyclePreserved: change.preserved }),
      };
      if (change.archived === true && channel.lifecycleArchivedAt === null) {
        patch.lifecycleArchivedAt = this.#c.clock.now();
        patch.lifecycleArchiveReason = MANUAL;
      }
      if (change.archived === false) {
        patch.lifecycleArchivedAt = null;
        patch.lifecycleArchiveReason = null;
      }
      return this.#update(channel, patch, by.userId);
    });
  }

  /** Says who may post; resolves after the commit. @throws {WorkspaceError} `policy_update_denied`. */
  async setPolicy(
    by: ChannelActor,
    channelId: ChannelId,
    change: { postPolicy: PostPolicy; allowMemberReplies: boolean },
  ): Promise<ChannelAccess> {
    await this.#c.changes.run(() => {
      const channel = this.#own(
        by,
        channelId,
        'policy_update_denied',
        'Not authorized to update posting policy',
      );
      this.#update(channel, change, by.userId);
    });
    return this.#c.channels.access(by.userId, channelId);
  }

  /**
   * Lets a member post in a curated channel, or no longer; resolves with the caller's own place after the commit.
   * @throws {WorkspaceError} `posters_update_denied`, also for people who are no members.
   */
  async setPoster(
    by: ChannelActor,
    channelId: ChannelId,
    userId: UserId,
    allowed: boolean,
  ): Promise<ChannelAccess> {
    const [code, text] = ['posters_update_denied', 'Not authorized or member not found'];
    await this.#c.changes.run(() => {
      const channel = this.#own(by, channelId, code, text);
      const { members, clock } = this.#c;
      if (members.get(channelId, userId) === undefined) throw new WorkspaceError(code, text);
      if (members.posters(channelId).includes(userId) === allowed) return;
      if (allowed) members.grant(channelId, userId, by.userId, clock.now());
      else members.revoke(channelId, userId);
      this.#told(channel, by.userId, []);
    });
    return this.#c.channels.access(by.userId, channelId);
  }

  /** The channel, if `by` may change it. @throws {WorkspaceError} `code` for everything else. */
  #own(by: ChannelActor, channelId: ChannelId, code: string, text: string): Channel {
    const { table, members, channels } = this.#c;
    const channel = table.get(channelId);
    const denied = new WorkspaceError(code, text);
    if (channel === undefined || channelId === GENERAL_CHANNEL || isQuarantine(channelId, channel.name))
      throw denied;
    if (table.isRetired(channelId) || !channels.isOurs(channel)) throw denied;
    if (members.get(channelId, by.userId) === undefined) throw denied;
    if (!by.owner && !channels.isAdmin(by.userId, channel)) throw denied;
    return channel;
  }

  #update(channel: Channel, patch: ChannelPatch, by: UserId): Channel {
    this.#c.table.update(channel.id, patch);
    const changed = this.#c.table.get(channel.id) ?? channel;
    if (Object.keys(patch).length > 0) this.#told(changed, by, []);
    return changed;
  }

  #told(channel: Channel, by: UserId, also: readonly PeerId[]): void {
    this.#c.journal.channelState(channel.id, by, { reason: 'channel_updated' });
    this.#c.telling.changed(channel, also);
  }

  /** Ends every membership that was everybody's. */
  #prune(channel: Channel, by: UserId): void {
    const { members, telling, journal, isOwner } = this.#c;
    const gone = members
      .list(channel.id)
      .filter(({ role, userId }) => role !== 'admin' && userId !== channel.createdBy)
      .filter(({ userId }) => userId !== by && !isOwner(userId));
    journal.channelState(channel.id, null, { reason: 'channel_closed' });
    for (const { userId } of gone) members.remove(channel.id, userId);
    for (const { userId, role } of gone) telling.member(channel, { userId, role, action: 'remove' });
  }

  #demandFree(name: string): void {
    if (this.#c.channels.nameTaken(name))
      throw new WorkspaceError('channel_name_taken', 'A channel with this name already exists');
  }
}
