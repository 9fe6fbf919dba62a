/**
 * The shell of the page for when the node is away (05 section 10.14, O-2): the document and its hashed files, nothing else. The
 * node is always asked first for the document, so what is kept is never shown in place of a newer one; answers of the API
 * and files of people are never kept, nor even looked at here.
 */

/** One cache per build of the page; what another build left is removed. */
const CACHE = 'canopy-shell ';
/** The one document; every address of the page shows it. */
const DOCUMENT = '/channels';
const ASSETS = '/assets/';
/** Addresses that open in a tab and are no pages. */
const NO_PAGES = ['/api/', '/ajax/', '/files/', '/metrics', '/assets/', '/sw.js', '/manifest.webmanifest'];
const FIRST_SCRIPT = /<script[^>]*\ssrc="([^"]+)"/u;
const NAMED = /(?:src|href)="(\/assets\/[^"]+)"/gu;

export interface ShellComponents {
  caches: CacheStorage;
  fetch: (request: Request | string) => Promise<Response>;
  origin: string;
}

export class ShellCache {
  readonly #c: ShellComponents;

  constructor(components: ShellComponents) {
    this.#c = components;
  }

  /** Keeps what there is now. Fails when the node does not answer. */
  async install(): Promise<void> {
    const answer = await this.#c.fetch(DOCUMENT);
    if (answer.ok) await this.#keep(await answer.text(), answer.headers);
  }

  /** The answer to a request, or null when it is none of the shell's. */
  answer(request: Request): Promise<Response> | null {
    const { origin, pathname } = new URL(request.url);
    if (request.method !== 'GET' || origin !== this.#c.origin) return null;
    if (pathname.startsWith(ASSETS)) return this.#asset(request);
    if (request.mode !== 'navigate' || NO_PAGES.some((start) => pathname.startsWith(start))) return null;
    return this.#document(request);
  }

  async #document(request: Request): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.#c.fetch(request);
    } catch (error) {
      const kept = await this.#c.caches.match(DOCUMENT);
      if (kept === undefined) throw error;
      return kept;
    }
    if (answer.ok && !answer.redirected) {
      const copy = answer.clone();
      // Nobody waits for it.
      void copy.text().then(
        (html) => this.#keep(html, copy.headers),
        () => undefined,
      );
    }
    return answer;
  }

  /** Names carry a hash of the content, so what was kept under one is what it names. */
  async #asset(request: Request): Promise<Response> {
    const kept = await this.#c.caches.match(request);
    if (kept !== undefined) return kept;
    const answer = await this.#c.fetch(request);
    const name = await this.#current();
    if (answer.status === 200 && name !== undefined) {
      const cache = await this.#c.caches.open(name);
      await cache.put(request, answer.clone()).catch(() => undefined);
    }
    return answer;
  }

  async #current(): Promise<string | undefined> {
    return (await this.#c.caches.keys()).find((name) => name.startsWith(CACHE));
  }

  /** Takes over a document, with everything it names; another build's goes. */
  async #keep(html: string, headers: Headers): Promise<void> {
    const build = FIRST_SCRIPT.exec(html)?.[1];
    if (build === undefined) return;
    const name = CACHE + build;
    if ((await this.#c.caches.keys()).includes(name)) return;
    const cache = await this.#c.caches.open(name);
    try {
      await Promise.all(
        [...new Set([...html.matchAll(NAMED)].map(([, address = '']) => address))].map((address) =>
          cache.add(address),
        ),
      );
      // The headers go along: the policy of the page holds for what is kept, too.
      const kept = new Headers(headers);
      for (const name of ['content-encoding', 'content-length']) kept.delete(name);
      await cache.put(DOCUMENT, new Response(html, { status: 200, headers: kept }));
    } catch (error) {
      await this.#c.caches.delete(name);
      throw error;
    }
    for (const other of await this.#c.caches.keys())
      if (other.startsWith(CACHE) && other !== name) await this.#c.caches.delete(other);
  }
}
