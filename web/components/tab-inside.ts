/**
 * The list of messages is one Tab stop (05 section 10.10): what can be pressed or scrolled inside a message is reached once
 * that message has the focus. It is kept so from outside, since a text, a file and a poll know nothing of the list they stand
 * in and are drawn again each by itself.
 */

/** What takes the focus inside a message. What opens over the page has a Tab order of its own, and so has a text that is changed. */
const INNER = ':is(a[href], button, audio, video, pre, .scroll-x):not([popover] *, dialog *, .edit-text *)';
const AWAY = `article:not(:focus-within) ${INNER}:not([tabindex="-1"])`;
const AT_HAND = `article:focus-within ${INNER}:not([tabindex="0"])`;

/** Keeps the Tab order of a list whatever is drawn in it. @returns what ends it. */
export function keepTabStops(list: HTMLElement): () => void {
  const set = (): void => {
    for (const inner of list.querySelectorAll<HTMLElement>(AWAY)) inner.tabIndex = -1;
    for (const inner of list.querySelectorAll<HTMLElement>(AT_HAND)) inner.tabIndex = 0;
  };
  set();
  const observer = new MutationObserver(set);
  observer.observe(list, { childList: true, subtree: true });
  list.addEventListener('focusin', set);
  // Where the focus goes is known after it has left.
  const left = (): void => queueMicrotask(set);
  list.addEventListener('focusout', left);
  return () => {
    observer.disconnect();
    list.removeEventListener('focusin', set);
    list.removeEventListener('focusout', left);
  };
}
