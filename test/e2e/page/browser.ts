/** Chromium for the page tests: one browser, a fresh profile per person, and a watch on every request the page makes. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { eventually } from '../node-process.ts';

/** Switches off what Chromium asks of the network by itself; the tests count the page's requests. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** How many times slower than it is the page's processor shall be; finds what a test asks too early. */
const SLOWDOWN = Number(process.env['CANOPY_TEST_SLOW_PAGE'] ?? 1);

/** As long as everything else waits, on a machine that does much besides. */
const PATIENCE_MS = 45_000;

/** Pages of a test that failed are described in so many lines each, and wait for nothing as long as a test does. */
const REPORT_LINES = 40;
const REPORT_WIDTH = 160;
const REPORT_MS = 5_000;
/** What its script complained of last. */
const MAX_REMARKS = 8;

const OPEN_DIALOG = 'dialog[open], :popover-open';
/** Everybody whose page is open, and what their page's console said. */
const open = new Map<BrowserContext, string[]>();

// One failed test leaves no dialog open for the next ones to wait behind, and says what its pages looked like.
afterEach(async (context) => {
  if (!('passed' in context) || context.passed) return;
  for (const [profile, remarks] of open)
    for (const page of profile.pages()) {
      console.log(await describePage(page, remarks).catch((error: unknown) => `no page: ${String(error)}`));
      await closeDialogs(page).catch(() => undefined);
    }
});

async function describePage(page: Page, remarks: readonly string[]): Promise<string> {
  const dialog = page.locator(OPEN_DIALOG).last();
  const shown = (await dialog.count()) > 0 ? dialog : page.locator('body');
  const tree = (await shown.ariaSnapshot({ timeout: REPORT_MS })).split('\n');
  const rest = REPORT_LINES - remarks.length - 1;
  const cut = tree.length > rest ? [`… ${tree.length - rest} lines left out`] : [];
  const lines = [`# ${page.url()}`, ...remarks, ...tree.slice(-rest), ...cut];
  return lines.map((line) => line.slice(0, REPORT_WIDTH)).join('\n#   ');
}

async function closeDialogs(page: Page): Promise<void> {
  for (let presses = 0; presses < 3 && (await page.locator(OPEN_DIALOG).count()) > 0; presses += 1) {
    await page.keyboard.press('Escape');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if ((await page.locator(OPEN_DIALOG).count()) > 0) await page.reload({ timeout: REPORT_MS });
}

/** A person in front of one node's page. */
export interface Person {
  page: Page;
  context: BrowserContext;
  /** Requests that left the node, script errors and policy violations; must stay empty. */
  complaints: string[];
}

/** @param within the command that enters the network the browser shall live in. */
export async function launchBrowser(within?: readonly string[]): Promise<Browser> {
  const executablePath = process.env['CANOPY_TEST_BROWSER'] ?? '/usr/bin/chromium';
  if (within === undefined || within.length === 0)
    return chromium.launch({ executablePath, headless: true, args: FLAGS });
  const script = path.join(mkdtempSync(path.join(os.tmpdir(), 'canopy-browser-')), 'run');
  writeFileSync(script, `#!/bin/sh\nexec ${within.join(' ')} ${executablePath} "$@"\n`, { mode: 0o700 });
  return chromium.launch({ executablePath: script, headless: true, args: FLAGS });
}

/** Waits until an expression is true in the page. Asked from outside: the page's own policy lets nothing evaluate texts. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  await eventually(expression, async () => (await page.evaluate(expression)) === true);
}

/** Waits until what `read` gives equals `wanted`: almost nothing is true at the moment an action returns. */
export async function becomes<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  await eventually(`it becomes ${JSON.stringify(wanted)}`, async () => {
    assert.deepEqual(await read(), wanted);
    return true;
  });
}

/** Waits until the focus is on what a person would call `name`: by its label, else by its text. */
export async function focusIs(page: Page, name: string | RegExp): Promise<void> {
  const focused = `(() => {
    const { activeElement } = document;
    return activeElement === document.body
      ? 'nothing'
      : activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? 'nothing';
  })()`;
  await eventually(`the focus is on ${String(name)}`, async () => {
    const found = await page.evaluate<string>(focused);
    if (typeof name === 'string') assert.equal(found, name);
    else assert.match(found, name);
    return true;
  });
}

/** Waits until the focus came along to a page that was gone to: what takes it before loses it again. */
export async function headingHasFocus(page: Page, name: string): Promise<void> {
  await page.locator('h1:focus', { hasText: name }).waitFor({ state: 'attached' });
}

interface PageOptions {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
  /** Nothing shall move (`prefers-reduced-motion`). */
  still?: boolean;
  /** What becomes of requests to other hosts; unless told, the network decides. */
  elsewhere?: 'fails' | 'hangs';
}

/** Opens `url` in a profile of its own. */
export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<Person> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1366, height: options.height ?? 768 },
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: options.still === true ? 'reduce' : 'no-preference',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  if (SLOWDOWN > 1) {
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  }
  const complaints: string[] = [];
  const { origin, host } = new URL(url);
  if (options.elsewhere !== undefined)
    await context.route(
      (target) => target.protocol.startsWith('http') && target.host !== host,
      (route) => (options.elsewhere === 'fails' ? route.abort() : new Promise(() => undefined)),
    );
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (target.protocol.startsWith('http') && target.origin !== origin)
      complaints.push(`request to ${request.url()}`);
  });
  const remarks: string[] = [];
  open.set(context, remarks);
  context.once('close', () => open.delete(context));
  page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      remarks.splice(0, remarks.length, ...remarks.slice(1 - MAX_REMARKS), message.text());
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
      complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints };
}

/** A page of its own on which `username` signed in, with the password all accounts of the tests have. */
export async function signedIn(browser: Browser, url: string, username: string): Promise<Person> {
  const person = await openPage(browser, url);
  const { page } = person;
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill('Correct-horse-7');
  const signIn = page.getByRole('button', { name: 'Sign in' });
  await eventually('somebody is signed in', async () => {
    // A node that is starved for seconds is one that does not answer; one tries again then.
    if (await signIn.isVisible()) await signIn.click({ timeout: PATIENCE_MS / 3 });
    await page.getByRole('region', { name: '#general' }).waitFor({ timeout: PATIENCE_MS / 3 });
    return true;
  });
  return person;
}

/**
 * Waits until nothing is cut off at the side or pushed out of the window, and where nothing shall move, nothing does (05
 * section 10.11, A-6 and A-7).
 */
export async function assertFits(page: Page, what: string): Promise<void> {
  await eventually(what, async () => {
    const { wide, high, moving } = await page.evaluate<{ wide: boolean; high: boolean; moving: string[] }>(`({
      wide: document.documentElement.scrollWidth > innerWidth,
      high: document.documentElement.scrollHeight > innerHeight,
      moving: matchMedia('(prefers-reduced-motion: reduce)').matches
        ? document.getAnimations().map((one) => one.animationName ?? one.transitionProperty)
        : [],
    })`);
    assert.deepEqual({ wide, high, moving }, { wide: false, high: false, moving: [] }, what);
    return true;
  });
}

/** Fails the test when the page did something it must never do. */
export function assertQuiet(person: Person): void {
  assert.deepEqual(person.complaints, []);
}

/** Creates the owner account through the setup page. */
export async function setUpInBrowser(person: Person, username: string, invite?: string): Promise<void> {
  const { page } = person;
  await page.getByRole('heading', { name: 'Welcome to Canopy' }).waitFor();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill('Correct-horse-7');
  if (invite !== undefined) {
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Invite code (optional)').fill(invite);
  }
  await page.getByRole('button', { name: 'Complete setup' }).click();
  await page.getByRole('region', { name: '#general' }).waitFor();
}

/** The navigation. */
export function main(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Main' });
}

/** Opens a page of the navigation; where there is no room for it, it is behind More. */
export async function goTo(page: Page, name: string): Promise<void> {
  const link = main(page).getByRole('link', { name, exact: true });
  const more = main(page).getByRole('button', { name: 'More' });
  // Neither is there while the page is being drawn.
  await eventually('the navigation is there', async () => (await link.isVisible()) || more.isVisible());
  if (!(await link.isVisible())) await more.click();
  await link.click();
}
