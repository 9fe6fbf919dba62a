/**
 * What the page promises whatever happens (05 sections 10.5, 10.8, 10.10, 10.11, 10.13, 12): nothing written is lost,
 * a node that is gone or a session that ended is told and resumed from, hostile text stays text, everything can be
 * done from the keyboard, and axe finds nothing on any page or dialog in either theme.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import {
  assertQuiet,
  becomes,
  goTo,
  headingHasFocus,
  launchBrowser,
  main,
  openPage,
  signedIn,
} from './browser.ts';
import type { Person } from './browser.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';

const USERNAME = 'pat';
const PASSWORD = 'Correct-horse-7';
const node = new NodeProcess({ name: 'pat' });
let browser: Browser;
let pat: Person;

const log = (page: Page) => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill(USERNAME);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), node.start()]);
  await node.setUp(USERNAME);
  for (const content of [...HOSTILE_TEXTS, 'first'])
    await node.api('POST', '/channels/messages', { channel_id: 'general', content });
  pat = await openPage(browser, `${node.url}/keys?from=test`);
});
after(async () => {
  await browser?.close();
  await node.dispose();
});

test('a deep link opened while signed out is where sign-in leads', async () => {
  await pat.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signIn(pat.page);
  await pat.page.getByRole('heading', { name: 'API Keys' }).waitFor();
  assert.equal(new URL(pat.page.url()).search, '?from=test');
});

test('text from others is text: it runs nothing, loads nothing, and stays where it stands', async () => {
  const { page } = pat;
  await main(page).getByRole('link', { name: 'Channels' }).click();
  const wrong =
    'img, svg:not(.icon), script, style, iframe, object, form, base, meta, [style*=position], a[href^="j" i], a[href^="data" i], a[href^="vb" i]';
  for (const text of ['first', '<script>window.__ran=1</script>']) {
    // The list shows what is near: once its end, once its beginning.
    await log(page).getByText(text).first().waitFor();
    assert.equal(await log(page).locator('.text').locator(wrong).count(), 0);
    await log(page).focus();
    await page.keyboard.press('Home');
  }
  assert.equal(await page.evaluate('window.__ran'), undefined);
  await becomes(() => page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
  // What piles up on letters is not painted outside of its message.
  assert.equal(
    await page.evaluate('getComputedStyle(document.querySelector(".message .text")).overflowY'),
    'clip',
  );
  assertQuiet(pat);
});

test('Back, Forward, moving between pages and a reload keep the draft', async () => {
  const { page } = pat;
  await composer(page).fill('half a thought');
  await main(page).getByRole('link', { name: 'Connect' }).click();
  // The focus comes along: the keyboard goes on in the page, and its heading is read.
  await headingHasFocus(page, 'Connect');
  await page.goBack();
  await becomes(() => composer(page).inputValue(), 'half a thought');
  await page.goForward();
  await page.getByRole('heading', { name: 'Connect', level: 1 }).waitFor();
  await page.goBack();
  await page.reload();
  await log(page).getByText('first', { exact: true }).waitFor();
  await becomes(() => composer(page).inputValue(), 'half a thought');
  await composer(page).fill('');
});

test('while the node is gone it is told, writing goes on, and everything arrives once and in order', async () => {
  const { page } = pat;
  await node.stop('SIGKILL');
  await page.getByText('This node is not answering.').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  for (const text of ['written while gone 1', 'written while gone 2']) {
    await composer(page).fill(text);
    await composer(page).press('Enter');
    await log(page).getByText(text).waitFor();
  }
  await log(page).getByText('Waiting:').first().waitFor();
  await node.start();
  await page.getByText('This node is not answering.').waitFor({ state: 'detached' });
  for (const state of ['Waiting:', 'Sending']) {
    await log(page).getByText(state).first().waitFor({ state: 'detached' });
  }
  await becomes(async () => {
    type Messages = { messages: { content: string }[] };
    const { messages } = await node.api<Messages>('GET', '/channels/general/messages');
    return messages.map(({ content }) => content).filter((text) => text.startsWith('written while gone'));
  }, ['written while gone 1', 'written while gone 2']);
  await becomes(() => log(page).getByText('written while gone 1').count(), 1);
});

test('a node that hangs without closing anything is noticed as well, and is back when it goes on', async () => {
  const { page } = pat;
  node.pause();
  await page.getByText('This node is not answering.').waitFor();
  await composer(page).fill('written while it hung');
  await composer(page).press('Enter');
  await log(page).getByText('Waiting:').first().waitFor();
  // The attempts that hang are given up and announced anew.
  await page.getByText('Retrying now.').waitFor();
  await page.getByText(/Retrying in [1-5] s\./).waitFor();
  node.resume();
  await page.getByText('This node is not answering.').waitFor({ state: 'detached' });
  for (const state of ['Waiting:', 'Sending'])
    await log(page).getByText(state).first().waitFor({ state: 'detached' });
  await becomes(() => log(page).getByText('written while it hung').count(), 1);
});

test('a session that ended asks to sign in over the page, then sends what was written', async () => {
  const { page, context } = pat;
  await context.clearCookies();
  await composer(page).fill('written without a session');
  await composer(page).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.waitFor();
  // One types at once; nothing takes the focus later.
  await becomes(() => page.evaluate('document.activeElement.type'), 'password');
  await page.keyboard.type(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
  await log(page).getByText('written without a session').waitFor();
  await log(page).getByText('Sending').waitFor({ state: 'detached' });
  await becomes(() => log(page).getByText('written without a session').count(), 1);
});

test('Shift+Enter breaks the line, a code fence keeps Enter, Enter sends', async () => {
  const { page } = pat;
  await composer(page).fill('two');
  await composer(page).press('Shift+Enter');
  await composer(page).pressSequentially('lines');
  await becomes(() => composer(page).inputValue(), 'two\nlines');
  await composer(page).fill('```');
  await composer(page).press('Enter');
  await becomes(() => composer(page).inputValue(), '```\n');
  await composer(page).fill('sent by Enter');
  await composer(page).press('Enter');
  await log(page).getByText('sent by Enter').waitFor();
});

test('from the start of the page to the composer there are at most 8 Tab presses, the first is a skip link', async () => {
  const { page } = pat;
  await page.getByRole('button', { name: 'Close first steps' }).click();
  // Whatever stands in the newest message: all of it is reached through that message.
  const { channel } = await node.api<{ channel: { id: string } }>('POST', '/channels', { name: 'plain' });
  const content = '@pat see https://example.org\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```sh\nls\n```';
  await node.api('POST', '/channels/messages', { channel_id: channel.id, content });
  await page
    .getByRole('region', { name: 'Channels', exact: true })
    .getByRole('link', { name: 'plain' })
    .click();
  await page.getByRole('heading', { name: '#plain' }).waitFor();
  await page.reload();
  await log(page).getByRole('button', { name: 'Copy code' }).waitFor();
  // The composer has the focus; start where a person who just opened the page starts.
  await page.evaluate(
    'document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex")',
  );
  await page.keyboard.press('Tab');
  await becomes(() => page.evaluate<string>('document.activeElement.innerText'), 'Skip to message');
  const passed = ['Skip to message'];
  while ((await page.evaluate('document.activeElement.id')) !== 'composer') {
    await page.keyboard.press('Tab');
    passed.push(await page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.innerText'));
    assert.ok(passed.length <= 8, passed.join('; '));
  }
  const inside: string[] = [];
  await log(page).getByRole('article').focus();
  while (inside.at(-1) !== 'PRE' && inside.length < 16) {
    await page.keyboard.press('Tab');
    inside.push(await page.evaluate<string>('document.activeElement.tagName'));
  }
  assert.deepEqual(inside.slice(-4), ['A', 'DIV', 'BUTTON', 'PRE'], 'link, table, copy, code');
  await page.goto(`${node.url}/channels`);
  await log(page).getByText('first', { exact: true }).waitFor();
});

test('a second tab shares the one event stream and sees what the first one writes', async () => {
  const streams: string[] = [];
  const second = await pat.context.newPage();
  // The first tab may just be taking its stream up again.
  second.on('request', (request) => {
    if (request.url().includes('/events/stream')) streams.push(request.url());
  });
  await second.goto(`${node.url}/channels`);
  await log(second).getByText('first', { exact: true }).waitFor();
  await composer(pat.page).fill('seen in both tabs');
  await composer(pat.page).press('Enter');
  await log(second).getByText('seen in both tabs').waitFor();
  assert.deepEqual(streams, []);
  await pat.page.reload();
  await log(pat.page).getByText('first', { exact: true }).waitFor();
  await composer(second).fill('the other tab leads now');
  await composer(second).press('Enter');
  await log(pat.page).getByText('the other tab leads now').waitFor();
  await second.close();
});

test('everything of a key is done from the keyboard', async () => {
  const { page } = pat;
  await main(page).getByRole('link', { name: 'API Keys' }).focus();
  await page.keyboard.press('Enter');
  await headingHasFocus(page, 'API Keys');
  await page.getByRole('button', { name: 'Generate New Key' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Generate New Key' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.locator('button:focus', { hasText: 'Generate New Key' }).waitFor();
});

test('code, tables, lists and links are shown as such; a link opens beside the page and tells nobody where it stood', async () => {
  const content =
    '```js\nconst a = 1;\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n5. five\n\n[there](https://example.org/a)';
  await node.api('POST', '/channels/messages', { channel_id: 'general', content });
  await main(pat.page).getByRole('link', { name: 'Channels' }).click();
  await log(pat.page).getByRole('table').last().waitFor();
  await becomes(() => log(pat.page).locator('pre code').last().textContent(), 'const a = 1;\n');
  assert.equal(await log(pat.page).locator('.text ol').last().getAttribute('start'), '5');
  const link = log(pat.page).getByRole('link', { name: 'there' });
  const said = ['href', 'title', 'target', 'rel'].map((name) => link.getAttribute(name));
  assert.deepEqual(await Promise.all(said), [
    'https://example.org/a',
    'example.org',
    '_blank',
    'noopener noreferrer nofollow',
  ]);
});

// Here and in accounts some of the widths and schemes; the long tests look at all of them, on every page.
for (const [width, height, colorScheme] of [
  [390, 844, 'light'],
  [1366, 850, 'dark'],
] as const) {
  test(`axe finds nothing and nothing is cut off at ${width}×${height} in ${colorScheme}`, async () => {
    const person = await openPage(browser, `${node.url}/login`, { width, height, colorScheme });
    const { page } = person;
    const check = async (what: string): Promise<void> => {
      assert.deepEqual(await axeViolations(page), [], what);
      await becomes(() => page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
    };
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await check('sign in');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByRole('heading', { name: 'Create an account' }).waitFor();
    await check('register');
    // Its last rule is broken under More, which stays open while that is mended.
    await page.getByText('More', { exact: true }).click();
    const display = page.getByLabel('Display name');
    await display.fill('<');
    await page.getByLabel('Username').fill('a b');
    await page.getByText('Letters A to Z, digits, _ and - only.').waitFor();
    await page.getByRole('button', { name: 'Create account' }).click();
    await display.fill('Una');
    await page.getByText('What others see.').waitFor();
    await page.goBack();
    await signIn(page);
    await log(page).getByText('first', { exact: true }).waitFor();
    await check('channels');
    for (const [name, heading] of [
      ['Messages', 'Messages'],
      ['Connect', 'Connect'],
      ['Settings', 'Settings'],
      ['API Keys', 'API Keys'],
    ] as const) {
      await goTo(page, name);
      await page
        .getByRole('heading', { name: heading, level: 1, exact: true })
        .waitFor({ state: 'attached' });
      await check(name);
    }
    await page.getByRole('button', { name: 'Generate New Key' }).click();
    await page.getByRole('dialog', { name: 'Generate New Key' }).waitFor();
    await check('new key');
    await page.keyboard.press('Escape');
    for (const name of ['Notifications', 'Account']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog', { name }).waitFor();
      await check(name);
      await page.keyboard.press('Escape');
    }
    assertQuiet(person);
    await person.context.close();
  });
}

test('no request left the node, nothing broke the content security policy', () => {
  assertQuiet(pat);
});

test('whoever signs in where a session of somebody else ended neither sees nor sends what that one wrote', async () => {
  await node.request('POST', '/register', { body: { username: 'quinn', password: PASSWORD } });
  const { page, context } = await signedIn(browser, node.url, USERNAME);
  await context.clearCookies();
  await composer(page).fill('of Pat alone, unsent');
  await composer(page).press('Enter');
  await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
  await page.getByRole('button', { name: 'Leave this page' }).click();
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
  await page.getByLabel('Username').fill('quinn');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await composer(page).fill('written by Quinn');
  await composer(page).press('Enter');
  await log(page).getByText('Sending').waitFor({ state: 'detached' });
  await log(page).getByText('written by Quinn').waitFor();
  assert.equal(await log(page).getByText('of Pat alone').count(), 0);
  const stored = await page.evaluate<string>('JSON.stringify({ ...sessionStorage })');
  assert.ok(!stored.includes('of Pat alone'), stored);
  const list = await node.api<{ messages: { content: string }[] }>('GET', '/channels/general/messages');
  assert.ok(!JSON.stringify(list).includes('of Pat alone'));
  assert.ok(JSON.stringify(list).includes('written by Quinn'));
  await context.close();
});
