/**
 * What this account chose for its conversations (05 section 10.9, U-3 and U-4): how much of each calls, until when, and which are
 * favourites. The node keeps it, so that every page of the account agrees.
 */
import { signal } from '@preact/signals';
import { coalesced } from './coalesce.ts';
import type { CallLevel } from './unread-marks.ts';
import { api } from './session.ts';
import { parseTime } from './time.ts';

export interface Choice {
  level: CallLevel;
  /** Unix ms; null: always. */
  until: number | null;
  favourite: boolean;
}

interface ChoiceJson {
  conversation: string;
  level: CallLevel;
  until: string | null;
  favourite: boolean;
}

const USUAL: Choice = { level: 'all', until: null, favourite: false };
const PATH = '/api/v1/conversations/choices';

const chosen = signal<ReadonlyMap<string, Choice>>(new Map());

/** @param key `channel:…`, `person:…`, `group:…` or `everyone`. */
export function choiceOf(key: string): Choice {
  const choice = chosen.value.get(key) ?? USUAL;
  const over = choice.until !== null && choice.until <= Date.now();
  return over ? { ...choice, level: 'all', until: null } : choice;
}

/** Reads it again; calls in between are joined. */
export const loadChoices = coalesced(async () => {
  const { choices } = await api.get<{ choices: ChoiceJson[] }>(PATH);
  chosen.value = new Map(choices.map((one) => [one.conversation, choiceFrom(one)]));
});

function choiceFrom({ level, until, favourite }: ChoiceJson): Choice {
  return { level, until: parseTime(until), favourite };
}

/** Chooses, on the node. @throws {ApiError} */
export async function choose(key: string, change: Partial<Choice>): Promise<void> {
  const { until, ...rest } = change;
  const { choice } = await api.call<{ choice: ChoiceJson }>('PUT', PATH, {
    conversation: key,
    ...rest,
    ...(until === undefined ? {} : { until: until === null ? null : new Date(until).toISOString() }),
  });
  chosen.value = new Map(chosen.value).set(key, choiceFrom(choice));
}
