/**
 * What other nodes are owed of a channel, above all those that host members of a private one (02 sections 2.4 and 2.13): the channel as it is now, and
 * who came and went. Built when it leaves, from rows of the outbox.
 */
import type { Channel } from '../store/channels.ts';
import type { MemberSync } from '../store/member-syncs.ts';
import type { OutboxEntry } from '../store/outbox.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { isPublicForSync } from '../workspace/channel-rules.ts';
import { channelAnnounce } from './channel-frames.ts';
import type { FramePayload } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';

/** Hops of both (02 section 9). */
export const CHANNEL_TTL = 5;
/** Our key in a `member_sync`: where the person lives, whom the receiver may never have heard of. */
const MEMBER_KEY = 'canopy_member';

/**
 * The channel of an `announce` row for its peer; `null` when that peer is to hear nothing of it.
 * @param link.secure otherwise it heard of what is public with all others, or does with the list of the next connection.
 */
export function owedAnnouncement(
  components: SyncComponents,
  entry: OutboxEntry,
  link: { secure: boolean },
): FramePayload | null {
  const { repositories, workspace, mesh } = components;
  const channel = repositories.channels.get(entry.objectId as ChannelId);
  const { peerId } = entry;
  if (channel === undefined || !workspace.channels.isOurs(channel) || !workspace.trust.isTrusted(peerId))
    return null;
  const posters = repositories.channelMembers.posters(channel.id);
  const facts = { localPeer: mesh.peerId, allowedPosters: posters };
  if (isPublicForSync(channel)) return link.secure ? channelAnnounce(channel, facts) : null;
  const members = membersAt(components, channel, peerId);
  // It knew the channel while it was everybody's, and is told only that this is over.
  if (members.length === 0)
    return channelAnnounce({ ...channel, name: '', description: '' }, { ...facts, allowedPosters: [] });
  const payload = channelAnnounce(channel, facts);
  return {
    ...payload,
    metadata: { ...payload.metadata, created_by_user_id: channel.createdBy, initial_members: members },
  };
}

/** The `member_sync` of a `member` row; `null` when there is nothing left to say. */
export function owedMemberSync(components: SyncComponents, entry: OutboxEntry): FramePayload | null {
  const { repositories, workspace, mesh, ports } = components;
  const sync = repositories.memberSyncs.get(entry.objectId);
  if (sync === undefined || sync.ackedAt !== null || sync.peerId !== entry.peerId) return null;
  const isOurs = (workspace.people.get(sync.userId)?.originPeer ?? null) === null;
  // 0.4.29 believes a node of its own people alone: others it takes from announcements, and never gives up.
  if (!isOurs && mesh.isConnected(entry.peerId) && !mesh.supports(entry.peerId, 'bulk_sync_1mb_v1'))
    return null;
  workspace.inbound.changes.now(() => repositories.memberSyncs.attempted(sync.syncId, ports.clock.now()));
  return memberSyncPayload(components, sync);
}

function memberSyncPayload(components: SyncComponents, sync: MemberSync): FramePayload {
  const person = components.workspace.people.get(sync.userId);
  const home = person?.originPeer ?? components.mesh.peerId;
  const known = sync.action === 'add' && home !== sync.peerId;
  return {
    content: '',
    metadata: {
      type: 'member_sync',
      channel_id: sync.channelId,
      target_user_id: sync.userId,
      action: sync.action,
      role: sync.role,
      ...sync.payload,
      sync_id: sync.syncId,
      ...(known ? { [MEMBER_KEY]: { origin_peer: home, display_name: person?.displayName ?? null } } : {}),
    },
  };
}

function membersAt(components: SyncComponents, channel: Channel, peer: PeerId): UserId[] {
  const { repositories, workspace } = components;
  return repositories.channelMembers
    .list(channel.id)
    .map((row) => workspace.people.get(row.userId))
    .flatMap((person) => (person?.originPeer === peer ? [person.id] : []));
}
