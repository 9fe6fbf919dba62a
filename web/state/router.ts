/**
 * Addresses of the page (05 sections 3.2 and 10.1): History API, Back and Forward, and the way back after sign-in.
 * Moving between pages loads no document.
 */
import { signal } from '@preact/signals';

/** Where the person is. */
export interface Location {
  path: string;
  query: URLSearchParams;
}

/** Splits a same-origin address into path and query; a trailing slash is ignored. */
export function parseLocation(address: string): Location {
  // Put behind a host instead of resolved: `//x` is a path here, never another host.
  const url = new URL(`http://node.invalid${address.startsWith('/') ? '' : '/'}${address}`);
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/u, '') : url.pathname;
  return { path: path === '' ? '/' : path, query: url.searchParams };
}

/**
 * Where to go after sign-in. Only paths of this origin count (05 section 10.1, N-1); `//host`, backslashes, other
 * schemes and the sign-in pages themselves lead to the landing page.
 */
export function safeReturnTo(value: string | null, landing = '/channels'): string {
  if (value === null || !value.startsWith('/') || value.startsWith('//') || /[\\\p{Cc}]/u.test(value))
    return landing;
  const { path } = parseLocation(value);
  return ['/', '/login', '/setup', '/register', '/logout'].includes(path) ? landing : value;
}

const inBrowser = typeof window !== 'undefined';

/** The current address. */
export const location = signal<Location>(
  parseLocation(inBrowser ? window.location.pathname + window.location.search : '/'),
);

if (inBrowser) {
  window.addEventListener('popstate', () => {
    location.value = parseLocation(window.location.pathname + window.location.search);
  });
}

/** Goes to `address`; `replace` leaves no entry in the history. */
export function navigate(address: string, options: { replace?: boolean } = {}): void {
  if (options.replace === true) window.history.replaceState(null, '', address);
  else if (address !== window.location.pathname + window.location.search)
    window.history.pushState(null, '', address);
  location.value = parseLocation(address);
}
