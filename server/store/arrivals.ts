/** How messages of other nodes came here (05 section 10.5, M-14). A row goes with its message. */
import type { MessageId, PeerId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** A message of a channel, or a direct one. */
export type ArrivalKind = 'm' | 'd';

/** As it was written, or later because somebody had missed it; and the node that handed it over. */
export interface Arrival {
  way: 'live' | 'caught_up';
  peerId: PeerId;
}

export class Arrivals {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Notes how a new message came; the first word stays. */
  add(kind: ArrivalKind, id: MessageId, { way, peerId }: Arrival): void {
    this.#sql.run(
      'INSERT OR IGNORE INTO native_arrivals (kind, message_id, way, peer_id) VALUES (@kind, @id, @way, @peerId)',
      { kind, id, way, peerId },
    );
  }

  /** Null for what was written on this node, or came before that was noted. */
  of(kind: ArrivalKind, id: MessageId): Arrival | null {
    const row = this.#sql.get<{ way: string; peer_id: string }>(
      'SELECT way, peer_id FROM native_arrivals WHERE kind = @kind AND message_id = @id',
      { kind, id },
    );
    if (row === undefined) return null;
    return { way: row.way === 'live' ? 'live' : 'caught_up', peerId: row.peer_id as PeerId };
  }
}
