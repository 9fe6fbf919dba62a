/**
 * What other nodes say about channels (03 sections 5.7 and 5.8). A node may describe a channel that is unknown here;
 * a known one is changed only by the node it comes from (03 A4), nothing local is ever deleted or joined on a claim
 * (03 A5), and `general` and the quarantine channel are nobody's but ours.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type { Channel, ChannelPatch, Channels as ChannelTable } from '../store/channels.ts';
import { GENERAL_CHANNEL, SYSTEM_USER } from '../store/seed.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import {
  AUTO_DESCRIPTION,
  channelName,
  isAutoDescription,
  isPlaceholderName,
  isPublicForSync,
  isQuarantine,
  placeholderChannelName,
} from './channel-rules.ts';
import type { Channels } from './channels.ts';
import type { Journal } from './journal.ts';
import { cut } from './text.ts';
import type { PostPolicy, PrivacyMode } from './types.ts';

/** Channels kept that came from other nodes; beyond it new ones are refused (02 S10). */
const MAX_FOREIGN_CHANNELS = 1000;
/** Of these, channels of one node; and when hearsay, the part that third nodes may fill. */
const MAX_CHANNELS_PER_PEER = 250;
const MAX_HEARSAY_CHANNELS = 500;
const MAX_DESCRIPTION = 1000;
/** Bounds of a lifecycle (03 section 5.12). */
const MAX_TTL_DAYS = 730;

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
  members: ChannelMembers;
  channels: Channels;
  journal: Journal;
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
    const known = this.#c.table.get(claim.id);
    if (known !== undefined) return this.#mergeKnown(known, { ...claim, name }, speaker);
    const origin = claim.originPeer ?? speaker;
    if (!isPublicForSync({ channelType: claim.type, privacyMode: claim.privacyMode })) return 'ignored';
    if (origin === this.#localPeer || !this.#hasRoom(origin, speaker)) return 'ignored';
    this.#create({ ...claim, name: name === '' ? placeholderChannelName(claim.id) : name }, origin);
    this.#c.channels.joinLocals(claim.id);
    this.#c.journal.channelState(claim.id, null, { reason: 'channel_created' });
    return 'created';
  }

  /** A private stand-in for a channel of which only a message is known (03 section 5.4 step 5). Inside a transaction. */
  placeholder(id: ChannelId, author: UserId, origin: PeerId): Channel | undefined {
    if (isQuarantine(id) || this.#c.table.isRetired(id) || !this.#hasRoom(origin, origin)) return undefined;
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

  #mergeKnown(known: Channel, claim: ChannelClaim, speaker: PeerId): MergeOutcome {
    if (known.originPeer !== speaker) {
      const open =
        isPlaceholderName(known.name) && known.originPeer !== null && known.originPeer !== this.#localPeer;
      return open ? 'ask_origin' : 'unchanged';
    }
    const patch = differences(known, { ...policyPatch(known, claim), ...namePatch(known, claim) });
    if (patch.name !== undefined) patch.name = this.#freeName(patch.name, known.originPeer, claim.type);
    if (Object.keys(patch).length === 0) {
      this.#c.channels.joinLocals(known.id);
      return 'unchanged';
    }
    this.#c.table.update(known.id, patch);
    this.#c.channels.joinLocals(known.id);
    this.#c.journal.channelState(known.id, null, { reason: 'channel_updated' });
    return 'updated';
  }

  #create(claim: ChannelClaim, origin: PeerId): void {
    const now = this.#c.clock.now();
    const made = this.#c.table.insert({
      id: claim.id,
      name: this.#freeName(claim.name, origin, claim.type),
      channelType: claim.type,
      privacyMode: claim.privacyMode,
      // Deviation D-23: of nobody in particular.
      createdBy: SYSTEM_USER,
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
  }

  /** The name, told apart by the peer when another public channel has it (03 section 5.8, case 3, without deleting). */
  #freeName(name: string, origin: PeerId, type: string): string {
    const taken = (candidate: string): boolean =>
      this.#c.table
        .byName(candidate)
        .some((channel) => channel.channelType === type || channel.id === GENERAL_CHANNEL);
    if (!taken(name)) return name;
    const suffix = ` (peer-${origin.slice(0, 8)})`;
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

function namePatch(known: Channel, claim: ChannelClaim): ChannelPatch {
  const patch: ChannelPatch = { channelType: claim.type, privacyMode: claim.privacyMode };
  if (isPlaceholderName(known.name) && claim.name !== '') patch.name = claim.name;
  if (claim.description && isAutoDescription(known.description))
    patch.description = cut(claim.description, MAX_DESCRIPTION);
  // Types other than the public ones come with membership, which is not announced here.
  if (!isPublicForSync({ channelType: claim.type, privacyMode: claim.privacyMode })) delete patch.channelType;
  return patch;
}

function policyPatch(known: Channel, claim: ChannelClaim): ChannelPatch {
  const patch: ChannelPatch = {};
  if (claim.postPolicy != null) patch.postPolicy = claim.postPolicy;
  if (claim.allowMemberReplies != null) patch.allowMemberReplies = claim.allowMemberReplies;
  if (claim.lifecyclePreserved != null) patch.lifecyclePreserved = claim.lifecyclePreserved;
  if (claim.lifecycleArchivedAt !== undefined) patch.lifecycleArchivedAt = claim.lifecycleArchivedAt;
  if (claim.lifecycleArchiveReason !== undefined) patch.lifecycleArchiveReason = claim.lifecycleArchiveReason;
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
