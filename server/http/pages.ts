/**
 * The built page (05 sections 3.2 and 10.1): its addresses all answer with the one document, which decides in the
 * browser what to show. Hashed files are cached for ever, the document never without asking. Only the addresses of
 * pages this build offers are served; everything else is a 404, for a browser with the document that says so.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { ApiError } from './errors.ts';
import { redirect } from './redirect.ts';

/** Addresses of the page, besides those of the account forms, and what each is called. */
const PAGES: Readonly<Record<string, string>> = {
  '/connect': 'Connect',
  '/channels': 'Channels',
  '/channels/locate': 'Message',
  '/messages': 'Messages',
  '/feed': 'Social Feed',
  '/search': 'Search',
  '/tasks': 'Tasks',
  '/bookmarks': 'Bookmarks',
  '/notifications': 'Notifications',
  '/keys': 'API Keys',
  '/trust': 'Trust Network',
  '/libraries': 'Libraries',
  '/profile': 'Profile',
  '/settings': 'Settings',
  '/admin': 'Admin',
  '/help': 'Help',
};
const FORMS: Readonly<Record<string, string>> = {
  '/setup': 'Welcome to Canopy',
  '/login': 'Sign in',
  '/register': 'Create an account',
};
const PAGE_PATHS = Object.keys(PAGES);
const PAGE_METHODS = 'GET, HEAD, OPTIONS';
const NO_PAGE =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Canopy</title></head>' +
  '<body><h1>Canopy</h1><p>The page of this node is not built. Run npm start, or use the REST API under /api/v1.</p></body></html>';

/** What browsers ask for under names that never change, and as what it is sent (05 section 10.14). */
const STABLE_FILES: Readonly<Record<string, string>> = {
  'manifest.webmanifest': 'application/manifest+json; charset=utf-8',
  'sw.js': 'text/javascript; charset=utf-8',
};
/** The script a document begins with; its name changes with every build of the page. */
const FIRST_SCRIPT = /<script[^>]*\ssrc="([^"]+)"/u;

/**
 * Which build of the page this node serves: the name of its first script; null when none is built. An open page compares
 * it with its own (05 section 10.8, L-8).
 */
export function pageBuild(webRoot: string | null): string | null {
  if (webRoot === null) return null;
  return FIRST_SCRIPT.exec(readFileSync(path.join(webRoot, 'index.html'), 'utf8'))?.[1] ?? null;
}

/** The one document of the page, with the title of each address in it (05 section 10.1, N-2). */
export interface Page {
  /** @param address path of the address. */
  document(address: string): { html: string; etag: string };
}

/** Reads the document once. @param webRoot directory of the built page, or null to serve only a note. */
export function loadPage(webRoot: string | null): Page {
  const html = webRoot === null ? NO_PAGE : readFileSync(path.join(webRoot, 'index.html'), 'utf8');
  const titled = (title: string | null) => {
    const text = title === null ? html : html.replaceAll(/<(title|h1)>Canopy</gu, `<$1>${title} – Canopy<`);
    return { html: text, etag: etagOf(text) };
  };
  const untitled = titled(null);
  const documents = new Map(
    Object.entries({ ...PAGES, ...FORMS }).map(([address, title]) => [address, titled(title)]),
  );
  return { document: (address) => documents.get(address) ?? untitled };
}

function etagOf(content: string | Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
}

/** Answers with the document. */
export function showPage(page: Page, req: Request, res: Response): void {
  const { html, etag } = page.document(req.path);
  res.set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache', ETag: etag });
  if (req.method !== 'POST' && req.headers['if-none-match'] === etag) res.status(304).end();
  else res.status(200).send(html);
}

/** Below these programs ask, and files lie: what is not there is no page that is missing. */
const NO_PAGES = /^\/(?:api|ajax|files|assets|metrics)(?:\/|$)/u;

/**
 * The last of all addresses: somebody who opens one in a browser sees in the usual frame that nothing is there (05 section
 * 10.15, K-9); a program, which asks for no document, gets the JSON 404. Deviation D-157: 04 section 1.4 gives it to both.
 */
export function noSuchAddress(page: Page): RequestHandler {
  return (req, res) => {
    const opens = req.method === 'GET' && /\btext\/html\b/u.test(req.headers.accept ?? '');
    if (!opens || NO_PAGES.test(req.path)) throw new ApiError('not_found');
    res.set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
    res.vary('Accept');
    res.status(404).send(page.document(req.path).html);
  };
}

/** What the router needs to know of accounts: where `/`, `/setup` and `/login` lead (03 section 3.1, 05 section 3.2). */
export interface PageInit {
  webRoot: string | null;
  accounts: { hasUsers(): boolean };
  signedIn(req: Request): boolean;
}

/** How compressed files are called, the smallest first. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;
const TEXT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
};

/** Sends what the build compressed to whoever reads it (05 section 10.12). */
function sendCompressed(folder: string): RequestHandler {
  const names = new Set(existsSync(folder) ? readdirSync(folder) : []);
  return (req, res, next) => {
    const name = req.path.slice(1);
    const type = TEXT_TYPES[path.extname(name)];
    if (type === undefined || !names.has(`${name}.gz`)) return next();
    res.vary('Accept-Encoding');
    // The smallest it reads, whatever it names first.
    const encoding = (['br', 'gzip'] as const).find((one) => req.acceptsEncodings(one) === one);
    if (encoding === undefined) return next();
    res.set({ 'Content-Encoding': encoding, 'Content-Type': type });
    req.url = `/${name}${ENCODINGS[encoding]}`;
    return next();
  };
}

export function pageRouter(page: Page, init: PageInit): Router {
  const { webRoot, accounts } = init;
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get('/', (req, res) => {
    if (init.signedIn(req)) showPage(page, req, res);
    else redirect(res, '/login');
  });
  router.get([...PAGE_PATHS, '/register'], (req, res) => showPage(page, req, res));
  router.all(['/', ...PAGE_PATHS], (req, res) => {
    if (req.method !== 'OPTIONS')
      throw new ApiError('method_not_allowed', { headers: { Allow: PAGE_METHODS } });
    res.status(200).set({ Allow: PAGE_METHODS, 'Content-Type': 'text/html; charset=utf-8' }).end();
  });
  router.get('/setup', (req, res) => {
    if (accounts.hasUsers()) redirect(res, '/login');
    else showPage(page, req, res);
  });
  router.get('/login', (req, res) => {
    if (accounts.hasUsers()) showPage(page, req, res);
    else redirect(res, '/setup');
  });
  if (webRoot !== null) {
    for (const [name, type] of Object.entries(STABLE_FILES)) {
      const file = path.join(webRoot, name);
      if (!existsSync(file)) continue;
      const content = readFileSync(file);
      const etag = etagOf(content);
      router.get(`/${name}`, (req, res) => {
        res.set({ 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: etag });
        if (req.headers['if-none-match'] === etag) res.status(304).end();
        else res.status(200).send(content);
      });
    }
    // Names carry a hash of the content, so a name never changes its meaning.
    const files = { fallthrough: true, index: false, redirect: false, dotfiles: 'ignore' } as const;
    router.use(
      '/assets',
      sendCompressed(path.join(webRoot, 'assets')),
      express.static(path.join(webRoot, 'assets'), { ...files, immutable: true, maxAge: '365d' }),
    );
  }
  return router;
}
