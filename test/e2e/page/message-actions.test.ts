/** Reacting to, changing and deleting messages (05 section 10.5, M-7, M-8, M-13), with a second device looking on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben' });
let browser: Browser;
let ann: Person;

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  await Promise.all([a.setUp('ann'), b.setUp('ben')]);
  await b.importInviteOf(a);
  const peer = await b.peerId();
  await eventually('the request shows', async () => {
    const { requests } = await a.api<{ requests: { peer_id: string }[] }>('GET', '/p2p/requests');
    return requests.some((request) => request.peer_id === peer);
  });
  await a.api('POST', `/p2p/requests/${peer}`, { action: 'accept' });
  ann = await signedIn(browser, a.url, 'ann');
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

type Shown = { content: string; like_counts: Record<string, number> };
const atBen = async (): Promise<Shown[]> =>
  (await b.api<{ messages: Shown[] }>('GET', '/channels/general/messages')).messages;
const message = (text: string): Locator =>
  ann.page.getByRole('log').getByRole('article').filter({ hasText: text });

async function say(text: string): Promise<void> {
  const { page } = ann;
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
  await b.waitForMessage(text);
}

test('a message is changed in its place, and on the other device', async () => {
  const { page } = ann;
  await say('helo');
  await message('helo').hover();
  await message('helo').getByRole('button', { name: 'Edit' }).click();
  const field = page.getByLabel('Edit message');
  assert.deepEqual(await axeViolations(page), []);
  await field.fill('not this');
  await page.keyboard.press('Escape');
  await message('helo').waitFor();
  // And with the keyboard alone.
  await message('helo').focus();
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement.getAttribute("aria-label")')) === 'Edit') break;
  }
  await page.keyboard.press('Enter');
  await field.fill('hello');
  await page.keyboard.press('Enter');
  await message('hello').getByText('edited').waitFor();
  await b.waitForMessage('hello');
  assertQuiet(ann);
});

test('a reaction counts on both devices and is taken back with a press', async () => {
  const { page } = ann;
  await b.post('look at this');
  await message('look at this').hover();
  await message('look at this').getByRole('button', { name: 'React' }).click();
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('dialog', { name: 'Reactions' }).getByRole('button', { name: 'Laugh' }).click();
  const mark = message('look at this').getByRole('button', { name: 'laugh, 1: ann' });
  await mark.waitFor();
  assert.equal(await mark.getAttribute('aria-pressed'), 'true');
  const counted = async (): Promise<Record<string, number> | undefined> =>
    (await atBen()).find(({ content }) => content === 'look at this')?.like_counts;
  await eventually('Ben sees the laugh', async () => (await counted())?.['laugh'] === 1);
  assert.deepEqual(await axeViolations(page), []);
  await mark.click();
  await mark.waitFor({ state: 'detached' });
  await eventually('Ben sees none', async () => Object.keys((await counted()) ?? { x: 1 }).length === 0);
  assertQuiet(ann);
});

test('a deletion can be taken back, and reaches the other device when it is not', async () => {
  const { page } = ann;
  await say('keep me');
  await say('drop me');
  await message('keep me').hover();
  await message('keep me').getByRole('button', { name: 'Delete' }).click();
  await message('keep me').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await message('keep me').waitFor();
  await message('drop me').hover();
  await message('drop me').getByRole('button', { name: 'Delete' }).click();
  await message('drop me').waitFor({ state: 'detached' });
  const texts = async (): Promise<string[]> => (await atBen()).map(({ content }) => content);
  await eventually('it is gone at Ben', async () => !(await texts()).includes('drop me'));
  assert.ok((await texts()).includes('keep me'));
  assertQuiet(ann);
});
