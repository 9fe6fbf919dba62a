/**
 * How much of a conversation calls somebody, and which are favourites (05 section 10.9, U-3 and U-4). Kept on the node, so that
 * every page of the account agrees.
 */
import type { Clock } from '../ports/types.ts';
import type { ConversationChoice, ConversationChoiceRows } from '../store/conversation-choices.ts';
import type { UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import { WorkspaceError } from './errors.ts';

/** Conversations one account can say something of: more than anybody has. */
const MAX_CHOICES = 5_000;

/** What is to change; the rest stays. */
export type ChoiceChange = Partial<Omit<ConversationChoice, 'conversation'>>;

export class ConversationChoices {
  readonly #c: { rows: ConversationChoiceRows; changes: Changes; clock: Clock };

  constructor(components: { rows: ConversationChoiceRows; changes: Changes; clock: Clock }) {
    this.#c = components;
  }

  /** All that differ from the usual; a level whose time is over is the usual one again. */
  list(userId: UserId): ConversationChoice[] {
    const now = this.#c.clock.now();
    return this.#c.rows
      .of(userId)
      .map((choice) =>
        choice.until !== null && choice.until <= now
          ? { ...choice, level: 'all' as const, until: null }
          : choice,
      )
      .filter((choice) => !isUsual(choice));
  }

  /**
   * Changes what an account chose for a conversation; resolves after the commit.
   * @throws {WorkspaceError} `time_not_ahead`, `too_many_choices`.
   */
  async set(userId: UserId, conversation: string, change: ChoiceChange): Promise<ConversationChoice> {
    const { rows, changes, clock } = this.#c;
    return changes.run(() => {
      const known = this.list(userId);
      const before = known.find((one) => one.conversation === conversation) ?? usual(conversation);
      // Another level without a time holds always.
      const until = change.level === undefined ? before.until : (change.until ?? null);
      const next = { ...before, ...change, until };
      if (next.until !== null && next.until <= clock.now())
        throw new WorkspaceError('time_not_ahead', 'The time has passed already');
      if (known.length >= MAX_CHOICES && !known.includes(before))
        throw new WorkspaceError('too_many_choices', 'Too many conversations with choices of their own');
      if (isUsual(next)) rows.remove(userId, conversation);
      else rows.set(userId, next);
      changes.tell({ type: 'choices.changed', userId });
      return next;
    });
  }
}

function usual(conversation: string): ConversationChoice {
  return { conversation, level: 'all', until: null, favourite: false };
}

function isUsual({ level, favourite }: ConversationChoice): boolean {
  return level === 'all' && !favourite;
}
