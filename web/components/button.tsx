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
  /** Why it cannot be pressed now; it can without a reason. */
  disabledBecause?: string | null;
  /** Id of the element that says more. */
  describedBy?: string;
  onClick?: () => void | Promise<void>;
  label?: string;
  /** Whether what it shows is shown. */
  expanded?: boolean;
  autoFocus?: boolean;
}

/** A button with words. While what it started runs, it is busy. */
export function Button({
  children,
  kind = 'plain',
  type = 'button',
  busy,
  disabledBecause,
  describedBy,
  onClick,
  label,
  expanded,
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
      disabled={disabledBecause != null}
      // The description: the name is what the button says.
      title={disabledBecause ?? undefined}
      aria-describedby={describedBy}
      aria-label={label}
      aria-expanded={expanded}
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
  disabledBecause?: string | null;
}

/** A button that is an icon, with a name. */
export function IconButton({ name, children, onClick, type = 'button', disabledBecause }: IconButtonProps) {
  return (
    <button
      type={type}
      class="icon-button"
      aria-label={name}
      title={disabledBecause ?? name}
      disabled={disabledBecause != null}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** How long `Copied` is shown. */
const COPIED_MS = 2_000;

interface CopyProps {
  text: string;
  name?: string;
  /** What is selected where the browser does not let a page copy. */
  source?: () => HTMLElement | null;
  /** The sign alone, with the name for whoever asks: beside what is copied. */
  sign?: boolean;
}

/** Copies `text`; says so, or that the browser did not let it. */
export function CopyButton({ text, name = 'Copy', source, sign }: CopyProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async (): Promise<void> => {
    const ok = await copyText(text, source?.() ?? null);
    setState(ok ? 'copied' : 'failed');
    speak(ok ? 'Copied' : 'Copying was not possible. The text is selected: press Ctrl+C.');
    window.setTimeout(() => setState('idle'), COPIED_MS);
  };
  if (sign === true)
    return (
      <>
        <IconButton name={name} onClick={() => void copy()}>
          {state === 'copied' ? <CheckIcon /> : <CopyIcon />}
        </IconButton>
        <span class="copied" aria-hidden="true">
          {state === 'copied' ? 'Copied' : state === 'failed' ? 'Not copied' : ''}
        </span>
      </>
    );
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
