/**
 * Catching up as the page shows it (05 section 10.17): a line at the peer and in the header while it goes on, told to
 * screen readers once, and gone when it is over. The giving node is stopped half way, so that there is time to look.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, becomes, goTo, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

/** Several pages of a run (06 section 4.2 point 4), in messages of a size people write now and then. */
const MESSAGES = 300;
const TEXT = 'x'.repeat(6_000);

// More is written in a minute than a person may.
const a = new NodeProcess({ name: 'ann', env: { CANOPY_RATE_LIMITS: 'off' } });
const b = new NodeProcess({ name: 'ben' });
let browser: Browser;
let ben: Person;

const card = (page: Page) => page.getByRole('region', { name: 'Connected Peers' }).getByRole('article');

/** Resolves when the node says that the catch-up began. */
async function began(node: NodeProcess): Promise<void> {
  const answer = await fetch(`${node.url}/api/v1/events/stream`, { headers: { 'X-API-Key': node.key } });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.includes('event: sync.progress')) return;
  }
  throw new Error('the stream ended');
}

/** Every sentence screen readers were told, from now on. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`
    window.__said = [];
    new MutationObserver(() => {
      const said = document.querySelector('#app > .visually-hidden[role=status]').textContent.trim();
      if (said !== '') window.__said.push(said);
    }).observe(document.querySelector('#app > .visually-hidden[role=status]'), { childList: true, subtree: true, characterData: true });
  `);
  return async () => page.evaluate<string[]>('window.__said');
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  await Promise.all([a.setUp('ann'), b.setUp('ben')]);
  ben = await signedIn(browser, b.url, 'ben');
});
after(async () => {
  process.kill(a.pid ?? 0, 'SIGCONT');
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

test('catching up is shown while it goes on, told once, and gone when it is over', async () => {
  const { page } = ben;
  for (let at = 0; at < MESSAGES; at += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => a.post(`${at + i} ${TEXT}`)));
  const said = await listen(page);
  const beginning = began(b);
  await b.importInviteOf(a);
  await eventually('the request shows', async () => {
    const { count } = await a.api<{ count: number }>('GET', '/p2p/requests');
    return count > 0;
  });
  await a.api('POST', `/p2p/requests/${await b.peerId()}`, { action: 'accept' });
  await beginning;
  process.kill(a.pid ?? 0, 'SIGSTOP');
  await page.getByText(/^Catching up \d+ %$/).waitFor();
  await page
    .getByRole('banner')
    .getByRole('progressbar', { name: new RegExp(`^Catching up with ann: [\\d,]+ of ${MESSAGES}$`) })
    .waitFor();
  await goTo(page, 'Connect');
  await card(page)
    .getByText(new RegExp(`^Catching up: \\d+ %, \\d+ of ${MESSAGES}$`))
    .waitFor();
  assert.equal(
    await card(page)
      .getByRole('progressbar', { name: /^Catching up with / })
      .count(),
    1,
  );
  assert.deepEqual(await axeViolations(page), []);
  process.kill(a.pid ?? 0, 'SIGCONT');
  await page
    .getByText(/^Catching up/)
    .first()
    .waitFor({ state: 'detached' });
  await b.waitForMessage(`${MESSAGES - 1} ${TEXT}`);
  await becomes(async () => (await said()).filter((one) => one.startsWith('Catching up')).length, 1);
  assertQuiet(ben);
});
