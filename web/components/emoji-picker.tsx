/** A small emoji picker from the system's own font; nothing is downloaded (05 section 10.5, M-15). */
import { useRef } from 'preact/hooks';
import { EmojiIcon } from './icons.tsx';
import { closePopover, Popover } from './popover.tsx';
import { moveFocus } from './roving.ts';

const EMOJI: readonly (readonly [string, string])[] = [
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

export function EmojiPicker({ pick }: { pick: (emoji: string) => void }) {
  const grid = useRef<HTMLDivElement>(null);
  const buttons = (): HTMLElement[] => [...(grid.current?.querySelectorAll<HTMLElement>('button') ?? [])];
  return (
    <>
      <button type="button" class="icon-button" aria-label="Emoji" title="Emoji" popovertarget="emoji-picker">
        <EmojiIcon />
      </button>
      <Popover id="emoji-picker" label="Emoji">
        <div
          ref={grid}
          class="emoji-grid"
          role="group"
          aria-label="Emoji"
          onKeyDown={(event) => moveFocus(event, buttons())}
        >
          {EMOJI.map(([emoji, name], index) => (
            <button
              key={emoji}
              type="button"
              aria-label={name}
              title={name}
              tabIndex={index === 0 ? 0 : -1}
              onClick={() => {
                closePopover('emoji-picker');
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
