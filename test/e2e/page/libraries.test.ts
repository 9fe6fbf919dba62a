/** Libraries in the page (07 section 5): made, joined with a ticket, filled, searched, and left, on two real nodes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, goTo, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'ida' });
const b = new NodeProcess({ name: 'jan' });
let browser: Browser;
let ida: Person;
let jan: Person;

const dialog = (page: Page, name: string | RegExp): Locator => page.getByRole('dialog', { name });
const press = (within: Locator | Page, name: string | RegExp): Promise<void> =>
  within.getByRole('button', { name, exact: true }).click();
const tile = (page: Page, name: string): Locator =>
  page
    .getByRole('region', { name: 'Files', exact: true })
    .getByRole('button', { name: new RegExp(name, 'u') });

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  await Promise.all([a.setUp('ida'), b.setUp('jan')]);
  [ida, jan] = await Promise.all([signedIn(browser, a.url, 'ida'), signedIn(browser, b.url, 'jan')]);
  await Promise.all([goTo(ida.page, 'Libraries'), goTo(jan.page, 'Libraries')]);
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

test('a library is made, and a ticket for it', async () => {
  const { page } = ida;
  assert.deepEqual(await axeViolations(page), []);
  await press(page, 'New library');
  const making = dialog(page, 'New library');
  await making.getByLabel('Name').fill('Holiday');
  await making.getByText('Everything matches: 0 files').waitFor();
  await press(making, 'Create');
  await making.getByText('Say what belongs to it').waitFor();
  await making.getByLabel('Kind').selectOption({ label: 'Pictures' });
  await making.getByText('Matches now: 0 files').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await press(making, 'Create');
  await page.getByRole('heading', { name: 'Holiday', level: 1 }).waitFor();
  await page.getByText('No files yet. Drop some here').waitFor();
  await press(page, 'Invite…');
  const inviting = dialog(page, 'Invite to this library');
  await press(inviting, 'Make a ticket');
  await inviting.getByText('used 0 of 1 times').waitFor();
  await press(inviting, 'Show QR code');
  await inviting.getByRole('img', { name: 'QR code of the ticket' }).waitFor();
  assert.deepEqual(await axeViolations(page), []);
});

test('whoever has the ticket joins with it; nothing else is shared', async () => {
  const ticket = await dialog(ida.page, 'Invite to this library')
    .getByLabel('Ticket', { exact: true })
    .inputValue();
  await press(dialog(ida.page, 'Invite to this library'), 'Close');
  const { page } = jan;
  await press(page, 'Join library');
  const joining = dialog(page, 'Join library');
  await joining.getByLabel('Ticket').fill('canopy:abc');
  await press(joining, 'Join');
  await joining.getByText('It belongs on the page Connect.').waitFor();
  await joining.getByLabel('Ticket').fill(ticket.replace(/.{76}/gu, '$&\n'));
  await press(joining, 'Join');
  await page.getByRole('heading', { name: 'Holiday', level: 1 }).waitFor();
  await page.getByText('No files yet. Drop some here').waitFor();
  assert.deepEqual(await axeViolations(page), []);
});

test('a picture added on one device is on the other, and is found there', async () => {
  const data = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#08f' } })
    .png()
    .toBuffer();
  const files = [
    { name: 'beach.png', mimeType: 'image/png', buffer: data },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') },
  ];
  await ida.page.getByLabel('Files to add').setInputFiles(files);
  await ida.page.getByText('notes.txt was not added. This library takes only pictures.').waitFor();
  await tile(ida.page, 'beach\\.png').waitFor();
  await tile(jan.page, 'beach\\.png').waitFor();
  await jan.page.getByText('1 file, ').waitFor();
  await jan.page.getByRole('searchbox', { name: 'Search these files' }).fill('mountain');
  await jan.page.getByText('No file matches.').waitFor();
  await jan.page.getByRole('searchbox', { name: 'Search these files' }).fill('beach');
  await tile(jan.page, 'beach\\.png').click();
  const file = dialog(jan.page, 'beach.png');
  await file.getByRole('img', { name: 'beach.png' }).waitFor();
  assert.deepEqual(await axeViolations(jan.page), []);
});

test('deleting here keeps it for the others and can be taken back; removing is for everybody', async () => {
  const file = dialog(jan.page, 'beach.png');
  await press(file, 'Delete here…');
  await press(file, 'Delete here');
  await press(file, 'Get it back');
  await file.getByRole('link', { name: 'Download' }).waitFor();
  await press(file, 'Remove from library…');
  await press(file, 'Remove for everybody');
  await file.waitFor({ state: 'detached' });
  await tile(ida.page, 'beach\\.png').waitFor({ state: 'detached' });
});

test('a member that is removed is told so', async () => {
  const { page } = ida;
  const members = page.getByRole('region', { name: 'Members', exact: true });
  await members.getByRole('button', { name: /^Remove .+…$/u }).click();
  const removing = dialog(page, /^Remove .+\?$/u);
  assert.deepEqual(await axeViolations(page), []);
  await press(removing, 'Remove');
  await removing.waitFor({ state: 'detached' });
  await jan.page.getByText('removed this device').waitFor();
  assertQuiet(ida);
  assertQuiet(jan);
});
