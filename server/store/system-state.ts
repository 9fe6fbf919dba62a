/** Key/value state of the node (03 section 2.1); setting an empty value deletes the row. */
import type { Sql } from './sql.ts';
import { toDbTime } from './time.ts';

export type SystemStateKey = 'instance_owner_id' | 'agent_quarantine_channel_id';

export class SystemState {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(key: SystemStateKey): string | null {
    return this.#sql.recall(['system_state'], `system-state.get ${key}`, () => {
      const row = this.#sql.get<{ value: string }>('SELECT value FROM system_state WHERE key = @key', {
        key,
      });
      return row?.value ?? null;
    });
  }

  set(key: SystemStateKey, value: string, now: number): void {
    if (value === '') {
      this.#sql.run('DELETE FROM system_state WHERE key = @key', { key });
      return;
    }
    this.#sql.run('INSERT OR REPLACE INTO system_state (key, value, updated_at) VALUES (@key, @value, @at)', {
      key,
      value,
      at: toDbTime(now),
    });
  }
}
