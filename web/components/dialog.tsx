/** A modal dialog: the browser's own, so focus stays inside and returns, and Escape closes (05 section 11.5). */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

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

/** Open as long as it is rendered. */
export function Dialog({ title, children, onClose, toRead, wide, onKeyDown }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    if (toRead === true) dialog?.querySelector<HTMLElement>('h2')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide === true ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <h2 id={id} tabIndex={toRead === true ? -1 : undefined}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
