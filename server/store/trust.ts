/** Trust rows (03 sections 2.5.6, 4.1, 9.1). A peer without a row has score 0 and is not trusted. */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

/** A row of `trust_scores`. */
export interface TrustRow {
  peerId: PeerId;
  /** 0 to 100. */
  score: number;
  lastInteraction: number | null;
  complianceEvents: number;
  violationEvents: number;
  notes: string | null;
  manuallyPenalized: boolean;
}

interface TrustDbRow {
  peer_id: string;
  score: number | null;
  last_interaction: string | null;
  compliance_events: number | null;
  violation_events: number | null;
  notes: string | null;
  manually_penalized: number | null;
}

const SELECT = `SELECT peer_id, score, last_interaction, compliance_events, violation_events, notes, manually_penalized
  FROM trust_scores`;

export class TrustScores {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(peerId: PeerId): Readonly<TrustRow> | undefined {
    // Asked several times for every message that arrives.
    return this.#sql.recall(['trust_scores'], `trust.get ${peerId}`, () => {
      const row = this.#sql.get<TrustDbRow>(`${SELECT} WHERE peer_id = @peerId`, { peerId });
      return row === undefined ? undefined : fromRow(row);
    });
  }

  list(): TrustRow[] {
    return this.#sql.all<TrustDbRow>(`${SELECT} ORDER BY peer_id`).map(fromRow);
  }

  /** Peers whose row was written at `since` (Unix ms) or later. */
  touchedSince(since: number): PeerId[] {
    return this.#sql
      .recall(['trust_scores'], 'trust.touched', () => this.list())
      .filter((row) => (row.lastInteraction ?? 0) >= since)
      .map((row) => row.peerId);
  }

  /** Writes score, note and penalty mark of a peer, creating the row when there is none. */
  set(
    peerId: PeerId,
    fields: { score: number; notes: string | null; manuallyPenalized: boolean },
    now: number,
  ): void {
    this.#sql.run(
      `INSERT INTO trust_scores (peer_id, score, notes, manually_penalized, last_interaction)
       VALUES (@peerId, @score, @notes, @penalized, @at)
       ON CONFLICT (peer_id) DO UPDATE SET score = @score, notes = @notes, manually_penalized = @penalized,
         last_interaction = @at`,
      {
        peerId,
        score: fields.score,
        notes: fields.notes,
        penalized: Number(fields.manuallyPenalized),
        at: toDbTime(now),
      },
    );
  }

  /** Counts a complied or violated deletion on an existing row. */
  count(peerId: PeerId, event: 'compliance' | 'violation', now: number): void {
    const column = event === 'compliance' ? 'compliance_events' : 'violation_events';
    this.#sql.run(
      `UPDATE trust_scores SET ${column} = coalesce(${column}, 0) + 1, last_interaction = @at WHERE peer_id = @peerId`,
      { peerId, at: toDbTime(now) },
    );
  }

  remove(peerId: PeerId): boolean {
    return this.#sql.run('DELETE FROM trust_scores WHERE peer_id = @peerId', { peerId }).changes === 1;
  }
}

function fromRow(row: TrustDbRow): TrustRow {
  return {
    peerId: row.peer_id as PeerId,
    score: row.score ?? 0,
    lastInteraction: columnTime(row.last_interaction),
    complianceEvents: row.compliance_events ?? 0,
    violationEvents: row.violation_events ?? 0,
    notes: row.notes,
    manuallyPenalized: row.manually_penalized === 1,
  };
}
