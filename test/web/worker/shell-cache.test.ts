/** The shell that is kept for when the node is away: never older than what the node serves, never an answer of the API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShellCache } from '../../../web/worker/shell-cache.ts';

const ORIGIN = 'http://node';
const keyOf = (request: Request | string): string =>
  new URL(typeof request === 'string' ? request : request.url, ORIGIN).pathname;

/** Caches of a browser, as far as they are used. */
function cachesOf(fetch: (path: string) => Promise<Response>) {
  const all = new Map<string, Map<string, Response>>();
  const caches = {
    open: (name: string) => {
      const cache = all.get(name) ?? new Map<string, Response>();
      all.set(name, cache);
      return Promise.resolve({
        add: async (path: string) => {
          const answer = await fetch(path);
          if (!answer.ok) throw new TypeError('not ok');
          cache.set(path, answer);
        },
        put: (request: Request | string, answer: Response) =>
          Promise.resolve(void cache.set(keyOf(request), answer)),
      });
    },
    keys: () => Promise.resolve([...all.keys()]),
    delete: (name: string) => Promise.resolve(all.delete(name)),
    match: (request: Request | string) => {
      for (const cache of all.values()) {
        const found = cache.get(keyOf(request));
        if (found !== undefined) return Promise.resolve(found.clone());
      }
      return Promise.resolve(undefined);
    },
  } as unknown as CacheStorage;
  return { caches, all };
}

const page = (build: number): string =>
  `<html><script type="module" src="/assets/index-${build}.js"></script><link href="/assets/index-${build}.css"></html>`;

function setUp() {
  const node = { up: true, build: 1, asked: [] as string[] };
  const fetch = (request: Request | string): Promise<Response> => {
    const path = keyOf(request);
    node.asked.push(path);
    if (!node.up) return Promise.reject(new TypeError('Failed to fetch'));
    if (!path.startsWith('/assets/')) {
      const headers = { 'Content-Security-Policy': 'x', 'Content-Encoding': 'br' };
      return Promise.resolve(new Response(page(node.build), { headers }));
    }
    const there = path.includes(`-${node.build}.`);
    return Promise.resolve(new Response(there ? path : 'gone', { status: there ? 200 : 404 }));
  };
  const { caches, all } = cachesOf(fetch);
  const shell = new ShellCache({ caches, fetch, origin: ORIGIN });
  const ask = (path: string, init: { mode?: string; method?: string; origin?: string } = {}) =>
    shell.answer({
      url: `${init.origin ?? ORIGIN}${path}`,
      method: init.method ?? 'GET',
      mode: init.mode ?? 'navigate',
    } as Request);
  const settle = async (name: string): Promise<void> => {
    while ([...all.keys()].join() !== name) await new Promise((resolve) => setImmediate(resolve));
  };
  return { node, shell, all, ask, settle };
}

test('the node is asked first; when it is away the page opens from what is kept', async () => {
  const { node, shell, ask, all } = setUp();
  await shell.install();
  assert.deepEqual([...(all.get('canopy-shell /assets/index-1.js')?.keys() ?? [])].toSorted(), [
    '/assets/index-1.css',
    '/assets/index-1.js',
    '/channels',
  ]);
  node.up = false;
  const kept = await ask('/messages?with=u1');
  assert.equal(await kept?.text(), page(1));
  // What the page may load is the same as when the node answers.
  assert.equal(kept?.headers.get('content-security-policy'), 'x');
  assert.equal(kept?.headers.get('content-encoding'), null);
  assert.equal(await (await ask('/assets/index-1.js', { mode: 'cors' }))?.text(), '/assets/index-1.js');
});

test('a newer page is shown at once, and what is kept follows it', async () => {
  const { node, shell, ask, settle } = setUp();
  await shell.install();
  node.build = 2;
  assert.equal(await (await ask('/'))?.text(), page(2));
  await settle('canopy-shell /assets/index-2.js');
  node.up = false;
  assert.equal(await (await ask('/'))?.text(), page(2));
});

test('parts that are opened later are kept, too; what the node does not have is not', async () => {
  const { node, shell, ask } = setUp();
  await shell.install();
  await ask('/assets/settings-1.js', { mode: 'cors' });
  assert.equal((await ask('/assets/settings-0.js', { mode: 'cors' }))?.status, 404);
  node.up = false;
  assert.equal(await (await ask('/assets/settings-1.js', { mode: 'cors' }))?.text(), '/assets/settings-1.js');
  await assert.rejects(ask('/assets/settings-0.js', { mode: 'cors' }) ?? assert.fail('not answered'));
});

test('the API, files of people, other methods and other origins are left alone', async () => {
  const { node, shell, ask } = setUp();
  await shell.install();
  node.asked = [];
  for (const path of ['/api/v1/session', '/api/docs', '/ajax/x', '/files/F1', '/files/F1/thumb', '/sw.js'])
    assert.equal(ask(path), null, path);
  assert.equal(ask('/api/v1/session', { mode: 'cors' }), null);
  assert.equal(ask('/login', { method: 'POST' }), null);
  assert.equal(ask('/channels', { origin: 'http://elsewhere' }), null);
  assert.deepEqual(node.asked, []);
});

test('without anything kept, the browser says itself that the node is away', async () => {
  const { node, ask } = setUp();
  node.up = false;
  await assert.rejects(ask('/channels') ?? assert.fail('not answered'));
});
