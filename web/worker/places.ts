/** Which conversation an address of the page shows (05 section 10.9, U-4); for the page and for the service worker. */

/** The channel that `/channels` shows when it names none. */
const GENERAL = 'general';

/** A text that is the same for all addresses of one conversation; null when it shows none. */
export function placeShown(address: string): string | null {
  const { pathname, searchParams } = new URL(address, 'http://node');
  if (pathname === '/channels') return `channel:${searchParams.get('channel') ?? GENERAL}`;
  if (pathname !== '/messages') return null;
  const group = searchParams.get('group');
  const person = searchParams.get('with');
  if (group !== null) return `group:${group}`;
  if (person === null) return null;
  return person === 'everyone' ? person : `person:${person}`;
}
