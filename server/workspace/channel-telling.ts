/**
 * What other nodes are told of the channels of this one (03 sections 5.2 and 5.7). Public channels are announced to
 * everybody by `sync`, and owed to all accepted nodes; private ones are owed to the nodes that host a member, with every
 * change of their members: those nodes send to each other, so each has to know who is in.
 */
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelMembers, MemberRole } from '../store/channel-members.ts';
import type { Channel } from '../store/channels.ts';
import { hexId } from '../store/ids.ts';
import type { MemberAction, MemberSyncs } from '../store/member-syncs.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { isTargeted } from './channel-rules.ts';
import type { Changes } from './changes.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';

/** Hex characters of a `member_sync` id after its `MS` (02 section 2.13). */
const SYNC_ID_HEX = 20;

/** A person became or ceased to be a member, or has another role. */
export interface MemberChange {
  userId: UserId;
  action: MemberAction;
  role: MemberRole;
}

export interface ChannelTellingComponents {
  members: ChannelMembers;
  syncs: MemberSyncs;
  people: People;
  owing: Owing;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class ChannelTelling {
  readonly #c: ChannelTellingComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelTellingComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** A channel of this node is another now. @param also peers that knew it before. Inside the transaction. */
  changed(channel: Channel, also: readonly PeerId[] = []): void {
    // What is told to everybody at once reaches whoever is there; it is owed besides, since lists come at connecting only.
    const peers = isTargeted(channel) ? this.#hosts(channel.id) : this.#c.owing.audience(channel);
    this.#c.owing.channel(channel.id, [...new Set([...peers, ...also])]);
    this.#c.changes.tell({ type: 'channel.local', channelId: channel.id });
  }

  /**
   * The members of a channel of this node are others now: of private ones every node with a member is told, and the
   * person's own. Deviation D-120: not the first of three that can be reached. Inside the transaction, after the change.
   */
  member(channel: Channel, change: MemberChange): void {
    this.#c.changes.tell({ type: 'channel.members', channelId: channel.id });
    if (!isTargeted(channel)) return;
    const home = this.#c.people.get(change.userId)?.originPeer ?? null;
    const hosts = this.#hosts(channel.id);
    const peers = new Set([...(home === null ? [] : [home]), ...hosts]);
    // A node without a member hears nothing more; when it has one again it is told of everybody anew.
    if (home !== null && !hosts.includes(home)) this.#c.syncs.forgetPeer(channel.id, home);
    for (const peer of peers) this.#note(channel, change, peer);
    if (home !== null && change.action === 'add') this.#introduce(channel, home);
  }

  /** Somebody here left a private channel of another node, which is told. Inside the transaction, after the change. */
  left(channel: Channel, userId: UserId): void {
    this.#c.changes.tell({ type: 'channel.members', channelId: channel.id });
    if (isTargeted(channel) && channel.originPeer !== null)
      this.#note(channel, { userId, action: 'remove', role: 'member' }, channel.originPeer);
  }

  /** Whether a person here left a channel of another node and was not invited again. */
  hasLeft(channelId: ChannelId, userId: UserId): boolean {
    return this.#c.syncs.latest(channelId, userId)?.action === 'remove';
  }

  /** A person here was invited again by the channel's own node. */
  invitedAgain(channelId: ChannelId, userId: UserId): void {
    this.#c.syncs.forget(channelId, userId);
  }

  /** Every peer that hosts or hosted a member, as far as is known. */
  everTold(channelId: ChannelId): PeerId[] {
    return [...new Set([...this.#hosts(channelId), ...this.#c.syncs.peersOf(channelId)])];
  }

  #hosts(channelId: ChannelId): PeerId[] {
    return this.#c.members.remotePeers(channelId, this.#localPeer);
  }

  /** A node with its first member has to know the others: its people's messages go to their nodes. */
  #introduce(channel: Channel, peer: PeerId): void {
    const { members, people, syncs } = this.#c;
    const told = syncs.toldTo(channel.id, peer);
    for (const { userId, role } of members.list(channel.id))
      if (!told.has(userId) && people.get(userId)?.originPeer !== peer)
        this.#note(channel, { userId, action: 'add', role }, peer);
  }

  #note(channel: Channel, change: MemberChange, peerId: PeerId): void {
    const syncId = `MS${hexId(this.#c.random, SYNC_ID_HEX)}`;
    // Whoever is out need not hear what it is called now.
    const [name, description] =
      change.action === 'add' ? [channel.name, channel.description ?? ''] : ['', ''];
    const payload = {
      channel_name: name,
      channel_type: channel.channelType,
      channel_description: description,
      privacy_mode: channel.privacyMode,
    };
    this.#c.syncs.add({ syncId, channelId: channel.id, ...change, peerId, payload }, this.#c.clock.now());
    this.#c.owing.memberSync(syncId, peerId);
  }
}
