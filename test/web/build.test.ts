/** The built page keeps its promises: its weight, nothing inline, nothing from elsewhere (05 sections 10.12, 10.13). */
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import sharp from 'sharp';
import { build } from 'vite';

const KIB = 1024;
/** Compressed bytes before a conversation is usable (05 section 10.12). */
const BUDGETS = { '.html': 8 * KIB, '.css': 20 * KIB, '.js': 130 * KIB, '.svg': 12 * KIB };

/** Never cached without asking. */
const STABLE = new Set(['index.html', 'manifest.webmanifest', 'sw.js']);

const out = mkdtempSync(path.join(tmpdir(), 'canopy-web-'));
test.after(() => rmSync(out, { recursive: true, force: true }));

const files = new Map<string, Buffer>();
test.before(async () => {
  await build({
    configFile: path.join(import.meta.dirname, '..', '..', 'web', 'vite.config.ts'),
    logLevel: 'silent',
    build: { outDir: out, emptyOutDir: true },
  });
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(out, file), readFileSync(file));
  }
});

/** What the document loads before anything was opened: the scripts it names, and what those import at once. */
function atStart(): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [, part = ''] of text(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/gu))
      visit(`assets/${part}`);
  };
  for (const [, name = ''] of text('index.html').matchAll(/="\/(assets\/[\w.-]+\.js)"/gu)) visit(name);
  return seen;
}

const text = (name: string): string => files.get(name)?.toString('utf8') ?? '';

test('every kind of file stays within its weight', () => {
  const first = atStart();
  for (const [extension, budget] of Object.entries(BUDGETS)) {
    const parts = [...files]
      .filter(([name]) => (extension === '.js' ? first.has(name) : name.endsWith(extension)))
      .map(([, bytes]) => brotliCompressSync(bytes).length);
    assert.ok(parts.length > 0, extension);
    const sum = parts.reduce((total, bytes) => total + bytes, 0);
    assert.ok(sum <= budget, `${extension}: ${sum} bytes, budget ${budget}`);
  }
});

test('what a conversation does not need is not loaded at the start', () => {
  const first = atStart();
  const later = [...files.keys()].filter((name) => name.endsWith('.js') && !first.has(name));
  for (const page of ['settings', 'admin', 'keys', 'feed'])
    assert.ok(
      later.some((name) => name.startsWith(`assets/${page}-`)),
      page,
    );
});

test('the document has no inline script, style or handler, and refers only to this node', () => {
  const html = text('index.html');
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/iu);
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=/iu);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/giu))
    assert.match(address ?? '', /^\/(?:assets\/|manifest\.webmanifest$)/u);
});

test('the document tells a browser without scripts what to do', () => {
  assert.match(text('index.html'), /<noscript>[^]*<h1>[^]*<\/noscript>/u);
  assert.match(text('index.html'), /<html lang="en">/u);
});

test('styles load nothing and scripts build no code from text', () => {
  for (const [name, bytes] of files) {
    const content = bytes.toString('utf8');
    if (name.endsWith('.css')) assert.doesNotMatch(content, /url\(|@import/iu, name);
    if (name.endsWith('.js'))
      assert.doesNotMatch(content, /\beval\(|new Function\(|import\(["']https?:/u, name);
  }
});

test('the manifest names icons that are there, in their sizes, and pages', async () => {
  const manifest = JSON.parse(text('manifest.webmanifest')) as {
    id: string;
    start_url: string;
    icons: { src: string; sizes: string; purpose: string }[];
    shortcuts: { name: string }[];
  };
  assert.deepEqual([manifest.id, manifest.start_url], ['/', '/']);
  assert.deepEqual(
    manifest.icons.map(({ purpose, sizes }) => `${purpose} ${sizes}`),
    ['any 192x192', 'any 512x512', 'maskable 512x512', 'monochrome 512x512'],
  );
  for (const { src, sizes } of manifest.icons) {
    const { width, height, format } = await sharp(files.get(src.slice(1))).metadata();
    assert.deepEqual([format, `${width}x${height}`], ['png', sizes]);
  }
  assert.deepEqual(
    manifest.shortcuts.map(({ name }) => name),
    ['Messages', 'Channels', 'Connect'],
  );
});

test('the service worker is one file', () => {
  assert.doesNotMatch(text('sw.js'), /import[\s{("']|importScripts/u);
  assert.match(text('sw.js'), /notificationclick/u);
});

test('every file but those browsers ask for by name carries a hash of its content in its name', () => {
  for (const name of files.keys()) {
    if (!STABLE.has(name)) assert.match(name, /^assets\/[\w.-]+-[\w-]{8,}\.\w+$/u);
  }
});
