/**
 * Channels and their messages, live (02 sections 2.1, 2.4, 2.5, 2.15; 03 sections 5.3, 5.4 and 5.14).
 *
 * Own messages are owed to peers and sent by `delivery`. What arrives goes to the workspace, which knows the rules.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import { hexId } from '../store/ids.ts';
import { parseTime } from '../store/time.ts';
import type { Channel } from '../store/channels.ts';
import { envelopeText } from '../wire/envelope.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { CREATED, changedAt, channelSet, itemId } from '../wire/item-id.ts';
import type { ChannelMessage as Metadata } from '../wire/payloads/channel-message.ts';
import type { ChannelAnnounce, SyncedChannel } from '../wire/payloads/channels.ts';
import { announcedPrivacy, isPublicForSync } from '../workspace/channel-rules.ts';
import type { LiveMessage } from '../workspace/channel-inbox.ts';
import type { ChannelClaim } from '../workspace/channel-merge.ts';
import { preview } from '../workspace/text.ts';
import { channelSyncBatches, channelSyncTarget } from './batches.ts';
import { liveMessage } from './channel-forms.ts';
import { channelAnnounce, syncedChannel } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';
import { channelStatus } from './delivery/receipts.ts';
import { hopOf } from './delivery/reach.ts';
import type { Inbound } from './inbound.ts';

/** Code points of text shown in the activity list. */
export const ACTIVITY_PREVIEW = 120;
/** A channel's origin is asked for its metadata at most this often (02 section 2.15). */
const METADATA_INTERVAL_MS = 120_000;
/** Origins remembered as asked. */
const MAX_ASKED = 1000;
/** Channels described to one peer on one request. */
const MAX_REPLAYED = 256;
/** What unaccepted peers say of public channels, kept in memory until somebody decides. */
const MAX_HELD_PEERS = 50;
const MAX_HELD_CHANNELS = 200;

export class ChannelTraffic {
  readonly #c: SyncComponents;
  /** When the origin of a channel was last asked, by channel and origin. */
  readonly #asked = new Map<string, number>();
  readonly #held = new Map<PeerId, ChannelClaim[]>();
  readonly #listed: (peer: PeerId) => void;

  /** @param init.listed told when a trusted peer sends its channel list. */
  constructor(components: SyncComponents, init: { listed: (peer: PeerId) => void }) {
    this.#c = components;
    this.#listed = init.listed;
  }

  register(inbound: Inbound): void {
    inbound.on('channel_message', 'content', (metadata, message) => this.#received(metadata, message));
    inbound.on(
      'channel_sync',
      'trusted',
      (list, { from }) => {
        this.#listed(from);
        return this.#merge(list.channels.map(listedClaim), from);
      },
      ({ channels }, { from }) => this.#hold(from, channels.map(listedClaim)),
    );
    inbound.on(
      'channel_announce',
      'trusted',
      (announce, { from }) => this.#announced(announce, from),
      (announce, { from }) => this.#hold(from, [announcedClaim(announce)]),
    );
    inbound.on('channel_metadata_request', 'trusted', ({ channel_ids }, { from }) =>
      this.#replay(from, channel_ids as ChannelId[]),
    );
  }

  /** What a peer said of channels before it was accepted counts now. */
  async accepted(peer: PeerId): Promise<void> {
    const held = this.#held.get(peer);
    this.#held.delete(peer);
    if (held !== undefined) await this.#merge(held, peer);
  }

  /** The session ended; the next one brings a new list. */
  disconnected(peer: PeerId): void {
    this.#held.delete(peer);
  }

  /** Tells everybody, or the member peers alone, of an own channel. */
  async announce(channelId: ChannelId): Promise<void> {
    const channel = this.#c.repositories.channels.get(channelId);
    if (channel === undefined || !isPublicForSync(channel)) return;
    await this.#c.mesh.flood('channel_announce', this.#announcement(channel));
  }

  /** Steps a and b of the post-connect order: the list of public channels, then each with its posting policy. */
  async sendChannelList(peer: PeerId): Promise<boolean> {
    const channels = this.#c.workspace.channels.publicForSync();
    const entries = channels.map((channel) => syncedChannel(channel, this.#posters(channel.id)));
    const target = channelSyncTarget(this.#c.mesh.supports(peer, 'bulk_sync_1mb_v1'));
    for (const batch of channelSyncBatches(entries, target)) {
      const payload = { content: '', metadata: { type: 'channel_sync', channels: batch } };
      if (!(await this.#c.mesh.sendDirect('channel_sync', peer, payload))) return false;
    }
    for (const channel of channels)
      if (!(await this.#c.mesh.sendDirect('channel_announce', peer, this.#announcement(channel))))
        return false;
    return true;
  }

  /** The public channels, to an accepted peer that is reached through a relay: lists are for neighbours alone. */
  async announceThroughRelay(peer: PeerId): Promise<void> {
    for (const channel of this.#c.workspace.channels.publicForSync()) {
      const announcement = this.#announcement(channel);
      const result = await this.#c.mesh.send('channel_announce', peer, announcement, { queue: false });
      if (result === 'failed') return;
    }
  }

  async #received(metadata: Metadata, message: InboundMessage): Promise<AckStatus> {
    const { content, from } = message;
    const live = liveMessage(metadata, content);
    if (live === null) return ACK.invalid;
    const { changes, channelInbox } = this.#c.workspace.inbound;
    const hop = hopOf(this.#c.mesh, message);
    const outcome = await changes.run(() => {
      const taken = channelInbox.takeLive(live, from, { hop });
      this.#keepProof(message, live, taken.state === 'stored');
      return taken;
    });
    if (outcome.state === 'refused')
      this.#c.log.debug({ peer: from, reason: outcome.reason }, 'a channel message was not taken');
    if (outcome.state === 'stored')
      this.#c.mesh.recordActivity({
        kind: 'channel_message',
        peer_id: from,
        preview: preview(content, ACTIVITY_PREVIEW),
        ref: { channel_id: live.channelId, message_id: live.id, user_id: live.userId },
      });
    if (outcome.state !== 'refused' && outcome.channelUnknown) await this.#askOrigin(live.channelId, from);
    return channelStatus(outcome);
  }

  /** Keeps the author's signature, for others who ask who wrote this (06 section 4.3). Inside the transaction. */
  #keepProof({ envelope, from }: InboundMessage, live: LiveMessage, isNew: boolean): void {
    const { proofs, items, channelMessages } = this.#c.repositories;
    const about = { kind: 'm', objectId: live.id, version: versionOf(live) } as const;
    const item = { ...about, id: itemId(this.#c.crypto, about) };
    // What came just now came from its author, and nothing was known of it.
    const version = isNew ? CREATED : items.get(channelSet(live.channelId), live.id)?.version;
    if (version !== about.version) return;
    if (!isNew && (channelMessages.get(live.id)?.originPeer !== from || proofs.has(item))) return;
    proofs.put(item, envelopeText(envelope));
  }

  async #announced(announce: ChannelAnnounce, from: PeerId): Promise<void> {
    const claim = announcedClaim(announce);
    if (isPublicClaim(claim)) return this.#merge([claim], from);
    const { changes, channelInvitations } = this.#c.workspace.inbound;
    const initial = announce.initial_members as UserId[] | null;
    await changes.run(() => {
      channelInvitations.announced(claim, initial, from);
      this.#c.workspace.channelKeys.told(claim.id, announce.crypto_mode, from);
    });
  }

  async #merge(claims: readonly ChannelClaim[], from: PeerId): Promise<void> {
    const { changes, channelMerge } = this.#c.workspace.inbound;
    const outcomes = await changes.run(() => claims.map((claim) => channelMerge.merge(claim, from)));
    for (const [i, outcome] of outcomes.entries()) {
      const claim = claims[i];
      if (claim === undefined) continue;
      const channel = this.#c.repositories.channels.get(claim.id);
      if (outcome === 'ask_origin' && channel?.originPeer != null)
        void this.#askOrigin(claim.id, channel.originPeer);
    }
  }

  /**
   * Tells our neighbours of a channel that is new here, however it became known: lists are sent at connecting only, and
   * whoever is reached through others alone would never hear of what came later. It ends where everybody knows the channel.
   */
  async passOn(channelId: ChannelId, from: PeerId): Promise<void> {
    const channel = this.#c.repositories.channels.get(channelId);
    if (channel === undefined || !isPublicForSync(channel)) return;
    const announcement = this.#announcement(channel);
    for (const peer of this.#c.mesh.neighbours())
      if (peer !== from && peer !== channel.originPeer && this.#c.workspace.trust.isTrusted(peer))
        await this.#c.mesh.sendDirect('channel_announce', peer, announcement);
  }

  /** Asks where a channel comes from what it is (03 section 5.14). */
  async #askOrigin(channelId: ChannelId, origin: PeerId): Promise<void> {
    const key = `${channelId}|${origin}`;
    const now = this.#c.ports.clock.monotonic();
    if (now - (this.#asked.get(key) ?? -Infinity) < METADATA_INTERVAL_MS || !this.#c.mesh.isConnected(origin))
      return;
    // 0.4.29 cannot parse the type; it has none of the capabilities of later versions.
    if (!this.#c.mesh.supports(origin, 'bulk_sync_1mb_v1')) return;
    if (this.#asked.size >= MAX_ASKED) this.#asked.clear();
    this.#asked.set(key, now);
    await this.#c.mesh.send('channel_metadata_request', origin, {
      content: '',
      metadata: {
        type: 'channel_metadata_request',
        request_id: `CMR${hexId(this.#c.ports.random, 16)}`,
        channel_ids: [channelId],
        reason: 'placeholder_reconcile',
      },
    });
  }

  async #replay(peer: PeerId, channelIds: readonly ChannelId[]): Promise<void> {
    for (const id of channelIds.slice(0, MAX_REPLAYED)) {
      const channel = this.#c.repositories.channels.get(id);
      if (channel === undefined || !isPublicForSync(channel)) continue;
      await this.#c.mesh.send('channel_announce', peer, this.#announcement(channel), { queue: false });
    }
  }

  /** Lists and announcements come once on a connection; the next one brings a new list. */
  #hold(peer: PeerId, claims: readonly ChannelClaim[]): void {
    if (!this.#c.mesh.isConnected(peer)) return;
    if (!this.#held.has(peer) && this.#held.size >= MAX_HELD_PEERS) return;
    const held = [...(this.#held.get(peer) ?? []), ...claims.filter(isPublicClaim)];
    this.#held.set(peer, held.slice(0, MAX_HELD_CHANNELS));
  }

  #announcement(channel: Channel): ReturnType<typeof channelAnnounce> {
    return channelAnnounce(channel, {
      localPeer: this.#c.mesh.peerId,
      allowedPosters: this.#posters(channel.id),
    });
  }

  #posters(channelId: ChannelId): readonly UserId[] {
    return this.#c.repositories.channelMembers.posters(channelId);
  }
}

/** What a live message makes of its object (06 section 4.1). */
function versionOf(live: LiveMessage): string {
  const rev = live.rev ?? live.editedAt;
  return live.updateOnly && rev !== null ? changedAt(rev) : CREATED;
}

function listedClaim(entry: SyncedChannel): ChannelClaim {
  return {
    ...claimOf(entry, entry.type),
    id: entry.id as ChannelId,
    name: entry.name,
    description: entry.desc,
    originPeer: entry.origin_peer,
  };
}

function announcedClaim(announce: ChannelAnnounce): ChannelClaim {
  return {
    ...claimOf(announce, announce.channel_type),
    id: announce.channel_id as ChannelId,
    name: announce.name,
    description: announce.description,
    originPeer: announce.created_by_peer,
    createdBy: announce.created_by_user_id as UserId | null,
  };
}

function isPublicClaim({ type, privacyMode }: ChannelClaim): boolean {
  return isPublicForSync({ channelType: type, privacyMode });
}

function claimOf(
  entry: Omit<SyncedChannel, 'id' | 'name' | 'type' | 'desc' | 'origin_peer'>,
  type: string,
): Omit<ChannelClaim, 'id' | 'name' | 'originPeer'> {
  return {
    type,
    privacyMode: announcedPrivacy(entry.privacy_mode, type),
    postPolicy: entry.post_policy,
    allowMemberReplies: entry.allow_member_replies,
    // An empty list is left out.
    allowedPosters: entry.post_policy === null ? null : ((entry.allowed_poster_user_ids ?? []) as UserId[]),
    lastActivityAt: time(entry.last_activity_at),
    lifecycleTtlDays: entry.lifecycle_ttl_days,
    lifecyclePreserved: entry.lifecycle_preserved,
    lifecycleArchivedAt: time(entry.lifecycle_archived_at),
    lifecycleArchiveReason: entry.lifecycle_archive_reason,
  };
}

function time(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}
