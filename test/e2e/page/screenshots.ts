/**
 * `npm run screenshots [FOLDER]`: a picture of every page at four widths, light and dark, of two nodes that talk. They
 * go to `.build/screenshots` unless told otherwise.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { launchBrowser, untilTrue } from './browser.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
/** A desk at 400 %, a phone, a tablet, a desk. */
const WIDTHS = [320, 390, 768, 1366] as const;
const SCHEMES = ['light', 'dark'] as const;
const HEIGHT = 844;
/** Before there is an account; without a session; with one. */
const FIRST = ['/setup'];
const OUTSIDE = ['/login', '/register'];
/** Every page there is, as the client's switch over addresses names them. */
export const PAGES: readonly string[] = [
  ...readFileSync(path.join(root, 'web', 'main.tsx'), 'utf8').matchAll(/^ *case '(\/[a-z-]+)':$/gm),
].map(([, address = '']) => address);
const INSIDE = PAGES.filter((address) => ![...FIRST, ...OUTSIDE].includes(address));
const PASSWORD = 'Correct-horse-7';
/** Time for pictures and fonts after the last request. */
const SETTLE_MS = 300;

/** A picture that was made. */
export interface Screenshot {
  file: string;
  /** How many different colours a small version of it has; a blank page has one. */
  colours: number;
  /** Rules axe breaks there, and whether something is cut off at the side. */
  faults: string[];
}

/** Makes all of them in `folder`. */
export async function takeScreenshots(folder: string): Promise<Screenshot[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const node = new NodeProcess({ name: 'pictured' });
  const friend = new NodeProcess({ name: 'pictured-friend' });
  const browser = await launchBrowser();
  const made: Screenshot[] = [];
  const take = async (pages: readonly string[], cookie: string | null): Promise<void> => {
    made.push(...(await takeAll(browser, { url: node.url, pages, cookie, folder })));
  };
  try {
    await Promise.all([node.start(), friend.start()]);
    await take(FIRST, null);
    await Promise.all([node.setUp('anna'), friend.setUp('ben')]);
    await fill(node, friend);
    await take(OUTSIDE, null);
    await take(INSIDE, await signIn(node));
  } finally {
    await browser.close();
    await Promise.all([node.dispose(), friend.dispose()]);
  }
  return made;
}

/** Something to see: a peer, messages of both, a direct message. */
async function fill(node: NodeProcess, friend: NodeProcess): Promise<void> {
  await friend.importInviteOf(node);
  const friendId = await friend.peerId();
  await node.waitConnected(friendId);
  await node.api('POST', `/p2p/requests/${friendId}`, { action: 'accept' });
  await node.post('Good morning. **Who** brings the ladder?\n\n- one of you\n- both');
  await friend.post('I do.\n\n```sh\nladder --length 3\n```');
  await node.waitForMessage('I do.\n\n```sh\nladder --length 3\n```');
  await node.api('POST', '/messages', { recipient_id: friend.userId, content: 'Thank you!' });
  await node.api('POST', '/tasks', { title: 'Bring the ladder', priority: 'high', due_at: '2026-01-31' });
  await node.api('POST', '/tasks', { title: 'Paint the fence', status: 'done' });
}

async function signIn(node: NodeProcess): Promise<string> {
  const { status, headers } = await node.request('POST', '/login', {
    body: { username: 'anna', password: PASSWORD },
  });
  assert.equal(status, 200);
  const line = headers.getSetCookie().find((each) => each.startsWith('session='));
  return /^session=([^;]*)/.exec(line ?? '')?.[1] ?? '';
}

async function takeAll(
  browser: Browser,
  init: { url: string; pages: readonly string[]; cookie: string | null; folder: string },
): Promise<Screenshot[]> {
  const { url, pages, cookie, folder } = init;
  const made: Screenshot[] = [];
  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      const context = await browser.newContext({ viewport: { width, height: HEIGHT }, colorScheme });
      if (cookie !== null) await context.addCookies([{ name: 'session', value: cookie, url }]);
      const page = await context.newPage();
      for (const address of pages) {
        const file = path.join(folder, `${address.slice(1)}-${width}-${colorScheme}.png`);
        const colours = await takeOne(page, url + address, file);
        made.push({ file, colours, faults: await faultsOf(page) });
      }
      await context.close();
    }
  }
  return made;
}

/** What is wrong with the page as it stands (05 section 10.11, A-1 and A-6). */
async function faultsOf(page: Page): Promise<string[]> {
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  return [...(await axeViolations(page)), ...(wide === true ? ['wider than the window'] : [])];
}

async function takeOne(page: Page, address: string, file: string): Promise<number> {
  await page.goto(address);
  await page.getByRole('main').first().waitFor();
  // More than its heading: parts that are loaded on demand come a moment later.
  await untilTrue(page, 'document.querySelector("main").innerText.trim().includes("\\n")');
  await page.waitForTimeout(SETTLE_MS);
  const picture = await page.screenshot();
  writeFileSync(file, picture);
  const { data, info } = await sharp(picture)
    .resize(64)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colours = new Set<number>();
  for (let at = 0; at + 2 < data.length; at += info.channels)
    colours.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
  return colours.size;
}

if (process.argv[1] === import.meta.filename) {
  const folder = path.resolve(process.argv[2] ?? path.join(root, '.build', 'screenshots'));
  const made = await takeScreenshots(folder);
  console.log(`${made.length} pictures in ${path.relative(process.cwd(), folder)}`);
}
