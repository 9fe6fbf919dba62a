/**
 * Focus that is not lost (05 section 10.10): what goes away while it is focused hands the focus to the heading of the
 * nearest part of the page that stays, so that the keyboard goes on from there and not from the start of the page.
 */

/** Call while `element` is still in the page, just before it goes; nothing when the focus is elsewhere. */
export function handFocusOn(element: Element | null): void {
  const focused = document.activeElement;
  if (element === null || focused === null || !element.contains(focused)) return;
  restoreSoon(focused, placeOf(focused));
}

/**
 * Remembers what has the focus now; the result gives it back, also when that was drawn anew meanwhile: to what took its
 * place in the same row, else to the heading of what is left around it.
 */
export function keepFocus(): () => void {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement)) return () => undefined;
  const place = placeOf(focused);
  return () => {
    if (focused.isConnected) focused.focus();
    restoreSoon(focused, place);
  };
}

/** Where an element stands, and how to know what replaces it. */
interface Place {
  tag: string;
  name: string;
  around: Element[];
}

function placeOf(element: Element): Place {
  const around: Element[] = [];
  for (let outer = element.parentElement; outer !== null; outer = outer.parentElement) around.push(outer);
  return { tag: element.tagName, name: nameOf(element), around };
}

/** What takes the place of `gone` is drawn by the next frame, and may have taken the focus itself. */
function restoreSoon(gone: Element, place: Place): void {
  window.requestAnimationFrame(() => {
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    if (gone instanceof HTMLElement && gone.isConnected) gone.focus();
    if (document.activeElement === gone) return;
    const twin = twinAt(place);
    if (twin !== null) return twin.focus();
    const stays = place.around.find((outer) => outer.isConnected && headingOf(outer) !== null);
    const heading = stays === undefined ? null : headingOf(stays);
    if (heading === null) return;
    heading.tabIndex = -1;
    heading.focus();
  });
}

/** The same control drawn anew, only in the row or card it stood in: that of another row means something else. */
function twinAt({ tag, name, around }: Place): HTMLElement | null {
  const row = around.find((outer) => outer.isConnected)?.closest('li, article, tr');
  if (row == null) return null;
  const same = [...row.querySelectorAll<HTMLElement>(tag)].filter((other) => nameOf(other) === name);
  return same.length === 1 ? (same[0] ?? null) : null;
}

function nameOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent ?? '';
}

function headingOf(element: Element): HTMLElement | null {
  return element.querySelector<HTMLElement>('h1, h2, h3');
}
