/**
 * `npm run screenshots [FOLDER [NAME]]`: a picture of every page at four widths, with content and empty, and of everything
 * that opens on them at three, light and dark, in forced colours and compact, of two nodes that talk. They go to `.build/screenshots` unless
 * told otherwise; with a name only what is called so.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { launchBrowser, untilTrue } from './browser.ts';
import { SHARED, statesOf, type Scene, type State } from './screenshot-states.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
/** A desk at 400 %, a phone, a tablet, a desk. */
const WIDTHS = [320, 390, 768, 1366] as const;
const SCHEMES = ['light', 'dark'] as const;
/** Of them, what is used with a finger. */
const TOUCHED: readonly number[] = [390, 768];
/** A phone, a tablet, a desk: for what opens on a page. */
const STATE_WIDTHS = [390, 768, 1366] as const;
/** Forced colours and a compact page: where pictures are enough, few of them. */
const SPECIAL_WIDTHS = [390, 1366] as const;
/** Chosen in Settings, where it is kept. */
const COMPACT = `localStorage.setItem('canopy.density', '"compact"')`;
/** Those of the acceptance walk (05 section 12); at 400 % a desk of 1280 by 1024 is 320 by 256. */
const HEIGHTS: Readonly<Record<number, number>> = { 320: 256, 390: 844, 768: 1024, 1366: 850 };
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

/** For what opens on a page; a busy machine takes seconds. */
const OPEN_LIMIT_MS = 10_000;

/** A picture that was made. */
export interface Screenshot {
  file: string;
  /** How many different colours a small version of it has; a blank page has one. */
  colours: number;
  /** Rules axe breaks there, and whether something is cut off at the side. */
  faults: string[];
}

/**
 * Makes all of them in `folder`, or those whose name contains `only`. `briefly`: every page at every width, but what opens on
 * them at one width each, in turn, and nothing in forced colours.
 */
export async function takeScreenshots(
  folder: string,
  { only = '', briefly = false }: { only?: string; briefly?: boolean } = {},
): Promise<Screenshot[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const node = new NodeProcess({ name: 'pictured', env: { CANOPY_RATE_LIMITS: 'off' } });
  const friend = new NodeProcess({ name: 'pictured-friend' });
  const browser = await launchBrowser();
  const made: Screenshot[] = [];
  const take = async (states: readonly State[], init: Omit<Look, 'states'>): Promise<void> => {
    const wanted = states.filter(({ name }) => name.includes(only));
    if (wanted.length > 0) made.push(...(await takeAll(browser, { ...init, states: wanted })));
  };
  const base = { url: node.url, folder, widths: WIDTHS, cookie: null };
  try {
    await Promise.all([node.start(), friend.start()]);
    const url = node.url;
    await take(FIRST.map(asState), { ...base, url });
    await Promise.all([node.setUp('anna'), friend.setUp('ben')]);
    // Nothing has happened there yet.
    const alone = { ...base, url: friend.url, cookie: await signIn(friend, 'ben'), widths: STATE_WIDTHS };
    await take(
      INSIDE.map((address) => ({ ...asState(address), name: `${nameOf(address)}-empty` })),
      alone,
    );
    const scene = await fill(node, friend);
    await take(OUTSIDE.map(asState), { ...base, url });
    const cookie = await signIn(node, 'anna');
    const inside = { ...base, url, cookie };
    await take(INSIDE.map(asState), inside);
    for (const [turn, width] of STATE_WIDTHS.entries()) {
      const states = statesOf(scene).filter((_, at) => !briefly || at % STATE_WIDTHS.length === turn);
      await take(states, { ...inside, widths: [width] });
    }
    if (briefly) return made;
    await take(INSIDE.map(asState), { ...inside, widths: SPECIAL_WIDTHS, special: 'forced' });
    await take(INSIDE.slice(0, 2).map(asState), { ...inside, widths: SPECIAL_WIDTHS, special: 'compact' });
  } finally {
    await browser.close();
    await Promise.all([node.dispose(), friend.dispose()]);
  }
  return made;
}

/** A page as it stands when it is opened: more than its heading, parts that are loaded on demand, too. */
function asState(address: string): State {
  const open = async (page: Page): Promise<void> =>
    untilTrue(page, 'document.querySelector("main").innerText.trim().includes("\\n")');
  return { name: nameOf(address), address, open };
}

function nameOf(address: string): string {
  return address.slice(1).replaceAll('/', '-');
}

/** Something to see: a peer, messages of both, a direct message, a thread, files, a post, another account. */
async function fill(node: NodeProcess, friend: NodeProcess): Promise<Scene> {
  await friend.importInviteOf(node);
  const friendId = await friend.peerId();
  await node.waitConnected(friendId);
  await node.api('POST', `/p2p/requests/${friendId}`, { action: 'accept' });
  const { id: threadId } = await node.post(
    'Good morning. **Who** brings the ladder?\n\n- one of you\n- both',
  );
  await node.api('POST', '/channels/messages', {
    channel_id: 'general',
    content: 'The long one, please.',
    parent_message_id: threadId,
  });
  const content = 'I do.\n\n```sh\nladder --length 3\n```';
  await friend.post(content);
  await node.waitForMessage(content);
  const filesText = 'Plan and notes';
  await node.api('POST', '/channels/messages', {
    channel_id: 'general',
    content: filesText,
    attachments: [
      await upload(node, 'plan.png', 'image/png', await plan()),
      await upload(node, 'notes.txt', 'text/plain', Buffer.from('some notes\n')),
    ],
  });
  await node.api('POST', '/messages', { recipient_id: friend.userId, content: 'Thank you!' });
  await node.api('POST', '/tasks', { title: 'Bring the ladder', priority: 'high', due_at: '2026-01-31' });
  await node.api('POST', '/tasks', { title: 'Paint the fence', status: 'done' });
  await node.api('POST', '/feed', { content: 'The fence is **done**.', visibility: 'network' });
  await node.request('POST', '/register', { body: { username: 'robin', password: PASSWORD } });
  const wish = { name: 'Holiday', filter: {}, allow_all: true };
  const { data: library } = await node.api<{ data: { id: string } }>('POST', '/sync/libraries', wish);
  await shareLibrary(node, friend);
  const made = await node.api<{ channel: { id: string } }>(
    'POST',
    '/channels',
    { name: 'plans', privacy_mode: 'private', members: [friend.userId] },
    [201],
  );
  return {
    friendUserId: friend.userId,
    threadId,
    filesText,
    libraryId: library.id,
    ownChannelId: made.channel.id,
  };
}

/** Another library, with the friend as its member. */
async function shareLibrary(node: NodeProcess, friend: NodeProcess): Promise<void> {
  const { data: library } = await node.api<{ data: { id: string } }>('POST', '/sync/libraries', {
    name: SHARED,
    filter: { tags: ['garden'] },
  });
  const { data: invite } = await node.api<{ data: { ticket: string } }>(
    'POST',
    `/sync/libraries/${library.id}/invite`,
    {},
  );
  await friend.api('POST', '/sync/join', { ticket: invite.ticket });
}

async function plan(): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 360, channels: 3, background: '#2a6d4f' } })
    .png()
    .toBuffer();
}

/** Uploads as the page does; what a message says of the file. */
async function upload(node: NodeProcess, filename: string, type: string, data: Buffer): Promise<object> {
  const body = { filename, content_type: type, data: data.toString('base64') };
  const { file_id: id } = await node.api<{ file_id: string }>('POST', '/files/upload', body, [201]);
  return { id, name: filename, type, size: data.length };
}

async function signIn(node: NodeProcess, username: string): Promise<string> {
  const { status, headers } = await node.request('POST', '/login', {
    body: { username, password: PASSWORD },
  });
  assert.equal(status, 200);
  const line = headers.getSetCookie().find((each) => each.startsWith('session='));
  return /^session=([^;]*)/.exec(line ?? '')?.[1] ?? '';
}

/** How to look at some states. */
interface Look {
  url: string;
  states: readonly State[];
  widths: readonly number[];
  cookie: string | null;
  folder: string;
  special?: 'forced' | 'compact';
}

async function takeAll(browser: Browser, init: Look): Promise<Screenshot[]> {
  const { url, states, widths, cookie, folder, special } = init;
  const made: Screenshot[] = [];
  for (const width of widths) {
    const context = await browser.newContext({
      viewport: { width, height: HEIGHTS[width] ?? width },
      hasTouch: TOUCHED.includes(width),
    });
    if (cookie !== null) await context.addCookies([{ name: 'session', value: cookie, url }]);
    if (special === 'compact') await context.addInitScript(COMPACT);
    for (const state of states) {
      const page = await context.newPage();
      const opened = await arriveAt(page, url, state);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, forcedColors: special === 'forced' ? 'active' : 'none' });
        const ending = special === undefined ? '' : `-${special}`;
        const file = path.join(folder, `${state.name}-${width}-${colorScheme}${ending}.png`);
        const colours = await takeOne(page, file);
        made.push({ file, colours, faults: [...opened, ...(await faultsOf(page))] });
      }
      await page.close();
    }
    await context.close();
  }
  return made;
}

/** What is wrong with the page as it stands (05 section 10.11, A-1 and A-6). */
async function faultsOf(page: Page): Promise<string[]> {
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
  return [...(await axeViolations(page)), ...(wide === true ? ['wider than the window'] : [])];
}

/** Goes to what is to be seen; says so when it cannot be had. */
async function arriveAt(page: Page, url: string, state: State): Promise<string[]> {
  page.setDefaultTimeout(OPEN_LIMIT_MS);
  await page.goto(url + state.address);
  await page.getByRole('main').first().waitFor();
  await asState(state.address).open(page);
  try {
    await state.open(page);
    return [];
  } catch (cause) {
    return [`not opened: ${cause instanceof Error ? cause.message : ''}`];
  }
}

async function takeOne(page: Page, file: string): Promise<number> {
  // Pictures and fonts come after the last request.
  await page.waitForTimeout(SETTLE_MS);
  // At 400 % everything scrolls: all of it is to be seen.
  const picture = await page.screenshot({ fullPage: page.viewportSize()?.width === WIDTHS[0] });
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
  const made = await takeScreenshots(folder, { only: process.argv[3] ?? '' });
  for (const { file, faults } of made) if (faults.length > 0) console.log(path.basename(file), faults);
  console.log(`${made.length} pictures in ${path.relative(process.cwd(), folder)}`);
}
