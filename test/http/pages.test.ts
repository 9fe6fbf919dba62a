/** The page's addresses and files (05 sections 3.2 and 10.1). */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startHarness, type Harness, type Session } from './harness.ts';

const root = mkdtempSync(path.join(tmpdir(), 'canopy-web-'));
let node: Harness;
let owner: Session;
before(async () => {
  mkdirSync(path.join(root, 'assets'));
  writeFileSync(path.join(root, 'index.html'), '<!doctype html><title>Canopy</title><h1>Canopy</h1>The page');
  writeFileSync(path.join(root, 'assets', 'index-abc123.js'), 'export {};');
  writeFileSync(path.join(root, 'secret.txt'), 'not served');
  node = await startHarness({ options: { webRoot: root } });
  owner = await node.setUp();
});
after(async () => {
  await node.close();
  rmSync(root, { recursive: true, force: true });
});

test('the addresses of pages show the one document', async () => {
  for (const address of [
    '/login',
    '/register',
    '/connect',
    '/channels',
    '/messages',
    '/feed',
    '/search',
    '/bookmarks',
    '/notifications',
    '/keys',
    '/tasks',
    '/help',
    '/trust',
    '/profile',
    '/settings',
    '/admin',
    '/channels?channel=general',
    '/channels/locate?message_id=x',
  ]) {
    const answer = await node.call('GET', address);
    assert.equal(answer.status, 200, address);
    assert.match(answer.text, /The page/);
    assert.match(answer.headers.get('content-type') ?? '', /text\/html/);
  }
  assert.equal((await node.call('GET', '/')).headers.get('location'), '/login');
  assert.equal((await node.call('GET', '/', { session: owner })).status, 200);
});

test('every address has its title in the document', async () => {
  for (const [address, title] of [
    ['/connect', 'Connect'],
    ['/keys', 'API Keys'],
    ['/channels/locate', 'Message'],
    ['/login', 'Sign in'],
  ] as const) {
    const { text } = await node.call('GET', address);
    assert.match(text, new RegExp(`<title>${title} – Canopy</title><h1>${title} – Canopy</h1>`));
  }
});

test('the addresses of pages are read only', async () => {
  for (const address of [
    '/',
    '/connect',
    '/channels',
    '/messages',
    '/feed',
    '/search',
    '/bookmarks',
    '/notifications',
    '/keys',
    '/tasks',
    '/help',
    '/trust',
    '/profile',
    '/settings',
    '/admin',
  ]) {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await node.call(method, address);
      assert.deepEqual([answer.status, answer.json['code']], [405, 'method_not_allowed'], address);
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS');
    }
    const options = await node.call('OPTIONS', address);
    assert.deepEqual([options.status, options.text], [200, '']);
    assert.equal(options.headers.get('allow'), 'GET, HEAD, OPTIONS');
  }
});

test('everything else is the JSON 404', async () => {
  for (const address of [
    '/feeds',
    '/index.html',
    '/secret.txt',
    '/assets/',
    '/assets/..%2fsecret.txt',
    '/assets/%2e%2e/secret.txt',
    '/.git/config',
  ]) {
    const answer = await node.call('GET', address);
    assert.deepEqual([answer.status, answer.json['error']], [404, 'Not found'], address);
  }
});

test('whoever opens an address that is none in a browser sees the page, which says so; programs get JSON', async () => {
  const headers = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const opened = await node.call('GET', '/nothing/here', { headers });
  assert.equal(opened.status, 404);
  assert.match(opened.text, /The page/);
  assert.match(opened.headers.get('content-type') ?? '', /text\/html/);
  assert.equal(opened.headers.get('cache-control'), 'no-store');
  for (const [method, address] of [
    ['GET', '/api/v1/nope'],
    ['GET', '/api'],
    ['GET', '/assets/x.js'],
    ['GET', '/ajax/nope'],
    ['POST', '/nothing/here'],
  ] as const) {
    const answer = await node.call(method, address, { headers });
    assert.deepEqual([answer.status, answer.json['error']], [404, 'Not found'], `${method} ${address}`);
  }
});

test('hashed files are kept for ever, the document is asked for again and again', async () => {
  const file = await node.call('GET', '/assets/index-abc123.js');
  assert.equal(file.status, 200);
  assert.match(file.headers.get('cache-control') ?? '', /immutable/);
  assert.match(file.headers.get('content-type') ?? '', /javascript/);
  const document = await node.call('GET', '/connect');
  assert.equal(document.headers.get('cache-control'), 'no-cache');
  const etag = document.headers.get('etag') ?? '';
  const again = await node.call('GET', '/connect', { headers: { 'If-None-Match': etag } });
  assert.deepEqual([again.status, again.text], [304, '']);
});
