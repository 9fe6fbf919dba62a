/**
 * The page with its service worker (05 sections 10.8 L-5, L-8, 10.9 U-4, 10.14): notifications of the browser, the shell while
 * the node is away, and a newer page under an open one.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page, Worker } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { assertQuiet, goTo, launchBrowser, signedIn, untilTrue } from './browser.ts';
import type { Person } from './browser.ts';
import { UpdatingProxy } from './updating-proxy.ts';

const node = new NodeProcess({ name: 'una' });
const proxy = new UpdatingProxy(() => node.url);
let browser: Browser;
let una: Person;
let otto: Person;

before(async () => {
  [browser] = await Promise.all([launchBrowser(), node.start(), proxy.start()]);
  await node.setUp('una');
  await node.request('POST', '/register', { body: { username: 'otto', password: 'Correct-horse-7' } });
  [una, otto] = await Promise.all([signedIn(browser, proxy.url, 'una'), signedIn(browser, node.url, 'otto')]);
});
after(async () => {
  await browser?.close();
  proxy.stop();
  await node.dispose();
});

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const log = (page: Page) => page.getByRole('log', { name: 'Messages' });
const pathOf = (page: Page): string => page.url().slice(proxy.url.length);
async function say(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
  await log(page).getByText(text).waitFor();
}
const shown = (page: Page): Promise<[title: string, body: string][]> =>
  page.evaluate(
    `navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map(({ title, body }) => [title, body]))`,
  );

test('two tabs tell of a message once, and a click leads to it', async () => {
  const { page, context } = una;
  await context.grantPermissions(['notifications'], { origin: proxy.url });
  await untilTrue(page, 'navigator.serviceWorker.controller !== null');
  await goTo(page, 'Settings');
  const choice = page.getByRole('checkbox', { name: 'Show notifications of this browser' });
  await choice.check();
  await untilTrue(page, `localStorage.getItem('canopy.system-notices') === 'true'`);
  const second = await context.newPage();
  await second.goto(`${proxy.url}/feed`);
  await second.getByRole('heading', { name: 'Social Feed', level: 1 }).waitFor();
  await page.bringToFront();
  await say(otto.page, 'look @una please');
  await eventually('it is told', async () => (await shown(page)).length > 0);
  const [[title, body] = []] = await shown(page);
  assert.deepEqual([title, body], ['otto calls you', 'look @una please']);
  const worker = una.context.serviceWorkers()[0] ?? assert.fail('no worker');
  await clickNotice(worker);
  // In the tab in front, or the other when the browser says that none is.
  await eventually('a tab is there', () =>
    Promise.resolve([page, second].some((tab) => /^\/channels\?.*focus_message=/u.test(pathOf(tab)))),
  );
  await second.close();
  await page.bringToFront();
  // Opened at the conversation, and left for another page: who is not there any more is told.
  await page.goto(`${proxy.url}/channels`);
  await log(page).getByText('look @una please').waitFor();
  await goTo(page, 'Settings');
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await say(otto.page, 'and told again');
  await eventually('it is told', async () => (await shown(page)).some(([name]) => name === '#general'));
});

/** What a click does: the browser gives its worker the event, which headless ones have no way to begin. */
async function clickNotice(worker: Worker): Promise<void> {
  await worker.evaluate(`self.registration.getNotifications().then(([notification]) =>
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification })))`);
}

test('while the node is away a reload opens the page, with its draft; what is written is sent when it is back', async () => {
  const { page } = una;
  await goTo(page, 'Channels');
  await composer(page).fill('half a thought');
  await eventually('the shell is kept', () =>
    page.evaluate(`caches.match('/channels').then((kept) => kept !== undefined)`),
  );
  await node.stop();
  await page.getByText('This node is not answering.').first().waitFor();
  await page.reload();
  await page.getByText('This node is not answering.').first().waitFor();
  await untilTrue(page, `document.querySelector('#composer')?.value === 'half a thought'`);
  await composer(page).press('Enter');
  await page
    .getByText(/^Waiting/)
    .first()
    .waitFor();
  // Of the node's answers nothing was kept.
  const kept: string[] = await page.evaluate(
    `caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((one) => one.keys())))).then((all) => all.flat().map(({ url }) => new URL(url).pathname))`,
  );
  assert.deepEqual(
    kept.filter((path) => !path.startsWith('/assets/')),
    ['/channels'],
  );
  await node.start();
  await log(page).getByText('look @una please').waitFor();
  await log(page).getByText('half a thought').waitFor();
  await page.getByText('This node is not answering.').first().waitFor({ state: 'detached' });
  await log(otto.page).getByText('half a thought').waitFor();
});

test('a newer page under an open one says so, and a reload brings it', async () => {
  const { page } = una;
  await composer(page).fill('kept over the update');
  await node.stop();
  proxy.updated = true;
  await node.start();
  await page.getByRole('button', { name: 'Reload to update' }).click();
  await untilTrue(
    page,
    `document.querySelector('script[src]').getAttribute('src') === '/assets/index-newer000.js'`,
  );
  await untilTrue(page, `document.querySelector('#composer')?.value === 'kept over the update'`);
  await page.getByRole('button', { name: 'Reload to update' }).waitFor({ state: 'detached' });
  await eventually('the shell followed', () =>
    page.evaluate(`caches.keys().then((names) => names.join() === 'canopy-shell /assets/index-newer000.js')`),
  );
  for (const person of [una, otto]) assertQuiet(person);
});
