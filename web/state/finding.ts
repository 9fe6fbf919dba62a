/** Searching in the conversation that is open (05 section 10.5, M-11): whether the pane for it is on the screen. */
import { signal } from '@preact/signals';
import type { Target } from './outbox.ts';
import type { SearchWish } from './search.ts';

export const finding = signal(false);

/** What to look for in one conversation. */
export function wishIn(target: Target): SearchWish {
  const nothing = { q: '', from: '', channel: '', with: '', after: '', before: '', files: false };
  if (target.kind === 'channel') return { ...nothing, type: 'channel_message', channel: target.id };
  const place = target.kind === 'everyone' ? 'everyone' : target.id;
  return { ...nothing, type: 'direct_message', with: place };
}
