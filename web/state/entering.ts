/** Where a conversation is entered (05 section 10.9, U-2): at the first message that was not read, or at its end if so chosen. */
import type { Place } from './history.ts';
import { storedFlag } from './stored-flag.ts';

/** Chosen in Settings. */
export const opensAtEnd = storedFlag('opens-at-end', false);

/** Where a conversation is read first. */
export function beginning(): Place {
  return opensAtEnd.value ? { kind: 'newest' } : { kind: 'unread' };
}
