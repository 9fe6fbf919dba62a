/**
 * The items of reconciliation (06 section 4.1): one row per object and set, kept by the tables of messages in the
 * same transaction as the object itself. A direct message stands in the set `d:` and the peer at the other end; the
 * own end is added where sets are named to others. `ts` is whole Unix seconds, other times are Unix milliseconds.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { CREATED, DELETED, itemId, rankOfVersion } from '../wire/item-id.ts';
import type { ItemKind } from '../wire/item-id.ts';
import type { Sql } from './sql.ts';

/** A deletion without an expiry of its object is remembered this long (06 section 4.1). */
const TOMBSTONE_MS = 730 * 86_400_000;
/** Rows removed in one step. */
const PRUNE_BATCH = 500;

/** A row of `native_items`. */
export interface Item {
  setId: string;
  objectId: string;
  kind: ItemKind;
  ts: number;
  version: string;
  id: Uint8Array;
  expiresAt: number | null;
  deletedAt: number | null;
}

/** What a set is compared by. */
export type ItemRecord = Pick<Item, 'ts' | 'id' | 'expiresAt'>;

/** An object that may have changed in a set, with the records it had and would have. */
export interface ItemChange {
  setId: string;
  objectId: string;
  records: readonly ItemRecord[];
}

interface ItemRow {
  set_id: string;
  object_id: string;
  kind: string;
  ts: number;
  version: string;
  id: Uint8Array;
  expires_at: number | null;
  deleted_at: number | null;
}

const SELECT = 'SELECT set_id, object_id, kind, ts, version, id, expires_at, deleted_at FROM native_items';

const INTO = `INTO native_items (set_id, object_id, kind, ts, version, id, expires_at, deleted_at)
  VALUES (@setId, @objectId, @kind, @ts, @version, @id, @expiresAt, @deletedAt)`;

export class NativeItems {
  readonly #sql: Sql;
  readonly #crypto: Pick<CryptoBackend, 'sha256'>;
  #changed: (change: ItemChange) => void = () => undefined;

  constructor(components: { sql: Sql; crypto: Pick<CryptoBackend, 'sha256'> }) {
    this.#sql = components.sql;
    this.#crypto = components.crypto;
  }

  /**
   * Tells one listener of every change, inside its transaction: what is told may still be undone, so the listener
   * reads the row again later.
   */
  watch(changed: (change: ItemChange) => void): void {
    this.#changed = changed;
  }

  get(setId: string, objectId: string): Item | undefined {
    const row = this.#sql.get<ItemRow>(`${SELECT} WHERE set_id = @setId AND object_id = @objectId`, {
      setId,
      objectId,
    });
    return row === undefined ? undefined : fromRow(row);
  }

  /** The items of a set with the given id, at most one. */
  byId(setId: string, id: Uint8Array): Item | undefined {
    const row = this.#sql.get<ItemRow>(`${SELECT} WHERE set_id = @setId AND id = @id`, { setId, id });
    return row === undefined ? undefined : fromRow(row);
  }

  /** The item of a set with this time and id. */
  at(setId: string, { ts, id }: Pick<Item, 'ts' | 'id'>): Item | undefined {
    // Left to itself SQLite goes through the whole set by its primary key.
    const row = this.#sql.get<ItemRow>(
      `${SELECT} INDEXED BY native_items_order WHERE set_id = @setId AND ts = @ts AND id = @id`,
      { setId, ts, id },
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** The items of those of the objects that are in a set. */
  some(setId: string, objectIds: readonly string[]): Item[] {
    return this.#sql
      .all<ItemRow>(
        `${SELECT} WHERE set_id = @setId AND object_id IN (SELECT value FROM json_each(@objectIds))`,
        { setId, objectIds: JSON.stringify(objectIds) },
      )
      .map(fromRow);
  }

  /** The sets an object is in. */
  ofObject(kind: ItemKind, objectId: string): Item[] {
    return this.#sql
      .all<ItemRow>(`${SELECT} WHERE kind = @kind AND object_id = @objectId`, { kind, objectId })
      .map(fromRow);
  }

  /** The next `limit` items of a set after a place in order of (ts, id); the beginning for `null`. */
  after(setId: string, place: Pick<Item, 'ts' | 'id'> | null, limit: number): Item[] {
    return this.#sql
      .all<ItemRow>(
        `${SELECT} WHERE set_id = @setId AND (ts, id) > (@ts, @id) ORDER BY ts, id LIMIT @limit`,
        { setId, ts: place?.ts ?? -1, id: place?.id ?? new Uint8Array(0), limit },
      )
      .map(fromRow);
  }

  /** Notes a new object. One that is known keeps its version, and the smaller `ts`. */
  created(item: Pick<Item, 'setId' | 'objectId' | 'kind' | 'ts' | 'expiresAt'>): void {
    // The comparison knows no time before 1970.
    const ts = Math.max(0, item.ts);
    if (this.#insert({ ...item, ts, version: CREATED, deletedAt: null })) return;
    const known = this.get(item.setId, item.objectId);
    if (known !== undefined && ts < known.ts) this.#put({ ...known, ts }, known);
  }

  /** Notes a change of an object; an older version than the known one changes nothing. */
  revised(kind: ItemKind, objectId: string, version: string): void {
    for (const known of this.ofObject(kind, objectId))
      if (rankOfVersion(version) > rankOfVersion(known.version)) this.#put({ ...known, version }, known);
  }

  /** Notes another expiry of an object. */
  expires(kind: ItemKind, objectId: string, expiresAt: number | null): void {
    for (const known of this.ofObject(kind, objectId))
      if (known.expiresAt !== expiresAt) this.#put({ ...known, expiresAt }, known);
  }

  /** Notes that an object is in another set now; its version and time stay. */
  moved(known: Item, setId: string): void {
    this.#remove(known);
    this.#put({ ...known, setId }, { ...known, setId });
  }

  /** Notes the deletion of an object; it is remembered until the object would have expired, else for 730 days. */
  deleted(kind: ItemKind, objectId: string, now: number): void {
    for (const known of this.ofObject(kind, objectId))
      if (known.version !== DELETED) this.#put({ ...known, version: DELETED, deletedAt: now }, known);
    this.#removeProofs(kind, objectId);
  }

  /** Notes the creation time that the author's word gives (06 section 4.1: it beats all else). */
  dated(setId: string, objectId: string, time: number): void {
    const ts = Math.max(0, time);
    const known = this.get(setId, objectId);
    if (known !== undefined && known.ts !== ts) this.#put({ ...known, ts }, known);
  }

  /** Forgets an object that is not held any more without having been deleted by anybody. */
  forget(kind: ItemKind, objectId: string): void {
    for (const known of this.ofObject(kind, objectId)) this.#remove(known);
    this.#removeProofs(kind, objectId);
  }

  /** Forgets a set and everything in it: what it was about is gone. */
  forgetSet(setId: string): void {
    const rows = this.#sql.all<ItemRow>(`${SELECT} WHERE set_id = @setId`, { setId });
    for (const item of rows.map(fromRow)) {
      this.#remove(item);
      this.#removeProofs(item.kind, item.objectId);
    }
  }

  /** Removes up to a batch of what has expired and of deletions nobody needs to remember; how many. */
  prune(now: number): number {
    const gone = this.#sql
      .all<ItemRow>(
        `${SELECT} WHERE deleted_at IS NOT NULL AND (expires_at <= @now OR deleted_at <= @before) LIMIT @limit`,
        { now, before: now - TOMBSTONE_MS, limit: PRUNE_BATCH },
      )
      .map(fromRow);
    for (const item of gone) this.#remove(item);
    return gone.length;
  }

  /** What is known of a content's origin is removed with it (06 section 4.3). */
  #removeProofs(kind: ItemKind, objectId: string): void {
    this.#sql.run('DELETE FROM native_reported WHERE kind = @kind AND object_id = @objectId', {
      kind,
      objectId,
    });
    this.#sql.run('DELETE FROM native_proofs WHERE kind = @kind AND object_id = @objectId', {
      kind,
      objectId,
    });
  }

  /** False when the object is known in this set. */
  #insert(item: Omit<Item, 'id'>): boolean {
    const id = itemId(this.#crypto, item);
    const { setId, objectId, ts, expiresAt } = item;
    if (this.#sql.run(`INSERT OR IGNORE ${INTO}`, { ...item, id }).changes === 0) return false;
    this.#awaitDeletion(item);
    this.#changed({ setId, objectId, records: [{ ts, id, expiresAt }] });
    return true;
  }

  /** A deletion that was refused because there was nothing to delete (D-84) is wanted now, whoever offers it. */
  #awaitDeletion(item: Omit<Item, 'id'>): void {
    const isAnyRefused = this.#sql.recall(['native_refused'], 'native_refused any', () =>
      this.#sql.get<{ one: number }>('SELECT 1 AS one FROM native_refused LIMIT 1'),
    );
    if (isAnyRefused === undefined) return;
    this.#sql.run('DELETE FROM native_refused WHERE set_id = @setId AND id = @id', {
      setId: item.setId,
      id: itemId(this.#crypto, { ...item, version: DELETED }),
    });
  }

  #put(item: Omit<Item, 'id'>, before: Item): void {
    const id = itemId(this.#crypto, item);
    const { setId, objectId, ts, expiresAt } = item;
    this.#sql.run(`INSERT OR REPLACE ${INTO}`, { ...item, id });
    this.#changed({ setId, objectId, records: [before, { ts, id, expiresAt }] });
  }

  #remove(item: Item): void {
    const { setId, objectId } = item;
    this.#sql.run('DELETE FROM native_items WHERE set_id = @setId AND object_id = @objectId', {
      setId,
      objectId,
    });
    this.#changed({ setId, objectId, records: [item] });
  }
}

function fromRow(row: ItemRow): Item {
  return {
    setId: row.set_id,
    objectId: row.object_id,
    kind: row.kind as ItemKind,
    ts: row.ts,
    version: row.version,
    id: new Uint8Array(row.id),
    expiresAt: row.expires_at,
    deletedAt: row.deleted_at,
  };
}
