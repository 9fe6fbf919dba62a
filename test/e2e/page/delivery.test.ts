/** What the page says of own messages on their way (05 section 10.6): true at every moment, without a reload. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { assertQuiet, becomes, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben' });
let browser: Browser;
let ann: Person;

const log = (page: Page) => page.getByRole('log', { name: 'Messages' });

async function type(page: Page, text: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill(text);
  await composer.press('Enter');
  await log(page).getByText(text).waitFor();
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  await Promise.all([a.setUp('ann'), b.setUp('ben')]);
  ann = await signedIn(browser, a.url, 'ann');
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

test('a message nobody else is owed is on this device, not sent', async () => {
  await type(ann.page, 'is anybody there?');
  await log(ann.page).getByText('On this device').waitFor();
  assert.equal(await log(ann.page).getByText('Sent').count(), 0);
});

test('with a peer it is delivered; while the peer is away it is queued and says why; then it arrives', async () => {
  await b.importInviteOf(a);
  await eventually('the request shows', async () => {
    const { count } = await a.api<{ count: number }>('GET', '/p2p/requests');
    return count > 0;
  });
  await a.api('POST', `/p2p/requests/${await b.peerId()}`, { action: 'accept' });
  await b.waitConnected(await a.peerId());
  await type(ann.page, 'hello Ben');
  await log(ann.page).getByText('Delivered', { exact: true }).last().waitFor();
  b.pause();
  await type(ann.page, 'are you busy?');
  await log(ann.page)
    .getByText(/^Waiting for .* to confirm it$/)
    .waitFor();
  b.resume();
  await log(ann.page).getByText('Delivered', { exact: true }).last().waitFor();
  await b.stop('SIGKILL');
  await type(ann.page, 'are you away?');
  await log(ann.page)
    .getByText(/^Waiting for .*, which is offline$/)
    .waitFor();
  await b.start();
  await log(ann.page)
    .getByText(/^Waiting for/)
    .waitFor({ state: 'detached' });
  await b.waitForMessage('are you away?');
  await becomes(() => log(ann.page).getByText('are you away?').count(), 1);
  assertQuiet(ann);
});

test('what waits for a peer survives a restart of its sender, and arrives once and in order', async () => {
  await b.stop('SIGKILL');
  const texts = ['first of three', 'second of three', 'third of three'];
  for (const text of texts) await type(ann.page, text);
  await log(ann.page)
    .getByText(/^Waiting for .*, which is offline$/)
    .last()
    .waitFor();
  await a.stop('SIGKILL');
  await a.start();
  await log(ann.page)
    .getByText(/^Waiting for .*, which is offline$/)
    .last()
    .waitFor();
  await b.start();
  await log(ann.page)
    .getByText(/^Waiting for/)
    .waitFor({ state: 'detached' });
  await log(ann.page).getByText('Delivered', { exact: true }).last().waitFor();
  const arrived = (messages: { content: string }[]): string[] =>
    messages.map(({ content }) => content).filter((content) => texts.includes(content));
  await becomes(async () => arrived(await b.generalMessages()), texts);
  await becomes(
    () =>
      log(ann.page)
        .getByText(/ of three$/)
        .allTextContents(),
    texts,
  );
  assertQuiet(ann);
});
