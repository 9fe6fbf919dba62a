/** The memory of ids that were handled, for channel messages and direct messages (03 sections 2.5.2, 1.6 step 9). */
import type { ChannelId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';
import { toDbTime } from './time.ts';

export class ProcessedMessages {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  has(id: string): boolean {
    return this.#sql.get('SELECT 1 FROM processed_messages WHERE message_id = @id', { id }) !== undefined;
  }

  /** Remembers an id; false when it was known. */
  add(id: string, now: number): boolean {
    return (
      this.#sql.run('INSERT OR IGNORE INTO processed_messages (message_id, processed_at) VALUES (@id, @at)', {
        id,
        at: toDbTime(now),
      }).changes === 1
    );
  }

  /** Forgets the messages of a channel, so that they may come again. */
  forgetChannel(channelId: ChannelId): void {
    this.#sql.run(
      'DELETE FROM processed_messages WHERE message_id IN (SELECT id FROM channel_messages WHERE channel_id = @channelId)',
      { channelId },
    );
  }

  /** Forgets ids remembered before `before`; the number forgotten. */
  prune(before: number): number {
    return this.#sql.run('DELETE FROM processed_messages WHERE processed_at < @before', {
      before: toDbTime(before),
    }).changes;
  }
}
