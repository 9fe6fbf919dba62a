/**
 * Where an address leads (05 sections 3.2 and 10.1, N-1): to Setup while there is no account, to sign-in and back when
 * nobody is signed in, and away from those pages otherwise.
 */
import { safeReturnTo } from './router.ts';

const PUBLIC = ['/setup', '/login', '/register'];

/** The state a decision needs. */
export interface Visitor {
  path: string;
  query: URLSearchParams;
  signedIn: boolean;
  hasUsers: boolean;
  /** Where `/` leads. */
  landing?: string;
}

/** The address to go to instead, or null to stay. */
export function entrance({ path, query, signedIn, hasUsers, landing }: Visitor): string | null {
  if (!hasUsers) return path === '/setup' ? null : '/setup';
  if (signedIn)
    return path === '/' || PUBLIC.includes(path) ? safeReturnTo(query.get('returnTo'), landing) : null;
  if (path === '/login' || path === '/register') return null;
  if (path === '/' || path === '/setup') return '/login';
  const asked = path + (query.size === 0 ? '' : `?${query.toString()}`);
  return `/login?${new URLSearchParams({ returnTo: asked }).toString()}`;
}
