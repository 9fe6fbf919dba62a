/**
 * What other nodes say about channels (03 sections 5.7 and 5.8). A node may describe a channel that is unknown here;
 * a known one is changed only by the node it comes from (03 A4), nothing local is ever deleted or joined on a claim
 * (03 A5), and `general` and the quarantine channel are nobody's but ours.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { Channel, ChannelPatch, Channels as ChannelTable } from '../store/channels.ts';
import type { NativeItems } from '../store/native-items.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import { GENERAL_CHANNEL, SYSTEM_USER } from '../store/seed.ts';
import type { Tombstones } from '../store/tombstones.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { channelSet } from '../wire/item-id.ts';
import {
  AUTO_DESCRIPTION,
  channelName,
  isPlaceholderName,
  isPublicForSync,
  isPublicOpen,
  isQuarantine,
  placeholderChannelName,
} from './channel-rules.ts';
import type { Changes } from './changes.ts';
import { MAX_DESCRIPTION } from './channel-draft.ts';
import { INACTIVE, MAX_TTL_DAYS } from './channel-lifecycle.ts';
import type { Channels } from './channels.ts';
import type { Journal } from './journal.ts';
import type { People } from './people.ts';
import { cut } from './text.ts';
import type { PostPolicy, PrivacyMode } from './types.ts';

/** Channels kept that came from other nodes; beyond it new ones are refused (02 S10). */
const MAX_FOREIGN_CHANNELS = 1000;
/** Of these, channels of one node; and when hearsay, the part that third nodes may fill. */
const MAX_CHANNELS_PER_PEER = 250;
const MAX_HEARSAY_CHANNELS = 500;

/** A channel as a peer describes it. Absent fields say nothing. */
export interface ChannelClaim {
  id: ChannelId;
  name: string;
  type: string;
  privacyMode: PrivacyMode;
  description?: string;
  /** Where it says the channel comes from; absent: from the speaker. */
  originPeer: PeerId | null;
  createdBy?: UserId | null;
  postPolicy?: PostPolicy | null;
  allowMemberReplies?: boolean | null;
  /** Who may post in it besides its admins when it is curated. */
  allowedPosters?: readonly UserId[] | null;
  lastActivityAt?: number | null;
  lifecycleTtlDays?: number | null;
  lifecyclePreserved?: boolean | null;
  lifecycleArchivedAt?: number | null;
  lifecycleArchiveReason?: string | null;
}

/** `ask_origin`: a placeholder remains and its origin should be asked (03 section 5.14). */
export type MergeOutcome = 'created' | 'updated' | 'unchanged' | 'ignored' | 'ask_origin';

export interface ChannelMergeComponents {
  table: ChannelTable;
  items: NativeItems;
  processed: ProcessedMessages;
  members: ChannelMembers;
  tombstones: Tombstones;
  channels: Channels;
  people: People;
  journal: Journal;
  changes: Changes;
  clock: Clock;
}

export class ChannelMerge {
  readonly #c: ChannelMergeComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelMergeComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /** Takes in what `speaker`, a trusted peer, signed about a public channel. Inside a transaction. */
  merge(claim: ChannelClaim, speaker: PeerId): MergeOutcome {
    const name = channelName(claim.name);
    if (isQuarantine(claim.id, name) || this.#c.table.isRetired(claim.id)) return 'ignored';
    if (claim.id === GENERAL_CHANNEL) return 'unchanged';
    // Private ones come with members (`channel-invitations.ts`).
    if (!isPublicForSync({ channelType: claim.type, privacyMode: claim.privacyMode })) return 'ignored';
    const known = this.#c.table.get(claim.id);
    if (known !== undefined) return this.#mergeKnown(known, { ...claim, name }, speaker);
    const origin = claim.originPeer ?? speaker;
    if (origin === this.#localPeer || !this.#hasRoom(origin, speaker) || this.#wasDeleted(claim.id, origin))
      return 'ignored';
    this.#create({ ...claim, name: name === '' ? placeholderChannelName(claim.id) : name }, origin);
    this.#c.channels.joinLocals(claim.id);
    this.#c.journal.channelState(claim.id, null, { reason: 'channel_created' });
    this.#c.changes.tell({ type: 'channel.learned', channelId: claim.id, from: speaker });
    return 'created';
  }

  /** A private stand-in for a channel of which only a message is known (03 section 5.4 step 5). Inside a transaction. */
  placeholder(id: ChannelId, author: UserId, origin: PeerId): Channel | undefined {
    if (isQuarantine(id) || this.#c.table.isRetired(id)) return undefined;
    // Who wrote in it may live elsewhere than where it comes from, and not know yet that it was deleted there.
    if (this.#c.tombstones.signers('channel', id).length > 0) return undefined;
    if (!this.#hasRoom(origin, origin)) return undefined;
    this.#c.table.insert({
      id,
      name: placeholderChannelName(id),
      channelType: 'private',
      privacyMode: 'private',
      createdBy: author,
      originPeer: origin,
      description: AUTO_DESCRIPTION,
      now: this.#c.clock.now(),
    });
    return this.#c.table.get(id);
  }

  /**
   * Makes a private channel that its own node invited somebody here to; one that was done without before comes back.
   * Inside a transaction. @returns false when there is no room.
   */
  createPrivate(claim: ChannelClaim, origin: PeerId): boolean {
    if (origin === this.#localPeer || !this.#hasRoom(origin, origin)) return false;
    const name = channelName(claim.name);
    this.#create({ ...claim, name: name === '' ? placeholderChannelName(claim.id) : name }, origin);
    return true;
  }

  /**
   * A placeholder turns out to be the channel of another node than that of whoever wrote in it. What is in it is nothing
   * for that node until somebody who is in says so: it is forgotten, and comes again from there. Inside a transaction.
   */
  dropPlaceholder(id: ChannelId): void {
    this.#c.processed.forgetChannel(id);
    // Reactions are told once: they wait for their messages.
    this.#c.table.delete(id, { keepLikes: true });
    this.#c.items.forgetSet(channelSet(id));
  }

  /** Deviation D-124: takes over what a channel's own node says of it. Inside a transaction. @returns whether that was news. */
  follow(known: Channel, claim: ChannelClaim): boolean {
    const patch = differences(known, { ...policyPatch(known, claim), ...this.#describePatch(known, claim) });
    const posters = this.#posters(known.id, claim);
    if (Object.keys(patch).length === 0 && !posters) return false;
    this.#c.table.update(known.id, patch);
    const now = this.#c.table.get(known.id);
    if (now !== undefined && isPublicOpen(now) && !isPublicOpen(known)) this.#c.channels.joinLocals(known.id);
    this.#c.journal.channelState(known.id, null, { reason: 'channel_updated' });
    const { originPeer } = known;
    if (now !== undefined && isPublicForSync(now) && !isPublicForSync(known) && originPeer !== null)
      this.#c.changes.tell({ type: 'channel.learned', channelId: known.id, from: originPeer });
    return true;
  }

  #mergeKnown(known: Channel, claim: ChannelClaim, speaker: PeerId): MergeOutcome {
    const { originPeer } = known;
    const stands = isPlaceholderName(known.name) && originPeer !== null && originPeer !== this.#localPeer;
    const origin = claim.originPeer ?? speaker;
    // Of a placeholder only the home of one who wrote in it is known; that node knows better, and nobody else is asked,
    // or anybody could make public what was written in private.
    const adopts = stands && origin !== this.#localPeer && originPeer === speaker;
    if (originPeer !== speaker && !adopts) return stands ? 'ask_origin' : 'unchanged';
    if (adopts && originPeer !== origin) this.#c.table.update(known.id, { originPeer: origin });
    return this.follow(adopts ? { ...known, originPeer: origin } : known, claim) ? 'updated' : 'unchanged';
  }

  #describePatch(known: Channel, claim: ChannelClaim): ChannelPatch {
    const patch: ChannelPatch = { channelType: claim.type, privacyMode: claim.privacyMode };
    if (claim.description !== undefined) patch.description = cut(claim.description, MAX_DESCRIPTION);
    const name = channelName(claim.name);
    const origin = known.originPeer ?? this.#localPeer;
    if (known.createdBy === SYSTEM_USER) patch.createdBy = this.#creator(claim.createdBy ?? null, origin);
    if (name !== '' && name !== known.name && !known.name.startsWith(`${name} `))
      patch.name = this.#freeName(name, origin, claim.type, known.id);
    if (name !== '' && known.name.startsWith(`${name} `) && !known.name.endsWith(suffixOf(origin)))
      patch.name = this.#freeName(name, origin, claim.type, known.id);
    return patch;
  }

  /** Whether the list of posters is another one now. */
  #posters(channelId: ChannelId, claim: ChannelClaim): boolean {
    const { members, people, clock } = this.#c;
    if (claim.allowedPosters == null) return false;
    const wanted = new Set(claim.allowedPosters.filter((userId) => people.get(userId) !== undefined));
    const before = new Set(members.posters(channelId));
    for (const userId of before) if (!wanted.has(userId)) members.revoke(channelId, userId);
    for (const userId of wanted) if (!before.has(userId)) members.grant(channelId, userId, null, clock.now());
    return before.size !== wanted.size || [...wanted].some((userId) => !before.has(userId));
  }

  /** Deviation D-123: whether the node a channel comes from deleted it, or somebody here did without it. */
  #wasDeleted(id: ChannelId, origin: PeerId): boolean {
    const signers = this.#c.tombstones.signers('channel', id);
    return signers.includes(origin) || signers.includes(this.#localPeer);
  }

  #create(claim: ChannelClaim, origin: PeerId): void {
    const now = this.#c.clock.now();
    const made = this.#c.table.insert({
      id: claim.id,
      name: this.#freeName(claim.name, origin, claim.type),
      channelType: claim.type,
      privacyMode: claim.privacyMode,
      // Deviation D-23: of nobody in particular, where its node names nobody of its own.
      createdBy: this.#creator(claim.createdBy ?? null, origin),
      originPeer: origin,
      description: cut(claim.description ?? '', MAX_DESCRIPTION),
      postPolicy: claim.postPolicy ?? 'open',
      allowMemberReplies: claim.allowMemberReplies ?? true,
      lifecyclePreserved: claim.lifecyclePreserved === true,
      ...ttl(claim.lifecycleTtlDays),
      now,
    });
    if (made && claim.lastActivityAt != null)
      this.#c.table.update(claim.id, { lastActivityAt: Math.min(claim.lastActivityAt, now) });
    this.#posters(claim.id, claim);
  }

  #creator(userId: UserId | null, origin: PeerId): UserId {
    if (userId === null || this.#c.people.get(userId)?.originPeer !== origin) return SYSTEM_USER;
    return userId;
  }

  /** The name, told apart by the peer when another public channel has it (03 section 5.8, case 3, without deleting). */
  #freeName(name: string, origin: PeerId, type: string, own?: ChannelId): string {
    const taken = (candidate: string): boolean =>
      this.#c.table
        .byName(candidate)
        .filter((channel) => channel.id !== own)
        .some((channel) => channel.channelType === type || channel.id === GENERAL_CHANNEL);
    if (!taken(name)) return name;
    const suffix = suffixOf(origin);
    const base = `${name}${suffix}`;
    for (let n = 2; n < MAX_FOREIGN_CHANNELS; n += 1) {
      const candidate = n === 2 ? base : `${name} ${n - 1}${suffix}`;
      if (!taken(candidate)) return candidate;
    }
    return `${base} ${this.#c.clock.now()}`;
  }

  #hasRoom(origin: PeerId, speaker: PeerId): boolean {
    const all = this.#c.table.countForeign(this.#localPeer);
    if (all >= (origin === speaker ? MAX_FOREIGN_CHANNELS : MAX_HEARSAY_CHANNELS)) return false;
    return this.#c.table.countForeign(this.#localPeer, { origin }) < MAX_CHANNELS_PER_PEER;
  }
}

/** What tells a channel of another node from one of the same name. */
function suffixOf(origin: PeerId): string {
  return ` (peer-${origin.slice(0, 8)})`;
}

function policyPatch(known: Channel, claim: ChannelClaim): ChannelPatch {
  const patch: ChannelPatch = {};
  if (claim.postPolicy != null) patch.postPolicy = claim.postPolicy;
  if (claim.allowMemberReplies != null) patch.allowMemberReplies = claim.allowMemberReplies;
  if (claim.lifecyclePreserved != null) patch.lifecyclePreserved = claim.lifecyclePreserved;
  // Nobody talked, and its node has not looked yet.
  const early = known.lifecycleArchiveReason === INACTIVE && claim.lifecycleArchivedAt === null;
  if (claim.lifecycleArchivedAt !== undefined && !early) {
    patch.lifecycleArchivedAt = claim.lifecycleArchivedAt;
    patch.lifecycleArchiveReason = claim.lifecycleArchivedAt === null ? null : claim.lifecycleArchiveReason;
  }
  if ((claim.lastActivityAt ?? 0) > (known.lastActivityAt ?? 0))
    patch.lastActivityAt = claim.lastActivityAt ?? null;
  return { ...patch, ...ttl(claim.lifecycleTtlDays) };
}

function ttl(days: number | null | undefined): { lifecycleTtlDays?: number } {
  return days == null || days < 1 ? {} : { lifecycleTtlDays: Math.min(days, MAX_TTL_DAYS) };
}

/** The fields of `patch` that say something else than the row. */
function differences(known: Channel, patch: ChannelPatch): ChannelPatch {
  return Object.fromEntries(
    Object.entries(patch).filter(([field, value]) => known[field as keyof Channel] !== value),
  );
}
