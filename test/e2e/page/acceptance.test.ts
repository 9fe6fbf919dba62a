/**
 * Two people who connect: whoever imports is told that the other side has to accept (05 section 10.17), the words at
 * the head of a conversation are whole on a phone, and read receipts are sent as long as the reader wants (06 section 3.2).
 *
 * The acceptance walk (05 section 12), line by line, and what checks it; `long/` takes too long for every change:
 *
 *  1  two-browsers (a code; all other hosts fail for one and hang for the other), long/page (found on a network)
 *  2  interop/page with a Python node, e2e/guide; names and roles are how every page test finds what it uses
 *  3  two-browsers, message-actions, files (12 MiB)
 *  4  delivery
 *  5  promises (node killed, session gone), files (upload), installed (reload meanwhile)
 *  6  relay
 *  7  catch-up (`Accept`), long/page (`Ignore`)
 *  8  accounts (names), promises (texts, reports of the policy), channels
 *  9  keyboard
 * 10  promises, accounts and every file's own pages; web/styles/contrast; long/screenshots
 * 11  history (first and second visit, nodes in the document), web/build (weight), long/page (idle), `npm run bench` (10,000)
 * 12  promises (tabs), installed (tabs), long/page (accounts, windows)
 * 13  promises, history
 * 14  catch-up (progress), long/page-load (3,000 messages while typing)
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, becomes, focusIs, goTo, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben' });
let browser: Browser;
let ben: Person;

interface Sent {
  id: string;
  delivery: { state: string } | null;
}

/** A direct message from Ann to Ben. */
async function write(content: string): Promise<string> {
  const { message } = await a.api<{ message: Sent }>('POST', '/messages', {
    recipient_id: b.userId,
    content,
  });
  return message.id;
}

async function stateOf(id: string): Promise<string | undefined> {
  const { delivery } = await a.api<{ delivery: { state: string } | null }>(
    'GET',
    `/delivery?kind=dm&id=${id}`,
  );
  return delivery?.state;
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  await Promise.all([a.setUp('ann'), b.setUp('ben')]);
  ben = await signedIn(browser, b.url, 'ben');
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

test('whoever imports an invite is told that the other side has to accept, until it has', async () => {
  const { page } = ben;
  const { invite_code: code } = await a.api(
    'GET',
    `/p2p/invite?public_host=127.0.0.1&public_port=${a.meshPort}`,
  );
  await goTo(page, 'Connect');
  const form = page.getByRole('region', { name: "Import Friend's Invite" });
  await form.getByRole('textbox').fill(String(code));
  await form.getByRole('button', { name: 'Connect' }).click();
  await form.getByText('The other side has not accepted this device yet').waitFor();
  const card = page.getByRole('region', { name: 'Connected Peers' }).getByRole('article');
  await card.getByText('has not accepted this device yet').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  const other = await ben.context.newPage();
  await other.goto(`${b.url}/channels`);
  const waiting = other.getByText(/^Waiting for .+ to accept you\.$/u);
  await waiting.waitFor();
  await a.api('POST', `/p2p/requests/${await b.peerId()}`, { action: 'accept' });
  await waiting.waitFor({ state: 'detached' });
  await other.close();
  await card.getByText('has not accepted this device yet').waitFor({ state: 'detached' });
  await form.getByText('The other side has not accepted').waitFor({ state: 'detached' });
  await form.getByRole('button', { name: 'OK' }).press('Enter');
  await focusIs(page, "Import Friend's Invite");
});

test('on Trust Network the owner holds a peer off and takes it again; it is shown at once', async () => {
  const { page } = ben;
  await goTo(page, 'Trust Network');
  const accepted = page.getByRole('region', { name: 'Accepted', exact: true });
  await accepted.getByText(await a.peerId()).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('combobox', { name: 'Tier of ann' }).selectOption('quarantine');
  await page.getByRole('region', { name: 'Not accepted' }).getByText('score 0').waitFor();
  // Decided elsewhere, by a program.
  await b.api('PUT', `/trust/${await a.peerId()}`, { tier: 'safe' });
  await accepted.getByText('score 90').waitFor();
});

test('read receipts go out as long as the reader wants', async () => {
  const { page } = ben;
  await goTo(page, 'Settings');
  const choice = page.getByRole('checkbox', { name: 'Send read receipts' });
  await becomes(() => choice.isChecked(), true);
  await choice.press('Space');
  await page.getByRole('region', { name: 'Privacy' }).getByText('Saved').waitFor();
  await page.reload();
  await choice.waitFor();
  await becomes(() => choice.isChecked(), false);
  assert.deepEqual(await axeViolations(page), []);
  const first = await write('read in secret');
  await eventually('it is delivered', async () => (await stateOf(first)) === 'delivered');
  await page.goto(`${b.url}/messages?with=${a.userId}`);
  await page.getByRole('log').getByText('read in secret').waitFor();
  await eventually('it is read there', async () => {
    const { messages } = await b.api<{ messages: { id: string; read_at: string | null }[] }>(
      'GET',
      '/messages',
    );
    return messages.some((message) => message.id === first && message.read_at !== null);
  });
  await goTo(page, 'Settings');
  await choice.click();
  await page.getByRole('region', { name: 'Privacy' }).getByText('Saved').waitFor();
  const second = await write('read openly');
  await page.goto(`${b.url}/messages?with=${a.userId}`);
  await page.getByRole('log').getByText('read openly').waitFor();
  await eventually('the sender is told', async () => (await stateOf(second)) === 'read');
  assert.equal(await stateOf(first), 'delivered');
});

test('on a phone the words at the head of a conversation are whole', async () => {
  const { page } = ben;
  await page.setViewportSize({ width: 390, height: 844 });
  const head = page.getByRole('region', { name: 'Conversation with ann' }).locator('header p');
  await head.waitFor();
  await becomes(() => head.evaluate((element) => element.scrollWidth <= element.clientWidth), true);
  assertQuiet(ben);
});
