/** A small emoji picker from the system's own font; nothing is downloaded (05 section 10.5, M-15). */
import { useRef } from 'preact/hooks';
import { EmojiIcon } from './icons.tsx';
import { closePopover, Popover } from './popover.tsx';
import { moveFocus } from './roving.ts';

/** Signs with their names. */
export const EMOJI: readonly (readonly [string, string])[] = [
  ['👍', 'thumbs up'],
  ['👎', 'thumbs down'],
  ['🙏', 'thank you'],
  ['👏', 'applause'],
  ['🙌', 'raised hands'],
  ['👋', 'wave'],
  ['🤝', 'handshake'],
  ['💪', 'strong'],
  ['🙂', 'smile'],
  ['😀', 'grin'],
  ['😂', 'tears of joy'],
  ['😅', 'sweat smile'],
  ['😉', 'wink'],
  ['😍', 'heart eyes'],
  ['🤔', 'thinking'],
  ['😎', 'cool'],
  ['😴', 'sleeping'],
  ['😕', 'confused'],
  ['😢', 'crying'],
  ['😡', 'angry'],
  ['😱', 'scream'],
  ['🤯', 'mind blown'],
  ['❤️', 'heart'],
  ['💚', 'green heart'],
  ['🎉', 'party'],
  ['🎂', 'cake'],
  ['☕', 'coffee'],
  ['🌱', 'seedling'],
  ['🌳', 'tree'],
  ['🔥', 'fire'],
  ['⭐', 'star'],
  ['✅', 'done'],
  ['❌', 'cross'],
  ['❓', 'question'],
  ['❗', 'exclamation'],
  ['⚠️', 'warning'],
  ['🔒', 'locked'],
  ['🔑', 'key'],
  ['🐛', 'bug'],
  ['🚀', 'rocket'],
  ['📌', 'pin'],
  ['👀', 'eyes'],
];

/** The picker beside the composer. */
export function EmojiPicker({ pick }: { pick: (emoji: string) => void }) {
  return <EmojiMenu id="emoji-picker" button="Emoji" label="Emoji" choices={EMOJI} pick={pick} />;
}

interface EmojiMenuProps {
  id: string;
  /** What the button says. */
  button: string;
  label: string;
  /** Signs with their names. */
  choices: readonly (readonly [string, string])[];
  pick: (emoji: string) => void;
  /** Place of the button in the Tab order. */
  tabIndex?: number;
}

/** A button that opens a grid of signs; one of them is picked with the arrows or a press. */
export function EmojiMenu({ id, button, label, choices, pick, tabIndex }: EmojiMenuProps) {
  const grid = useRef<HTMLDivElement>(null);
  const buttons = (): HTMLElement[] => [...(grid.current?.querySelectorAll<HTMLElement>('button') ?? [])];
  return (
    <>
      <button
        type="button"
        class="icon-button"
        tabIndex={tabIndex}
        aria-label={button}
        title={button}
        popovertarget={id}
      >
        <EmojiIcon />
      </button>
      <Popover id={id} label={label}>
        <div
          ref={grid}
          class="emoji-grid"
          role="group"
          aria-label={label}
          onKeyDown={(event) => moveFocus(event, buttons())}
        >
          {choices.map(([emoji, name], index) => (
            <button
              key={emoji}
              type="button"
              aria-label={name}
              title={name}
              tabIndex={index === 0 ? 0 : -1}
              onClick={() => {
                closePopover(id);
                pick(emoji);
              }}
            >
              {emoji}
            </button>
          ))}
        </div>
      </Popover>
    </>
  );
}
