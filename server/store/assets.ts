/**
 * Rows about the assets of this node (07 section 1): what is known of each besides its bytes, and which hashes a
 * person deleted for good. Bytes lie in files; `libraries/assets/` keeps both together.
 */
import type { AssetFilter, AssetMeta } from '../wire/assets.ts';
import type { AssetHash, PeerId } from '../wire/ids.ts';
import { assetConditions, belowCursor } from './asset-conditions.ts';
import type { AssetCursor, AssetQuery } from './asset-conditions.ts';
import type { Sql } from './sql.ts';

/** A row of `can_assets`. */
export interface AssetRow extends AssetMeta {
  hash: AssetHash;
  /** Bytes. */
  size: number;
}

/** What only this node knows of an asset. */
export interface AssetPlace {
  /** A person or program of this node ingested it. */
  local: boolean;
  /** When its metadata last changed here, Unix ms. */
  changedAt: number;
}

/** Assets of one kind, counted. */
export interface AssetGroup {
  name: string | null;
  assets: number;
  bytes: number;
}

interface Columns {
  hash: Uint8Array;
  size: number;
  mime_type: string;
  filename: string | null;
  application: string | null;
  tags: string;
  user: string | null;
  description: string | null;
  timestamp: number;
  origin_peer: string;
}

const SELECT = `SELECT hash, size, mime_type, filename, application, tags, user, description, timestamp, origin_peer
  FROM can_assets`;

/** Groups told of by {@link AssetRows.groups}: people name applications and types, so their number has no other end. */
const MAX_GROUPS = 1000;

export class AssetRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(hash: AssetHash): AssetRow | null {
    const row = this.#sql.get<Columns>(`${SELECT} WHERE hash = @hash`, { hash: raw(hash) });
    return row === undefined ? null : fromColumns(row);
  }

  place(hash: AssetHash): AssetPlace | null {
    const row = this.#sql.get<{ local: number; changed_at: number }>(
      'SELECT local, changed_at FROM can_assets WHERE hash = @hash',
      { hash: raw(hash) },
    );
    return row === undefined ? null : { local: row.local !== 0, changedAt: row.changed_at };
  }

  /** The hashes of its chunks, 32 bytes each (07 section 3.2). */
  chunkHashes(hash: AssetHash): Uint8Array | null {
    const row = this.#sql.get<{ chunk_hashes: Uint8Array }>(
      'SELECT chunk_hashes FROM can_assets WHERE hash = @hash',
      { hash: raw(hash) },
    );
    return row?.chunk_hashes ?? null;
  }

  /** @throws when the hash is there already. */
  insert(asset: AssetRow, place: AssetPlace & { chunkHashes: Uint8Array }): void {
    this.#sql.run(
      `INSERT INTO can_assets (hash, size, mime_type, filename, application, tags, user, description, timestamp,
           origin_peer, local, changed_at, chunk_hashes)
         VALUES (@hash, @size, @mime_type, @filename, @application, @tags, @user, @description, @timestamp,
           @origin_peer, @local, @changedAt, @chunkHashes)`,
      {
        hash: raw(asset.hash),
        size: asset.size,
        ...facts(asset),
        local: place.local ? 1 : 0,
        changedAt: place.changedAt,
        chunkHashes: place.chunkHashes,
      },
    );
  }

  /** Writes all metadata of an asset that is there. */
  update(hash: AssetHash, changed: AssetMeta, place: AssetPlace): void {
    this.#sql.run(
      `UPDATE can_assets SET mime_type = @mime_type, filename = @filename, application = @application, tags = @tags,
           user = @user, description = @description, timestamp = @timestamp, origin_peer = @origin_peer,
           local = @local, changed_at = @changedAt WHERE hash = @hash`,
      { hash: raw(hash), ...facts(changed), local: place.local ? 1 : 0, changedAt: place.changedAt },
    );
  }

  /** False when there was none. */
  delete(hash: AssetHash): boolean {
    return this.#sql.run('DELETE FROM can_assets WHERE hash = @hash', { hash: raw(hash) }).changes === 1;
  }

  isHidden(hash: AssetHash): boolean {
    return (
      this.#sql.get('SELECT 1 AS found FROM can_hidden WHERE hash = @hash', { hash: raw(hash) }) !== undefined
    );
  }

  hide(hash: AssetHash, now: number): void {
    this.#sql.run('INSERT OR IGNORE INTO can_hidden (hash, hidden_at) VALUES (@hash, @now)', {
      hash: raw(hash),
      now,
    });
  }

  /** False when it was not hidden. */
  unhide(hash: AssetHash): boolean {
    return this.#sql.run('DELETE FROM can_hidden WHERE hash = @hash', { hash: raw(hash) }).changes === 1;
  }

  /** Every hash there is, in order: those after `after`, at most `limit`. */
  hashes(after: AssetHash | null, limit: number): AssetHash[] {
    return this.#sql
      .all<{ hash: Uint8Array }>(
        'SELECT hash FROM can_assets WHERE hash > @after ORDER BY hash LIMIT @limit',
        { after: after === null ? new Uint8Array() : raw(after), limit },
      )
      .map((row) => text(row.hash));
  }

  /** Assets that match, by hash: those after `after`, at most `limit`. */
  matching(selection: AssetFilter, after: AssetHash | null, limit: number): AssetRow[] {
    const { where, parameters } = assetConditions(selection);
    return this.#sql
      .all<Columns>(`${SELECT} WHERE hash > @after AND ${where} ORDER BY hash LIMIT @limit`, {
        ...parameters,
        after: after === null ? new Uint8Array() : raw(after),
        limit,
      })
      .map(fromColumns);
  }

  /** Assets that match, by time and hash: the newest first, or the oldest. */
  list(
    query: AssetQuery,
    page: { order: 'asc' | 'desc'; from: AssetCursor | null; offset: number; limit: number },
  ): AssetRow[] {
    const { where, parameters } = assetConditions(query);
    const direction = page.order === 'asc' ? 'ASC' : 'DESC';
    const below = belowCursor(page.from, page.order);
    return this.#sql
      .all<Columns>(
        `${SELECT} WHERE ${where} AND ${below.where}
           ORDER BY timestamp ${direction}, hash ${direction} LIMIT @limit OFFSET @offset`,
        { ...parameters, ...below.parameters, limit: page.limit, offset: page.offset },
      )
      .map(fromColumns);
  }

  /** How many match, and their bytes. */
  count(query: AssetQuery): { assets: number; bytes: number } {
    const { where, parameters } = assetConditions(query);
    return (
      this.#sql.get<{ assets: number; bytes: number }>(
        `SELECT count(*) AS assets, coalesce(sum(size), 0) AS bytes FROM can_assets WHERE ${where}`,
        parameters,
      ) ?? { assets: 0, bytes: 0 }
    );
  }

  hiddenCount(): number {
    return this.#sql.get<{ count: number }>('SELECT count(*) AS count FROM can_hidden')?.count ?? 0;
  }

  /** Counts by application or type, the largest first; at most {@link MAX_GROUPS}. */
  groups(by: 'application' | 'mime_type'): AssetGroup[] {
    return this.#sql.all<AssetGroup>(
      `SELECT ${by} AS name, count(*) AS assets, sum(size) AS bytes FROM can_assets
         GROUP BY ${by} ORDER BY assets DESC, name LIMIT ${MAX_GROUPS}`,
    );
  }
}

function facts(asset: AssetMeta) {
  return {
    mime_type: asset.mime_type,
    filename: asset.filename,
    application: asset.application,
    tags: JSON.stringify(asset.tags),
    user: asset.user,
    description: asset.description,
    timestamp: asset.timestamp,
    origin_peer: asset.origin_peer,
  };
}

function fromColumns(row: Columns): AssetRow {
  return {
    hash: text(row.hash),
    size: row.size,
    mime_type: row.mime_type,
    filename: row.filename,
    application: row.application,
    tags: JSON.parse(row.tags) as string[],
    user: row.user,
    description: row.description,
    timestamp: row.timestamp,
    origin_peer: row.origin_peer as PeerId,
  };
}

function raw(hash: AssetHash): Uint8Array {
  return Buffer.from(hash, 'hex');
}

function text(hash: Uint8Array): AssetHash {
  return Buffer.from(hash).toString('hex') as AssetHash;
}
