/**
 * The end of a channel (03 sections 5.2, 9.2 to 9.4). A channel is deleted everywhere by the node it comes from; any other
 * node can only do without it. What was deleted is remembered, so that no list of a third node brings it back.
 */
import type { Clock } from '../ports/types.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import type { NativeItems } from '../store/native-items.ts';
import { GENERAL_CHANNEL } from '../store/seed.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { ChannelId, PeerId } from '../wire/ids.ts';
import { channelSet } from '../wire/item-id.ts';
import type { Changes } from './changes.ts';
import type { ChannelActor } from './channel-admin.ts';
import type { DeletionOutcome } from './channel-inbox.ts';
import { isPublicForSync, isQuarantine } from './channel-rules.ts';
import type { ChannelTelling } from './channel-telling.ts';
import type { Channels } from './channels.ts';
import { WorkspaceError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { Owing } from './owing.ts';

export interface ChannelRemovalComponents {
  table: ChannelTable;
  items: NativeItems;
  tombstones: Tombstones;
  channels: Channels;
  telling: ChannelTelling;
  owing: Owing;
  journal: Journal;
  changes: Changes;
  clock: Clock;
}

export class ChannelRemoval {
  readonly #c: ChannelRemovalComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelRemovalComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Deletes a channel with its messages, as its admin or the owner of the node; resolves after the commit.
   * @returns whether that concerns this node alone, because the channel comes from another.
   * @throws {WorkspaceError} `channel_not_found`, `general_not_deletable`, `channel_delete_denied`.
   */
  async remove(by: ChannelActor, channelId: ChannelId): Promise<{ localOnly: boolean }> {
    return this.#c.changes.run(() => {
      const channel = this.#c.table.get(channelId);
      if (channelId === GENERAL_CHANNEL)
        throw new WorkspaceError('general_not_deletable', 'General cannot be deleted');
      if (channel === undefined) throw new WorkspaceError('channel_not_found', 'Channel not found');
      const allowed = by.owner || this.#c.channels.isAdmin(by.userId, channel);
      if (!allowed || isQuarantine(channelId, channel.name))
        throw new WorkspaceError('channel_delete_denied', 'Not authorized to delete channel');
      const ours = this.#c.channels.isOurs(channel);
      const announce = ours && isPublicForSync(channel);
      // Whoever had a member once still has the channel (03 R8).
      const told = announce ? this.#c.owing.audience(channel) : this.#c.telling.everTold(channelId);
      if (ours) this.#c.owing.channelDeletion(channelId, told);
      this.#delete(channel, this.#localPeer, announce);
      return { localOnly: !ours };
    });
  }

  /**
   * Deletes a channel because `signer` says so: its own node may, nobody else (03 section 9.4). Resolves after the commit.
   * @param init.rememberUnknown of one that is not here, so that it is not taken from somebody else later.
   */
  receive(id: ChannelId, signer: PeerId, init: { rememberUnknown: boolean }): Promise<DeletionOutcome> {
    return this.#c.changes.run(() => {
      const channel = this.#c.table.get(id);
      if (channel === undefined) {
        if (init.rememberUnknown) this.#c.tombstones.add('channel', id, signer, this.#c.clock.now());
        return 'unknown';
      }
      if (id === GENERAL_CHANNEL || channel.originPeer !== signer || signer === this.#localPeer)
        return 'refused';
      this.#delete(channel, signer, false);
      return 'deleted';
    });
  }

  #delete(channel: Channel, signer: PeerId, announce: boolean): void {
    const { table, items, tombstones, journal, changes, clock } = this.#c;
    journal.channelState(channel.id, null, { reason: 'channel_deleted' });
    tombstones.add('channel', channel.id, signer, clock.now());
    table.delete(channel.id);
    items.forgetSet(channelSet(channel.id));
    changes.tell({ type: 'channel.deleted', channelId: channel.id, announce });
  }
}
