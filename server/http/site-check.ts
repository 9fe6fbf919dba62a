/**
 * The account forms (`/setup`, `/login`, `/register`, `/logout`) take no CSRF token (04 section 1.3). They are refused
 * instead when the browser says that another site started the request, so nobody can be signed in or out by a foreign
 * page. Scripts send neither header and pass.
 */
import type { Request } from 'express';
import { ApiError } from './errors.ts';

const OWN_SITE = new Set(['same-origin', 'none']);

/**
 * @throws {ApiError} `cross_site` when `Sec-Fetch-Site` or `Origin` names another site.
 */
export function requireOwnSite(req: Request): void {
  const site = req.headers['sec-fetch-site'];
  const { origin } = req.headers;
  const foreign = typeof site === 'string' && !OWN_SITE.has(site);
  if (foreign || (origin !== undefined && !sameAuthority(origin, req.headers.host ?? '')))
    throw new ApiError('cross_site');
}

/** Compares host and port; the scheme may differ where TLS ends in front of the node. */
function sameAuthority(origin: string, host: string): boolean {
  try {
    const url = new URL(origin);
    return url.host === new URL(`${url.protocol}//${host}`).host;
  } catch {
    return false;
  }
}
