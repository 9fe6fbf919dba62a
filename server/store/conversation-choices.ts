/** What each account chose for a conversation: how much of it calls, and whether it is a favourite (05 section 10.9). */
import type { UserId } from '../wire/ids.ts';
import type { Sql } from './sql.ts';

/** Everything calls, only what calls by name, or nothing. */
export const CALL_LEVELS = ['all', 'mentions', 'nothing'] as const;
export type CallLevel = (typeof CALL_LEVELS)[number];

export interface ConversationChoice {
  /** `channel:…`, `person:…`, `group:…` or `everyone`. */
  conversation: string;
  level: CallLevel;
  /** Unix ms; the level holds until then. Null: always. */
  until: number | null;
  favourite: boolean;
}

interface Row {
  conversation: string;
  level: string;
  until: number | null;
  favourite: number;
}

export class ConversationChoiceRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** All choices of an account. */
  of(userId: UserId): ConversationChoice[] {
    return this.#sql
      .all<Row>(
        `SELECT conversation, level, until, favourite FROM native_conversation_choices WHERE user_id = @userId
          ORDER BY conversation`,
        { userId },
      )
      .map((row) => ({
        ...row,
        level: CALL_LEVELS.find((level) => level === row.level) ?? 'all',
        favourite: row.favourite !== 0,
      }));
  }

  set(userId: UserId, choice: ConversationChoice): void {
    this.#sql.run(
      `INSERT INTO native_conversation_choices (user_id, conversation, level, until, favourite)
       VALUES (@userId, @conversation, @level, @until, @favourite)
       ON CONFLICT (user_id, conversation) DO UPDATE SET level = excluded.level, until = excluded.until,
         favourite = excluded.favourite`,
      { ...choice, userId, favourite: Number(choice.favourite) },
    );
  }

  remove(userId: UserId, conversation: string): void {
    this.#sql.run(
      'DELETE FROM native_conversation_choices WHERE user_id = @userId AND conversation = @conversation',
      { userId, conversation },
    );
  }
}
