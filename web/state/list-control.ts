/** What the rest of the page asks of the lists of messages on the screen. */
import { signal } from '@preact/signals';

/** A list on the screen: brings a message into view and gives it the focus; false when it does not hold it. */
export type ShowMessage = (id: string) => boolean;

const lists = new Set<ShowMessage>();

/** @returns how to take the list off again. */
export function addList(show: ShowMessage): () => void {
  lists.add(show);
  return () => lists.delete(show);
}

/** Gives a message of a list on the screen the focus. @returns whether there is one that holds it. */
export function focusMessage(id: string): boolean {
  return [...lists].reverse().some((show) => show(id));
}

/** The message somebody was led to by an address, a search or a quoted line; it stays marked until they go on. */
export const landedOn = signal<string | null>(null);

/** The message under the pointer or with the focus: it alone has its tools in the document. */
export const atHand = signal<string | null>(null);
