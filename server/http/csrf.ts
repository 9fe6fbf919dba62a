/**
 * CSRF protection of calls made with a browser session (03 section 3.3), behind csurf in session mode: the session
 * keeps a secret, tokens are derived from it. Tokens come in the header `X-CSRFToken` or the form field `csrf_token`,
 * never in the URL. This is the only file that knows csurf.
 */
import csurf from 'csurf';
import type { Request, Response } from 'express';
import type { BrowserSession, SessionCookies } from './session.ts';

/** Makes and checks tokens. */
export class Csrf {
  readonly #sessions: SessionCookies;
  readonly #issue = csurf({ ignoreMethods: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] });
  readonly #check = csurf({ ignoreMethods: [], value: presentedToken });

  constructor(components: { sessions: SessionCookies }) {
    this.#sessions = components.sessions;
  }

  /** A token for `session`. */
  token(session: BrowserSession, req: Request, res: Response): string {
    lendSecret(req, session);
    this.#issue(req, res, () => undefined);
    return req.csrfToken();
  }

  /** Whether the request carries a token of its session. */
  verify(req: Request): boolean {
    const session = this.#sessions.current(req);
    if (session === null || req.res === undefined) return false;
    lendSecret(req, session);
    let valid = false;
    this.#check(req, req.res, (error?: unknown) => {
      valid = error === undefined;
    });
    return valid;
  }
}

/** csurf looks for the secret in `req.session`. */
function lendSecret(req: Request, session: BrowserSession): void {
  Object.assign(req, { session: { csrfSecret: session.csrfSecret } });
}

function presentedToken(req: Request): string {
  const header = req.headers['x-csrftoken'];
  if (typeof header === 'string' && header !== '') return header;
  const body: unknown = req.body;
  if (!Buffer.isBuffer(body) || req.is('application/x-www-form-urlencoded') === false) return '';
  return new URLSearchParams(body.toString('utf8')).get('csrf_token') ?? '';
}
