/**
 * A long channel in the browser (05 sections 10.5 M-7, M-10, M-11, 10.9 U-1, U-2, 10.12): little of it in the document
 * wherever one is, one begins where one left off, finds in it and answers beside it, all by keyboard.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, becomes, goTo, launchBrowser, signedIn, untilTrue } from './browser.ts';
import type { Person } from './browser.ts';

const READ = 160;
const UNREAD = 90;
/** 05 section 10.12. */
const MAX_NODES = 1_500;

const node = new NodeProcess({ name: 'hana', env: { CANOPY_RATE_LIMITS: 'off' } });
let browser: Browser;
let ivy: Person;

const log = (): Locator => ivy.page.getByRole('log', { name: 'Messages' });
const button = (name: string): Locator => ivy.page.getByRole('button', { name, exact: true });
const active = (): Promise<string> => ivy.page.evaluate<string>('document.activeElement?.textContent ?? ""');

async function write(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1) await node.post(`number ${at} of the list`);
}

/** Where the list begins in the window. */
function upperEdge(): Promise<number> {
  return ivy.page.evaluate('document.querySelector("[role=log]").getBoundingClientRect().top');
}

/** Puts something so high (px) above the list, which moves its edge down, and waits for that. */
async function pushDown(height: number): Promise<void> {
  const edge = await upperEdge();
  await ivy.page.evaluate(`{
    const banner = document.createElement('div');
    banner.className = 'pushing';
    banner.style.height = '${height}px';
    document.querySelector('main > .above').append(banner);
  }`);
  await becomes(async () => Math.round((await upperEdge()) - edge), height);
}

/** Takes all of that away. */
async function pushBack(): Promise<void> {
  await ivy.page.evaluate('document.querySelectorAll(".pushing").forEach((banner) => banner.remove())');
}

async function assertLight(): Promise<void> {
  await untilTrue(ivy.page, `document.querySelectorAll("*").length <= ${MAX_NODES}`);
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), node.start()]);
  await node.setUp('hana');
  await write(0, READ);
  await node.request('POST', '/register', { body: { username: 'ivy', password: 'Correct-horse-7' } });
  // Times are kept in seconds, and what was there when one came counts as read.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await write(READ, READ + UNREAD);
  ivy = await signedIn(browser, node.url, 'ivy');
});
after(async () => {
  await browser?.close();
  await node.dispose();
});

test('one begins at the first unread message, and comes back to it', async () => {
  await log().getByText('New', { exact: true }).waitFor();
  await log().getByText(`number ${READ} of the list`).waitFor();
  await assertLight();
  await button('Jump to newest').press('Enter');
  await log()
    .getByText(`number ${READ + UNREAD - 1} of the list`)
    .waitFor();
  await button('Jump to first unread').waitFor();
  assert.deepEqual(await axeViolations(ivy.page), []);
  await button('Jump to first unread').press('Enter');
  await log().getByText(`number ${READ} of the list`).waitFor();
  // Whoever wants to read none of it need not go to the end first.
  await button('Mark all as read').waitFor();
  assert.equal(await button('Jump to first unread').count(), 0);
  // What comes above the list, twice, does not push the line out of it.
  const line = (): Promise<number> =>
    ivy.page.evaluate(
      '(list => Math.round(list.querySelector(".new-line").getBoundingClientRect().top - list.getBoundingClientRect().top))(document.querySelector("[role=log]"))',
    );
  const begins = await line();
  await pushDown(60);
  await becomes(line, Math.max(0, begins - 60));
  await pushDown(60);
  await becomes(line, Math.max(0, begins - 120));
  await pushBack();
  await button('Jump to newest').press('Enter');
  await button('Mark all as read').press('Enter');
  await button('Jump to first unread').waitFor({ state: 'detached' });
  await ivy.page.reload();
  await log()
    .getByText(`number ${READ + UNREAD - 1} of the list`)
    .waitFor();
  await log().getByText('New', { exact: true }).waitFor({ state: 'detached' });
  assertQuiet(ivy);
});

test('the keyboard reaches the oldest message, and little is in the document on the way', async () => {
  const { page } = ivy;
  await log().focus();
  await eventually('the oldest message has the focus', async () => {
    await page.keyboard.press('Home');
    return (await active()).includes('number 0 of');
  });
  await assertLight();
  await page.keyboard.press('ArrowDown');
  await eventually('the next one follows', async () => (await active()).includes('number 1 of'));
});

test('what comes while one reads far back is counted and moves nothing', async () => {
  const { page } = ivy;
  const place = (): Promise<number> =>
    page.evaluate<number>('Math.round(document.activeElement.getBoundingClientRect().top)');
  const before = await eventually('it stands still', async () => {
    const first = await place();
    await new Promise((resolve) => setTimeout(resolve, 150));
    return (await place()) === first && String(first);
  });
  await write(READ + UNREAD, READ + UNREAD + 3);
  await button('3 new messages').waitFor();
  await becomes(place, Number(before));
  // A banner that comes above the list does not push away what is read, nor does the list jump when it goes.
  await pushDown(90);
  const lowered = await upperEdge();
  await becomes(place, Number(before));
  await pushBack();
  await becomes(async () => Math.round(lowered - (await upperEdge())), 90);
  await becomes(place, Number(before));
  await eventually('the focus stays', async () => (await active()).includes('number 1 of'));
  await button('3 new messages').press('Enter');
  await log()
    .getByText(`number ${READ + UNREAD + 2} of the list`)
    .waitFor();
  await assertLight();
  assertQuiet(ivy);
});

test('a long draft leaves the end of the list where it is at every key', async () => {
  const { page } = ivy;
  const field = page.getByRole('textbox', { name: 'Message', exact: true });
  const left = (): Promise<number> =>
    page.evaluate<number>(
      '(({ scrollHeight, scrollTop, clientHeight }) => Math.round(scrollHeight - scrollTop - clientHeight))(document.querySelector("[role=log]"))',
    );
  await field.fill(Array.from({ length: 9 }, (_, line) => `line ${line}`).join('\n'));
  await becomes(left, 0);
  await page.evaluate(`{
    window.__moved = 0;
    const list = document.querySelector('[role=log]');
    let at = list.scrollTop;
    list.addEventListener('scroll', () => { if (Math.abs(list.scrollTop - at) > 2) window.__moved += 1; at = list.scrollTop; });
  }`);
  for (const key of 'typed') await field.press(key);
  await becomes(left, 0);
  assert.equal(await page.evaluate('window.__moved'), 0);
  await field.fill('');
  await log().focus();
});

test('what is found in the conversation is shown in its surroundings', async () => {
  const { page } = ivy;
  await page.keyboard.press('/');
  const pane = page.getByRole('complementary', { name: 'Search in #general' });
  await pane.getByRole('searchbox', { name: 'Search in this conversation' }).fill('"number 77 of"');
  await page.keyboard.press('Enter');
  const found = pane.getByRole('link', { name: /number 77 of/ });
  await found.locator('mark').first().waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await found.press('Enter');
  await eventually('it has the focus', async () => (await active()).includes('number 77 of'));
  await log().getByText('number 70 of the list').waitFor();
  await pane.getByRole('button', { name: 'Close' }).press('Enter');
  await pane.waitFor({ state: 'detached' });
  await assertLight();
});

test('what is typed the moment the search opens is looked for', async () => {
  const { page } = ivy;
  await log().focus();
  // Before the browser draws the pane, which on a busy machine takes its time.
  await page.evaluate(`{
    new MutationObserver((_, observer) => {
      const field = document.querySelector('form.find input[type=search]');
      if (field === null) return;
      observer.disconnect();
      field.value = '"number 78 of"';
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      queueMicrotask(() => field.form.requestSubmit());
    }).observe(document.body, { childList: true, subtree: true });
  }`);
  await page.keyboard.press('/');
  const pane = page.getByRole('complementary', { name: 'Search in #general' });
  await pane.getByRole('link', { name: /number 78 of/ }).waitFor();
  await pane.getByRole('button', { name: 'Close' }).press('Enter');
  await pane.waitFor({ state: 'detached' });
});

test('a thread opens beside its channel, has an address and a draft of its own, and is counted', async () => {
  const { page } = ivy;
  await log().getByRole('article').filter({ hasText: 'number 77 of' }).focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('complementary', { name: 'Thread' });
  const field = pane.getByRole('textbox', { name: 'Reply in thread' });
  await pane.getByRole('log', { name: 'Thread' }).getByText('number 77 of').waitFor();
  await page.waitForURL(/[?&]thread=/);
  await field.fill('not sent yet');
  await page.reload();
  await field.waitFor();
  await becomes(() => field.inputValue(), 'not sent yet');
  assert.deepEqual(await axeViolations(page), []);
  await field.fill('an answer in the thread ');
  await pane.getByRole('button', { name: 'Emoji' }).click();
  await page.getByRole('searchbox', { name: 'Search emoji' }).fill('tada');
  await page.keyboard.press('Enter');
  await becomes(() => field.inputValue(), 'an answer in the thread 🎉');
  await field.press('Enter');
  await pane.getByRole('log').getByText('an answer in the thread 🎉').waitFor();
  const sent = (await node.waitForMessage('an answer in the thread 🎉')) as unknown as Record<
    string,
    unknown
  >;
  assert.equal(typeof sent['parent_message_id'], 'string');
  await field.press('Escape');
  await pane.waitFor({ state: 'detached' });
  await page.goto(`${node.url}/channels?focus_message=${String(sent['parent_message_id'])}`);
  const named = log().getByRole('article').filter({ hasText: 'number 77 of' });
  await becomes(() => named.getAttribute('aria-current'), 'true');
  assert.equal(
    await log().locator('[aria-current]').count(),
    1,
    'the message of the address is marked, alone',
  );
  await page.getByRole('button', { name: '1 reply' }).press('Enter');
  await pane.getByRole('log').getByText('an answer in the thread').waitFor();
  assertQuiet(ivy);
});

test('direct messages are unread, answered in threads and searched as channels are', async () => {
  const { page } = ivy;
  const hanaId = node.userId;
  const ivyId = await page.evaluate<string>(
    "fetch('/api/v1/session').then((answer) => answer.json()).then((json) => json.user.id)",
  );
  for (let at = 0; at < 4; at += 1)
    await node.request('POST', '/api/v1/messages', {
      headers: { 'X-API-Key': node.key },
      body: { recipient_id: ivyId, content: `letter ${at}` },
    });
  await page.goto(`${node.url}/messages?with=${hanaId}`);
  await log().getByText('New', { exact: true }).waitFor();
  const row = page.getByRole('region', { name: 'Conversations' }).getByRole('link', { name: /hana/ });
  await eventually('it was read', async () => !(await row.innerText()).includes('unread'));
  const letter = log().getByRole('article').filter({ hasText: 'letter 2' });
  await letter.focus();
  await page.keyboard.press('m');
  await page.getByRole('menuitem', { name: 'Mark unread from here' }).press('Enter');
  await eventually('two are unread again', async () => (await row.innerText()).includes('2 unread'));
  await letter.focus();
  await page.keyboard.press('Enter');
  const pane = page.getByRole('complementary', { name: 'Thread' });
  const field = pane.getByRole('textbox', { name: 'Reply in thread' });
  await field.fill('an answer beside it');
  await field.press('Enter');
  await pane.getByRole('log').getByText('an answer beside it').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await field.press('Escape');
  await pane.waitFor({ state: 'detached' });
  await button('1 reply').waitFor();
  await button('Search in this conversation').click();
  const find = page.getByRole('complementary', { name: /^Search in/ });
  await find.getByText('Narrow it down').press('Enter');
  await find.getByRole('combobox', { name: 'From' }).selectOption('You');
  await find.getByRole('link', { name: /an answer beside it/ }).waitFor();
  assertQuiet(ivy);
});

test('what was marked unread in another tab stays so until one comes back, and is read then', async () => {
  const { page } = ivy;
  const rowOn = (on: Page): Locator =>
    on.getByRole('region', { name: 'Conversations' }).getByRole('link', { name: /hana/ });
  const comeBack = async (): Promise<void> => {
    await goTo(page, 'Channels');
    await goTo(page, 'Messages');
    await rowOn(page).click();
    await log().getByText('letter 3').waitFor();
    await eventually('it was read', async () => !(await rowOn(page).innerText()).includes('unread'));
  };
  await comeBack();
  await goTo(page, 'Channels');
  const other = await ivy.context.newPage();
  await other.goto(`${node.url}/messages?with=${node.userId}`);
  await other.getByRole('article', { name: /^hana: letter 2/ }).focus();
  await other.keyboard.press('m');
  await other.getByRole('menuitem', { name: 'Mark unread from here' }).press('Enter');
  await eventually('it is unread', async () => (await rowOn(other).innerText()).includes('2 unread'));
  await other.close();
  await comeBack();
  assertQuiet(ivy);
});

/** 05 section 10.12, over the wire until a conversation is usable, as gzip: without TLS browsers take nothing better. */
const BUDGET = { Document: 8 * 1024, Stylesheet: 20 * 1024, Script: 130 * 1024 } as const;
const FIRST_VISIT = { bytes: 170 * 1024, requests: 10 };
const SECOND_VISIT = { bytes: 15 * 1024, requests: 4 };

interface Asked {
  path: string;
  type: string;
  bytes: number;
}

test('until a conversation can be read the first visit asks for little, and the second nearly nothing', async () => {
  const context = await browser.newContext({
    storageState: await ivy.context.storageState(),
    viewport: { width: 1366, height: 850 },
  });
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  const asked = new Map<string, Asked>();
  wire.on('Network.requestWillBeSent', ({ requestId, request, type }) =>
    asked.set(requestId, { path: new URL(request.url).pathname, type: type ?? '', bytes: 0 }),
  );
  wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const one = asked.get(requestId);
    if (one !== undefined) one.bytes = encodedDataLength;
  });
  /**
   * What was asked for from the document up to the messages; what is asked after them is for the rest of the frame. The
   * visit before may still ask while it goes.
   */
  const visit = async (): Promise<Asked[]> => {
    await page.goto('about:blank');
    asked.clear();
    await page.goto(`${node.url}/channels`);
    await page.getByRole('log').getByRole('article').first().waitFor();
    const every = [...asked.values()];
    const all = every.slice(every.findIndex(({ type }) => type === 'Document'));
    assert.equal(all[0]?.path, '/channels');
    const messages = all.findIndex(({ path }) => path.endsWith('/history'));
    assert.ok(messages >= 0);
    return all.slice(0, messages + 1);
  };
  const sum = (list: readonly Asked[]): number => list.reduce((total, { bytes }) => total + bytes, 0);
  const words = (list: readonly Asked[]): string => list.map((one) => `${one.path} ${one.bytes}`).join('\n');
  const first = await visit();
  assert.ok(first.length <= FIRST_VISIT.requests, words(first));
  assert.ok(sum(first) <= FIRST_VISIT.bytes, words(first));
  for (const [type, budget] of Object.entries(BUDGET)) {
    const part = first.filter((one) => one.type === type);
    assert.ok(part.length > 0 && sum(part) <= budget, `${type}: ${words(part)}`);
  }
  const second = (await visit()).filter(({ bytes }) => bytes > 0);
  assert.ok(second.length <= SECOND_VISIT.requests && sum(second) <= SECOND_VISIT.bytes, words(second));
  await context.close();
  const script = node.url + (first.find(({ type }) => type === 'Script')?.path ?? '');
  assert.equal(
    (await fetch(script, { headers: { 'Accept-Encoding': 'gzip, br' } })).headers.get('content-encoding'),
    'br',
  );
  const plain = await fetch(script, { headers: { 'Accept-Encoding': 'identity' } });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.match(plain.headers.get('content-type') ?? '', /^text\/javascript/);
});

test('characters by their names in HTML are read as CommonMark reads them', async () => {
  const text = 'AT&amp;T &copy; &euro;5 &hearts; &ngE; &semi; | &notit; &nope; &copy | `&copy;` | &lt;b&gt;';
  await node.post(text);
  await ivy.page.goto(`${node.url}/channels`);
  const shown = 'AT&T © €5 ♥ ≧̸ ; | &notit; &nope; &copy | &copy; | <b>';
  await log().getByText(shown, { exact: true }).waitFor();
  assert.equal(await log().locator('b').count(), 0);
  assertQuiet(ivy);
});
