/**
 * What this node does not take from a peer (06 section 4.1): held against the next comparison as if it were here, so
 * that it is not offered every time. `ts` is whole Unix seconds, `at` Unix milliseconds.
 */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** Refusals remembered per peer, the newest (06 section 4.1). */
const MAX_PER_PEER = 10_000;
/** How long one is remembered (06 section 4.1). */
const KEPT_MS = 7 * 86_400_000;

/** A refused item. */
export interface Refusal {
  setId: string;
  id: Uint8Array;
  ts: number;
}

export class NativeRefused {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Remembers refusals; beyond the limit the oldest are forgotten. */
  add(peer: PeerId, refusals: readonly Refusal[], now: number): void {
    for (const { setId, id, ts } of refusals)
      this.#sql.run(
        'INSERT OR REPLACE INTO native_refused (peer_id, set_id, id, ts, at) VALUES (@peer, @setId, @id, @ts, @now)',
        { peer, setId, id, ts, now },
      );
    this.#sql.run(
      `DELETE FROM native_refused WHERE peer_id = @peer AND (set_id, id) IN (
         SELECT set_id, id FROM native_refused WHERE peer_id = @peer ORDER BY at DESC, set_id, id
          LIMIT -1 OFFSET ${MAX_PER_PEER})`,
      { peer },
    );
  }

  /** What was refused of a set that the peer offered. */
  ofSet(peer: PeerId, setId: string): Refusal[] {
    return this.#sql
      .all<{ id: Uint8Array; ts: number }>(
        'SELECT id, ts FROM native_refused WHERE peer_id = @peer AND set_id = @setId',
        { peer, setId },
      )
      .map((row) => ({ setId, id: new Uint8Array(row.id), ts: row.ts }));
  }

  /** Whether anything of a set that the peer offered was refused. */
  hasAny(peer: PeerId, setId: string): boolean {
    const query = 'SELECT 1 FROM native_refused WHERE peer_id = @peer AND set_id = @setId LIMIT 1';
    return this.#sql.get(query, { peer, setId }) !== undefined;
  }

  remove(peer: PeerId, setId: string, id: Uint8Array): void {
    this.#sql.run('DELETE FROM native_refused WHERE peer_id = @peer AND set_id = @setId AND id = @id', {
      peer,
      setId,
      id,
    });
  }

  /** Acceptance changed: what it led to is decided anew. */
  forgetPeer(peer: PeerId): void {
    this.#sql.run('DELETE FROM native_refused WHERE peer_id = @peer', { peer });
  }

  /** Membership or rights in the set changed. */
  forgetSet(setId: string): void {
    this.#sql.run('DELETE FROM native_refused WHERE set_id = @setId', { setId });
  }

  prune(now: number): number {
    return this.#sql.run('DELETE FROM native_refused WHERE at < @before', { before: now - KEPT_MS }).changes;
  }
}
