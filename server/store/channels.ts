/** Channel rows (03 section 2.5.2). Members are in `channel-members.ts`; who may do what is in the workspace. */
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { assignments } from './sql.ts';
import type { SearchChanges } from './search.ts';
import type { Sql, SqlValue } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

/** A row of `channels`. The kinds of type, privacy, policy and crypto mode are read by the workspace. */
export interface Channel {
  id: ChannelId;
  name: string;
  channelType: string;
  privacyMode: string;
  createdBy: UserId;
  createdAt: number | null;
  lastActivityAt: number | null;
  description: string | null;
  topic: string | null;
  postPolicy: string;
  allowMemberReplies: boolean;
  cryptoMode: string;
  lifecycleTtlDays: number;
  lifecyclePreserved: boolean;
  lifecycleArchivedAt: number | null;
  lifecycleArchiveReason: string | null;
  /** null: built in, or local of an old version. */
  originPeer: PeerId | null;
}

/** What a new row needs; the rest has the defaults of the schema. */
export interface NewChannel {
  id: ChannelId;
  name: string;
  channelType: string;
  privacyMode: string;
  createdBy: UserId;
  originPeer: PeerId | null;
  description: string | null;
  postPolicy?: string;
  allowMemberReplies?: boolean;
  lifecycleTtlDays?: number;
  lifecyclePreserved?: boolean;
  now: number;
}

export type ChannelPatch = Partial<Omit<Channel, 'id' | 'createdAt'>>;

interface ChannelRow {
  id: string;
  name: string;
  channel_type: string;
  privacy_mode: string | null;
  created_by: string;
  created_at: string | null;
  last_activity_at: string | null;
  description: string | null;
  topic: string | null;
  post_policy: string | null;
  allow_member_replies: number | null;
  crypto_mode: string | null;
  lifecycle_ttl_days: number | null;
  lifecycle_preserved: number | null;
  lifecycle_archived_at: string | null;
  lifecycle_archive_reason: string | null;
  origin_peer: string | null;
}

const COLUMNS = `channels.id, name, channel_type, privacy_mode, created_by, created_at, last_activity_at, description,
  topic, post_policy, allow_member_replies, crypto_mode, lifecycle_ttl_days, lifecycle_preserved,
  lifecycle_archived_at, lifecycle_archive_reason, origin_peer`;

/** Lifetime of an inactive channel unless it says otherwise (03 section 5.12). */
const DEFAULT_TTL_DAYS = 180;

export class Channels {
  readonly #sql: Sql;
  readonly #search: Pick<SearchChanges, 'manyChanged'>;

  constructor(components: { sql: Sql; search: Pick<SearchChanges, 'manyChanged'> }) {
    this.#sql = components.sql;
    this.#search = components.search;
  }

  get(id: ChannelId): Readonly<Channel> | undefined {
    return this.#sql.recall(['channels'], `channels.get ${id}`, () => {
      const row = this.#sql.get<ChannelRow>(`SELECT ${COLUMNS} FROM channels WHERE id = @id`, { id });
      return row === undefined ? undefined : fromRow(row);
    });
  }

  /** Every channel, oldest first. */
  list(): readonly Readonly<Channel>[] {
    return this.#sql.recall(['channels'], 'channels.list', () =>
      this.#sql.all<ChannelRow>(`SELECT ${COLUMNS} FROM channels ORDER BY created_at, rowid`).map(fromRow),
    );
  }

  /** The channels a user is a member of, most recently active first; archived ones last, equals by id. */
  ofUser(userId: UserId): Channel[] {
    return this.#sql
      .all<ChannelRow>(
        `SELECT ${COLUMNS} FROM channels JOIN channel_members ON channel_members.channel_id = channels.id
          WHERE channel_members.user_id = @userId
          ORDER BY lifecycle_archived_at IS NOT NULL, coalesce(last_activity_at, created_at) DESC, channels.id`,
        { userId },
      )
      .map(fromRow);
  }

  /** Number of channels that came from other nodes, or from one of them. */
  countForeign(localPeer: PeerId, filter: { origin?: PeerId } = {}): number {
    const found = this.#sql.get<{ n: number }>(
      `SELECT count(*) AS n FROM channels WHERE coalesce(origin_peer, '') NOT IN ('', @localPeer)
          AND (@origin IS NULL OR origin_peer = @origin)`,
      { localPeer, origin: filter.origin ?? null },
    );
    return found?.n ?? 0;
  }

  /** Channels of that name, any type and origin. */
  byName(name: string): Channel[] {
    return this.#sql
      .all<ChannelRow>(`SELECT ${COLUMNS} FROM channels WHERE name = @name ORDER BY created_at, rowid`, {
        name,
      })
      .map(fromRow);
  }

  /** Channels every account of this node is a member of: type public, privacy open (03 section 3.1). */
  publicOpen(): Channel[] {
    return this.#sql
      .all<ChannelRow>(
        `SELECT ${COLUMNS} FROM channels WHERE channel_type IN ('public', 'general') AND privacy_mode = 'open'
          ORDER BY created_at, rowid`,
      )
      .map(fromRow);
  }

  /** Inserts a row; false when the id, or the name of another public channel, is taken. */
  insert(fields: NewChannel): boolean {
    const { changes } = this.#sql.run(
      `INSERT OR IGNORE INTO channels
         (id, name, channel_type, privacy_mode, created_by, origin_peer, description, post_policy, allow_member_replies,
          lifecycle_ttl_days, lifecycle_preserved, created_at, last_activity_at)
       VALUES (@id, @name, @channelType, @privacyMode, @createdBy, @originPeer, @description, @postPolicy, @replies,
          @ttlDays, @preserved, @at, @at)`,
      {
        id: fields.id,
        name: fields.name,
        channelType: fields.channelType,
        privacyMode: fields.privacyMode,
        createdBy: fields.createdBy,
        originPeer: fields.originPeer,
        description: fields.description,
        postPolicy: fields.postPolicy ?? 'open',
        replies: fields.allowMemberReplies === false ? 0 : 1,
        ttlDays: fields.lifecycleTtlDays ?? DEFAULT_TTL_DAYS,
        preserved: fields.lifecyclePreserved === true ? 1 : 0,
        at: toDbTime(fields.now),
      },
    );
    return changes === 1;
  }

  /**
   * Changes the given fields.
   * @throws an SQLite constraint error when the new name is that of another public channel.
   */
  update(id: ChannelId, patch: ChannelPatch): boolean {
    const values = patchValues(patch);
    const columns = Object.keys(values);
    if (columns.length === 0) return this.get(id) !== undefined;
    return (
      this.#sql.run(`UPDATE channels SET ${assignments(columns)} WHERE id = @id`, { ...values, id })
        .changes === 1
    );
  }

  /** Notes activity at `at` (never earlier than noted) and brings the channel back from the archive. */
  touch(id: ChannelId, at: number): void {
    const known = this.get(id);
    // A busy channel is touched many times in a second, and its time knows only seconds.
    if (known?.lifecycleArchivedAt === null && toDbTime(known.lastActivityAt ?? 0) >= toDbTime(at)) return;
    this.#sql.run(
      `UPDATE channels SET last_activity_at = max(coalesce(last_activity_at, ''), @at),
         lifecycle_archived_at = NULL, lifecycle_archive_reason = NULL WHERE id = @id`,
      { id, at: toDbTime(at) },
    );
  }

  /** Deletes the channel with members and messages (by cascade); likes of its messages first, if they go with them. */
  delete(id: ChannelId, { keepLikes } = { keepLikes: false }): boolean {
    if (!keepLikes)
      this.#sql.run(
        'DELETE FROM likes WHERE message_id IN (SELECT id FROM channel_messages WHERE channel_id = @id)',
        { id },
      );
    this.#sql.run(
      `DELETE FROM native_arrivals
        WHERE kind = 'm' AND message_id IN (SELECT id FROM channel_messages WHERE channel_id = @id)`,
      { id },
    );
    this.#sql.run(
      `UPDATE channel_messages SET parent_message_id = NULL
        WHERE parent_message_id IN (SELECT id FROM channel_messages WHERE channel_id = @id)`,
      { id },
    );
    this.#search.manyChanged('channel_message');
    return this.#sql.run('DELETE FROM channels WHERE id = @id', { id }).changes === 1;
  }

  /** Whether a vote retired the channel and nobody restored it (03 section 5.13). */
  isRetired(id: ChannelId): boolean {
    return this.#sql.recall(['channel_removal_tombstones'], `channels.isRetired ${id}`, () => {
      const found = this.#sql.get(
        'SELECT 1 FROM channel_removal_tombstones WHERE channel_id = @id AND restored_at IS NULL',
        { id },
      );
      return found !== undefined;
    });
  }
}

function patchValues(patch: ChannelPatch): Record<string, SqlValue> {
  const all: Record<string, SqlValue | undefined> = {
    name: patch.name,
    created_by: patch.createdBy,
    channel_type: patch.channelType,
    privacy_mode: patch.privacyMode,
    description: patch.description,
    topic: patch.topic,
    post_policy: patch.postPolicy,
    allow_member_replies: flag(patch.allowMemberReplies),
    crypto_mode: patch.cryptoMode,
    lifecycle_ttl_days: patch.lifecycleTtlDays,
    lifecycle_preserved: flag(patch.lifecyclePreserved),
    lifecycle_archived_at: dbTime(patch.lifecycleArchivedAt),
    lifecycle_archive_reason: patch.lifecycleArchiveReason,
    last_activity_at: dbTime(patch.lastActivityAt),
    origin_peer: patch.originPeer,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, SqlValue] => entry[1] !== undefined),
  );
}

function flag(value: boolean | undefined): SqlValue | undefined {
  return value === undefined ? undefined : Number(value);
}

function dbTime(value: number | null | undefined): SqlValue | undefined {
  return typeof value === 'number' ? toDbTime(value) : value;
}

function fromRow(row: ChannelRow): Channel {
  return {
    id: row.id as ChannelId,
    name: row.name,
    channelType: row.channel_type,
    privacyMode: row.privacy_mode ?? 'open',
    createdBy: row.created_by as UserId,
    createdAt: columnTime(row.created_at),
    lastActivityAt: columnTime(row.last_activity_at),
    description: row.description,
    topic: row.topic,
    postPolicy: row.post_policy ?? 'open',
    allowMemberReplies: row.allow_member_replies !== 0,
    cryptoMode: row.crypto_mode ?? 'legacy_plaintext',
    lifecycleTtlDays: row.lifecycle_ttl_days ?? DEFAULT_TTL_DAYS,
    lifecyclePreserved: row.lifecycle_preserved === 1,
    lifecycleArchivedAt: columnTime(row.lifecycle_archived_at),
    lifecycleArchiveReason: row.lifecycle_archive_reason,
    originPeer: row.origin_peer === null || row.origin_peer === '' ? null : (row.origin_peer as PeerId),
  };
}
