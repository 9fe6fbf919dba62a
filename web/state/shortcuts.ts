/** Keys of the whole page (05 section 10.10): what they are called, and where the next conversation is. Pure. */
import { signal } from '@preact/signals';

/** Whether single letters do something on a message (WCAG 2.1.4); chosen in Settings. */
export const singleKeys = signal(true);

/** Keys with what they do, as the table on `?` shows them. */
export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Ctrl+K', 'Go to a channel, person or page'],
  ['Ctrl+Shift+F', 'Search everywhere'],
  ['Alt+↑, Alt+↓', 'Previous, next conversation; with Shift: unread'],
  ['F6, Shift+F6', 'Next, previous part of the page'],
  ['↑ in the empty composer', 'Edit your last message'],
  ['↑, ↓, Home, End in the messages', 'Move between messages'],
  ['R, E, S, Delete on a message', 'Reply, edit, save, delete'],
  ['@, #, : while writing', 'Complete a person, channel, emoji'],
  ['Enter, Shift+Enter', 'Send, break the line'],
  ['Ctrl+U', 'Attach files'],
  ['Escape', 'Close, or stop replying or editing'],
  ['?', 'This table'],
];

/** What a key pressed anywhere asks for; null for keys that belong to what has the focus. */
export type PageKey = 'switch' | 'search' | 'help' | { step: 1 | -1; unread: boolean };

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** @param typing the focus is in a field. */
export function pageKey(
  { key, ctrlKey, metaKey, altKey, shiftKey }: Pressed,
  typing: boolean,
): PageKey | null {
  const command = ctrlKey || metaKey;
  if (command && !altKey && !shiftKey && key.toLowerCase() === 'k') return 'switch';
  if (command && !altKey && shiftKey && key.toLowerCase() === 'f') return 'search';
  if (altKey && !command && (key === 'ArrowUp' || key === 'ArrowDown'))
    return { step: key === 'ArrowUp' ? -1 : 1, unread: shiftKey };
  return key === '?' && !typing && !command && !altKey ? 'help' : null;
}

/** The neighbour of `open` in a list, round its ends; with `unread` the next one that has something new. */
export function neighbour<T extends { address: string; unread: number }>(
  list: readonly T[],
  open: string | null,
  { step, unread }: { step: 1 | -1; unread: boolean },
): T | null {
  const at = list.findIndex(({ address }) => address === open);
  for (let hop = 1; hop <= list.length; hop += 1) {
    const from = at === -1 && step === -1 ? 0 : at;
    const next = list[(((from + hop * step) % list.length) + list.length) % list.length];
    if (next !== undefined && next.address !== open && (!unread || next.unread > 0)) return next;
  }
  return null;
}
