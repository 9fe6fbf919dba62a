/**
 * What is owed to other nodes (06 section 3.1). A row is an intent: it names an object and its version, and the
 * envelope is built from the object as it is when it leaves. Rows are written in the transaction of the change and
 * leave only by what the peer says, by expiry, or when the peer may not have the object any more. Times are Unix ms.
 */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** What is owed: the table of 06 section 3.1. */
export const OUTBOX_KINDS = [
  'message',
  'dm',
  'post',
  'delete',
  'reaction',
  'mention',
  'member',
  'key',
  'announce',
  'send',
] as const;
export type OutboxKind = (typeof OUTBOX_KINDS)[number];

/** A row of `native_outbox`. */
export interface OutboxEntry {
  /** The order in which a peer gets what it is owed. */
  seq: number;
  peerId: PeerId;
  kind: OutboxKind;
  objectId: string;
  /** `""` as created, `r<ms>` changed, `x` deleted (06 section 4.1). */
  version: string;
  createdAt: number;
  expiresAt: number;
  /** How often in a row {@link lastError} happened. */
  attempts: number;
  /** Not tried before this time. */
  nextAt: number | null;
  lastError: string | null;
}

/** What a new row needs. */
export type NewOutboxEntry = Pick<
  OutboxEntry,
  'peerId' | 'kind' | 'objectId' | 'version' | 'createdAt' | 'expiresAt'
>;

interface OutboxRow {
  seq: number;
  peer_id: string;
  kind: string;
  object_id: string;
  version: string;
  created_at: number;
  expires_at: number;
  attempts: number;
  next_at: number | null;
  last_error: string | null;
}

const TABLE = 'native_outbox';
const SELECT = `SELECT seq, peer_id, kind, object_id, version, created_at, expires_at, attempts, next_at, last_error
  FROM native_outbox`;
/** Every row there can be. */
const MAX_ROWS = Number.MAX_SAFE_INTEGER;
const OF_KINDS = 'kind IN (SELECT value FROM json_each(@kinds))';

export class Outbox {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Adds a row; one for the same peer and object takes the new version and expiry and keeps its place. */
  put(entry: NewOutboxEntry): void {
    this.#sql.run(
      `INSERT INTO native_outbox (peer_id, kind, object_id, version, created_at, expires_at)
       VALUES (@peerId, @kind, @objectId, @version, @createdAt, @expiresAt)
       ON CONFLICT (peer_id, kind, object_id) DO UPDATE SET version = excluded.version, expires_at = excluded.expires_at`,
      { ...entry },
    );
  }

  get(seq: number): OutboxEntry | undefined {
    const row = this.#sql.get<OutboxRow>(`${SELECT} WHERE seq = @seq`, { seq });
    return row === undefined ? undefined : fromRow(row);
  }

  find(peerId: PeerId, kind: OutboxKind, objectId: string): OutboxEntry | undefined {
    const row = this.#sql.get<OutboxRow>(
      `${SELECT} WHERE peer_id = @peerId AND kind = @kind AND object_id = @objectId`,
      { peerId, kind, objectId },
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** What a peer is owed of these kinds after the row `after`, in order. */
  forPeer(
    peerId: PeerId,
    query: { limit: number; after?: number; kinds?: readonly OutboxKind[] },
  ): OutboxEntry[] {
    if (!this.#owes(peerId)) return [];
    return this.#sql
      .all<OutboxRow>(
        `${SELECT} WHERE peer_id = @peerId AND seq > @after AND ${OF_KINDS} ORDER BY seq LIMIT @limit`,
        {
          peerId,
          after: query.after ?? 0,
          limit: query.limit,
          kinds: JSON.stringify(query.kinds ?? OUTBOX_KINDS),
        },
      )
      .map(fromRow);
  }

  /** Rows for a peer, of these kinds; no more than `atMost` are looked at. */
  count(peerId: PeerId, kinds: readonly OutboxKind[] = OUTBOX_KINDS, atMost = MAX_ROWS): number {
    if (!this.#owes(peerId)) return 0;
    return (
      this.#sql.get<{ n: number }>(
        `SELECT count(*) AS n FROM
           (SELECT 1 FROM native_outbox WHERE peer_id = @peerId AND ${OF_KINDS} LIMIT @atMost)`,
        { peerId, kinds: JSON.stringify(kinds), atMost },
      )?.n ?? 0
    );
  }

  /** Peers that are owed something. */
  peers(): PeerId[] {
    return this.#sql
      .all<{ peer_id: string }>('SELECT DISTINCT peer_id FROM native_outbox ORDER BY peer_id')
      .map((row) => row.peer_id as PeerId);
  }

  /** Whether anybody is owed this object. */
  isOwed(kind: OutboxKind, objectId: string): boolean {
    return (
      this.#sql.get('SELECT 1 FROM native_outbox WHERE kind = @kind AND object_id = @objectId', {
        kind,
        objectId,
      }) !== undefined
    );
  }

  /** Removes a row unless it has another version by now; whether it did. */
  settle(seq: number, version: string): boolean {
    return (
      this.#sql.run('DELETE FROM native_outbox WHERE seq = @seq AND version = @version', { seq, version })
        .changes === 1
    );
  }

  /** Not tried before `nextAt`; `null`: at any time. */
  postpone(seq: number, fields: { attempts: number; nextAt: number | null; lastError: string | null }): void {
    this.#sql.run(
      'UPDATE native_outbox SET attempts = @attempts, next_at = @nextAt, last_error = @lastError WHERE seq = @seq',
      { seq, ...fields },
    );
  }

  /** Begins the count of `lastError` anew for every row of the peer but `except` that is not set aside. */
  forgive(peerId: PeerId, lastError: string, except: number): void {
    this.#sql.run(
      `UPDATE native_outbox SET attempts = 0, last_error = NULL
        WHERE peer_id = @peerId AND seq <> @except AND last_error = @lastError AND next_at IS NULL`,
      { peerId, lastError, except },
    );
  }

  /** The earliest time after `now` at which a row of the peer that was set aside is due; `null` when none is. */
  nextDue(peerId: PeerId, now: number): number | null {
    if (!this.#owes(peerId)) return null;
    return (
      this.#sql.get<{ due: number | null }>(
        'SELECT min(next_at) AS due FROM native_outbox WHERE peer_id = @peerId AND next_at > @now',
        { peerId, now },
      )?.due ?? null
    );
  }

  /** Rows of one object become rows of another, at their places: a delete takes over what it deletes. Whose they are. */
  takeOver(
    from: { kind: OutboxKind; objectId: string },
    to: { kind: OutboxKind; objectId: string; version: string; expiresAt: number },
  ): PeerId[] {
    return this.#sql
      .all<{ peer_id: string }>(
        `UPDATE native_outbox SET kind = @toKind, object_id = @toId, version = @version, expires_at = @expiresAt,
           attempts = 0, next_at = NULL, last_error = NULL
          WHERE kind = @fromKind AND object_id = @fromId RETURNING peer_id`,
        {
          fromKind: from.kind,
          fromId: from.objectId,
          toKind: to.kind,
          toId: to.objectId,
          version: to.version,
          expiresAt: to.expiresAt,
        },
      )
      .map((row) => row.peer_id as PeerId);
  }

  /** Removes and returns everything owed to a peer. @param but rows of this kind stay */
  takePeer(peerId: PeerId, but: OutboxKind | null = null): OutboxEntry[] {
    const query = 'DELETE FROM native_outbox WHERE peer_id = @peerId AND kind IS NOT @but RETURNING *';
    return this.#sql.all<OutboxRow>(query, { peerId, but }).map(fromRow);
  }

  /** Removes and returns up to `limit` rows that have expired. */
  takeExpired(now: number, limit: number): OutboxEntry[] {
    const first = this.#sql.recall([TABLE], 'outbox.expires', () => {
      const query = 'SELECT min(expires_at) AS at FROM native_outbox';
      return this.#sql.get<{ at: number | null }>(query)?.at ?? Infinity;
    });
    if (first > now) return [];
    return this.#sql
      .all<OutboxRow>(
        `DELETE FROM native_outbox WHERE seq IN
           (SELECT seq FROM native_outbox WHERE expires_at <= @now ORDER BY expires_at LIMIT @limit) RETURNING *`,
        { now, limit },
      )
      .map(fromRow);
  }

  /** Whether a peer is owed anything; mostly nobody is, and whatever happens asks for every peer. */
  #owes(peerId: PeerId): boolean {
    return this.#sql.recall(
      [TABLE],
      `outbox.owes ${peerId}`,
      () => this.#sql.get('SELECT 1 FROM native_outbox WHERE peer_id = @peerId', { peerId }) !== undefined,
    );
  }
}

function fromRow(row: OutboxRow): OutboxEntry {
  return {
    seq: row.seq,
    peerId: row.peer_id as PeerId,
    kind: row.kind as OutboxKind,
    objectId: row.object_id,
    version: row.version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    attempts: row.attempts,
    nextAt: row.next_at,
    lastError: row.last_error,
  };
}
