/**
 * How far catch-up with each peer has come (02 section 5.5, R4). Per peer and channel: up to which creation time the
 * peer has offered us what it holds, and up to which row of ours (in order of arrival) we have offered it to the peer.
 * Rows of `channel_messages` keep their arrival order in `rowid`.
 */
import type { ChannelId, MessageId, PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

export class CatchupState {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Creation time (Unix ms) up to which `peerId` offered the channel; `null` when it never did. */
  askedTo(peerId: PeerId, channelId: ChannelId): number | null {
    return this.#row(peerId, channelId)?.asked_to ?? null;
  }

  /** {@link askedTo} of all places. */
  askedOf(peerId: PeerId): Map<ChannelId, number> {
    const rows = this.#sql.all<{ channel_id: string; asked_to: number }>(
      'SELECT channel_id, asked_to FROM native_catchup WHERE peer_id = @peerId AND asked_to IS NOT NULL',
      { peerId },
    );
    return new Map(rows.map((row) => [row.channel_id as ChannelId, row.asked_to]));
  }

  /** Notes that `peerId` offered the channel up to `createdAt`; it never goes back. */
  advanceAsked(peerId: PeerId, channelId: ChannelId, createdAt: number): void {
    this.#sql.run(
      `INSERT INTO native_catchup (peer_id, channel_id, asked_to) VALUES (@peerId, @channelId, @createdAt)
       ON CONFLICT (peer_id, channel_id) DO UPDATE SET asked_to = max(coalesce(asked_to, 0), @createdAt)`,
      { peerId, channelId, createdAt },
    );
  }

  /** The last of our rows that was offered; `null` when the peer never asked. */
  offeredRow(peerId: PeerId, channelId: ChannelId): number | null {
    return this.#row(peerId, channelId)?.offered_row ?? null;
  }

  /** Notes that our rows up to `row` were offered; it never goes back. */
  advanceOffered(peerId: PeerId, channelId: ChannelId, row: number): void {
    this.#sql.run(
      `INSERT INTO native_catchup (peer_id, channel_id, offered_row) VALUES (@peerId, @channelId, @row)
       ON CONFLICT (peer_id, channel_id) DO UPDATE SET offered_row = max(coalesce(offered_row, 0), @row)`,
      { peerId, channelId, row },
    );
  }

  /** Ids of messages that arrived after `row`, in order of arrival, with their rows. */
  arrivedAfter(channelId: ChannelId, row: number, limit: number): { id: MessageId; row: number }[] {
    return this.#sql
      .all<{ id: string; row: number }>(
        `SELECT id, rowid AS row FROM channel_messages WHERE channel_id = @channelId AND rowid > @row
          ORDER BY rowid LIMIT @limit`,
        { channelId, row, limit },
      )
      .map(({ id, row: at }) => ({ id: id as MessageId, row: at }));
  }

  /** The row of the `back`-newest message of the channel by arrival; 0 when there are fewer. */
  rowBack(channelId: ChannelId, back: number): number {
    const found = this.#sql.get<{ row: number }>(
      `SELECT rowid AS row FROM channel_messages WHERE channel_id = @channelId
        ORDER BY rowid DESC LIMIT 1 OFFSET @back`,
      { channelId, back },
    );
    return found?.row ?? 0;
  }

  forgetPeer(peerId: PeerId): void {
    this.#sql.run('DELETE FROM native_catchup WHERE peer_id = @peerId', { peerId });
  }

  #row(
    peerId: PeerId,
    channelId: ChannelId,
  ): { asked_to: number | null; offered_row: number | null } | undefined {
    return this.#sql.get(
      'SELECT asked_to, offered_row FROM native_catchup WHERE peer_id = @peerId AND channel_id = @channelId',
      { peerId, channelId },
    );
  }
}
