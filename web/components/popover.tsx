/**
 * A menu or small panel under its button (05 section 11.5): the browser's own popover, which closes on Escape and on a
 * click outside and gives focus back.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface PopoverProps {
  id: string;
  label: string;
  children: ComponentChildren;
}

/** The panel; a button with `popovertarget` of the same id opens it. */
export function Popover({ id, label, children }: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const element = panel.current;
    if (element === null) return undefined;
    const toggled = (event: Event): void =>
      setOpen(event instanceof ToggleEvent && event.newState === 'open');
    element.addEventListener('toggle', toggled);
    return () => element.removeEventListener('toggle', toggled);
  }, [id]);
  // Only with its content the panel has its size.
  useLayoutEffect(() => {
    const element = panel.current;
    if (!open || element === null) return undefined;
    const place = (): void =>
      placeBeside(element, document.querySelector(`[popovertarget="${CSS.escape(id)}"]`));
    place();
    // What is read from the node makes it larger.
    const observer = new ResizeObserver(place);
    observer.observe(element);
    return () => observer.disconnect();
  }, [open, id]);
  return (
    <div ref={panel} id={id} popover="auto" role="dialog" aria-label={label} class="popover">
      {open ? children : null}
    </div>
  );
}

/** Closes an open panel by id. */
export function closePopover(id: string): void {
  document.querySelector<HTMLElement>(`#${id}:popover-open`)?.hidePopover();
}

/** Distance between button and panel, and to the edges of the window. */
const GAP = 8;

/** Puts the panel where it fits: below or above the button, inside the window. */
export function placeBeside(panel: HTMLElement, button: Element | null): void {
  if (button === null) return;
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = Math.min(Math.max(GAP, at.left), window.innerWidth - width - GAP);
  const below = at.bottom + GAP;
  const top = below + height <= window.innerHeight ? below : Math.max(GAP, at.top - height - GAP);
  panel.style.left = `${Math.max(GAP, left)}px`;
  panel.style.top = `${top}px`;
}
