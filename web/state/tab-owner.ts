/**
 * Whose drafts and unsent messages a tab keeps (05 section 10.5 M-3, 10.13 X-6). They outlive a session that ended, so that
 * nothing is lost; whoever else signs in then must neither see nor send them.
 */
import type { Stored } from './storage.ts';

const KEY = 'account';

/**
 * Says that what the tab keeps is this account's from now on.
 *
 * @returns whether it was another's; then everything is erased
 */
export function claimTab(store: Pick<Stored, 'read' | 'write' | 'erase'>, userId: string): boolean {
  const before = store.read(KEY);
  const wasOthers = typeof before === 'string' && before !== userId;
  if (wasOthers) store.erase();
  store.write(KEY, userId);
  return wasOthers;
}
