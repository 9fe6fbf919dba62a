/**
 * Where `/` leads (05 section 10.1, N-5): the page chosen in Settings, else the last conversation, else `#general`. The
 * choice is the cookie the reference reads (05 section 9, P-30).
 */
import { signal } from '@preact/signals';
import { conversationAddress, conversationOf } from './conversations.ts';
import type { Location } from './router.ts';
import { browserStore } from './storage.ts';

/** What can be chosen, and its words. */
export const LANDINGS = [
  ['last', 'The last conversation'],
  ['channels', '#general'],
  ['messages', 'Messages'],
  ['feed', 'Social Feed'],
] as const;
export type Landing = (typeof LANDINGS)[number][0];

const COOKIE = 'canopy_landing';
const YEAR_SECONDS = 31_536_000;
const KEY = 'last-conversation';
const GENERAL = '/channels';

/** The choice a browser's cookies carry. */
export function landingOf(cookies: string): Landing {
  const value = new RegExp(`(?:^|;\\s*)${COOKIE}=(\\w+)`, 'u').exec(cookies)?.[1];
  return LANDINGS.find(([key]) => key === value)?.[0] ?? 'last';
}

/** What is chosen in this browser. */
export const landing = signal<Landing>(typeof document === 'undefined' ? 'last' : landingOf(document.cookie));

/** Keeps a choice in this browser. */
export function chooseLanding(chosen: Landing): void {
  landing.value = chosen;
  const age = chosen === 'last' ? 0 : YEAR_SECONDS;
  document.cookie = `${COOKIE}=${chosen}; Path=/; Max-Age=${age}; SameSite=Lax`;
}

/** The address of the conversation a place shows, without what is only for the moment; null for other pages. */
export function conversationAt({ path, query }: Location): string | null {
  if (path === '/messages') {
    const id = conversationOf(query);
    return id === null ? null : conversationAddress(id);
  }
  if (path !== GENERAL) return null;
  const channel = query.get('channel') ?? query.get('focus_channel') ?? '';
  return channel === '' ? GENERAL : `${GENERAL}?${new URLSearchParams({ channel }).toString()}`;
}

/** Keeps where an account was, for the next time; erased when it signs out. */
export function rememberPlace(account: string, place: Location): void {
  const address = conversationAt(place);
  if (address !== null) browserStore.write(KEY, { account, address });
}

/** Where an account is led. @param stored what {@link rememberPlace} kept. */
export function landingAddress(chosen: Landing, account: string, stored: unknown): string {
  if (chosen !== 'last') return `/${chosen}`;
  if (typeof stored !== 'object' || stored === null || !('account' in stored) || !('address' in stored))
    return GENERAL;
  const { address } = stored;
  return stored.account === account &&
    typeof address === 'string' &&
    /^\/(?:channels|messages)(?:\?|$)/u.test(address)
    ? address
    : GENERAL;
}

/** Where an account is led in this browser. */
export function landingFor(account: string): string {
  return landingAddress(landing.value, account, browserStore.read(KEY));
}
