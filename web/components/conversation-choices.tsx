/** At the head of a conversation: how much of it calls, until when, and whether it is a favourite (05 section 10.9). */
import { useState } from 'preact/hooks';
import { choiceOf, choose, type Choice } from '../state/choices.ts';
import type { CallLevel } from '../state/unread-marks.ts';
import { Button } from './button.tsx';
import { Select } from './field.tsx';
import { BellIcon } from './icons.tsx';
import { Popover } from './popover.tsx';

const LEVELS: readonly (readonly [CallLevel, string])[] = [
  ['all', 'Everything'],
  ['mentions', 'Only mentions of me'],
  ['nothing', 'Nothing'],
];
const HOUR = 3_600_000;
/** How long less than everything can hold; ms with words. */
const SPANS: readonly (readonly [number, string])[] = [
  [HOUR, 'For an hour'],
  [8 * HOUR, 'For 8 hours'],
  [24 * HOUR, 'For a day'],
  [7 * 24 * HOUR, 'For a week'],
];

/** A moment within days, in few words. */
function soonText(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

const ID = 'conversation-choices';

/** @param of `channel:…`, `person:…`, `group:…` or `everyone`. */
export function ConversationChoices({ of }: { of: string }) {
  const [error, setError] = useState<string | null>(null);
  const choice = choiceOf(of);
  const change = async (next: Partial<Choice>): Promise<void> => {
    setError(null);
    await choose(of, next).catch((cause: unknown) =>
      setError(cause instanceof Error ? cause.message : 'That was not kept.'),
    );
  };
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Mute and favourite"
        title="Mute and favourite"
        popovertarget={ID}
      >
        <BellIcon />
      </button>
      <Popover id={ID} label="Mute and favourite">
        <Button onClick={() => change({ favourite: !choice.favourite })}>
          {choice.favourite ? 'Remove from favourites' : 'Add to favourites'}
        </Button>
        <Select
          label="Notify me of"
          value={choice.level}
          options={LEVELS}
          onChange={(level) =>
            void change({ level: LEVELS.find(([key]) => key === level)?.[0] ?? 'all', until: null })
          }
        />
        {choice.level === 'all' ? null : (
          <Select
            label="How long"
            value=""
            options={[
              ['', choice.until === null ? 'Until I change it' : `Until ${soonText(choice.until)}`],
              ...(choice.until === null ? [] : [['null', 'Until I change it'] as const]),
              ...SPANS.map(([span, words]) => [String(span), words] as const),
            ]}
            onChange={(value) => {
              const until = value === 'null' ? null : Date.now() + Number(value);
              if (value !== '') void change({ level: choice.level, until });
            }}
          />
        )}
        {error === null ? null : (
          <p class="note error" role="alert">
            {error}
          </p>
        )}
      </Popover>
    </>
  );
}
