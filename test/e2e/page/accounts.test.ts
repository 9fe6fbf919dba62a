/**
 * Profile, Settings and Admin in the browser (05 sections 10.2, 10.11, 10.13 X-5, 10.15 K-2, K-4, K-6): sessions are
 * seen and ended, the password is changed, accounts are approved and suspended, and whoever that ends is told at once.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import {
  assertFits,
  assertQuiet,
  becomes,
  goTo,
  headingHasFocus,
  launchBrowser,
  main,
  openPage,
  untilTrue,
} from './browser.ts';
import type { Person } from './browser.ts';
import { nameEverythingHostile } from './hostile-texts.ts';
import { PAGES } from './screenshots.ts';

const OWNER = 'pat';
const GUEST = 'robin';
const PASSWORD = 'Correct-horse-7';
const HOSTILE = '<img src=x onerror="window.__ran=1">\u202etxt.exe' + 'x'.repeat(400);
const NEW_PASSWORD = 'Better-horse-8';
/** What opens on the pages, by address alone or by a button. */
const OPENING = [
  ['/channels', 'Account'],
  ['/channels', 'Notifications'],
  ['/channels', 'More'],
  ['/channels?new=1', null],
  ['/keys', 'Generate New Key'],
  ['/tasks', 'New task'],
] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What the node logs when a browser reports it. */
const STOPPED = /the content policy of the page stopped something/;

// Signs in more often in a minute than a person does in a month.
const node = new NodeProcess({ name: 'pat', env: { CANOPY_RATE_LIMITS: 'off' } });
let browser: Browser;
let pat: Person;

const log = (page: Page): Locator => page.getByRole('log', { name: 'Messages' });
const region = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Sign in again' });

async function signIn(on: Page | Locator, password: string, username?: string): Promise<void> {
  if (username !== undefined) await on.getByLabel('Username').fill(username);
  await on.getByLabel('Password', { exact: true }).fill(password);
  await on.getByRole('button', { name: 'Sign in' }).click();
}

async function openSignedIn(
  username: string,
  password: string,
  options: Parameters<typeof openPage>[2] = {},
): Promise<Person> {
  const person = await openPage(browser, `${node.url}/login`, options);
  await signIn(person.page, password, username);
  await log(person.page).waitFor();
  return person;
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), node.start()]);
  await node.setUp(OWNER);
  await node.request('POST', '/register', { body: { username: GUEST, password: PASSWORD } });
  pat = await openSignedIn(OWNER, PASSWORD);
});
after(async () => {
  await browser?.close();
  await node.dispose();
});

test('the sessions of the account are listed with where and until when, and ending one tells its page at once', async () => {
  const other = await openSignedIn(OWNER, PASSWORD);
  await goTo(pat.page, 'Profile');
  const sessions = region(pat.page, 'Sessions');
  // The one of the setup, which no browser holds, the other browser, and this one.
  await sessions.getByRole('listitem').nth(2).waitFor();
  const [first] = await sessions.getByRole('listitem').allTextContents();
  assert.match(first ?? '', /This browser/);
  for (const text of await sessions.getByRole('listitem').allTextContents()) {
    assert.match(text, /127\.0\.0\.1/);
    assert.match(text, /expires in 7 days/);
  }
  await sessions.getByRole('button', { name: 'End session: Chrome on Linux' }).click();
  await dialogOf(other.page).waitFor();
  await sessions.getByRole('listitem').nth(2).waitFor({ state: 'detached' });
  await sessions.getByRole('button', { name: 'End all other sessions' }).click();
  await sessions.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
  await becomes(() => sessions.getByRole('button').count(), 0);
  await signIn(dialogOf(other.page), PASSWORD);
  await dialogOf(other.page).waitFor({ state: 'detached' });
  assertQuiet(other);
  await other.context.close();
});

test('a wrong current password and a weak new one are told at their fields', async () => {
  const { page } = pat;
  const password = region(page, 'Password');
  const current = password.getByLabel('Current password');
  await password.getByRole('button', { name: 'Change password' }).click();
  await password.getByText('Type the password you have now.').waitFor();
  await current.fill('Wrong-horse-1');
  await password.getByLabel('New password').fill('short');
  await password.getByRole('button', { name: 'Change password' }).click();
  await password.getByText('The new password does not keep every rule yet.').waitFor();
  await password.getByLabel('New password').fill(NEW_PASSWORD);
  await password.getByRole('button', { name: 'Change password' }).click();
  await password.getByText('Current password is incorrect').waitFor();
  await becomes(() => current.getAttribute('aria-invalid'), 'true');
});

test('the password is changed from the keyboard; other pages ask to sign in again, this one goes on', async () => {
  const { page } = pat;
  const other = await openSignedIn(OWNER, PASSWORD);
  await main(page).getByRole('link', { name: 'API Keys' }).focus();
  await page.keyboard.press('Enter');
  await headingHasFocus(page, 'API Keys');
  await main(page).getByRole('link', { name: 'API Keys' }).focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  const current = region(page, 'Password').getByLabel('Current password');
  await current.waitFor();
  await headingHasFocus(page, 'Profile');
  await current.focus();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type(NEW_PASSWORD);
  await page.keyboard.press('Enter');
  await region(page, 'Password').getByText('Password changed.').waitFor();
  await dialogOf(other.page).waitFor();
  await signIn(dialogOf(other.page), PASSWORD);
  await dialogOf(other.page).getByText('Invalid username or password').waitFor();
  await signIn(dialogOf(other.page), NEW_PASSWORD);
  await dialogOf(other.page).waitFor({ state: 'detached' });
  assertQuiet(other);
  await other.context.close();
  // This page kept its session, also for what needs a token.
  await region(page, 'About you').getByLabel('Display name').fill('Pat of the hill');
  await region(page, 'About you').getByRole('button', { name: 'Save' }).click();
  await region(page, 'About you').getByText('Saved').waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('dialog', { name: 'Account' }).getByText('Pat of the hill').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await dialogOf(page).count(), 0);
});

test('the device profile is saved, with the part of a picture that was chosen', async () => {
  const { page } = pat;
  await goTo(page, 'Settings');
  const device = region(page, 'Device Profile');
  await device.getByLabel('Device name').fill('Hill node');
  await device.getByRole('button', { name: 'Save' }).click();
  await device.getByText('Saved').waitFor();
  await becomes(async () => (await node.api('GET', '/device/profile'))['display_name'], 'Hill node');
  const wide = { width: 300, height: 100, channels: 3 as const, background: '#ff0000' };
  const buffer = await sharp({ create: wide }).png().toBuffer();
  await device
    .getByLabel('Picture of this device')
    .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer });
  const crop = page.getByRole('dialog', { name: 'Crop picture' });
  await crop.getByRole('slider', { name: 'Zoom' }).press('ArrowRight');
  assert.deepEqual(await axeViolations(page), []);
  await crop.getByRole('button', { name: 'Use picture' }).click();
  await device.getByRole('button', { name: 'Change picture' }).waitFor();
  const { avatar_b64: stored } = await node.api<{ avatar_b64: string }>('GET', '/device/profile');
  const { width, height } = await sharp(Buffer.from(stored, 'base64')).metadata();
  assert.equal(width, height);
});

test('the owner approves who waits, and suspends who is here: their page asks to sign in and says why', async () => {
  const guest = await openSignedIn(GUEST, PASSWORD);
  assert.equal(await main(guest.page).getByRole('link', { name: 'Admin' }).count(), 0);
  const { page } = pat;
  await goTo(page, 'Admin');
  const accounts = region(page, 'Accounts');
  await accounts.getByRole('button', { name: `Suspend: ${GUEST}` }).waitFor();
  // Who registers while the page is open is there without a reload.
  const registered = await node.request('POST', '/api/v1/register', {
    body: { username: 'helper-bot', password: PASSWORD, account_type: 'agent' },
  });
  await accounts.getByRole('button', { name: 'Approve: helper-bot' }).click();
  await accounts.getByRole('button', { name: 'Suspend: helper-bot' }).waitFor();
  const kind = accounts.getByRole('combobox', { name: `Kind of ${GUEST}` });
  await kind.selectOption('agent');
  await page.getByRole('status').getByText(`${GUEST} is an agent`).waitFor();
  await kind.selectOption('human');
  await page.getByRole('status').getByText(`${GUEST} is a person`).waitFor();
  const status = await node.request('GET', '/api/v1/auth/status', {
    headers: { 'X-API-Key': String(registered.body['api_key']) },
  });
  assert.equal(status.body['status'], 'active');
  await accounts.getByRole('button', { name: `Suspend: ${GUEST}` }).click();
  await page.getByRole('dialog', { name: `Suspend ${GUEST}?` }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('button', { name: 'Suspend account' }).click();
  await dialogOf(guest.page).waitFor();
  await signIn(dialogOf(guest.page), PASSWORD);
  await dialogOf(guest.page).getByText('Account suspended').waitFor();
  await accounts.getByRole('button', { name: `Lift suspension: ${GUEST}` }).click();
  await accounts.getByRole('button', { name: `Suspend: ${GUEST}` }).waitFor();
  await signIn(dialogOf(guest.page), PASSWORD);
  await dialogOf(guest.page).waitFor({ state: 'detached' });
  await guest.page.goto(`${node.url}/admin`);
  await guest.page.getByText('Only the owner of this node').waitFor();
  // A key that is used, and one that expires: nothing tells the open list of it but the clock.
  const begun = Date.now();
  let used: string | null = null;
  const key = { id: 'key-0123', permissions: ['read_feed'], created_at: null, revoked: false };
  await guest.page.route('**/api/v1/keys', (route) =>
    route.fulfill({
      json: { keys: [{ ...key, expires_at: new Date(begun + DAY_MS).toISOString(), last_used_at: used }] },
    }),
  );
  await guest.page.clock.install({ time: begun });
  await guest.page.goto(`${node.url}/keys`);
  const row = guest.page.getByRole('row', { name: '…0123' });
  await row.getByText('Not yet').waitFor();
  used = new Date(begun).toISOString();
  await guest.page.clock.fastForward(MINUTE_MS);
  await row.getByText('1 minute ago').waitFor();
  await row.getByText('Active').waitFor();
  await guest.page.clock.fastForward(DAY_MS);
  await row.getByText('Expired').waitFor();
  assertQuiet(guest);
  await guest.context.close();
});

test('a task is written down, moved and changed by the keyboard alone; what others write in one stays text', async () => {
  const { page } = pat;
  await main(page).getByRole('link', { name: 'Tasks' }).focus();
  await page.keyboard.press('Enter');
  await headingHasFocus(page, 'Tasks');
  await page.getByRole('button', { name: 'New task' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New task' });
  await dialog.waitFor();
  await page.keyboard.type('Paint the fence');
  await page.keyboard.press('Enter');
  const state = page.getByRole('combobox', { name: 'State of Paint the fence' });
  await state.waitFor();
  await dialog.waitFor({ state: 'detached' });
  await state.press('b');
  await region(page, 'Blocked').getByRole('link', { name: 'Paint the fence' }).waitFor();
  // The focus went along with the card.
  await untilTrue(page, "document.activeElement?.getAttribute('aria-label') === 'State of Paint the fence'");
  await node.api('POST', '/tasks', { title: HOSTILE, description: HOSTILE, priority: 'critical' });
  // Another page, or a program, wrote it: it is here without a reload.
  await region(page, 'Open').getByRole('link', { name: 'onerror' }).click();
  const task = page.getByRole('dialog', { name: 'Task' });
  await becomes(() => task.getByLabel('Title').inputValue(), HOSTILE);
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await task.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate('window.__ran'), undefined);
  // What was written while the page heard nothing is read when it hears again.
  await node.stop();
  await node.start();
  await node.api('POST', '/tasks', { title: 'Written meanwhile' });
  await region(page, 'Open').getByRole('link', { name: 'Written meanwhile' }).waitFor();
});

test('the page chosen in Settings is where the address alone leads; without a choice, the last conversation', async () => {
  const { page } = pat;
  await page.goto(`${node.url}/channels/locate?message_id=${(await node.post('find me')).id}`);
  await log(page).getByText('find me').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('channel'), 'general');
  await page.goto(node.url);
  await log(page).waitFor();
  await goTo(page, 'Settings');
  await page.getByLabel('Default landing page').selectOption('feed');
  await page.goto(node.url);
  await page.getByRole('heading', { name: 'Social Feed' }).waitFor();
  await goTo(page, 'Settings');
  await page.getByLabel('Default landing page').selectOption('last');
  await region(page, 'Appearance').getByText('Saved', { exact: true }).waitFor();
  await page.goto(node.url);
  await log(page).waitFor();
});

test('the node says what it is and what it keeps, cleans up, and shows its log', async () => {
  const { page } = pat;
  await goTo(page, 'Settings');
  await region(page, 'About this node').getByText('Data directory').waitFor();
  await region(page, 'Storage').getByRole('button', { name: 'Clean up now' }).click();
  await region(page, 'Storage').getByText('Nothing had expired.').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    region(page, 'Storage').getByRole('link', { name: 'Export database' }).click(),
  ]);
  await region(page, 'Storage').getByRole('button', { name: 'Import database…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import database' });
  await dialog.getByLabel('Database', { exact: true }).setInputFiles(await download.path());
  await dialog.getByLabel('Type IMPORT DATABASE to confirm').fill('IMPORT DATABASE');
  assert.deepEqual(await axeViolations(page), []);
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await region(page, 'Storage').getByText('An imported database waits').waitFor();
  await region(page, 'Storage').getByRole('button', { name: 'Keep the present one' }).click();
  await region(page, 'Storage').getByText('An imported database waits').waitFor({ state: 'detached' });
  await goTo(page, 'Admin');
  await region(page, 'Log').getByText('the node is running').first().waitFor();
  await page.getByLabel('Contains').fill('no line says this');
  await page.keyboard.press('Enter');
  await region(page, 'Log').getByText('No line is like that.').waitFor();
});

test('a page that cannot be drawn says so in the usual frame, and the others go on', async () => {
  const { page } = pat;
  await page.route('**/api/v1/trust', (route) => route.fulfill({ json: { trust_scores: null } }));
  await goTo(page, 'Trust Network');
  await page.getByRole('heading', { name: 'Something went wrong' }).waitFor();
  const errorId = (await page.getByText('under the error id').locator('code').textContent()) ?? 'none';
  const logged = new RegExp(`"at":\\["[\\w-]+\\.js:\\d.*"error_id":"${errorId}"`, 'u');
  await eventually('the log has it', () => Promise.resolve(logged.test(node.output)));
  assert.deepEqual(await axeViolations(page), []);
  await page.unroute('**/api/v1/trust');
  await goTo(page, 'Settings');
  await region(page, 'About this node').getByText('Data directory').waitFor();
  // A layer over the page that fails goes by itself.
  await page.evaluate(NO_LISTBOX);
  await page.keyboard.press('Control+k');
  await page.getByText('What you opened could not be shown').first().waitFor();
  assert.equal(await region(page, 'About this node').isVisible(), true);
  await page.reload();
  await region(page, 'About this node').getByText('Data directory').waitFor();
  // One that is still on its way when somebody goes on does not keep the focus from the next.
  await page.evaluate(TWO_PAGES_IN_A_HURRY);
  await headingHasFocus(page, 'Trust Network');
  assert.deepEqual(
    pat.complaints.splice(0).filter((text) => !text.startsWith('script error')),
    [],
  );
});

/** Goes to a page whose code is not there yet, and in the next frame to another. */
const TWO_PAGES_IN_A_HURRY = `new Promise((done) => {
  const go = (path) => {
    const link = document.querySelector('nav a[href="' + path + '"]');
    link.focus();
    link.click();
  };
  go('/help');
  requestAnimationFrame(() => {
    go('/trust');
    done();
  });
})`;

/** No list of choices can be drawn any more. */
const NO_LISTBOX = `{
  const set = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (value === 'listbox') throw new Error('cannot be drawn');
    return set.call(this, name, value);
  };
}`;

const SPACED = `{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
  document.adoptedStyleSheets = [sheet];
}`;

test('whatever everything is called, every page stands at 400 %, runs nothing and moves nothing; what opens does, too', async () => {
  const person = await openSignedIn(OWNER, NEW_PASSWORD, { width: 320, height: 700, still: true });
  const { page } = person;
  await nameEverythingHostile(page);
  for (const address of PAGES.filter((one) => !['/setup', '/login', '/register'].includes(one))) {
    await page.goto(node.url + address);
    await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
    await untilTrue(page, 'document.querySelector("main").innerText.trim().includes("\\n")');
    assert.equal(await page.getByRole('heading', { name: 'Something went wrong' }).count(), 0, address);
    await assertFits(page, address);
    // As wide apart as somebody may set letters, words and lines (WCAG 1.4.12).
    await page.evaluate(SPACED);
    await assertFits(page, `${address} with text spread out`);
    assert.equal(await page.evaluate('window.__ran'), undefined, address);
  }
  for (const [address, name] of OPENING) {
    await page.goto(node.url + address);
    if (name !== null) await page.getByRole('button', { name, exact: true }).first().click();
    const opened = page.locator('dialog[open], :popover-open').first();
    await opened.waitFor();
    await assertFits(page, `${address} ${name ?? ''}`);
    assert.equal(
      await opened.evaluate((element) => element.scrollWidth <= element.clientWidth),
      true,
      `what opens on ${address} scrolls to the side`,
    );
  }
  assertQuiet(person);
  await person.context.close();
});

// Here and in promises some of the widths and schemes; the long tests look at all of them, on every page.
for (const [width, height, colorScheme] of [
  [390, 844, 'dark'],
  [768, 1024, 'light'],
] as const) {
  test(`axe finds nothing and nothing is cut off at ${width}×${height} in ${colorScheme}`, async () => {
    const person = await openSignedIn(OWNER, NEW_PASSWORD, { width, height, colorScheme });
    const { page } = person;
    for (const [name, shown] of [
      ['Profile', 'This browser'],
      ['Settings', 'Device name'],
      ['Admin', 'the node is running'],
      // The long tests look at these in every width and scheme.
      ...(colorScheme === 'light'
        ? ([
            ['Tasks', 'Paint the fence'],
            ['Trust Network', 'Every device this node meets'],
            ['Help', 'It listens on'],
          ] as const)
        : []),
    ] as const) {
      await goTo(page, name);
      await page.getByText(shown).first().waitFor();
      assert.deepEqual(await axeViolations(page), [], name);
      await becomes(() => page.evaluate('document.documentElement.scrollWidth > innerWidth'), false);
    }
    // A wider column has room for all of them on pages without a list.
    if (width < 720) {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('dialog', { name: 'More pages' }).waitFor();
      assert.deepEqual(await axeViolations(page), [], 'More');
    }
    assertQuiet(person);
    await person.context.close();
  });
}

test('no request left the node, nothing broke the content security policy; what does is stopped and logged', async () => {
  assertQuiet(pat);
  assert.doesNotMatch(node.output, STOPPED);
  const markup = `try { document.body.insertAdjacentHTML('beforeend', '<b>made of text</b>'); 'done' } catch { 'stopped' }`;
  assert.equal(await pat.page.evaluate(markup), 'stopped');
  await eventually('the node is told', () => Promise.resolve(STOPPED.test(node.output)));
});
