/**
 * The page without a pointer (05 section 12, line 9): nothing here is clicked or filled in. Whoever sits here has a
 * keyboard, hears the name and role of what has the focus, and goes on from there.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../node-process.ts';
import { assertQuiet, becomes, focusIs, headingHasFocus, launchBrowser, openPage } from './browser.ts';
import type { Person } from './browser.ts';

const here = new NodeProcess({ name: 'kim' });
const there = new NodeProcess({ name: 'lou' });
/** More steps than any way here takes. */
const MAX_STEPS = 40;
let browser: Browser;
let kim: Person;

const keys = (...presses: string[]): Promise<void> => pressAll(kim.page, presses);
const type = (text: string): Promise<void> => kim.page.keyboard.insertText(text);
/** Role, name and value of what has the focus. */
const heard = async (): Promise<string> => {
  const focused = kim.page.locator(':focus');
  if ((await focused.count()) === 0) return 'nothing';
  return ((await focused.ariaSnapshot()).split('\n')[0] ?? '').replace(/:$/u, '');
};
const log = () => kim.page.getByRole('log', { name: 'Messages' });

async function pressAll(page: Page, presses: readonly string[]): Promise<void> {
  for (const press of presses) await page.keyboard.press(press);
}

/** Presses `key` until what has the focus is heard as `name`. */
async function reach(name: RegExp, key = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const now = await heard();
    if (name.test(now)) return;
    passed.push(now);
    await keys(key);
  }
  assert.fail(`${key} does not lead to ${String(name)}, but past ${passed.join('; ')}`);
}

/** By the switcher. */
async function goBySwitcher(name: string): Promise<void> {
  await keys('Control+k');
  await focusIs(kim.page, 'Channel, person or page');
  await type(name);
  await kim.page.getByRole('option', { name, selected: true }).waitFor();
  await keys('Enter');
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), here.start(), there.start()]);
  await Promise.all([here.setUp('kim'), there.setUp('lou')]);
  for (const name of ['alpha', 'beta']) await here.api('POST', '/channels', { name });
  kim = await openPage(browser, `${here.url}/login`);
});
after(async () => {
  await browser?.close();
  await Promise.all([here.dispose(), there.dispose()]);
});

test('sign in: what is wrong is heard at its field, which has the focus', async () => {
  await focusIs(kim.page, /^$/);
  await type('kim');
  await keys('Tab');
  await type('not the password');
  await keys('Enter');
  const password = kim.page.getByLabel('Password', { exact: true });
  await becomes(() => password.getAttribute('aria-invalid'), 'true');
  assert.match((await password.getAttribute('aria-describedby')) ?? '', /-note/u);
  await eventually('the field has the focus', async () => (await heard()).includes('Password'));
  await keys('Control+a');
  await type('Correct-horse-7');
  await keys('Enter');
  await kim.page.getByRole('region', { name: '#general' }).waitFor();
  await becomes(heard, '- textbox "Message"');
});

test('connect with a code', async () => {
  const { invite_code: code } = await there.api<{ invite_code: string }>('GET', '/p2p/invite');
  await goBySwitcher('Connect');
  await headingHasFocus(kim.page, 'Connect');
  // The other one holds the code of this node.
  await reach(/^- textbox "Invite code"$/u);
  await type(code);
  await reach(/^- button "Connect"$/u);
  await keys('Enter');
  const peer = await here.peerId();
  await eventually('lou is asked', async () => {
    const { requests } = await there.api<{ requests: unknown[] }>('GET', '/p2p/requests');
    return requests.length === 1;
  });
  await there.api('POST', `/p2p/requests/${peer}`, { action: 'accept' });
  await kim.page.getByRole('region', { name: 'Connected Peers' }).getByText('Direct').waitFor();
});

test('write, react, reply, and find it again', async () => {
  await goBySwitcher('#general');
  await becomes(heard, '- textbox "Message"');
  await type('written without a pointer');
  await keys('Enter');
  await there.waitForMessage('written without a pointer');
  await becomes(heard, '- textbox "Message"');
  await reach(/^- log "Messages"/u, 'Shift+F6');
  await keys('ArrowUp');
  await focusIs(kim.page, /written without a pointer/u);
  await keys('+');
  await eventually('the choice has the focus', async () => (await heard()).startsWith('- menuitem'));
  await keys('Enter');
  await log()
    .getByRole('button', { name: /, 1: kim/u })
    .waitFor();
  await focusIs(kim.page, /written without a pointer/u);
  await keys('r');
  await becomes(heard, '- textbox "Message"');
  await type('and answered');
  await keys('Enter');
  await there.waitForMessage('and answered');
  await keys('Control+Shift+F');
  await eventually('one can type', async () => /^- searchbox/u.test(await heard()));
  await type('pointer');
  await keys('Enter');
  await kim.page
    .getByText(/1 (?:message|result)/u)
    .first()
    .waitFor();
  await reach(/written without a pointer/u);
  await keys('Enter');
  await focusIs(kim.page, /written without a pointer/u);
});

test('Escape gives up a reply, then a conversation counts as read; Ctrl+U is for what is written now', async () => {
  await keys('r');
  await becomes(heard, '- textbox "Message"');
  await kim.page.getByText('Replying to').waitFor();
  await there.post('meanwhile');
  await log().getByText('meanwhile').waitFor();
  await keys('Shift+F6', 'ArrowUp', 'Escape');
  await kim.page.getByText('Replying to').waitFor({ state: 'detached' });
  await becomes(heard, '- textbox "Message"');
  await keys('Shift+F6', 'ArrowUp');
  await focusIs(kim.page, /meanwhile/u);
  await keys('m');
  await reach(/^- menuitem "Mark unread from here"/u, 'ArrowDown');
  await keys('Enter');
  await log().getByText('New', { exact: true }).waitFor();
  const general = kim.page.getByRole('region', { name: 'Channels', exact: true });
  await general.getByRole('link', { name: 'general, 1 unread', exact: true }).waitFor();
  await eventually('the focus is back', async () => /article/u.test(await heard()));
  await keys('Escape');
  await becomes(heard, '- textbox "Message"');
  await log().getByText('New', { exact: true }).waitFor({ state: 'detached' });
  await keys('Shift+F6', 'ArrowUp', 'Enter');
  await becomes(heard, '- textbox "Reply in thread"');
  const [chooser] = await Promise.all([kim.page.waitForEvent('filechooser'), keys('Control+u')]);
  await chooser.setFiles({ name: 'beside.txt', mimeType: 'text/plain', buffer: Buffer.from('beside') });
  const beside = kim.page.getByRole('complementary').getByRole('button', { name: 'Remove beside.txt' });
  await beside.waitFor();
  await reach(/^- button "Remove beside.txt"/u, 'Shift+Tab');
  await keys('Enter');
  await beside.waitFor({ state: 'detached' });
  await reach(/Reply in thread/u);
  await keys('Escape');
  await kim.page.getByRole('complementary').waitFor({ state: 'detached' });
});

test('Alt with arrows goes through the list as it stands; a slash means nothing where nothing is read', async () => {
  const listed = await kim.page
    .getByRole('region', { name: 'Channels', exact: true })
    .getByRole('link')
    .allInnerTexts();
  const names = listed.map((text) => text.replace(/^#\s*/u, '').split('\n')[0] ?? '');
  assert.deepEqual([...names].sort(), ['agent-start-here', 'alpha', 'beta', 'general']);
  const from = names.indexOf('general');
  for (let step = 1; step <= names.length; step += 1) {
    await keys('Alt+ArrowDown');
    const next = names[(from + step) % names.length] ?? '';
    await kim.page.getByRole('region', { name: `#${next}` }).waitFor();
  }
  await keys('Control+,');
  await headingHasFocus(kim.page, 'Settings');
  await keys('/');
  await goBySwitcher('#general');
  await becomes(heard, '- textbox "Message"');
  assert.equal(await kim.page.getByRole('complementary').count(), 0);
});

test('change the relay policy', async () => {
  await keys('Control+,');
  await headingHasFocus(kim.page, 'Settings');
  await reach(/^- combobox "Relay policy"/u);
  await keys('F');
  await kim.page.getByRole('region', { name: 'Mesh Relay' }).getByText('Saved').waitFor();
  const { relay_policy: policy } = await here.api<{ relay_policy: string }>('GET', '/p2p/relay_status');
  assert.equal(policy, 'full_relay');
});

test('make a key and revoke it', async () => {
  await goBySwitcher('API Keys');
  await headingHasFocus(kim.page, 'API Keys');
  await reach(/^- button "Generate New Key"/u);
  await keys('Enter');
  await reach(/^- textbox "Name"/u);
  await type('by keyboard');
  await reach(/^- button "Generate Key"/u);
  await keys('Enter');
  await kim.page.getByLabel('API key', { exact: true }).waitFor();
  await reach(/^- button "Done"/u);
  await keys('Enter');
  await kim.page.getByRole('row', { name: /by keyboard/u }).waitFor();
  await reach(/^- button "Revoke"/u);
  await keys('Enter');
  await reach(/^- button "Revoke key"/u);
  await keys('Enter');
  await kim.page.getByRole('row', { name: /by keyboard.*revoked/iu }).waitFor();
  // What is made elsewhere is in the list without a reload.
  await here.api('POST', '/keys', { name: 'made elsewhere', permissions: ['read_feed'] }, [201]);
  await kim.page.getByRole('row', { name: /made elsewhere/u }).waitFor();
  assertQuiet(kim);
});
