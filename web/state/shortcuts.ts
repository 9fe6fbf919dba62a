/**
 * The keys of the page (05 section 10.10): one list says what is pressed, what it means and how the table on `?` names it. Pure,
 * but for whether single letters mean anything.
 */
import { storedFlag } from './stored-flag.ts';

/** Whether single letters do something on a message (WCAG 2.1.4); chosen in Settings. */
export const singleKeys = storedFlag('single-keys', true);

/** What a key pressed anywhere asks for. */
export type PageKey =
  | 'switch'
  | 'search'
  | 'find'
  | 'settings'
  | 'attach'
  | 'help'
  | { region: 1 | -1 }
  | { step: 1 | -1; unread: boolean };
/** What a key means on the message that has the focus. */
export type MessageKey = 'reply' | 'edit' | 'save' | 'delete' | 'react' | 'menu' | 'thread';
/** What a key does to the text that is selected in the composer. */
export type TextKey = 'bold' | 'italic' | 'code' | 'strike' | 'block';

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** `ctrl` is Cmd on a Mac. A sign that needs Shift on some keyboards says `anyShift`. */
interface Press {
  key: string;
  ctrl?: boolean;
  alt?: boolean;
  shift?: boolean;
  anyShift?: boolean;
}

interface Binding<Meaning> {
  /** As the table names it. */
  keys: string;
  does: string;
  presses: readonly (readonly [Press, Meaning])[];
  /** Not while something is typed. */
  idle?: boolean;
}

const PAGE_KEYS: readonly Binding<PageKey>[] = [
  {
    keys: 'Ctrl+K',
    does: 'Go to a channel, person or page',
    presses: [[{ key: 'k', ctrl: true }, 'switch']],
  },
  {
    keys: 'Ctrl+Shift+F',
    does: 'Search everywhere',
    presses: [[{ key: 'f', ctrl: true, shift: true }, 'search']],
  },
  {
    keys: '/',
    does: 'Search in this conversation',
    presses: [[{ key: '/', anyShift: true }, 'find']],
    idle: true,
  },
  {
    keys: 'Alt+↑, Alt+↓',
    does: 'Previous, next conversation; with Shift: unread',
    presses: [
      [
        { key: 'arrowup', alt: true },
        { step: -1, unread: false },
      ],
      [
        { key: 'arrowdown', alt: true },
        { step: 1, unread: false },
      ],
      [
        { key: 'arrowup', alt: true, shift: true },
        { step: -1, unread: true },
      ],
      [
        { key: 'arrowdown', alt: true, shift: true },
        { step: 1, unread: true },
      ],
    ],
  },
  {
    keys: 'F6, Shift+F6',
    does: 'Next, previous part of the page',
    presses: [
      [{ key: 'f6' }, { region: 1 }],
      [{ key: 'f6', shift: true }, { region: -1 }],
    ],
  },
  {
    // The second where the browser keeps the first for itself.
    keys: 'Ctrl+U, Ctrl+Shift+U',
    does: 'Attach files',
    presses: [
      [{ key: 'u', ctrl: true }, 'attach'],
      [{ key: 'u', ctrl: true, shift: true }, 'attach'],
    ],
  },
  { keys: 'Ctrl+,', does: 'Settings', presses: [[{ key: ',', ctrl: true }, 'settings']] },
  { keys: '?', does: 'This table', presses: [[{ key: '?', anyShift: true }, 'help']], idle: true },
];

const MESSAGE_KEYS: readonly Binding<MessageKey>[] = [
  { keys: 'R', does: 'Reply', presses: [[{ key: 'r' }, 'reply']] },
  { keys: 'E', does: 'Edit', presses: [[{ key: 'e' }, 'edit']] },
  { keys: 'S', does: 'Save', presses: [[{ key: 's' }, 'save']] },
  { keys: 'Delete', does: 'Delete', presses: [[{ key: 'delete' }, 'delete']] },
  { keys: '+', does: 'React', presses: [[{ key: '+', anyShift: true }, 'react']] },
  { keys: 'M', does: 'Menu', presses: [[{ key: 'm' }, 'menu']] },
  { keys: 'Enter', does: 'Open the thread', presses: [[{ key: 'enter' }, 'thread']] },
];

const TEXT_KEYS: readonly Binding<TextKey>[] = [
  { keys: 'Ctrl+B', does: 'Bold', presses: [[{ key: 'b', ctrl: true }, 'bold']] },
  { keys: 'Ctrl+I', does: 'Italic', presses: [[{ key: 'i', ctrl: true }, 'italic']] },
  { keys: 'Ctrl+E', does: 'Code', presses: [[{ key: 'e', ctrl: true }, 'code']] },
  {
    keys: 'Ctrl+Shift+X',
    does: 'Struck through',
    presses: [[{ key: 'x', ctrl: true, shift: true }, 'strike']],
  },
  { keys: 'Ctrl+Shift+C', does: 'Code block', presses: [[{ key: 'c', ctrl: true, shift: true }, 'block']] },
];

function meaningOf<Meaning>(
  bindings: readonly Binding<Meaning>[],
  pressed: Pressed,
  typing: boolean,
): Meaning | null {
  for (const { presses, idle } of bindings)
    for (const [press, meaning] of presses)
      if (matches(press, pressed) && !(idle === true && typing)) return meaning;
  return null;
}

function matches(press: Press, { key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): boolean {
  return (
    press.key === key.toLowerCase() &&
    (press.ctrl ?? false) === (ctrlKey || metaKey) &&
    (press.alt ?? false) === altKey &&
    (press.anyShift === true || (press.shift ?? false) === shiftKey)
  );
}

/** What a key means anywhere; signs alone mean nothing when single keys are switched off. @param typing the focus is in a field. */
export function pageKey(pressed: Pressed, typing: boolean): PageKey | null {
  const { ctrlKey, metaKey, altKey } = pressed;
  const alone = !ctrlKey && !metaKey && !altKey;
  return alone && isOff(pressed) ? null : meaningOf(PAGE_KEYS, pressed, typing);
}

/** What a key means on a message; nothing when single keys are switched off. */
export function messageKeyOf(pressed: Pressed): MessageKey | null {
  return isOff(pressed) ? null : meaningOf(MESSAGE_KEYS, pressed, false);
}

/** Whether it is a letter or sign, and those are switched off. */
function isOff({ key }: Pressed): boolean {
  return key.length === 1 && !singleKeys.value;
}

/** What a key does to the text in the composer. */
export function textKey(pressed: Pressed): TextKey | null {
  return meaningOf(TEXT_KEYS, pressed, true);
}

/** One part of the table: keys with what they do. */
export interface KeyGroup {
  title: string;
  rows: readonly (readonly [keys: string, does: string])[];
}

/** The table on `?`. @param enterSends as chosen in Settings. @param mac Ctrl is called Cmd there. */
export function keyTable({ enterSends, mac }: { enterSends: boolean; mac: boolean }): KeyGroup[] {
  const rows = (bindings: readonly Binding<unknown>[]): [string, string][] =>
    bindings.map(({ keys, does }) => [keys, does]);
  const groups: KeyGroup[] = [
    {
      title: 'Everywhere',
      rows: [
        ...rows(PAGE_KEYS).filter(([keys]) => singleKeys.value || keys.length > 1),
        ['Escape', 'Close, stop replying or editing, or mark as read and go to the composer'],
      ],
    },
    {
      title: 'On a message',
      rows: [
        ['↑, ↓, Home, End', 'Move between messages'],
        ...rows(MESSAGE_KEYS).filter(([keys]) => singleKeys.value || keys.length > 1),
      ],
    },
    {
      title: 'While writing',
      rows: [
        ['Enter', enterSends ? 'Send; in a code block a new line' : 'New line'],
        ['Shift+Enter', enterSends ? 'New line' : 'Send'],
        ['Ctrl+Enter', 'Send'],
        ['↑ in the empty field', 'Edit your last message'],
        ['@, #, :', 'Complete a person, channel, emoji'],
        ...rows(TEXT_KEYS),
      ],
    },
  ];
  if (!mac) return groups;
  return groups.map(({ title, rows: list }) => ({
    title,
    rows: list.map(([keys, does]) => [keys.replaceAll('Ctrl+', '⌘').replaceAll('Alt+', '⌥'), does]),
  }));
}

/** The neighbour of what is open in a list, round its ends; with `unread` the next one that has something new. */
export function neighbour<T extends { unread: number; open: boolean }>(
  list: readonly T[],
  { step, unread }: { step: 1 | -1; unread: boolean },
): T | null {
  const at = list.findIndex(({ open }) => open);
  for (let hop = 1; hop <= list.length; hop += 1) {
    const from = at === -1 && step === -1 ? 0 : at;
    const next = list[(((from + hop * step) % list.length) + list.length) % list.length];
    if (next !== undefined && !next.open && (!unread || next.unread > 0)) return next;
  }
  return null;
}
