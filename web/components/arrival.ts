/**
 * Where the focus goes when another page is shown (05 sections 10.10 and 10.11): to its heading, which screen readers
 * then read, so that the keyboard goes on in the page and not at the start of the document.
 */
import { useLayoutEffect } from 'preact/hooks';
import { location } from '../state/router.ts';

/** The browser itself puts the focus where a document begins. */
let documentIsNew = true;
/** Address of a page that was announced and whose code is not there yet. */
let awaited: string | null = null;

/**
 * Called by whatever a page consists of. A field of the page that wants the focus takes it afterwards.
 * @param how `form` takes the focus itself; what is `coming` stands for a page whose code is not there yet.
 */
export function useArrival(how: 'page' | 'form' | 'coming'): void {
  useLayoutEffect(() => {
    for (const panel of document.querySelectorAll<HTMLElement>(':popover-open')) panel.hidePopover();
    const first = documentIsNew;
    if (how !== 'coming') documentIsNew = false;
    const { path } = location.value;
    // Whoever put the focus elsewhere while it came keeps it there.
    const elsewhere = awaited === path && document.activeElement !== document.body;
    awaited = how === 'coming' ? path : null;
    if (first || how === 'form' || elsewhere || focusIsHere()) return;
    headingInSight()?.focus({ preventScroll: true });
  }, []);
}

/** Something of the new page, or a layer above it, has the focus already. */
function focusIsHere(): boolean {
  return document.activeElement?.closest('dialog, .side, .content') != null;
}

function headingInSight(): HTMLElement | undefined {
  const headings = [...document.querySelectorAll<HTMLElement>('main h1')];
  const heading = headings.find((one) => one.checkVisibility());
  if (heading !== undefined) heading.tabIndex = -1;
  return heading;
}
