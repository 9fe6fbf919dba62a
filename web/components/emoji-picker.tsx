/** Buttons that open signs to pick from (05 section 10.5, M-8 and M-15). */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { EmojiGrid } from './emoji-grid.tsx';
import { EmojiIcon } from './icons.tsx';
import { closePopover, Popover } from './popover.tsx';

interface PanelProps {
  pick: (sign: string) => void;
}

let loaded: ComponentType<PanelProps> | null = null;

async function load(): Promise<ComponentType<PanelProps>> {
  loaded = (await import('./emoji-panel.tsx')).EmojiPanel;
  return loaded;
}

/** All emoji, beside a text field. @param id of the field: every field has a picker of its own. */
export function EmojiPicker({ id, pick }: PanelProps & { id: string }) {
  return (
    <EmojiButton
      id={`${id}-emoji`}
      button="Emoji"
      label="Emoji"
      pick={pick}
      soon={() => void load().catch(() => null)}
    >
      {(take) => <Panel pick={take} />}
    </EmojiButton>
  );
}

/** The panel, whose code and data come when it is first opened. */
function Panel({ pick }: PanelProps) {
  const [failed, setFailed] = useState(false);
  const [, setTurn] = useState(0);
  useEffect(() => {
    if (loaded !== null) return;
    load().then(
      () => setTurn((turn) => turn + 1),
      () => setFailed(true),
    );
  }, []);
  if (loaded === null)
    return (
      <div class="emoji-panel">
        {failed ? (
          <p class="note error">The emoji could not be loaded from the node. Reload the page.</p>
        ) : null}
      </div>
    );
  const Loaded = loaded;
  return <Loaded pick={pick} />;
}

interface EmojiMenuProps extends PanelProps {
  id: string;
  /** What the button says. */
  button: string;
  label: string;
  /** Signs with their names. */
  choices: readonly (readonly [string, string])[];
}

/** A few signs, as those one reacts with. */
export function EmojiMenu({ id, button, label, choices, pick }: EmojiMenuProps) {
  return (
    <EmojiButton id={id} button={button} label={label} pick={pick}>
      {(take) => <EmojiGrid label={label} choices={choices} pick={take} />}
    </EmojiButton>
  );
}

interface EmojiButtonProps extends PanelProps {
  id: string;
  button: string;
  label: string;
  /** It may be opened soon. */
  soon?: () => void;
  children: (take: (sign: string) => void) => preact.JSX.Element;
}

function EmojiButton({ id, button, label, pick, soon, children }: EmojiButtonProps) {
  const take = (sign: string): void => {
    closePopover(id);
    pick(sign);
  };
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={button}
        title={button}
        popovertarget={id}
        onPointerEnter={soon}
        onFocus={soon}
      >
        <EmojiIcon />
      </button>
      <Popover id={id} label={label}>
        {children(take)}
      </Popover>
    </>
  );
}
