/**
 * `member_sync` and its acknowledgement (02 section 2.13, 03 section 5.7): taking in who came and went in private
 * channels of other nodes, and telling again what a node has not acknowledged when it comes back.
 */
import type { z } from 'zod';
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import type { memberSyncAckSchema, memberSyncSchema } from '../wire/payloads/membership.ts';
import type { MemberSyncError } from '../workspace/channel-invitations.ts';
import { announcedPrivacy } from '../workspace/channel-rules.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';

type MemberSync = z.output<typeof memberSyncSchema>;
type MemberSyncAck = z.output<typeof memberSyncAckSchema>;

/** How often something is told that nobody acknowledges, the pause before it is told again, and how much at once. */
const MAX_ATTEMPTS = 8;
const RESEND_PAUSE_MS = 10_000;
const MAX_RESENT = 256;
/** Longest error word of a peer that is kept. */
const MAX_ERROR = 80;

const STATUS: Readonly<Record<MemberSyncError, AckStatus>> = {
  invalid_payload: ACK.invalid,
  channel_retired_by_vote: ACK.gone,
  unknown_target_user: ACK.not_entitled,
  unauthorized_sender: ACK.not_entitled,
  internal_error: ACK.busy,
};

export class MemberTraffic {
  readonly #c: SyncComponents;
  readonly #ask: (peer: PeerId) => Promise<void>;

  /** @param init.ask asks a peer for its channels with people of here, and all their members. */
  constructor(components: SyncComponents, init: { ask: (peer: PeerId) => Promise<void> }) {
    this.#c = components;
    this.#ask = init.ask;
  }

  register(inbound: Inbound): void {
    inbound.on('member_sync', 'trusted', (sync, { from }) => this.#received(sync, from));
    inbound.on('member_sync_ack', 'trusted', (ack, { from }) => this.#acknowledged(ack, from));
  }

  /** Owes an accepted peer again what it has not acknowledged. */
  async resend(peer: PeerId): Promise<void> {
    const { repositories, workspace, ports } = this.#c;
    const query = {
      maxAttempts: MAX_ATTEMPTS,
      before: ports.clock.now() - RESEND_PAUSE_MS,
      limit: MAX_RESENT,
    };
    const rows = repositories.memberSyncs.unacknowledged(peer, query);
    if (rows.length === 0) return;
    await workspace.inbound.changes.run(() => {
      for (const { syncId } of rows) workspace.owing.memberSync(syncId, peer);
    });
  }

  async #received(sync: MemberSync, from: PeerId): Promise<AckStatus> {
    const { changes, channelInvitations } = this.#c.workspace.inbound;
    const error = await changes.run(() =>
      channelInvitations.memberChanged(
        {
          channel: {
            id: sync.channel_id as ChannelId,
            name: sync.channel_name,
            type: sync.channel_type,
            privacyMode: announcedPrivacy(sync.privacy_mode, sync.channel_type),
            description: sync.channel_description,
            originPeer: from,
          },
          member: {
            userId: sync.target_user_id as UserId,
            role: sync.role === 'admin' ? 'admin' : 'member',
            home: sync.canopy_member?.origin_peer ?? null,
            displayName: sync.canopy_member?.display_name ?? null,
          },
          action: sync.action,
        },
        from,
      ),
    );
    if (error !== null) this.#c.log.debug({ peer: from, reason: error }, 'a change of members was not taken');
    if (sync.sync_id !== null) await this.#answer(sync, from, error);
    // It came before what makes the channel known here, and is not told a second time: the channel's node knows the rest.
    if (error === 'unknown_target_user' && sync.action === 'add') await this.#ask(from);
    return error === null ? ACK.stored : STATUS[error];
  }

  async #answer(sync: MemberSync, to: PeerId, error: MemberSyncError | null): Promise<void> {
    const metadata = {
      type: 'member_sync_ack',
      sync_id: sync.sync_id,
      status: error === null ? 'ok' : 'error',
      error,
      channel_id: sync.channel_id,
      target_user_id: sync.target_user_id,
      action: sync.action,
    };
    await this.#c.mesh.send('member_sync_ack', to, { content: '', metadata }, { queue: false });
  }

  /** Counts only from the peer that was told (03 A6). */
  async #acknowledged(ack: MemberSyncAck, from: PeerId): Promise<void> {
    const { memberSyncs } = this.#c.repositories;
    const { sync_id: syncId } = ack;
    if (syncId === null || memberSyncs.get(syncId)?.peerId !== from) return;
    const now = this.#c.ports.clock.now();
    await this.#c.workspace.inbound.changes.run(() => {
      if (ack.status === 'ok') memberSyncs.acknowledged(syncId, now);
      else memberSyncs.failed(syncId, (ack.error ?? 'unknown').slice(0, MAX_ERROR), now);
    });
  }
}
