/**
 * What completes the word at the caret of a text field (05 section 10.5, M-6): people after `@`, channels after `#`,
 * emoji after `:`. Arrows choose, Enter and Tab take, Escape closes; screen readers hear what is chosen.
 */
import { signal } from '@preact/signals';
import type { TargetedKeyboardEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { channels } from '../state/channel.ts';
import { completed, completionAt, handleOf, ranked, type Completing } from '../state/mentions.ts';
import type * as Emoji from '../state/emoji.ts';
import { speak } from '../state/notices.ts';
import { peerName, reachOf } from '../state/mesh.ts';
import { correspondents, homeOf, people, personName } from '../state/people.ts';
import { whereWords } from '../state/reach-words.ts';
import { Avatar, Name } from './parts.tsx';

/** More than this nobody reads. */
const SHOWN = 6;

/** All emoji, from the first colon on for which they are needed. */
const emoji = signal<Pick<typeof Emoji, 'findEmoji' | 'toned'> | null>(null);

function needEmoji(): void {
  if (emoji.value !== null) return;
  import('../state/emoji.ts').then(
    (loaded) => {
      emoji.value = loaded;
    },
    // Nothing is offered then; the next colon asks again.
    () => undefined,
  );
}

interface Choice {
  key: string;
  put: string;
  name: string;
  hint: string;
  sign: string | null;
}

function choicesFor({ sign, query }: Completing): Choice[] {
  if (sign === '@') {
    const found = ranked(correspondents.value, query, (one) => [
      personName(one.user_id),
      one.username,
      ...(one.mention_handles ?? []),
    ]);
    return found.slice(0, SHOWN).map((one) => {
      const handle = handleOf(one, people.value);
      return {
        key: one.user_id,
        put: `@${handle}`,
        name: personName(one.user_id),
        hint: [`@${handle}`, whereWords(homeOf(one.user_id), { nameOf: peerName, reachOf })].join(' · '),
        sign: null,
      };
    });
  }
  if (sign === '#') {
    const found = ranked(channels.value, query, (one) => [one.name]);
    return found
      .slice(0, SHOWN)
      .map(({ id, name }) => ({ key: id, put: `#${name}`, name, hint: '', sign: '#' }));
  }
  const { findEmoji, toned } = emoji.value ?? {};
  if (findEmoji === undefined || toned === undefined) return [];
  return findEmoji(query, SHOWN).map((one) => {
    const put = toned(one);
    return { key: one.sign, put, name: one.name, hint: '', sign: put };
  });
}

/** What a text field needs of it. */
export interface Completions {
  /** The open list; null while there is none. */
  list: preact.JSX.Element | null;
  /** Looks again after typing or moving the caret. */
  look(element: HTMLTextAreaElement): void;
  /** True when the key was used. */
  keyDown(event: TargetedKeyboardEvent<HTMLTextAreaElement>): boolean;
  close(): void;
  /** What the field says of the list. */
  aria: { 'aria-autocomplete': 'list'; 'aria-controls'?: string; 'aria-activedescendant'?: string };
}

/** @param change takes the completed text. */
export function useCompletions(
  id: string,
  element: { current: HTMLTextAreaElement | null },
  change: (text: string) => void,
): Completions {
  const [open, setOpen] = useState<Completing | null>(null);
  const [at, setAt] = useState(0);
  const choices = open === null ? [] : choicesFor(open);
  const chosen = choices[Math.min(at, choices.length - 1)];
  useEffect(() => {
    if (chosen === undefined) return;
    const hint = chosen.hint === '' ? '' : `, ${chosen.hint}`;
    speak(`${chosen.name}${hint}, ${at + 1} of ${choices.length}`);
  }, [chosen?.key]);

  const take = (choice: Choice): void => {
    const area = element.current;
    if (open === null || area === null) return;
    const { text, caret } = completed(area.value, open, choice.put);
    setOpen(null);
    // At once: what is typed in the same frame goes on behind it.
    area.value = text;
    area.focus();
    area.setSelectionRange(caret, caret);
    change(text);
  };
  return {
    list:
      choices.length === 0 ? null : (
        <ul id={`${id}-choices`} class="choices" role="listbox" aria-label="Suggestions">
          {choices.map((choice) => (
            <li
              key={choice.key}
              id={`${id}-${choice.key}`}
              class="choice"
              role="option"
              aria-selected={choice === chosen}
              // The field keeps the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                take(choice);
              }}
            >
              {choice.sign === null ? (
                <Avatar id={choice.key} name={choice.name} small />
              ) : (
                <span aria-hidden="true">{choice.sign}</span>
              )}
              <Name>{choice.name}</Name>
              <span class="quiet-text">{choice.hint}</span>
            </li>
          ))}
        </ul>
      ),
    look: (area) => {
      const next =
        area.selectionStart === area.selectionEnd ? completionAt(area.value, area.selectionStart) : null;
      if (next?.sign === ':') needEmoji();
      if (next?.query !== open?.query || next?.start !== open?.start) setAt(0);
      setOpen(next);
    },
    keyDown: (event) => {
      if (chosen === undefined || event.isComposing) return false;
      const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
      const step = steps[event.key];
      if (step !== undefined)
        setAt((Math.min(at, choices.length - 1) + step + choices.length) % choices.length);
      else if (event.key === 'Enter' || event.key === 'Tab') take(chosen);
      else if (event.key === 'Escape') setOpen(null);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
    close: () => setOpen(null),
    aria: {
      'aria-autocomplete': 'list',
      ...(chosen === undefined
        ? {}
        : { 'aria-controls': `${id}-choices`, 'aria-activedescendant': `${id}-${chosen.key}` }),
    },
  };
}
