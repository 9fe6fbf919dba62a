/**
 * The living records of libraries: rows of `lib_records` (07 section 2.2). One per library, kind and key; what may
 * stand here is decided in the room `libraries`. Transactions are the caller's.
 */
import { readRecordText } from '../wire/library-records.ts';
import type { AnyRecord, RecordKind } from '../wire/library-records.ts';
import type { AssetHash, LibraryId, PeerId } from '../wire/ids.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** A living record with its id. */
export interface StoredRecord<R extends AnyRecord = AnyRecord> {
  record: R;
  /** 32 bytes. */
  id: Uint8Array;
}

/** What names a record in a set: its id and time, whole Unix seconds. */
export interface RecordItem {
  id: Uint8Array;
  ts: number;
}

interface Row {
  library_id: string;
  kind: string;
  key: string;
  id: Uint8Array;
  record: Stored;
}

const SELECT = 'SELECT library_id, kind, key, id, record FROM lib_records';
/** Living asset records that are not deleted, whose bytes are neither here nor hidden. */
const MISSING = `library_id = @libraryId AND kind = 'asset' AND deleted = 0
  AND NOT EXISTS (SELECT 1 FROM can_assets WHERE hash = unhex(key))
  AND NOT EXISTS (SELECT 1 FROM can_hidden WHERE hash = unhex(key))`;
const TOTALS = {
  totals: `library_id = @libraryId AND kind = 'asset' AND deleted = 0`,
  missing: MISSING,
} as const;

export class LibraryRecordRows {
  readonly #sql: Sql;
  readonly #record: SealedField;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#record = components.vault.field('lib_records.record');
  }

  get(libraryId: LibraryId, kind: RecordKind, key: string): StoredRecord | undefined {
    return this.#one(`${SELECT} WHERE library_id = @libraryId AND kind = @kind AND key = @key`, {
      libraryId,
      kind,
      key,
    });
  }

  byId(libraryId: LibraryId, id: Uint8Array): StoredRecord | undefined {
    return this.#one(`${SELECT} WHERE library_id = @libraryId AND id = @id`, { libraryId, id });
  }

  /** Puts a record in the place of the one under its key. */
  put({ record, id }: StoredRecord, receivedAt: number): void {
    const { library_id: libraryId, kind, key, author, ts } = record;
    const isHere = record.kind === 'asset' && !record.deleted;
    this.#sql.run(
      `INSERT OR REPLACE INTO lib_records (library_id, kind, key, author, ts, id, deleted, size, record, received_at)
       VALUES (@libraryId, @kind, @key, @author, @ts, @id, @deleted, @size, @text, @receivedAt)`,
      {
        libraryId,
        kind,
        key,
        author,
        ts,
        id,
        deleted: record.kind === 'asset' && record.deleted ? 1 : 0,
        size: isHere ? record.size : 0,
        text: this.#record.seal(JSON.stringify(record), nameOf(libraryId, kind, key)),
        receivedAt,
      },
    );
  }

  delete(libraryId: LibraryId, kind: RecordKind, key: string): void {
    this.#sql.run('DELETE FROM lib_records WHERE library_id = @libraryId AND kind = @kind AND key = @key', {
      libraryId,
      kind,
      key,
    });
  }

  /** Removes all asset records that somebody wrote; how many there were. */
  deleteAssetsOf(libraryId: LibraryId, author: PeerId): number {
    return this.#sql.run(
      `DELETE FROM lib_records WHERE library_id = @libraryId AND author = @author AND kind = 'asset'`,
      { libraryId, author },
    ).changes;
  }

  deleteLibrary(libraryId: LibraryId): void {
    this.#sql.run('DELETE FROM lib_records WHERE library_id = @libraryId', { libraryId });
  }

  /** Records of a kind by key, those after `after`. */
  page(libraryId: LibraryId, kind: RecordKind, after: string | null, limit: number): StoredRecord[] {
    return this.#many(
      `${SELECT} WHERE library_id = @libraryId AND kind = @kind AND key > @after ORDER BY key LIMIT @limit`,
      { libraryId, kind, after: after ?? '', limit },
    );
  }

  /** Asset records that somebody wrote, by key. */
  assetsOf(libraryId: LibraryId, author: PeerId, after: string | null, limit: number): StoredRecord[] {
    return this.#many(
      `${SELECT} WHERE library_id = @libraryId AND author = @author AND kind = 'asset' AND key > @after
        ORDER BY key LIMIT @limit`,
      { libraryId, author, after: after ?? '', limit },
    );
  }

  /** What of a kind is compared (06 section 4.1), those after `place`, by whole second, then id. */
  itemsAfter(libraryId: LibraryId, kind: RecordKind, place: RecordItem | null, limit: number): RecordItem[] {
    const { ts: second, id } = place ?? { ts: -1, id: new Uint8Array(0) };
    // Two questions, each of which the index answers from where it begins; as one it is read from its first row.
    const page = (condition: string, most: number): RecordItem[] =>
      this.#sql.all<RecordItem>(
        `SELECT id, ts / 1000 AS ts FROM lib_records
          WHERE library_id = @libraryId AND kind = @kind AND ${condition} ORDER BY ts / 1000, id LIMIT @most`,
        { libraryId, kind, second, id, most },
      );
    const same = page('ts / 1000 = @second AND id > @id', limit);
    const later = same.length < limit ? page('ts / 1000 > @second', limit - same.length) : [];
    return [...same, ...later].map((row) => ({ id: new Uint8Array(row.id), ts: row.ts }));
  }

  /** Asset records whose assets are in the library, newest first, those before `place`. */
  assetsBefore(libraryId: LibraryId, place: RecordItem | null, limit: number): StoredRecord[] {
    const { ts: second, id } = place ?? { ts: Number.MAX_SAFE_INTEGER, id: new Uint8Array(0) };
    // As in `itemsAfter`: two questions that the index answers from where they begin.
    const page = (condition: string, order: string, most: number): StoredRecord[] =>
      this.#many(
        `${SELECT} WHERE library_id = @libraryId AND kind = 'asset' AND deleted = 0 AND ${condition}
          ORDER BY ${order} LIMIT @most`,
        { libraryId, second, id, most },
      );
    const same = page('ts / 1000 = @second AND id < @id', 'id DESC', limit);
    if (same.length >= limit) return same;
    return [...same, ...page('ts / 1000 < @second', 'ts / 1000 DESC, id DESC', limit - same.length)];
  }

  /** Whether a record lives under a key. */
  has(libraryId: LibraryId, kind: RecordKind, key: string): boolean {
    const where = 'library_id = @libraryId AND kind = @kind AND key = @key';
    return this.#sql.get(`SELECT 1 FROM lib_records WHERE ${where}`, { libraryId, kind, key }) !== undefined;
  }

  /** Asset records whose assets are in the library, neither here nor hidden, by hash. */
  wanted(libraryId: LibraryId, after: AssetHash | null, limit: number): StoredRecord[] {
    return this.#many(`${SELECT} WHERE ${MISSING} AND key > @after ORDER BY key LIMIT @limit`, {
      libraryId,
      after: after ?? '',
      limit,
    });
  }

  /** How many keys a library has. */
  count(libraryId: LibraryId): number {
    return (
      this.#sql.get<{ n: number }>('SELECT COUNT(*) AS n FROM lib_records WHERE library_id = @libraryId', {
        libraryId,
      })?.n ?? 0
    );
  }

  /** Assets in the library and their bytes. */
  totals(libraryId: LibraryId): { assets: number; bytes: number } {
    return this.#totals('totals', libraryId);
  }

  /** What of them is neither here nor hidden. */
  missing(libraryId: LibraryId): { assets: number; bytes: number } {
    return this.#totals('missing', libraryId);
  }

  /** How many asset records each author has in the library. */
  shares(libraryId: LibraryId): Map<PeerId, number> {
    const rows = this.#sql.all<{ author: PeerId; n: number }>(
      `SELECT author, COUNT(*) AS n FROM lib_records WHERE library_id = @libraryId AND kind = 'asset' GROUP BY author`,
      { libraryId },
    );
    return new Map(rows.map((row) => [row.author, row.n]));
  }

  /** Libraries in which an asset is, or is deleted. `receivedAt`: of that record, Unix ms. */
  librariesWith(hash: AssetHash): { libraryId: LibraryId; deleted: boolean; receivedAt: number }[] {
    return this.#sql
      .all<{ library_id: LibraryId; deleted: number; received_at: number }>(
        `SELECT library_id, deleted, received_at FROM lib_records WHERE key = @hash AND kind = 'asset'`,
        { hash },
      )
      .map((row) => ({
        libraryId: row.library_id,
        deleted: row.deleted !== 0,
        receivedAt: row.received_at,
      }));
  }

  /** Reads every record of the library, so the answer is kept until one of the tables changes. */
  #totals(of: keyof typeof TOTALS, libraryId: LibraryId): { assets: number; bytes: number } {
    const tables = ['lib_records', 'can_assets', 'can_hidden'];
    return this.#sql.recall(tables, `libraryRecords.${of} ${libraryId}`, () =>
      this.#readTotals(TOTALS[of], libraryId),
    );
  }

  #readTotals(condition: string, libraryId: LibraryId): { assets: number; bytes: number } {
    const row = this.#sql.get<{ assets: number; bytes: number | null }>(
      // Sizes are what somebody says: SUM fails beyond 64 bits.
      `SELECT COUNT(*) AS assets, CAST(MIN(TOTAL(size), ${Number.MAX_SAFE_INTEGER}) AS INTEGER) AS bytes
         FROM lib_records WHERE ${condition}`,
      { libraryId },
    );
    return { assets: row?.assets ?? 0, bytes: row?.bytes ?? 0 };
  }

  #one(query: string, parameters: Parameters<Sql['get']>[1]): StoredRecord | undefined {
    const row = this.#sql.get<Row>(query, parameters);
    return row === undefined ? undefined : this.#fromRow(row);
  }

  #many(query: string, parameters: Parameters<Sql['all']>[1]): StoredRecord[] {
    return this.#sql.all<Row>(query, parameters).map((row) => this.#fromRow(row));
  }

  #fromRow(row: Row): StoredRecord {
    const text = this.#record.open(row.record, nameOf(row.library_id, row.kind, row.key));
    return { record: readRecordText(text), id: new Uint8Array(row.id) };
  }
}

function nameOf(libraryId: string, kind: string, key: string): string {
  return `${libraryId} ${kind} ${key}`;
}
