/**
 * The browser session's cookie (03 section 3.3): opaque, HttpOnly, SameSite=Lax. Cookies do not know ports, so two
 * nodes on one machine would sign each other's people out; a second cookie with the port in its name keeps them
 * apart and wins over the first.
 */
import type { Request, Response } from 'express';
import type { UserId } from '../wire/ids.ts';
import { SESSION_ABSOLUTE_MS, type Session, type Sessions } from '../workspace/sessions.ts';

const COOKIE = 'session';
/** Real tokens have 43 characters. */
const TOKEN = /^[A-Za-z0-9_-]{20,128}$/;

/** The session of a request. */
export interface BrowserSession {
  id: string;
  userId: UserId | null;
  /** What CSRF tokens of this session are derived from. */
  csrfSecret: string;
}

/** Finds, starts and ends the session of a request; a request is looked up once. */
export class SessionCookies {
  readonly #sessions: Sessions;
  readonly #secure: boolean;
  readonly #seen = new WeakMap<Request, BrowserSession | null>();

  /** @param init.secure whether browsers may send the cookie over TLS only. */
  constructor(components: { sessions: Sessions }, init: { secure: boolean }) {
    this.#sessions = components.sessions;
    this.#secure = init.secure;
  }

  /** The live session of the request, or null. Using it keeps it alive. */
  current(req: Request): BrowserSession | null {
    const known = this.#seen.get(req);
    if (known !== undefined) return known;
    const held = this.#lookUp(req);
    this.#seen.set(req, held);
    return held;
  }

  /** Ends the sessions of the request, if any, and starts a new one: an id is never kept over a sign-in. */
  start(req: Request, res: Response, userId: UserId | null): BrowserSession {
    const origin = {
      userAgent: req.headers['user-agent'] ?? null,
      address: req.socket.remoteAddress ?? null,
    };
    const { session, token } = this.#sessions.create(userId, origin, presented(req));
    const held = view(session);
    this.#seen.set(req, held);
    this.#setCookies(req, res, token, Math.floor(SESSION_ABSOLUTE_MS / 1000));
    return held;
  }

  /** Ends every session the request presents and takes the cookies back. */
  end(req: Request, res: Response): void {
    for (const token of presented(req)) this.#sessions.end(token);
    this.#seen.set(req, null);
    this.#setCookies(req, res, '', 0);
  }

  /** Forgets what was looked up for a request that lasts. */
  forget(req: Request): void {
    this.#seen.delete(req);
  }

  #lookUp(req: Request): BrowserSession | null {
    for (const token of presented(req)) {
      const session = this.#sessions.touch(token);
      if (session !== null) return view(session);
    }
    return null;
  }

  #setCookies(req: Request, res: Response, token: string, maxAgeSeconds: number): void {
    const secure = this.#secure ? '; Secure' : '';
    for (const name of names(req)) {
      res.append(
        'Set-Cookie',
        `${name}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}${secure}`,
      );
    }
  }
}

function view(session: Session): BrowserSession {
  return { id: session.id, userId: session.userId, csrfSecret: session.csrfToken };
}

/** The name with the port first: it wins. */
function names(req: Request): [string, string] {
  return [`${COOKIE}_${req.socket.localPort ?? 0}`, COOKIE];
}

/** The tokens of both cookies. One left alive at a sign-out would sign the person in again. */
function presented(req: Request): string[] {
  const cookies = cookiesOf(req);
  return names(req)
    .map((name) => cookies.get(name) ?? '')
    .filter((token) => TOKEN.test(token));
}

function cookiesOf(req: Request): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    if (name !== '' && !cookies.has(name))
      cookies.set(
        name,
        part
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      );
  }
  return cookies;
}
