/** Replies whose parent has not arrived: the parent's id is kept here until it does (03 section 5.4, end). */
import type { MessageId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

export class AwaitedParents {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add(messageId: MessageId, parentId: MessageId, now: number): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO native_awaited_parents (message_id, parent_id, created_at) VALUES (@messageId, @parentId, @now)`,
      { messageId, parentId, now },
    );
  }

  /** The parent a reply waits for; `null` when it waits for none. */
  of(messageId: MessageId): MessageId | null {
    const row = this.#sql.get<{ parent_id: string }>(
      'SELECT parent_id FROM native_awaited_parents WHERE message_id = @messageId',
      { messageId },
    );
    return row === undefined ? null : (row.parent_id as MessageId);
  }

  /** Links every reply that waited for `parentId`, which must exist, and returns them. Replies stay in their channel. */
  link(parentId: MessageId): MessageId[] {
    const waiting = this.#sql.all<{ message_id: string }>(
      'SELECT message_id FROM native_awaited_parents WHERE parent_id = @parentId',
      { parentId },
    );
    if (waiting.length === 0) return [];
    for (const { message_id } of waiting) {
      this.#sql.run(
        `UPDATE channel_messages SET parent_message_id = @parentId
          WHERE id = @id AND channel_id = (SELECT channel_id FROM channel_messages WHERE id = @parentId)`,
        { id: message_id, parentId },
      );
    }
    this.#sql.run('DELETE FROM native_awaited_parents WHERE parent_id = @parentId', { parentId });
    return waiting.map((row) => row.message_id as MessageId);
  }

  prune(before: number): number {
    return this.#sql.run('DELETE FROM native_awaited_parents WHERE created_at < @before', { before }).changes;
  }
}
