/** Channels on the page: made, seen from inside, renamed, archived and deleted, by keyboard; and the page about the API. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, focusIs, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const USERNAME = 'cleo';

const node = new NodeProcess({ name: 'cleo' });
let browser: Browser;
let cleo: Person;

before(async () => {
  [browser] = await Promise.all([launchBrowser(), node.start()]);
  await node.setUp(USERNAME);
  cleo = await signedIn(browser, `${node.url}/channels`, USERNAME);
});
after(async () => {
  await browser?.close();
  await node.dispose();
});

const dialog = (page: Page) => page.getByRole('dialog');

test('a private channel is made from the list with arrows, and Escape gives up', async () => {
  const { page } = cleo;
  const open = page.getByRole('region', { name: 'Channels' }).getByRole('link', { name: 'general' });
  // A list that is read again meanwhile may take the focus along.
  await eventually('the arrows reach the last but one', async () => {
    await open.first().focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    return page.evaluate("document.activeElement?.textContent?.includes('Browse channels') === true");
  });
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('heading', { name: 'Browse channels' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  await focusIs(page, /Browse channels/);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await dialog(page).getByRole('heading', { name: 'New channel' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'New channel' }).press('Enter');
  await dialog(page).getByRole('button', { name: 'Create channel' }).press('Enter');
  await dialog(page).getByText('Give the channel a name.').waitFor();
  await dialog(page).getByLabel('Name', { exact: true }).fill('plans');
  await dialog(page)
    .getByRole('radio', { name: /^Private/ })
    .press('Space');
  assert.deepEqual(await axeViolations(page), []);
  await dialog(page).getByLabel('Name', { exact: true }).press('Enter');
  await page.getByRole('heading', { name: '#plans' }).waitFor();
  await page.getByText('On this device only').waitFor();
  await page.getByText('This channel stays on this device.').waitFor();
});

test('its details say who is in, and change its name; it is archived and deleted', async () => {
  const { page } = cleo;
  await page.getByRole('button', { name: 'Channel details' }).press('Enter');
  await dialog(page).getByText('1 member').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await dialog(page).getByLabel('Name of the channel').fill('decisions');
  await dialog(page).getByRole('button', { name: 'Save' }).press('Enter');
  await dialog(page).getByLabel('Who posts').selectOption('curated');
  await dialog(page).getByRole('checkbox', { name: 'Everybody may reply' }).waitFor();
  await dialog(page).getByRole('heading', { name: '#decisions' }).waitFor();
  await dialog(page).getByRole('button', { name: 'Archive' }).press('Enter');
  await dialog(page).getByRole('button', { name: 'Take out of the archive' }).waitFor();
  await dialog(page).getByRole('button', { name: 'Delete channel…' }).press('Enter');
  await dialog(page)
    .getByRole('button', { name: /^Delete #decisions/ })
    .press('Enter');
  await page.getByRole('heading', { name: '#general' }).waitFor();
  await page.getByRole('link', { name: 'decisions' }).waitFor({ state: 'detached' });
  assertQuiet(cleo);
});

test('the page about the API is found by words and has nothing axe finds', async () => {
  const { page } = cleo;
  await page.goto(`${node.url}/api/v1/reference`);
  await page.getByRole('searchbox', { name: 'Find a route' }).fill('openapi.json');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('1 route').waitFor();
  await page.locator('summary').press('Enter');
  await page.getByRole('heading', { name: 'Answer 200' }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
});
