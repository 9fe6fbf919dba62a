/** Files in the page: added by button, paste and drop, seen on another node, and never run in our origin. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, becomes, launchBrowser, openPage, setUpInBrowser, untilTrue } from './browser.ts';
import type { Person } from './browser.ts';

const a = new NodeProcess({ name: 'fay' });
const b = new NodeProcess({ name: 'gus' });
let browser: Browser;
let fay: Person;
let gus: Person;

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  [fay, gus] = await Promise.all([openPage(browser, a.url), openPage(browser, b.url)]);
  await setUpInBrowser(fay, 'fay');
  await setUpInBrowser(gus, 'gus');
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

const picture = (side: number, background: string): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer();
const region = (page: Page): Locator => page.getByRole('region', { name: '#general' });
const tray = (page: Page): Locator => page.getByRole('list', { name: 'Files to send' });
const send = (page: Page): Locator => page.getByRole('button', { name: 'Send', exact: true });

/** Hands files to the page the way a paste or a drop does. */
async function handOver(
  page: Page,
  how: 'paste' | 'drop',
  name: string,
  type: string,
  data: Buffer,
): Promise<void> {
  const values = JSON.stringify([how, name, type, data.toString('base64')]);
  await page.evaluate(`{
    const [how, name, type, base64] = ${values};
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, { type }));
    const options = { bubbles: true, cancelable: true };
    document.querySelector('#composer').dispatchEvent(
      how === 'paste'
        ? new ClipboardEvent('paste', { ...options, clipboardData: carried })
        : new DragEvent('drop', { ...options, dataTransfer: carried }),
    );
  }`);
}

test('a picture by button, one by paste and a text by drop go with one message', async () => {
  const { page } = fay;
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer: await picture(1200, '#2a6') });
  await handOver(page, 'paste', 'small.png', 'image/png', await picture(40, '#a26'));
  await handOver(page, 'drop', 'notes.txt', 'text/plain', Buffer.from('some notes'));
  await tray(page).getByRole('button', { name: 'Remove notes.txt' }).waitFor();
  await becomes(() => tray(page).getByRole('listitem').count(), 3);
  await tray(page).getByRole('textbox', { name: 'Description of big.png' }).fill('A green field');
  await tray(page).getByRole('button', { name: 'Move up notes.txt' }).press('Enter');
  assert.deepEqual(await axeViolations(page), []);
  await page.getByRole('textbox', { name: 'Message' }).fill('three files');
  await send(page).click();
  const message = region(page).getByRole('article').filter({ hasText: 'three files' });
  await message.getByRole('img', { name: 'A green field' }).waitFor();
  await tray(page).waitFor({ state: 'detached' });
  // The small picture is what is shown, in its own size.
  await untilTrue(page, `document.querySelector('img[alt="A green field"]').naturalWidth === 800`);
  await message.getByRole('img', { name: 'A green field' }).click();
  const large = page.getByRole('dialog', { name: 'big.png' });
  await large.getByRole('button', { name: 'Full size' }).waitFor();
  await page.keyboard.press('+');
  await large.getByRole('button', { name: 'Larger' }).waitFor();
  await page.keyboard.press('+');
  await untilTrue(
    page,
    `document.querySelector('.lightbox-frame img').getBoundingClientRect().width === 2400`,
  );
  await page.keyboard.press('0');
  await large.getByRole('button', { name: 'Full size' }).waitFor();
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'detached' });
  await message.getByRole('button', { name: 'Preview notes.txt' }).press('Enter');
  const preview = page.getByRole('dialog', { name: 'notes.txt' });
  await preview.getByText('some notes').waitFor();
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await preview.waitFor({ state: 'detached' });
  const download = page.waitForEvent('download');
  await message.getByRole('link', { name: /notes\.txt/ }).click();
  assert.equal((await download).suggestedFilename(), 'notes.txt');
  assert.deepEqual(await axeViolations(page), []);
});

/** One page with one word, and a script that would say so if it ran in the page. */
function pdfFile(): Buffer {
  const content = 'BT /F 40 Tf 20 100 Td (Paper) Tj ET';
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (this.title = document.cookie) >> >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  const body = objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('');
  return Buffer.from(`%PDF-1.4\n${body}trailer << /Size 6 /Root 1 0 R >>\n%%EOF\n`);
}

test('a PDF is shown by the viewer of the browser, and only where it has one', async () => {
  const { page } = fay;
  await handOver(page, 'drop', 'paper.pdf', 'application/pdf', pdfFile());
  await tray(page).getByRole('button', { name: 'Remove paper.pdf' }).waitFor();
  await page.getByRole('textbox', { name: 'Message' }).fill('a paper');
  await becomes(() => send(page).isEnabled(), true);
  await send(page).click();
  const message = region(page).getByRole('article').filter({ hasText: 'a paper' });
  await message.getByRole('link', { name: /paper\.pdf/ }).waitFor();
  const preview = message.getByRole('button', { name: 'Preview paper.pdf' });
  if ((await page.evaluate('navigator.pdfViewerEnabled')) !== true) {
    assert.equal(await preview.count(), 0);
    return;
  }
  await preview.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'paper.pdf' });
  await dialog.getByTitle('Content of paper.pdf').waitFor();
  // Chromium draws it in a page of its own, which belongs to no origin of ours.
  const viewer = (): boolean => page.frames().some((frame) => frame.url().startsWith('chrome-extension://'));
  await becomes(() => Promise.resolve(viewer()), true);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'detached' });
});

test('where less motion is wished, a picture that moves stands still until it is played', async () => {
  const { page } = fay;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const pixels = Buffer.alloc(20 * 40 * 3, 90).fill(200, 20 * 20 * 3);
  const gif = await sharp(pixels, { raw: { width: 20, height: 40, channels: 3, pageHeight: 20 } })
    .gif()
    .toBuffer();
  await handOver(page, 'paste', 'moves.gif', 'image/gif', gif);
  await handOver(page, 'paste', 'stands.png', 'image/png', await picture(20, '#26a'));
  await page.getByRole('textbox', { name: 'Message' }).fill('two pictures');
  await becomes(() => send(page).isEnabled(), true);
  await send(page).click();
  const message = region(page).getByRole('article').filter({ hasText: 'two pictures' });
  const source = (name: string): Promise<string | null> =>
    message.getByRole('img', { name }).getAttribute('src');
  await message.getByRole('button', { name: 'Play moves.gif' }).waitFor();
  assert.match((await source('moves.gif')) ?? '', /^blob:/u);
  assert.match((await source('stands.png')) ?? '', /^\/files\//u);
  await message.getByRole('button', { name: 'Play moves.gif' }).press('Enter');
  await message.getByRole('button', { name: 'Pause moves.gif' }).waitFor();
  assert.match((await source('moves.gif')) ?? '', /^\/files\//u);
  assert.equal(await message.getByRole('button', { name: /stands/u }).count(), 0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
});

test('what the node refuses says why at the file, and can be taken out', async () => {
  const { page } = fay;
  await page.route('**/files/uploads/**', (route) =>
    route.fulfill({ status: 400, json: { error: 'File is empty', code: 'file_empty' } }),
  );
  await handOver(page, 'drop', 'hollow.txt', 'text/plain', Buffer.from('x'));
  await tray(page).getByText('File is empty').waitFor();
  await becomes(() => send(page).isDisabled(), true);
  await tray(page).getByRole('button', { name: 'Remove hollow.txt' }).click();
  await tray(page).waitFor({ state: 'detached' });
  await page.unroute('**/files/uploads/**');
});

test('a file of any kind can be sent; a source is read in place, whatever the browser calls it', async () => {
  const { page } = fay;
  await handOver(page, 'drop', 'letter.docx', 'application/msword', Buffer.from('PK\u0003\u0004'));
  await handOver(page, 'drop', 'add.ts', 'video/mp2t', Buffer.from('export const sum = 2;'));
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('both kinds');
  await becomes(() => send(page).isEnabled(), true);
  await send(page).click();
  const message = region(page).getByRole('article').filter({ hasText: 'both kinds' });
  await message.getByRole('link', { name: /letter\.docx/ }).waitFor();
  assert.equal(await message.getByRole('button', { name: 'Preview letter.docx' }).count(), 0);
  await message.getByRole('button', { name: 'Preview add.ts' }).click();
  const preview = page.getByRole('dialog', { name: /add\.ts/ });
  await preview.getByText('export const sum = 2;').waitFor();
  await page.keyboard.press('Escape');
});

test('an upload goes on when the node was away, and its text is kept', async () => {
  const { page, context } = fay;
  const size = 12 * 1024 * 1024;
  const wire = await context.newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1 };
  await wire.send('Network.enable');
  await wire.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: 2 * 1024 * 1024 });
  const draft = page.getByRole('textbox', { name: 'Message', exact: true });
  await draft.fill('while it was away');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'long.txt', mimeType: 'text/plain', buffer: Buffer.alloc(size, 'long ') });
  const progress = tray(page).getByRole('progressbar', { name: 'Uploading long.txt' });
  await eventually(
    'some of it is there',
    async () => Number(await progress.getAttribute('value')) > 2_000_000,
  );
  const mayLeave = (): Promise<boolean> =>
    page.evaluate<boolean>("dispatchEvent(new Event('beforeunload', { cancelable: true }))");
  assert.equal(await mayLeave(), false, 'the browser asks before the upload is lost');
  await a.stop('SIGKILL');
  await tray(page).getByText('Paused at').waitFor();
  await page.getByText('This node is not answering.', { exact: true }).waitFor();
  await wire.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
  const sizes: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PUT') sizes.push(new URL(request.url()).searchParams.get('offset') ?? '');
  });
  await a.start();
  await tray(page).getByRole('button', { name: 'Remove long.txt' }).waitFor();
  assert.equal(await mayLeave(), true);
  // Not from the beginning.
  assert.ok(Number(sizes.at(-1)) > 0, sizes.join());
  await send(page).click();
  const message = region(page).getByRole('article').filter({ hasText: 'while it was away' });
  await message.getByRole('link', { name: /long\.txt/ }).waitFor();
  await wire.detach();
});

test('a page that was uploaded is saved, not opened; its scripts see nothing of ours', async () => {
  const { page } = fay;
  const html = Buffer.from('<!doctype html><script>window.opener.document.title = "taken"</script>');
  await handOver(page, 'drop', 'app.canopy-module.html', 'text/html', html);
  await tray(page).getByRole('button', { name: 'Remove app.canopy-module.html' }).waitFor();
  await send(page).click();
  const link = region(page).getByRole('link', { name: /app\.canopy-module\.html/ });
  await link.waitFor();
  const address = await link.getAttribute('href');
  const download = page.waitForEvent('download');
  await page.evaluate(`void window.open(${JSON.stringify(address)})`);
  await download;
  assert.notEqual(await page.title(), 'taken');
});

test('on another node the files appear, the large one when it has come', async () => {
  const invite = await fay.page.evaluate<string>(
    `fetch('/api/v1/p2p/invite', { headers: { 'X-Canopy-Page': '1' } }).then((answer) => answer.json()).then((body) => body.invite_code)`,
  );
  assert.match(invite, /^canopy:/);
  await gus.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Connect' }).click();
  const friend = gus.page.getByRole('region', { name: "Import Friend's Invite" });
  await friend.getByRole('textbox', { name: 'Invite code' }).fill(invite);
  await friend.getByRole('button', { name: 'Connect' }).click();
  await gus.page.getByRole('region', { name: 'Connected Peers' }).getByText('Direct').waitFor();
  await fay.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Connect' }).click();
  await fay.page.getByRole('region', { name: 'Requests' }).getByRole('button', { name: 'Accept' }).click();
  await fay.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Channels' }).click();
  await gus.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Channels' }).click();

  const noise = await sharp(
    Buffer.alloc(900 * 900 * 3).map(() => Math.floor(Math.random() * 256)),
    {
      raw: { width: 900, height: 900, channels: 3 },
    },
  )
    .png()
    .toBuffer();
  await fay.page
    .locator('input[type=file]')
    .setInputFiles({ name: 'noise.png', mimeType: 'image/png', buffer: noise });
  await tray(fay.page).getByRole('button', { name: 'Remove noise.png' }).waitFor();
  await send(fay.page).click();
  await region(gus.page).getByRole('img', { name: 'noise.png' }).waitFor();
  await region(fay.page)
    .getByRole('list', { name: 'Where noise.png goes' })
    .getByText(/^Sent to/)
    .waitFor();
  await region(gus.page).getByRole('img', { name: 'small.png' }).waitFor();
  // 12 MiB, whole, without a reload.
  await region(gus.page)
    .getByRole('link', { name: /long\.txt/ })
    .waitFor();
  await region(gus.page).getByRole('img', { name: 'A green field' }).waitFor();
  for (const person of [fay, gus]) assertQuiet(person);
});
