/** Deletions this node asked of others through the API (03 sections 2.5.6 and 9.2), and what they answered. Times are Unix ms. */
import type { PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { columnTime, toDbTime } from './time.ts';

/** All peers; no single answer counts then. */
export const EVERYBODY = '*';

export type DeleteSignalStatus = 'pending' | 'sent' | 'acknowledged' | 'complied' | 'violated';

/** A row of `delete_signals`. */
export interface DeleteSignal {
  id: string;
  target: PeerId | typeof EVERYBODY;
  dataType: string;
  dataId: string;
  reason: string | null;
  sentAt: number | null;
  acknowledgedAt: number | null;
  compliedAt: number | null;
  status: string;
}

interface Row {
  id: string;
  target_peer_id: string;
  data_type: string;
  data_id: string;
  reason: string | null;
  sent_at: string | null;
  acknowledged_at: string | null;
  complied_at: string | null;
  status: string | null;
}

const SELECT = `SELECT id, target_peer_id, data_type, data_id, reason, sent_at, acknowledged_at, complied_at, status
  FROM delete_signals`;
const PENDING = "status = 'pending' AND sent_at >= @since";

export class DeleteSignals {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add(
    signal: Pick<DeleteSignal, 'id' | 'target' | 'dataType' | 'dataId' | 'reason' | 'status'>,
    now: number,
  ): void {
    this.#sql.run(
      `INSERT INTO delete_signals (id, target_peer_id, data_type, data_id, reason, sent_at, status)
       VALUES (@id, @target, @dataType, @dataId, @reason, @now, @status)`,
      { ...signal, now: toDbTime(now) },
    );
  }

  get(id: string): DeleteSignal | undefined {
    const row = this.#sql.get<Row>(`${SELECT} WHERE id = @id`, { id });
    return row === undefined ? undefined : fromRow(row);
  }

  /** Signals sent after `since` that wait for their answer, oldest first. */
  pending(since: number, limit: number, target: string | null = null): DeleteSignal[] {
    return this.#sql
      .all<Row>(
        `${SELECT} WHERE ${PENDING} AND (@target IS NULL OR target_peer_id = @target) ORDER BY sent_at, rowid LIMIT @limit`,
        { since: toDbTime(since), target, limit },
      )
      .map(fromRow);
  }

  countPending(since: number): number {
    const row = this.#sql.get<{ count: number }>(
      `SELECT count(*) AS count FROM delete_signals WHERE ${PENDING}`,
      {
        since: toDbTime(since),
      },
    );
    return row?.count ?? 0;
  }

  /** The last signal about an object that a peer, or everybody, was sent and that has no answer. */
  open(target: PeerId, dataType: string, dataId: string): DeleteSignal | undefined {
    const row = this.#sql.get<Row>(
      `${SELECT} WHERE target_peer_id IN (@target, '${EVERYBODY}') AND data_type = @dataType AND data_id = @dataId
         AND status IN ('pending', 'sent') ORDER BY rowid DESC LIMIT 1`,
      { target, dataType, dataId },
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** Keeps what `target` answered; false when nothing is asked of it under this id. */
  answered(id: string, target: PeerId, status: DeleteSignalStatus, now: number): boolean {
    return (
      this.#sql.run(
        `UPDATE delete_signals SET status = @status, acknowledged_at = @now,
           complied_at = CASE WHEN @status = 'complied' THEN @now END,
           violated_at = CASE WHEN @status = 'violated' THEN @now END
         WHERE id = @id AND target_peer_id = @target AND status = 'pending'`,
        { id, target, status, now: toDbTime(now) },
      ).changes === 1
    );
  }

  /** How many there are, by status. */
  counts(): Record<string, number> {
    const rows = this.#sql.all<{ status: string; count: number }>(
      "SELECT coalesce(status, 'pending') AS status, count(*) AS count FROM delete_signals GROUP BY 1",
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /** Removes all that was asked of a peer; how many. */
  forget(target: PeerId): number {
    return this.#sql.run('DELETE FROM delete_signals WHERE target_peer_id = @target', { target }).changes;
  }
}

function fromRow(row: Row): DeleteSignal {
  return {
    id: row.id,
    target: row.target_peer_id as DeleteSignal['target'],
    dataType: row.data_type,
    dataId: row.data_id,
    reason: row.reason,
    sentAt: columnTime(row.sent_at),
    acknowledgedAt: columnTime(row.acknowledged_at),
    compliedAt: columnTime(row.complied_at),
    status: row.status ?? 'pending',
  };
}
