/** All emoji: search, those picked last, Unicode's groups, and the tone of skin (05 section 10.5, M-15). */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import {
  chooseTone,
  EMOJI,
  EMOJI_GROUPS,
  emojiName,
  findEmoji,
  noteEmoji,
  recentEmoji,
  tone,
  toned,
  TONES,
} from '../state/emoji.ts';
import { speak } from '../state/notices.ts';
import { counted } from '../state/numbers.ts';
import { EmojiGrid } from './emoji-grid.tsx';
import { moveFocus } from './roving.ts';
import { SearchField } from './search-field.tsx';

/** More than this nobody looks through. */
const FOUND = 72;
/** Stands in for a group: what was picked last. */
const RECENT = -1;

/** @param pick takes the sign; the panel closes by itself. */
export function EmojiPanel({ pick }: { pick: (sign: string) => void }) {
  const [query, setQuery] = useState('');
  const [group, setGroup] = useState(recentEmoji.value.length > 0 ? RECENT : 0);
  const panel = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    // On touch a focused field opens the keyboard over what is to be picked.
    if (!window.matchMedia('(pointer: coarse)').matches) field.current?.focus();
  }, []);

  const searching = query.trim() !== '';
  const found = searching ? findEmoji(query, FOUND) : EMOJI.filter((one) => one.group === group);
  const choices =
    !searching && group === RECENT
      ? recentEmoji.value.map((sign) => [sign, emojiName(sign)] as const)
      : found.map((one) => [toned(one), one.name] as const);
  const groups = [
    ...(recentEmoji.value.length > 0 ? [[RECENT, 'Picked last', '🕘'] as const] : []),
    ...EMOJI_GROUPS,
  ];
  const label = searching ? 'Found' : (groups.find(([number]) => number === group)?.[1] ?? 'Emoji');
  const take = (sign: string): void => {
    noteEmoji(sign);
    pick(sign);
  };
  const intoGrid = (): void => panel.current?.querySelector<HTMLElement>('.emoji-grid button')?.focus();
  useEffect(() => {
    if (searching) speak(counted(found.length, 'emoji', 'emoji'));
  }, [query]);
  return (
    <div ref={panel} class="emoji-panel">
      <div
        onKeyDown={(event) => {
          const first = choices[0];
          if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
          // The field may stand in a form, which is not to be sent.
          event.preventDefault();
          if (event.key === 'ArrowDown') intoGrid();
          else if (searching && first !== undefined) take(first[0]);
        }}
      >
        <SearchField inputRef={field} label="Search emoji" value={query} onInput={setQuery} />
      </div>
      <div
        class="emoji-groups"
        role="group"
        aria-label="Kinds of emoji"
        onKeyDown={(event) => moveFocus(event, [...event.currentTarget.querySelectorAll('button')])}
      >
        {groups.map(([number, name, sign]) => (
          <button
            key={number}
            type="button"
            aria-label={name}
            title={name}
            aria-pressed={!searching && number === group}
            tabIndex={number === group ? 0 : -1}
            onClick={() => {
              setQuery('');
              setGroup(number);
            }}
          >
            {sign}
          </button>
        ))}
      </div>
      {choices.length === 0 ? (
        <p class="quiet-text emoji-none">No emoji is called that.</p>
      ) : (
        <EmojiGrid
          key={searching ? query : group}
          label={label}
          choices={choices}
          pick={take}
          above={() => field.current?.focus()}
        />
      )}
      <label class="emoji-tone">
        Skin tone
        <select
          class="input"
          value={String(tone.value)}
          onChange={(event) => chooseTone(Number(event.currentTarget.value))}
        >
          {TONES.map((name, index) => (
            <option key={name} value={String(index)}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
