/** Earlier texts of messages that were changed (`native_channel_history`, `native_direct_history`). */
import type { MessageId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import type { Vault } from './vault.ts';

/** Earlier texts kept of one message; the oldest go first. */
const MAX_EARLIER_TEXTS = 50;

const HISTORY_TABLES = {
  channel: 'native_channel_history',
  direct: 'native_direct_history',
} as const;

/** Of which kind a message is. */
export type HistoryKind = keyof typeof HISTORY_TABLES;

/** What a message said once. */
export interface EarlierText {
  text: string;
  /** Since when it said that, Unix ms. */
  writtenAt: number;
}

export class MessageHistory {
  readonly #sql: Sql;
  readonly #vault: Vault;

  constructor(components: { sql: Sql; vault: Vault }) {
    this.#sql = components.sql;
    this.#vault = components.vault;
  }

  /** Keeps what a message says, before it says something else. Inside the transaction of the change. */
  add(kind: HistoryKind, id: MessageId, earlier: EarlierText): void {
    const table = HISTORY_TABLES[kind];
    this.#sql.run(`INSERT INTO ${table} (message_id, written_at, text) VALUES (@id, @writtenAt, @text)`, {
      id,
      writtenAt: earlier.writtenAt,
      text: this.#vault.seal(earlier.text),
    });
    this.#sql.run(
      `DELETE FROM ${table} WHERE message_id = @id AND rowid NOT IN
         (SELECT rowid FROM ${table} WHERE message_id = @id ORDER BY rowid DESC LIMIT ${MAX_EARLIER_TEXTS})`,
      { id },
    );
  }

  /** Earlier texts of a message, in the order they were written; one that cannot be read any more is empty. */
  of(kind: HistoryKind, id: MessageId): EarlierText[] {
    return this.#sql
      .all<{ written_at: number; text: Uint8Array }>(
        `SELECT written_at, text FROM ${HISTORY_TABLES[kind]} WHERE message_id = @id ORDER BY rowid`,
        { id },
      )
      .map((row) => ({ text: this.#vault.open(row.text) ?? '', writtenAt: row.written_at }));
  }
}
