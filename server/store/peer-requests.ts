/** Connection requests: peers that came unasked and what was decided about them (00, "ask"). Times are Unix milliseconds. */
import type { PeerId } from '../wire/ids.ts';
import { jsonArray } from './json.ts';
import type { Sql } from './sql.ts';

export type PeerRequestState = 'waiting' | 'accepted' | 'ignored' | 'blocked';

/** A row of `native_peer_requests`. */
export interface PeerRequest {
  peerId: PeerId;
  state: PeerRequestState;
  /** Names the peer goes by, newest first. */
  names: string[];
  endpoint: string | null;
  introducedBy: PeerId | null;
  /** How the link is protected, in the words of the page. */
  protection: string | null;
  /** The signing key (Base58) the decision was made about. */
  publicKey: string | null;
  /** Number of messages that would have been taken had the peer been accepted. */
  waiting: number;
  firstSeen: number;
  lastSeen: number;
  decidedAt: number | null;
}

interface RequestRow {
  peer_id: string;
  state: string;
  names: string;
  endpoint: string | null;
  introduced_by: string | null;
  protection: string | null;
  public_key: string | null;
  waiting: number;
  first_seen: number;
  last_seen: number;
  decided_at: number | null;
}

const SELECT = `SELECT peer_id, state, names, endpoint, introduced_by, protection, public_key, waiting, first_seen,
  last_seen, decided_at FROM native_peer_requests`;

export class PeerRequests {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(peerId: PeerId): PeerRequest | undefined {
    const row = this.#sql.get<RequestRow>(`${SELECT} WHERE peer_id = @peerId`, { peerId });
    return row === undefined ? undefined : fromRow(row);
  }

  /** Rows in a state, first come first. */
  inState(state: PeerRequestState): PeerRequest[] {
    return this.#sql
      .all<RequestRow>(`${SELECT} WHERE state = @state ORDER BY first_seen, peer_id`, { state })
      .map(fromRow);
  }

  /** Writes a whole row. */
  put(request: PeerRequest): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_peer_requests (peer_id, state, names, endpoint, introduced_by, protection, public_key,
         waiting, first_seen, last_seen, decided_at)
       VALUES (@peerId, @state, @names, @endpoint, @introducedBy, @protection, @publicKey, @waiting, @firstSeen,
         @lastSeen, @decidedAt)`,
      { ...request, names: JSON.stringify(request.names) },
    );
  }

  remove(peerId: PeerId): boolean {
    return (
      this.#sql.run('DELETE FROM native_peer_requests WHERE peer_id = @peerId', { peerId }).changes === 1
    );
  }
}

function fromRow(row: RequestRow): PeerRequest {
  return {
    peerId: row.peer_id as PeerId,
    state: row.state as PeerRequestState,
    names: jsonArray(row.names).filter((name): name is string => typeof name === 'string'),
    endpoint: row.endpoint,
    introducedBy: row.introduced_by as PeerId | null,
    protection: row.protection,
    publicKey: row.public_key,
    waiting: row.waiting,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    decidedAt: row.decided_at,
  };
}
