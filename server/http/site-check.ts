/**
 * The account forms (`/setup`, `/login`, `/register`, `/logout`) take no CSRF token (04 section 1.3). They are refused
 * instead when the browser says that another site started the request, so nobody can be signed in or out by a foreign
 * page. Scripts send neither header and pass.
 */
import type { Request } from 'express';
import { ApiError } from './errors.ts';

const OWN_SITE = new Set(['same-origin', 'none']);

/** Whether the browser says that another site started the request. */
function isForeign(req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  const { origin } = req.headers;
  if (typeof site === 'string' && !OWN_SITE.has(site)) return true;
  return origin !== undefined && !sameAuthority(origin, req.headers.host ?? '');
}

/**
 * As {@link isForeign}, for addresses a link can lead to. Over plain HTTP a browser says nothing to other machines but
 * where the link stood, and not even that when that page forbids it.
 */
export function isForeignLink(req: Request): boolean {
  const { referer } = req.headers;
  return isForeign(req) || (referer !== undefined && !sameAuthority(referer, req.headers.host ?? ''));
}

/**
 * @throws {ApiError} `cross_site` when `Sec-Fetch-Site` or `Origin` names another site.
 */
export function requireOwnSite(req: Request): void {
  if (isForeign(req)) throw new ApiError('cross_site');
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
