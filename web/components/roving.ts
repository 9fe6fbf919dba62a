/**
 * One Tab stop for a group of things, arrows between them (05 section 10.10): the handler for the group's keydown.
 */

/**
 * Moves focus among `items` of the group; Home and End go to its ends. True when the key was used.
 *
 * @param columns how many stand beside each other
 */
export function moveFocus(
  event: KeyboardEvent,
  items: readonly (HTMLElement | SVGElement)[],
  columns = 1,
): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey || items.length === 0) return false;
  const now = items.findIndex((item) => item === document.activeElement);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: columns,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowLeft: -1,
  };
  const step = steps[event.key];
  let next: number;
  if (event.key === 'Home') next = 0;
  else if (event.key === 'End') next = items.length - 1;
  else if (step !== undefined) next = Math.min(items.length - 1, Math.max(0, now + step));
  else return false;
  event.preventDefault();
  const target = items[next];
  for (const item of items) item.tabIndex = item === target ? 0 : -1;
  target?.focus();
  target?.scrollIntoView({ block: 'nearest' });
  return true;
}

/** The same for a list of links and buttons: the handler for its keydown. Which can be tabbed to is the list's own choice. */
export function walkLinks(event: KeyboardEvent): void {
  const list = event.currentTarget;
  if (!(list instanceof HTMLElement)) return;
  const items = [...list.querySelectorAll<HTMLElement>(':scope > li > a, :scope > li > button')].filter(
    (item) => item.checkVisibility(),
  );
  // What an open menu inside the list holds walks by itself.
  if (items.some((item) => item === event.target)) moveFocus(event, items);
}
