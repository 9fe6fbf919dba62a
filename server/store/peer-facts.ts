/** What a peer was when last connected, for decisions while it is away: its program and capabilities. */
import type { PeerId } from '../wire/ids.ts';
import { jsonArray } from './json.ts';
import type { Sql } from './sql.ts';

export interface PeerFacts {
  peerId: PeerId;
  canopyVersion: string;
  capabilities: string[];
  lastSeen: number;
}

export class PeerFactsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(peerId: PeerId): PeerFacts | undefined {
    const row = this.#sql.get<{ canopy_version: string; capabilities: string; last_seen: number }>(
      'SELECT canopy_version, capabilities, last_seen FROM native_peer_facts WHERE peer_id = @peerId',
      { peerId },
    );
    if (row === undefined) return undefined;
    return {
      peerId,
      canopyVersion: row.canopy_version,
      capabilities: jsonArray(row.capabilities).filter((item) => typeof item === 'string'),
      lastSeen: row.last_seen,
    };
  }

  put(facts: PeerFacts): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_peer_facts (peer_id, canopy_version, capabilities, last_seen)
       VALUES (@peerId, @canopyVersion, @capabilities, @lastSeen)`,
      { ...facts, capabilities: JSON.stringify(facts.capabilities) },
    );
  }

  /** Peers that were connected at `since` (Unix ms) or later. */
  seenSince(since: number): PeerId[] {
    return this.#sql
      .recall(['native_peer_facts'], 'peer-facts.seen', () =>
        this.#sql.all<{ peer_id: string; last_seen: number }>(
          'SELECT peer_id, last_seen FROM native_peer_facts',
        ),
      )
      .filter((row) => row.last_seen >= since)
      .map((row) => row.peer_id as PeerId);
  }

  /** The peer was here at `at`, Unix ms. */
  noteSeen(peerId: PeerId, at: number): void {
    this.#sql.run('UPDATE native_peer_facts SET last_seen = max(last_seen, @at) WHERE peer_id = @peerId', {
      peerId,
      at,
    });
  }

  delete(peerId: PeerId): void {
    this.#sql.run('DELETE FROM native_peer_facts WHERE peer_id = @peerId', { peerId });
  }
}
