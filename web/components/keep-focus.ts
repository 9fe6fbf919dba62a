/**
 * Focus that is not lost (05 section 10.10): what goes away while it is focused hands the focus to the heading of the
 * nearest part of the page that stays, so that the keyboard goes on from there and not from the start of the page.
 */

/** Call while `element` is still in the page, just before it goes; nothing when the focus is elsewhere. */
export function handFocusOn(element: Element | null): void {
  if (element === null || !element.contains(document.activeElement)) return;
  const around: Element[] = [];
  for (let outer = element.parentElement; outer !== null; outer = outer.parentElement) around.push(outer);
  // What takes its place is drawn by then, and may have taken the focus itself.
  window.requestAnimationFrame(() => {
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const stays = around.find((outer) => outer.isConnected && headingOf(outer) !== null);
    const heading = stays === undefined ? null : headingOf(stays);
    if (heading === null) return;
    heading.tabIndex = -1;
    heading.focus();
  });
}

function headingOf(element: Element): HTMLElement | null {
  return element.querySelector<HTMLElement>('h1, h2, h3');
}
