/** Messages and posts: reacting, answering, changing, deleting, finding again (05 sections 10.5, 10.9, 10.15), with a second device looking on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, becomes, goTo, launchBrowser, main, signedIn, untilTrue } from './browser.ts';
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

/** A page that is slow does so much in this time. */
const PRESS_MS = 5_000;

type Shown = { content: string; like_counts: Record<string, number> };
const atBen = async (): Promise<Shown[]> =>
  (await b.api<{ messages: Shown[] }>('GET', '/channels/general/messages')).messages;
const message = (text: string): Locator =>
  ann.page.getByRole('log').getByRole('article').filter({ hasText: text });

/**
 * Presses what the toolbar of a message has under the pointer, which the list may move away from meanwhile, until what it
 * leads to is there: a press that took too long has perhaps been one.
 */
const press = (text: string, name: string, leadsTo: Locator): Promise<true> =>
  eventually(`${name} is pressed`, async () => {
    if (await leadsTo.isVisible()) return true;
    await message(text).hover({ timeout: PRESS_MS });
    await message(text).getByRole('button', { name }).click({ timeout: PRESS_MS });
    await leadsTo.waitFor({ timeout: PRESS_MS });
    return true;
  });

async function say(text: string): Promise<void> {
  const { page } = ann;
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
  await b.waitForMessage(text);
}

test('a message is changed in its place, and on the other device', async () => {
  const { page } = ann;
  await say('helo');
  const field = page.getByLabel('Edit message');
  await press('helo', 'Edit', field);
  assert.deepEqual(await axeViolations(page), []);
  await field.fill('not this');
  await page.keyboard.press('Escape');
  await message('helo').waitFor();
  // And with the keyboard alone, which also shows when exactly it was written (05 section 10.5, M-9).
  await message('helo').focus();
  await message('helo')
    .getByText(/\d:\d\d:\d\d/u)
    .waitFor();
  await eventually('Tab reaches the button', async () => {
    await message('helo').focus();
    for (let i = 0; i < 6; i += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.getAttribute("aria-label")')) === 'Edit') return true;
    }
    return false;
  });
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
  const laugh = page.getByRole('menu', { name: 'Reactions' }).getByRole('menuitem', { name: 'Laugh' });
  await press('look at this', 'React', laugh);
  assert.deepEqual(await axeViolations(page), []);
  await laugh.click();
  const mark = message('look at this').getByRole('button', { name: 'laugh, 1: ann' });
  await mark.waitFor();
  await becomes(() => mark.getAttribute('aria-pressed'), 'true');
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
  // On a busy machine the time to take it back is over before it is pressed.
  await page.evaluate(`{
    const usual = window.__usual = window.setTimeout;
    window.setTimeout = (task, ms) => usual(task, ms * 20);
  }`);
  const remove = page.getByRole('menuitem', { name: 'Delete' });
  await press('keep me', 'More', remove);
  assert.deepEqual(await axeViolations(page), []);
  await remove.click();
  await message('keep me').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await message('keep me').waitFor();
  await page.evaluate('window.setTimeout = window.__usual');
  await message('drop me').hover();
  await message('drop me').focus();
  await page.keyboard.press('Delete');
  await message('drop me').waitFor({ state: 'detached' });
  const texts = async (): Promise<string[]> => (await atBen()).map(({ content }) => content);
  await eventually('it is gone at Ben', async () => !(await texts()).includes('drop me'));
  assert.ok((await texts()).includes('keep me'));
  assertQuiet(ann);
});

test('the menu of the keyboard holds everything: lifespan, details, and the way back', async () => {
  const { page } = ann;
  await say('not for ever');
  await message('not for ever').focus();
  await page.keyboard.press('m');
  const menu = page.getByRole('menu', { name: 'Message actions' });
  await menu.getByRole('menuitem', { name: 'Like', exact: true }).waitFor();
  await becomes(
    async () =>
      (await menu.getByRole('menuitem').allTextContents()).slice(5).filter((name) => name !== 'Open thread'),
    [
      'Reply',
      'Edit',
      'Copy text',
      'Copy link',
      'Save',
      'Mark unread from here',
      'Lifespan',
      'Delete',
      'Details',
    ],
  );
  await page.keyboard.press('Escape');
  await untilTrue(page, 'document.activeElement?.textContent?.includes("not for ever")');
  await page.keyboard.press('m');
  await menu.getByRole('menuitem', { name: 'Lifespan' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Lifespan' });
  await dialog.getByLabel('The message disappears').selectOption({ label: '1 day from now' });
  assert.deepEqual(await axeViolations(page), []);
  await dialog.getByRole('button', { name: 'Save' }).press('Enter');
  await page.getByText('The message disappears in 1 day.').waitFor();
  await dialog.waitFor({ state: 'detached' });
  await message('not for ever').focus();
  // Faster than the menu is drawn.
  await page.keyboard.press('m');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const details = page.getByRole('dialog', { name: 'Message details' });
  await details.getByText(/^Disappears in (1 day|24 hours)/).waitFor();
  await details.getByText('Written on this node').waitFor();
  await details.getByText('ben', { exact: true }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  // A finger that rests opens it as well; it stays when the finger is lifted, and goes with the next touch beside it.
  const wire = await page.context().newCDPSession(page);
  const box = await message('not for ever').locator('.text').boundingBox();
  assert.ok(box);
  const touchPoints = [{ x: box.x + 4, y: box.y + 4 }];
  await wire.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  await menu.getByRole('menuitem', { name: 'Copy text' }).waitFor();
  await wire.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await menu.getByRole('menuitem', { name: 'Details' }).click();
  await details.getByText('Written on this node').waitFor();
  await page.keyboard.press('Escape');
  assertQuiet(ann);
});

test('the keyboard formats, walks the parts of the page, and can be asked what it does', async () => {
  const { page } = ann;
  const field = page.getByLabel('Message', { exact: true });
  await field.fill('loud');
  await field.press('Control+a');
  await field.press('Control+b');
  await becomes(() => field.inputValue(), '**loud**');
  await field.press('Control+z');
  await becomes(() => field.inputValue(), 'loud');
  await field.fill('');
  await page.keyboard.press('Shift+F6');
  await untilTrue(page, "document.activeElement?.getAttribute('role') === 'log'");
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.getByRole('region', { name: 'On a message' }).getByText('Reply', { exact: true }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await untilTrue(page, "document.activeElement?.id === 'composer'");
  // What is shown because the pointer rests somewhere goes with Escape.
  await main(page).getByRole('link', { name: 'Connect' }).hover();
  const shownName = 'getComputedStyle(document.querySelector("nav a:hover > span")).clipPath';
  await becomes(() => page.evaluate(shownName), 'none');
  await page.keyboard.press('Escape');
  await becomes(() => page.evaluate(shownName), 'inset(50%)');
  await page.keyboard.press('Control+,');
  await page.getByRole('checkbox', { name: 'Enter sends a message' }).uncheck();
  await goTo(page, 'Channels');
  const code = Array.from({ length: 401 }, (_, line) => `line ${line + 1}`).join('\n');
  await field.fill('```sh\n' + code + '\n```');
  await page.keyboard.press('Enter');
  await eventually('the line is broken', async () => /```\n$/.test(await field.inputValue()));
  await page.keyboard.press('Shift+Enter');
  await page.getByRole('button', { name: 'Show all 401 lines' }).press('Enter');
  await page.getByRole('button', { name: 'Show fewer lines', expanded: true }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Control+,');
  await page.getByRole('checkbox', { name: 'Enter sends a message' }).check();
  await goTo(page, 'Channels');
  assertQuiet(ann);
});

test('a reply calls by name, quotes what it answers and says what it said before', async () => {
  const { page } = ann;
  const asked = await b.post('who brings @ann a ladder?');
  await message('who brings').getByRole('button', { name: '@ann' }).waitFor({ state: 'attached' });
  await message('who brings').focus();
  await page.keyboard.press('r');
  await page.getByText('Replying to').waitFor();
  await untilTrue(page, "document.activeElement?.id === 'composer'");
  await page.keyboard.type('here, @be');
  await page.getByRole('option', { name: /ben/ }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Enter');
  await page.keyboard.type('I do');
  await page.keyboard.press('Enter');
  const arrived = await b.waitForMessage('here, @ben I do');
  assert.equal((arrived as unknown as Record<string, unknown>)['parent_message_id'], asked.id);
  const reply = page.getByRole('article').filter({ hasText: 'here,' });
  await reply.getByRole('button', { name: /In reply to.*who brings/ }).waitFor();
  await reply.getByText('Delivered', { exact: true }).waitFor();
  // ArrowUp in the empty field changes what was written last.
  await page.keyboard.press('ArrowUp');
  await page.getByLabel('Edit message').press('End');
  await page.keyboard.type(' it');
  await page.keyboard.press('Enter');
  await reply.getByRole('button', { name: 'edited' }).click();
  const before = page.getByRole('dialog', { name: 'Earlier texts' });
  await before.getByText('I do', { exact: false }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await reply.focus();
  await page.keyboard.press('s');
  await page.getByText('Saved. Find it under Bookmarks.').waitFor();
  await page.getByRole('log').getByRole('button', { name: 'ben', exact: true }).last().press('Enter');
  await page.getByRole('dialog', { name: 'ben' }).getByRole('button', { name: 'Write a message' }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  assertQuiet(ann);
});

test('what was written is found again: called, saved and searched', async () => {
  const { page } = ann;
  await goTo(page, 'Search');
  await page.getByRole('searchbox', { name: 'Search for' }).fill('ladder');
  await page.keyboard.press('Enter');
  await page
    .getByRole('region', { name: 'Results' })
    .getByRole('link', { name: /who brings/ })
    .click();
  await untilTrue(page, 'document.activeElement?.textContent?.includes("who brings")');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Channel, person or page' }).fill('bookm');
  await page.getByRole('option', { name: /Bookmarks/, selected: true }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /here, @ben I do it/ }).waitFor();
  await b.post('@ann once more');
  await page.getByText('1 unread notification').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Notifications' }).click();
  await page.getByRole('link', { name: 'All notifications' }).click();
  await page.getByRole('link', { name: /Unread: ben mentioned you in #general/ }).waitFor();
  await page.getByRole('button', { name: 'Mark all as read' }).press('Enter');
  await page.getByText('Nothing waits for you').waitFor({ state: 'attached' });
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('button', { name: 'Dismiss all' }).press('Enter');
  await page.getByText('When somebody mentions you').waitFor();
  assertQuiet(ann);
});

test('a conversation says how much of it calls; the node keeps it, and the list follows', async () => {
  const { page } = ann;
  await goTo(page, 'Channels');
  await page.getByRole('button', { name: 'Mute and favourite' }).press('Enter');
  const choices = page.getByRole('dialog', { name: 'Mute and favourite' });
  await choices.getByRole('button', { name: 'Add to favourites' }).press('Enter');
  await choices.getByRole('button', { name: 'Remove from favourites' }).waitFor();
  await choices.getByLabel('Notify me of').selectOption('mentions');
  await choices.getByLabel('How long').selectOption({ label: 'For 8 hours' });
  await choices
    .getByLabel('How long')
    .getByText(/^Until .*\d{4}/)
    .waitFor({ state: 'attached' });
  assert.deepEqual(await axeViolations(page), []);
  type Choices = { choices: { conversation: string; level: string; favourite: boolean }[] };
  await becomes(async () => {
    const kept = await a.api<Choices>('GET', '/conversations/choices');
    return kept.choices.map(({ conversation, level, favourite }) => [conversation, level, favourite]);
  }, [['channel:general', 'mentions', true]]);
  await page.keyboard.press('Escape');
  const list = page.getByRole('region', { name: 'Channels' });
  await list.getByRole('link', { name: 'general', description: 'Favourite' }).waitFor();
  await goTo(page, 'Bookmarks');
  await b.post('said quietly');
  await a.waitForMessage('said quietly');
  await b.post('@ann said aloud');
  await page.getByText('1 unread notification').waitFor({ state: 'attached' });
  await goTo(page, 'Messages');
  await page.getByRole('button', { name: 'List options' }).press('Enter');
  await page.getByRole('checkbox', { name: 'Only unread' }).check();
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('checkbox', { name: 'Only unread' }).uncheck();
  await page.keyboard.press('Escape');
  assertQuiet(ann);
});

test('posts come and go live, with a vote, a reaction and a comment', async () => {
  const { page } = ann;
  await goTo(page, 'Social Feed');
  await page.getByText('No posts yet').waitFor();
  await page.getByLabel('Post', { exact: true }).fill('Harvest');
  await page.getByRole('button', { name: 'Add poll' }).press('Enter');
  await page.getByLabel('Question').fill('What first?');
  await page.getByLabel('Choices').fill('Beans\nPeas');
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('button', { name: 'Put into the post' }).press('Enter');
  await page.getByLabel('Who sees it').selectOption('network');
  await page.getByRole('button', { name: 'Post: Local network' }).press('Enter');
  const own = page.getByRole('article', { name: 'Post of ann' });
  await own.getByRole('button', { name: /^Peas/ }).press('Enter');
  await own.getByRole('button', { name: /Peas.*1 vote, 100 %/, pressed: true }).waitFor();
  type Posts = { posts: { id: string; content: string }[] };
  const there = await eventually('the post arrives', async () =>
    (await b.api<Posts>('GET', '/feed')).posts.find(({ content }) => content.startsWith('Harvest')),
  );
  await b.api('POST', `/feed/posts/${there.id}/like`, { reaction_type: 'love' });
  await own.getByRole('button', { name: /^love, 1: ben/ }).waitFor();
  await own.getByRole('button', { name: 'Comment' }).press('Enter');
  await own.getByRole('textbox', { name: 'Comment' }).fill('nice');
  await page.keyboard.press('Enter');
  await own.getByRole('list', { name: 'Comments' }).getByText('nice').waitFor();
  await b.api('POST', '/feed', { content: 'From the other side', visibility: 'network' });
  await page.getByRole('button', { name: '1 new post' }).press('Enter');
  await page.getByRole('article', { name: 'Post of ben' }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  assertQuiet(ann);
});
