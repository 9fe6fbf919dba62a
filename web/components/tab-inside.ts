/** The list of messages is one Tab stop: what can be pressed inside a message can be reached once that message has the focus. */

/** What can be pressed inside a message. */
const INNER =
  '.person-link, button.quote, .text a, .text button, .state-details, .reaction, .replies, .message-toolbar > button, .poll-option';

export function tabInside(target: EventTarget | null, tabIndex: 0 | -1): void {
  const message = target instanceof Element ? target.closest('article') : null;
  for (const inner of message?.querySelectorAll<HTMLElement>(INNER) ?? []) inner.tabIndex = tabIndex;
}
