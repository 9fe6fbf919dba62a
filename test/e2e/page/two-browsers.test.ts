/** Two people, two browsers, two real nodes: set up, connect by pasting the invite, and talk. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { assertQuiet, becomes, goTo, launchBrowser, openPage, setUpInBrowser, untilTrue } from './browser.ts';
import type { Person } from './browser.ts';
import { watchEffort } from './effort.ts';

/** Longer than anything of the page that would ask again and again. */
const QUIET_MS = 3_000;

const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben' });
let browser: Browser;
let ann: Person;
let ben: Person;

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  // Nothing of the page waits for another host, nor breaks without it.
  [ann, ben] = await Promise.all([
    openPage(browser, a.url, { elsewhere: 'fails' }),
    openPage(browser, b.url, { elsewhere: 'hangs' }),
  ]);
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

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
  // The map leads to the card of a device, by keyboard.
  const device = ann.page
    .getByRole('figure', { name: 'Mesh map' })
    .getByRole('link', { name: /, Direct, secure/ });
  await device.press('Enter');
  await untilTrue(ann.page, "document.activeElement?.matches('article.card[id^=peer-]')");
  // The node remembers it: another browser of its owner begins with it.
  await ann.page.reload();
  await becomes(() => mine.getByRole('textbox', { name: 'Public IP' }).inputValue(), '127.0.0.1');
  await mine.getByText(`ws://127.0.0.1:${a.meshPort}`).first().waitFor();
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
  // One press there appears here, and goes with another.
  await ben.page.getByText('only for Ben').first().click();
  const there = ben.page
    .getByRole('log', { name: 'Messages' })
    .getByRole('article', { name: /only for Ben/ });
  const mark = (person: Person) => person.page.getByRole('button', { name: 'like, 1: ben' });
  await there.hover();
  await there.getByRole('button', { name: 'Like', exact: true }).click();
  await mark(ann).waitFor();
  await mark(ben).click();
  await mark(ann).waitFor({ state: 'detached' });
});

test('what goes to everyone says so, and is read by everyone who is connected', async () => {
  const { page } = ann;
  await page.getByRole('button', { name: 'New message' }).click();
  await page.getByRole('combobox', { name: 'To' }).selectOption({ label: 'Everyone (broadcast)' });
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill('to whoever is there');
  await composer.press('Enter');
  await ben.page.getByText('to whoever is there').first().waitFor();
});

test('what one changes, takes back, reacts to, founds and posts appears on the other open page', async () => {
  const { page } = ann;
  await Promise.all([goTo(page, 'API Keys'), goTo(ben.page, 'Channels')]);
  await page.getByRole('button', { name: 'Generate New Key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Generate New Key' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('script');
  await dialog.getByText('WRITE_MESSAGES', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Generate Key' }).click();
  const key = await page.getByRole('textbox', { name: 'API key' }).inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  // The page of the one is tested elsewhere; here the other only looks.
  const call = async (method: string, route: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await a.request(method, `/api/v1${route}`, { headers: { 'X-API-Key': key }, body });
    assert.ok(answer.status < 300, `${method} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const say = async (content: string): Promise<string> => {
    const { message } = await call('POST', '/channels/messages', { channel_id: 'general', content });
    return (message as { id: string }).id;
  };
  const there = ben.page.getByRole('log', { name: 'Messages' });
  const [changed, dropped] = [await say('as first written'), await say('not for long')];
  await there.getByText('not for long').waitFor();
  await call('PATCH', `/channels/general/messages/${changed}`, { content: 'as last written' });
  await there.getByText('as last written').waitFor();
  await call('POST', `/channels/general/messages/${changed}/like`, { reaction_type: 'laugh' });
  await there.getByRole('button', { name: /^laugh, 1: ann/ }).waitFor();
  await call('DELETE', `/channels/general/messages/${dropped}`, {});
  await there.getByText('not for long').waitFor({ state: 'detached' });
  await call('POST', '/channels', { name: 'founded', channel_type: 'public' });
  const channels = ben.page.getByRole('region', { name: 'Channels', exact: true });
  await channels.getByRole('link', { name: 'founded' }).waitFor();
  // A name, wherever it stands.
  await a.request('POST', '/api/v1/profile', {
    headers: { 'X-API-Key': key },
    body: { display_name: 'Ann of the hill' },
  });
  await there.getByText('Ann of the hill').first().waitFor();
  await goTo(ben.page, 'Social Feed');
  await ben.page.getByText('No posts yet').waitFor();
  await call('POST', '/feed', { content: 'posted over there', visibility: 'network' });
  await ben.page.getByRole('button', { name: '1 new post' }).click();
  await ben.page.getByText('posted over there').waitFor();

  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke key' }).click();
  await becomes(
    async () =>
      (
        await a.request('GET', '/api/v1/channels/general/messages', {
          headers: { 'X-API-Key': key },
        })
      ).status,
    403,
  );
});

test('a page nobody uses asks its node for nothing', async () => {
  let requests = 0;
  ben.page.on('request', () => (requests += 1));
  await eventually('it is quiet', async () => {
    requests = 0;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    return requests === 0;
  });
});

test('no request left the nodes, nothing broke the content security policy', () => {
  assertQuiet(ann);
  assertQuiet(ben);
});
