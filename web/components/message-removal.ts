/** Deleting a message that has the focus: the one beside it gets it, since the list goes on there. */
import { removeSoon } from '../state/message-actions.ts';
import type { Entry } from '../state/thread.ts';

export function removeFrom(entry: Entry): void {
  const message = document.querySelector(`[data-message="${CSS.escape(entry.id)}"]`);
  const beside = neighbour(message, 'nextElementSibling') ?? neighbour(message, 'previousElementSibling');
  (beside ?? message?.closest<HTMLElement>('[role=log]'))?.focus({ preventScroll: true });
  removeSoon(entry);
}

function neighbour(
  message: Element | null,
  step: 'nextElementSibling' | 'previousElementSibling',
): HTMLElement | null {
  let one = message?.[step] ?? null;
  while (one !== null && !one.matches('article')) one = one[step];
  return one instanceof HTMLElement ? one : null;
}
