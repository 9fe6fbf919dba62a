/** Two people, two browsers, two real nodes: set up, connect by pasting the invite, and talk. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { NodeProcess } from '../node-process.ts';
import { assertQuiet, becomes, goTo, launchBrowser, openPage, setUpInBrowser } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben' });
let browser: Browser;
let ann: Person;
let ben: Person;

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  [ann, ben] = await Promise.all([openPage(browser, a.url), openPage(browser, b.url)]);
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

/** What a person does, counted as 05 section 1 counts: clicks, Enter to send, fields and documents loaded. */
interface Effort {
  clicks: number;
  fields: number;
}

/** The page counts what reaches it; a document that was loaded anew would have forgotten. */
async function watchEffort(person: Person): Promise<() => Promise<Effort>> {
  await person.page.evaluate(`{
    const fields = new Set();
    window.__effort = { clicks: 0, fields: 0 };
    document.addEventListener('click', (event) => {
      // A field that is filled is counted as such, and an Enter that presses a button as the Enter.
      if (event.isTrusted && event.detail > 0 && !event.target.matches('input, textarea')) window.__effort.clicks += 1;
    }, true);
    document.addEventListener('keydown', (event) => {
      if (event.isTrusted && event.key === 'Enter') window.__effort.clicks += 1;
    }, true);
    document.addEventListener('input', (event) => {
      fields.add(event.target);
      window.__effort.fields = fields.size;
    }, true);
  }`);
  return () => person.page.evaluate<Effort>('window.__effort');
}

test('from two fresh nodes to the first message read: at most six clicks and six fields on both together', async () => {
  const [byAnn, byBen] = [await watchEffort(ann), await watchEffort(ben)];
  await setUpInBrowser(ann, 'ann');
  const steps = ann.page.getByRole('region', { name: 'First steps' });
  await steps.getByRole('button', { name: 'Copy invite code' }).click();
  const code = await steps.getByRole('textbox', { name: 'Invite code' }).inputValue();
  await setUpInBrowser(ben, 'ben', code);
  await ann.page.getByRole('button', { name: 'Accept', exact: true }).click();
  const composer = ann.page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill('the first message');
  await composer.press('Enter');
  await ben.page.getByRole('log', { name: 'Messages' }).getByText('the first message').waitFor();
  const [one, other] = [await byAnn(), await byBen()];
  const all = { clicks: one.clicks + other.clicks, fields: one.fields + other.fields };
  assert.ok(all.clicks <= 6 && all.fields <= 6, JSON.stringify(all));
  // Nothing was counted away, either.
  assert.deepEqual(all, { clicks: 6, fields: 6 });
});

test('the invite with a public address is made on Connect, and both see the connection', async () => {
  for (const person of [ann, ben]) {
    await goTo(person.page, 'Connect');
    await person.page.getByRole('region', { name: 'Connected Peers' }).getByText('Direct').waitFor();
  }
  const mine = ann.page.getByRole('region', { name: 'Your Invite Code' });
  await mine.getByRole('textbox', { name: 'Public IP' }).fill('127.0.0.1');
  await mine.getByRole('textbox', { name: 'Port' }).fill(String(a.meshPort));
  await mine.getByRole('button', { name: 'Regenerate' }).click();
  await mine.getByText(`ws://127.0.0.1:${a.meshPort}`).first().waitFor();
  const code = await mine.getByRole('textbox', { name: 'Invite code' }).inputValue();
  assert.match(code, /^canopy:/);
  const friend = ben.page.getByRole('region', { name: "Import Friend's Invite" });
  await friend.getByRole('textbox', { name: 'Invite code' }).fill(code);
  await friend.getByText(/already connected/i).waitFor();
});

test('what one types appears on the other open page, both ways, without a reload', async () => {
  for (const person of [ann, ben]) {
    await person.page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: 'Channels' })
      .click();
    await person.page.getByRole('region', { name: '#general' }).waitFor();
  }
  for (const [from, to, text] of [
    [ann, ben, 'Hello Ben, typed by Ann'],
    [ben, ann, 'Hello Ann, typed by Ben'],
  ] as const) {
    const composer = from.page
      .getByRole('region', { name: '#general' })
      .getByRole('textbox', { name: 'Message' });
    await composer.fill(text);
    await composer.press('Enter');
    await from.page.getByRole('log', { name: 'Messages' }).getByText(text).waitFor();
    await becomes(() => composer.inputValue(), '');
    await to.page.getByRole('log', { name: 'Messages' }).getByText(text).waitFor();
  }
});

test('a direct message goes from page to page', async () => {
  await ann.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Messages' }).click();
  await ann.page.getByRole('button', { name: 'New message' }).click();
  await ann.page.getByRole('combobox', { name: 'To' }).selectOption({ label: 'ben' });
  const composer = ann.page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill('only for Ben');
  await composer.press('Enter');
  await ben.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Messages' }).click();
  await ben.page.getByText('only for Ben').first().waitFor();
});

test('an API key is made on its page and works', async () => {
  await ann.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'API Keys' }).click();
  await ann.page.getByRole('button', { name: 'Generate New Key' }).click();
  const dialog = ann.page.getByRole('dialog', { name: 'Generate New Key' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('script');
  await dialog.getByRole('button', { name: 'Generate Key' }).click();
  const key = await ann.page.getByRole('textbox', { name: 'API key' }).inputValue();
  await ann.page.getByRole('button', { name: 'Done' }).click();
  const { status } = await a.request('GET', '/api/v1/channels/general/messages', {
    headers: { 'X-API-Key': key },
  });
  assert.equal(status, 200);
});

test('no request left the nodes, nothing broke the content security policy', () => {
  assertQuiet(ann);
  assertQuiet(ben);
});
