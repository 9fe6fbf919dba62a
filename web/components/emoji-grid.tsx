/** A grid of signs with one Tab stop: the arrows move in it, a press picks. */
import { useRef } from 'preact/hooks';
import { moveFocus } from './roving.ts';

interface EmojiGridProps {
  label: string;
  /** Signs with their names. */
  choices: readonly (readonly [string, string])[];
  pick: (sign: string) => void;
  /** Takes the focus when it leaves the first row upwards. */
  above?: () => void;
}

export function EmojiGrid({ label, choices, pick, above }: EmojiGridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const keyDown = (event: KeyboardEvent): void => {
    const buttons = [...(grid.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const top = buttons[0]?.offsetTop;
    const columns = buttons.filter((button) => button.offsetTop === top).length;
    const now = buttons.findIndex((button) => button === document.activeElement);
    if (event.key === 'ArrowUp' && now < columns && above !== undefined) {
      event.preventDefault();
      return above();
    }
    moveFocus(event, buttons, columns);
  };
  return (
    <div ref={grid} class="emoji-grid" role="group" aria-label={label} onKeyDown={keyDown}>
      {choices.map(([sign, name], index) => (
        <button
          key={sign}
          type="button"
          aria-label={name}
          title={name}
          tabIndex={index === 0 ? 0 : -1}
          onClick={() => pick(sign)}
        >
          {sign}
        </button>
      ))}
    </div>
  );
}
