/** Whose card is on the screen (05 section 10.5); null for nobody's. */
import { signal } from '@preact/signals';

export const shownPerson = signal<string | null>(null);

/** Shows the card of a person, wherever the page is. */
export function showPerson(userId: string): void {
  shownPerson.value = userId;
}
