/**
 * What a message says when only another device told of it (06 section 4.3, 05 section 10.17): that it is not confirmed,
 * through whom it came, and what that means; and how far an own message came, device by device.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, focusIs, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben' });
const c = new NodeProcess({ name: 'cleo' });
let browser: Browser;
let ben: Person;

/** `to` imports the invite of `from`, and is accepted there. */
async function connect(from: NodeProcess, to: NodeProcess): Promise<void> {
  await to.importInviteOf(from);
  const peer = await to.peerId();
  await eventually('the request shows', async () => {
    const { requests } = await from.api<{ requests: { peer_id: string }[] }>('GET', '/p2p/requests');
    return requests.some((request) => request.peer_id === peer);
  });
  await from.api('POST', `/p2p/requests/${peer}`, { action: 'accept' });
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start(), c.start()]);
  await Promise.all([a.setUp('ann'), b.setUp('ben'), c.setUp('cleo')]);
  ben = await signedIn(browser, b.url, 'ben');
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose(), c.dispose()]);
});

test('a message only another device told of says so, and what that means', async () => {
  const { page } = ben;
  await connect(a, c);
  await c.post('written by Cleo');
  await a.waitForMessage('written by Cleo');
  await connect(a, b);
  await b.waitForMessage('written by Cleo');
  const message = page.getByRole('log').getByRole('article').filter({ hasText: 'written by Cleo' });
  const mark = message.getByRole('button', { name: 'via ann, unconfirmed' });
  await mark.waitFor();
  assert.deepEqual(await axeViolations(page), []);
  // Past the name of the author. What is inside can be reached a moment after the message has the focus.
  await eventually('Tab reaches it', async () => {
    await message.focus();
    for (const key of ['Tab', 'Tab']) await page.keyboard.press(key);
    return page.evaluate<boolean>('document.activeElement.textContent.includes("unconfirmed")');
  });
  await page.keyboard.press('Enter');
  const details = page.getByRole('dialog', { name: 'Not confirmed' });
  await details.getByText('ann passed this message on.').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'hidden' });
  await focusIs(page, /unconfirmed/);
  assertQuiet(ben);
});

test('an own message says device by device how far it came', async () => {
  const { page } = ben;
  await connect(c, b);
  await b.waitConnected(await c.peerId());
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill('to both of you');
  await composer.press('Enter');
  const message = page.getByRole('log').getByRole('article').filter({ hasText: 'to both of you' });
  await message.getByRole('button', { name: 'Delivered to 2 of 2' }).click();
  const details = page.getByRole('dialog', { name: 'Delivery' });
  for (const name of ['ann', 'cleo']) {
    const row = details.getByRole('listitem').filter({ hasText: name });
    await row.getByText('Delivered', { exact: true }).waitFor();
  }
  assert.deepEqual(await axeViolations(page), []);
  assertQuiet(ben);
});
