/**
 * Keys of encrypted private channels, and which node has which (03 sections 2.5.2 and 5.11). The tables are the
 * reference's, and so is the form of the key material: clear text despite the column's name, so that a directory goes on
 * there where it stopped here. Keys are never deleted while their channel is here: old messages need old keys.
 */
import type { ChannelId, MessageId, PeerId } from '../wire/ids.ts';
import { decodeKeyMaterial, encodeKeyMaterial } from '../wire/channel-crypto.ts';
import { jsonObject, jsonText } from './json.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';
import type { Vault } from './vault.ts';

/** A key of a channel. */
export interface ChannelKey {
  channelId: ChannelId;
  /** `K` and 16 hex characters where this program made it. */
  keyId: string;
  /** 32 bytes; `null` when what is stored is no key. */
  key: Uint8Array | null;
  revokedAt: number | null;
  /** The key it replaced. */
  rotatedFrom: string | null;
}

/** How far a key is on its way to a node. `received`: that node gave it to us. */
export type KeyDelivery = 'pending' | 'delivered' | 'received' | 'failed' | 'acked';

interface KeyRow {
  channel_id: string;
  key_id: string;
  key_material_enc: string;
  revoked_at: string | null;
  metadata: string | null;
}

type StoredRow = Omit<KeyRow, 'key_material_enc'> & { key_material_enc: Stored };

const SELECT = 'SELECT channel_id, key_id, key_material_enc, revoked_at, metadata FROM channel_keys';
/** Every message of an encrypted channel asks for a key. */
const TABLES = ['channel_keys'];

export class ChannelKeyRows {
  readonly #sql: Sql;
  readonly #material: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#material = components.vault.field('channel_keys.key_material_enc');
  }

  get(channelId: ChannelId, keyId: string): ChannelKey | undefined {
    const row = this.#sql.recall(TABLES, `channel-keys.get ${channelId}\0${keyId}`, () =>
      this.#opened(
        this.#sql.get<StoredRow>(`${SELECT} WHERE channel_id = @channelId AND key_id = @keyId`, {
          channelId,
          keyId,
        }),
      ),
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** The newest key that was not revoked: the one to encrypt with. */
  active(channelId: ChannelId): ChannelKey | undefined {
    const row = this.#sql.recall(TABLES, `channel-keys.active ${channelId}`, () =>
      this.#opened(
        this.#sql.get<StoredRow>(
          `${SELECT} WHERE channel_id = @channelId AND revoked_at IS NULL ORDER BY created_at DESC, rowid DESC LIMIT 1`,
          { channelId },
        ),
      ),
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** Every key of a channel, oldest first. */
  list(channelId: ChannelId): ChannelKey[] {
    return this.#sql
      .all<StoredRow>(`${SELECT} WHERE channel_id = @channelId ORDER BY created_at, rowid`, { channelId })
      .flatMap((row) => this.#opened(row) ?? [])
      .map(fromRow);
  }

  /** Adds a key; false when the id is taken: what is stored stays. */
  add(fields: {
    channelId: ChannelId;
    keyId: string;
    key: Uint8Array;
    createdBy: PeerId;
    metadata: Readonly<Record<string, unknown>>;
    now: number;
  }): boolean {
    return (
      this.#sql.run(
        `INSERT OR IGNORE INTO channel_keys (channel_id, key_id, key_material_enc, created_by_peer, created_at, metadata)
         VALUES (@channelId, @keyId, @material, @createdBy, @at, @metadata)`,
        {
          channelId: fields.channelId,
          keyId: fields.keyId,
          material: this.#material.seal(encodeKeyMaterial(fields.key), `${fields.channelId} ${fields.keyId}`),
          createdBy: fields.createdBy,
          at: toDbTime(fields.now),
          metadata: jsonText(fields.metadata),
        },
      ).changes === 1
    );
  }

  /** Nothing is encrypted with the key any more; what was, is still read with it. */
  revoke(channelId: ChannelId, keyId: string, now: number): void {
    this.#sql.run(
      `UPDATE channel_keys SET revoked_at = @at
        WHERE channel_id = @channelId AND key_id = @keyId AND revoked_at IS NULL`,
      { channelId, keyId, at: toDbTime(now) },
    );
  }

  /** Notes how far a key is on its way to, or from, a node. */
  note(
    about: { channelId: ChannelId; keyId: string; peerId: PeerId },
    state: KeyDelivery,
    fields: { now: number; error?: string | null },
  ): void {
    const at = toDbTime(fields.now);
    this.#sql.run(
      `INSERT INTO channel_member_keys
         (channel_id, key_id, peer_id, delivery_state, last_error, delivered_at, acked_at, updated_at)
       VALUES (@channelId, @keyId, @peerId, @state, @error, @deliveredAt, @ackedAt, @at)
       ON CONFLICT (channel_id, key_id, peer_id) DO UPDATE SET delivery_state = excluded.delivery_state,
         last_error = excluded.last_error, delivered_at = coalesce(excluded.delivered_at, delivered_at),
         acked_at = coalesce(excluded.acked_at, acked_at), updated_at = excluded.updated_at`,
      {
        ...about,
        state,
        error: fields.error ?? null,
        deliveredAt: state === 'pending' ? null : at,
        ackedAt: state === 'acked' ? at : null,
        at,
      },
    );
  }

  /** How far a key is on its way to a node; undefined when it was never meant for that one. */
  delivery(about: { channelId: ChannelId; keyId: string; peerId: PeerId }): KeyDelivery | undefined {
    return this.#sql.get<{ delivery_state: KeyDelivery }>(
      `SELECT delivery_state FROM channel_member_keys
        WHERE channel_id = @channelId AND key_id = @keyId AND peer_id = @peerId`,
      { ...about },
    )?.delivery_state;
  }

  /** Whether a key of the channel was ever meant for a node. */
  wasGiven(channelId: ChannelId, peerId: PeerId): boolean {
    return (
      this.#sql.get(
        `SELECT 1 FROM channel_member_keys
          WHERE channel_id = @channelId AND peer_id = @peerId AND delivery_state <> 'received'`,
        { channelId, peerId },
      ) !== undefined
    );
  }

  /** Channels of this node that a person of another node is a member of. */
  hostedBy(peerId: PeerId, localPeer: PeerId): ChannelId[] {
    return this.#sql
      .all<{ id: string }>(
        `SELECT DISTINCT c.id FROM users u JOIN channel_members m ON m.user_id = u.id
           JOIN channels c ON c.id = m.channel_id
          WHERE u.origin_peer = @peerId AND c.origin_peer = @localPeer
            AND (c.privacy_mode IN ('private', 'confidential') OR c.channel_type NOT IN ('public', 'general'))`,
        { peerId, localPeer },
      )
      .map((row) => row.id as ChannelId);
  }

  /** Keys in use that a node was given and has not acknowledged, oldest first. */
  unacknowledged(peerId: PeerId, limit: number): { channelId: ChannelId; keyId: string }[] {
    return this.#sql
      .all<{ channel_id: string; key_id: string }>(
        `SELECT m.channel_id, m.key_id FROM channel_member_keys m
           JOIN channel_keys k ON k.channel_id = m.channel_id AND k.key_id = m.key_id
          WHERE m.peer_id = @peerId AND m.delivery_state IN ('pending', 'delivered', 'failed') AND k.revoked_at IS NULL
          ORDER BY m.updated_at, m.rowid LIMIT @limit`,
        { peerId, limit },
      )
      .map((row) => ({ channelId: row.channel_id as ChannelId, keyId: row.key_id }));
  }

  /** Encrypted channels that come from a node and have no key in use here. */
  withoutKey(origin: PeerId, limit: number): ChannelId[] {
    return this.#sql
      .all<{ id: string }>(
        `SELECT id FROM channels WHERE origin_peer = @origin AND crypto_mode IN ('e2e_optional', 'e2e_enforced')
            AND NOT EXISTS (SELECT 1 FROM channel_keys k WHERE k.channel_id = channels.id AND k.revoked_at IS NULL)
          ORDER BY created_at, rowid LIMIT @limit`,
        { origin, limit },
      )
      .map((row) => row.id as ChannelId);
  }

  /** Messages that wait for a key, or were given up for lack of it; by arrival, after a row. */
  waiting(
    channelId: ChannelId,
    keyId: string,
    page: { after: number; limit: number },
  ): { row: number; id: MessageId }[] {
    return this.#sql
      .all<{ row: number; id: string }>(
        `SELECT rowid AS row, id FROM channel_messages
          WHERE channel_id = @channelId AND key_id = @keyId AND crypto_state IN ('pending_decrypt', 'decrypt_failed')
            AND rowid > @after ORDER BY rowid LIMIT @limit`,
        { channelId, keyId, ...page },
      )
      .map(({ row, id }) => ({ row, id: id as MessageId }));
  }

  /** Keys that messages of channels from a node wait for. */
  missing(origin: PeerId, limit: number): { channelId: ChannelId; keyId: string }[] {
    return this.#sql
      .all<{ channel_id: string; key_id: string }>(
        `SELECT DISTINCT m.channel_id, m.key_id FROM channel_messages m JOIN channels c ON c.id = m.channel_id
          WHERE m.crypto_state = 'pending_decrypt' AND m.key_id IS NOT NULL AND c.origin_peer = @origin LIMIT @limit`,
        { origin, limit },
      )
      .map((row) => ({ channelId: row.channel_id as ChannelId, keyId: row.key_id }));
  }

  /** Messages that wait for a key and arrived before `before`. */
  waitingSince(before: number, limit: number): { id: MessageId; channelId: ChannelId }[] {
    return this.#sql
      .all<{ id: string; channel_id: string }>(
        `SELECT m.id, m.channel_id FROM channel_messages m LEFT JOIN processed_messages p ON p.message_id = m.id
          WHERE m.crypto_state = 'pending_decrypt' AND coalesce(p.processed_at, m.created_at) <= @before LIMIT @limit`,
        { before: toDbTime(before), limit },
      )
      .map((row) => ({ id: row.id as MessageId, channelId: row.channel_id as ChannelId }));
  }

  #opened(row: StoredRow | undefined): KeyRow | undefined {
    if (row === undefined) return undefined;
    const material = this.#material.open(row.key_material_enc, `${row.channel_id} ${row.key_id}`);
    return { ...row, key_material_enc: material };
  }
}

function fromRow(row: KeyRow): ChannelKey {
  const rotatedFrom = jsonObject(row.metadata)?.['rotated_from'];
  return {
    channelId: row.channel_id as ChannelId,
    keyId: row.key_id,
    key: decodeKeyMaterial(row.key_material_enc),
    revokedAt: columnTime(row.revoked_at),
    rotatedFrom: typeof rotatedFrom === 'string' ? rotatedFrom : null,
  };
}
