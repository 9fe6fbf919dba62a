/** Applies the rate limits to every request, before routing and credentials checks (04 section 1.6). */
import type { RequestHandler } from 'express';
import { clientAddress } from './address.ts';
import { presentedKey, type Authenticator } from './auth.ts';
import { ApiError } from './errors.ts';
import type { RateLimiter } from './limits.ts';

/** @param init.retryAfterSeconds the least a refused client is told to wait. */
export function limitRequests(
  components: { limiter: RateLimiter; authenticator: Authenticator },
  init: { retryAfterSeconds: number },
): RequestHandler {
  const { limiter, authenticator } = components;
  return (req, _res, next) => {
    const header = req.headers['x-api-key'];
    const limited = /^\/(api|ajax|trust)\//.test(req.path);
    const wait = limiter.take({
      method: req.method,
      path: req.path,
      address: clientAddress(req.socket),
      rawKey: typeof header === 'string' && header.trim() !== '' ? header.trim() : null,
      keyId: limited && presentedKey(req) !== null ? (authenticator.keyCaller(req)?.key?.id ?? null) : null,
      sessionUser:
        limited && req.headers.cookie !== undefined ? (authenticator.bySession(req)?.userId ?? null) : null,
    });
    if (wait !== null) {
      const seconds = Math.max(wait, init.retryAfterSeconds);
      throw new ApiError('rate_limited', {
        headers: { 'Retry-After': String(seconds) },
        fields: { retry_after: seconds },
      });
    }
    next();
  };
}
