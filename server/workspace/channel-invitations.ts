/**
 * What other nodes say about private channels and their members (03 sections 5.7 and 5.9, 11.3 A2, A3, A6). A private
 * channel and its members are what the node says that it comes from; that node alone creates it here, and only around
 * somebody who lives here. Besides, everybody's own node may take them out.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers, MemberRole } from '../store/channel-members.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import { GENERAL_CHANNEL } from '../store/seed.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import type { ChannelClaim, ChannelMerge } from './channel-merge.ts';
import { isPlaceholderName, isQuarantine, isTargeted } from './channel-rules.ts';
import type { ChannelTelling } from './channel-telling.ts';
import type { ChannelWatch } from './channel-watch.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';

/** A member as another node describes them; absent where it does not say where they live. */
export interface ForeignMember {
  userId: UserId;
  role: MemberRole;
  home: PeerId | null;
  displayName: string | null;
}

/** `member_sync`: somebody is in a channel now, or not any more. */
export interface ForeignMemberChange {
  channel: ChannelClaim;
  member: ForeignMember;
  action: 'add' | 'remove';
}

/** Errors of `member_sync_ack` (02 section 2.13). */
export type MemberSyncError =
  | 'invalid_payload'
  | 'channel_retired_by_vote'
  | 'unknown_target_user'
  | 'unauthorized_sender'
  | 'internal_error';

export interface ChannelInvitationsComponents {
  table: ChannelTable;
  members: ChannelMembers;
  merge: ChannelMerge;
  channels: Channels;
  people: People;
  telling: ChannelTelling;
  watch: ChannelWatch;
  journal: Journal;
  changes: Changes;
  clock: Clock;
}

export class ChannelInvitations {
  readonly #c: ChannelInvitationsComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelInvitationsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Takes in a `member_sync` of `from`, a trusted peer. Inside a transaction.
   * @returns why not, or `null` when it holds now.
   */
  memberChanged(change: ForeignMemberChange, from: PeerId): MemberSyncError | null {
    const { channel: claim, member, action } = change;
    if (isQuarantine(claim.id, claim.name) || claim.id === GENERAL_CHANNEL) return 'unauthorized_sender';
    if (this.#c.table.isRetired(claim.id)) return 'channel_retired_by_vote';
    const known = this.#c.table.get(claim.id);
    if (action === 'remove') return this.#removed(known, member.userId, from);
    const local = this.#isLocal(member.userId);
    if (known !== undefined && !this.#speaksFor(known, from)) return 'unauthorized_sender';
    if (!local && !this.#admit(member, from)) return 'unknown_target_user';
    const channel = this.#described(known, claim, from, local);
    if (channel === undefined) return 'unknown_target_user';
    if (local && this.#c.channels.isBarred(member.userId, channel)) return 'unknown_target_user';
    if (local) this.#c.telling.invitedAgain(channel.id, member.userId);
    this.#enter(channel, member);
    this.#setRole(channel, member);
    return null;
  }

  /**
   * Takes in the announcement of a private channel. Inside a transaction.
   * @param initial the people here that its node counts among its members; `null`: it does not say.
   * @returns whether anything came of it.
   */
  announced(claim: ChannelClaim, initial: readonly UserId[] | null, from: PeerId): boolean {
    const { table, merge, telling, members, channels } = this.#c;
    if (isQuarantine(claim.id, claim.name) || claim.id === GENERAL_CHANNEL || table.isRetired(claim.id))
      return false;
    const known = table.get(claim.id);
    if (known !== undefined && !this.#speaksFor(known, from)) return false;
    const invited = (initial ?? []).filter((userId) => this.#isLocal(userId));
    const follows = initial === null && known?.originPeer === from;
    if (invited.length === 0 && !follows) return false;
    const closes = known !== undefined && !isTargeted(known);
    const channel = this.#described(known, claim, from, invited.length > 0);
    if (channel === undefined) return false;
    merge.follow(channel, claim);
    for (const userId of invited)
      if (!telling.hasLeft(claim.id, userId) && !channels.isBarred(userId, channel))
        this.#enter(channel, { userId, role: 'member', home: null, displayName: null });
    // It was everybody's: whoever its node does not name has no place in it any more.
    if (closes)
      for (const userId of channels.localMembers(claim.id))
        if (!invited.includes(userId)) this.#leave(channel, userId);
    this.#c.changes.tell({ type: 'channel.members', channelId: claim.id });
    return members.list(claim.id).length > 0;
  }

  /**
   * Takes in a channel of a `channel_membership_response`. Inside a transaction. Deviation D-122: from the channel's own
   * node alone, since whoever is listed is sent what people here write; and whoever lives elsewhere and is not listed is
   * taken out.
   * @param complete whether the list is whole.
   */
  recovered(claim: ChannelClaim, listed: readonly ForeignMember[], from: PeerId, complete: boolean): boolean {
    const { table, members, telling, channels } = this.#c;
    if (isQuarantine(claim.id, claim.name) || claim.id === GENERAL_CHANNEL || table.isRetired(claim.id))
      return false;
    const known = table.get(claim.id);
    if ((claim.originPeer ?? from) !== from) return false;
    if (known !== undefined && !this.#speaksFor(known, from)) return false;
    const local = listed.filter(({ userId, home }) => home === this.#localPeer && this.#isLocal(userId));
    const here = local.filter(({ userId }) => !telling.hasLeft(claim.id, userId));
    if (here.length === 0) return false;
    const channel = this.#described(known, claim, from, true);
    if (channel === undefined) return false;
    for (const member of here) if (!channels.isBarred(member.userId, channel)) this.#enter(channel, member);
    for (const member of listed)
      if (!this.#isLocal(member.userId) && this.#admit(member, from)) this.#enter(channel, member);
    for (const member of listed) this.#setRole(channel, member);
    if (complete) {
      const named = new Set(listed.map(({ userId }) => userId));
      for (const { userId } of members.list(claim.id))
        if (!named.has(userId) && !this.#isLocal(userId)) this.#leave(channel, userId);
    }
    return true;
  }

  #removed(known: Channel | undefined, userId: UserId, from: PeerId): MemberSyncError | null {
    if (known === undefined) return null;
    const person = this.#c.people.get(userId);
    if (person === undefined) return 'unknown_target_user';
    // Deviation D-121: nobody is kept in a channel against the word of their own node.
    const ownWish = person.originPeer === from;
    if (known.originPeer !== from && !ownWish) return 'unauthorized_sender';
    const role = this.#c.members.get(known.id, userId)?.role;
    if (role === undefined) return null;
    this.#leave(known, userId);
    // The others have it from us.
    if (this.#c.channels.isOurs(known)) this.#c.telling.member(known, { userId, action: 'remove', role });
    return null;
  }

  /**
   * Whether `from` decides about a known channel: it comes from there, or nothing is known of it but a message of
   * somebody, who need not live where it comes from.
   */
  #speaksFor(known: Channel, from: PeerId): boolean {
    if (this.#c.channels.isOurs(known)) return false;
    if (known.originPeer === from) return true;
    return isPlaceholderName(known.name) && this.#c.channels.localMembers(known.id).length === 0;
  }

  /** The channel as it is described; made if that is the way to somebody here. */
  #described(
    known: Channel | undefined,
    claim: ChannelClaim,
    origin: PeerId,
    hasLocal: boolean,
  ): Channel | undefined {
    const { table, merge, journal } = this.#c;
    const isAnother = known !== undefined && known.originPeer !== origin;
    if (isAnother) merge.dropPlaceholder(known.id);
    if (known === undefined || isAnother) {
      if (!hasLocal || !merge.createPrivate(claim, origin)) return undefined;
      return table.get(claim.id);
    }
    if (isPlaceholderName(known.name)) {
      merge.follow(known, claim);
      journal.channelState(known.id, null, { reason: 'channel_updated' });
    }
    return table.get(known.id);
  }

  #isLocal(userId: UserId): boolean {
    return this.#c.people.get(userId)?.local === true;
  }

  /** Makes sure that somebody elsewhere is known; false when that cannot be. */
  #admit({ userId, home, displayName }: ForeignMember, from: PeerId): boolean {
    const { people } = this.#c;
    const person = people.get(userId);
    if (person !== undefined) return person.originPeer !== null;
    if (home === null || home === this.#localPeer) return false;
    const claim = { userId, displayName };
    return (home === from ? people.admitSigned(claim, from) : people.admitReported(claim, home)) === null;
  }

  #enter(channel: Channel, { userId, role }: ForeignMember): void {
    const { members, journal, changes, watch, clock } = this.#c;
    if (!members.add(channel.id, userId, role, clock.now())) return;
    journal.channelState(channel.id, null, { reason: 'member_added', user_id: userId });
    changes.tell({ type: 'channel.members', channelId: channel.id });
    if (isTargeted(channel)) watch.now.added(channel, userId);
  }

  /** Gives a member the role that the channel's own node says; nothing for others. */
  #setRole({ id }: Channel, { userId, role }: ForeignMember): void {
    const { members } = this.#c;
    const known = members.get(id, userId)?.role;
    if (known !== undefined && known !== role) members.setRole(id, userId, role);
  }

  #leave(channel: Channel, userId: UserId): void {
    const { members, channels, journal, changes, watch } = this.#c;
    journal.channelState(channel.id, null, { reason: 'member_removed', user_id: userId });
    members.remove(channel.id, userId);
    channels.forgetOthers(channel);
    changes.tell({ type: 'channel.members', channelId: channel.id });
    if (isTargeted(channel)) watch.now.removed(channel, userId);
  }
}
