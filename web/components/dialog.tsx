/** A modal dialog: the browser's own, so focus stays inside and returns, and Escape closes (05 section 11.5). */
import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { keepFocus } from './keep-focus.ts';
import { Name } from './parts.tsx';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** Escape; leave it out where nothing may be closed by accident. */
  onClose?: () => void;
  /** Its content comes later or is there to be read: focus begins at the title, not at the way out. */
  toRead?: boolean;
  /** As wide as the window lets it be. */
  wide?: boolean;
  onKeyDown?: (event: KeyboardEvent) => void;
}

/** Whether it was pressed on what is behind the dialog; its own border and room belong to it. */
function isBeside({ currentTarget, clientX, clientY }: TargetedMouseEvent<HTMLElement>): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

/** Open as long as it is rendered. */
export function Dialog({ title, children, onClose, toRead, wide, onKeyDown }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // At once, not after the next frame: until then the focus would be nowhere.
  useLayoutEffect(() => {
    const dialog = element.current;
    const giveBack = keepFocus();
    dialog?.showModal();
    if (toRead === true) dialog?.querySelector<HTMLElement>('h2')?.focus();
    return () => {
      dialog?.close();
      giveBack();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide === true ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        // What is only read loses nothing: a press beside it is enough.
        if (toRead === true && event.target === event.currentTarget && isBeside(event)) onClose?.();
      }}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClose={({ currentTarget }) => {
        // A second Escape closes without asking: Chromium lets a page hold a person back only once.
        if (!currentTarget.isConnected || currentTarget.open) return;
        if (onClose === undefined) currentTarget.showModal();
        else onClose();
      }}
    >
      <h2 id={id} tabIndex={toRead === true ? -1 : undefined}>
        <Name>{title}</Name>
      </h2>
      {children}
    </dialog>
  );
}
