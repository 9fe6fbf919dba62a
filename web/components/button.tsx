/** Buttons, copy buttons and icon buttons (05 section 11.5). */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { copyText } from './copy.ts';
import { CheckIcon, CopyIcon } from './icons.tsx';
import { handFocusOn } from './keep-focus.ts';
import { speak } from '../state/notices.ts';

interface ButtonProps {
  children: ComponentChildren;
  kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  type?: 'button' | 'submit';
  /** Keeps its width and takes no further click. */
  busy?: boolean;
  disabled?: boolean;
  /** Id of the element that says more, for example why it is disabled. */
  describedBy?: string;
  onClick?: () => void | Promise<void>;
  label?: string;
  autoFocus?: boolean;
}

/** A button with words. While what it started runs, it is busy. */
export function Button({
  children,
  kind = 'plain',
  type = 'button',
  busy,
  disabled,
  describedBy,
  onClick,
  label,
  autoFocus,
}: ButtonProps) {
  const [running, setRunning] = useState(false);
  const isBusy = busy === true || running;
  const element = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => () => handFocusOn(element.current), []);
  const click = (): void => {
    if (isBusy || onClick === undefined) return;
    const result = onClick();
    if (result === undefined) return;
    setRunning(true);
    void result.finally(() => setRunning(false));
  };
  return (
    <button
      ref={element}
      type={type}
      class={`button ${kind}`}
      aria-busy={isBusy ? 'true' : undefined}
      aria-disabled={isBusy ? 'true' : undefined}
      disabled={disabled}
      aria-describedby={describedBy}
      aria-label={label}
      autofocus={autoFocus}
      onClick={click}
    >
      {children}
    </button>
  );
}

interface IconButtonProps {
  name: string;
  children: ComponentChildren;
  onClick?: () => void;
  type?: 'button' | 'submit';
  disabled?: boolean;
}

/** A button that is an icon, with a name. */
export function IconButton({ name, children, onClick, type = 'button', disabled }: IconButtonProps) {
  return (
    <button
      type={type}
      class="icon-button"
      aria-label={name}
      title={name}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** How long `Copied` is shown. */
const COPIED_MS = 2_000;

/** Copies `text`; says so, or that the browser did not let it. */
export function CopyButton({
  text,
  name = 'Copy',
  source,
}: {
  text: string;
  name?: string;
  source?: () => HTMLElement | null;
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async (): Promise<void> => {
    const ok = await copyText(text, source?.() ?? null);
    setState(ok ? 'copied' : 'failed');
    speak(ok ? 'Copied' : 'Copying was not possible. The text is selected: press Ctrl+C.');
    window.setTimeout(() => setState('idle'), COPIED_MS);
  };
  return (
    <Button onClick={copy}>
      {state === 'copied' ? <CheckIcon /> : <CopyIcon />}
      <span>{name}</span>
      <span class="copied" aria-hidden="true">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Press Ctrl+C' : ''}
      </span>
    </Button>
  );
}
