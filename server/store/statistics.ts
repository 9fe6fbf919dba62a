/** Row counts and size for `GET /info`, `GET /agents/system-health` (04 section 3.1) and `GET /metrics`. */
import type { Sql } from './sql.ts';
import { storageState, type StorageState } from './storage-mode.ts';

export interface StoreCounts {
  users: number;
  messages: number;
  feed_posts: number;
  /** Rows of the table of that name, which nobody fills; the reference counts them all the same. */
  peers: number;
  trust_scores: number;
  delete_signals: number;
  active_agents: number;
  /** Inbox items are not kept by this program. */
  pending_inbox: number;
  unacked_mentions: number;
}

/** What `GET /metrics` says about the database. */
export interface StoredCounts {
  channel_messages: number;
  direct_messages: number;
  channels: number;
  users: number;
  /** Sessions with somebody signed in. */
  sessions: number;
}

export class Statistics {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  counts(): StoreCounts {
    const row = this.#sql.get<StoreCounts>(
      `SELECT (SELECT count(*) FROM users) AS users,
         (SELECT count(*) FROM messages) AS messages,
         (SELECT count(*) FROM feed_posts) AS feed_posts,
         0 AS peers,
         (SELECT count(*) FROM trust_scores) AS trust_scores,
         (SELECT count(*) FROM delete_signals) AS delete_signals,
         (SELECT count(*) FROM users WHERE account_type = 'agent' AND status = 'active') AS active_agents,
         (SELECT count(*) FROM agent_inbox WHERE status = 'pending') AS pending_inbox,
         (SELECT count(*) FROM mention_events WHERE acknowledged_at IS NULL) AS unacked_mentions`,
    );
    if (row === undefined) throw new Error('a query without FROM returned no row');
    return row;
  }

  stored(): StoredCounts {
    const row = this.#sql.get<StoredCounts>(
      `SELECT (SELECT count(*) FROM channel_messages) AS channel_messages,
         (SELECT count(*) FROM messages) AS direct_messages,
         (SELECT count(*) FROM channels) AS channels,
         (SELECT count(*) FROM users) AS users,
         (SELECT count(*) FROM native_sessions WHERE user_id IS NOT NULL) AS sessions`,
    );
    if (row === undefined) throw new Error('a query without FROM returned no row');
    return row;
  }

  /** Whether what people wrote is encrypted in this directory (03 section 2.6). */
  storage(): StorageState {
    return storageState(this.#sql);
  }

  /** Files that are kept, and their sizes together, in bytes. */
  files(): { count: number; bytes: number } {
    const row = this.#sql.get<{ count: number; bytes: number }>(
      'SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM files',
    );
    return row ?? { count: 0, bytes: 0 };
  }

  /** Rows of the outbox by kind. */
  outbox(): Record<string, number> {
    const rows = this.#sql.all<{ kind: string; count: number }>(
      'SELECT kind, count(*) AS count FROM native_outbox GROUP BY kind ORDER BY kind',
    );
    return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
  }

  /** Size of the database in bytes, without the write-ahead log. */
  sizeBytes(): number {
    const row = this.#sql.get<{ bytes: number }>(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
    );
    return row?.bytes ?? 0;
  }
}
