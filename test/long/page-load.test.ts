/**
 * The lines of the acceptance walk that take their time (05 section 12): a long catch-up under the fingers (line 14)
 * and a large file on the other open page (line 3).
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../e2e/node-process.ts';
import { assertQuiet, becomes, launchBrowser, signedIn } from '../e2e/page/browser.ts';
import type { Person } from '../e2e/page/browser.ts';

const FILE_BYTES = 12 * 1024 * 1024;
/** Written where the other could not hear it: half before what it wrote itself, half after. */
const MISSED = 3_000;
const OWN = 60;
/** Read while the others come: in the middle of one's own messages. */
const READ = 'own 30';
/** Short enough to stay on one line: a taller composer leaves less room to read in. */
const TYPED = 'the quick brown fox jumps over the lazy dog.';
const AT_ONCE = 20;
/** Between two keys of somebody who types fast. */
const KEY_MS = 30;

const log = (page: Page): Locator => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What the page showed at every frame since {@link watchFrames}. */
interface Frames {
  /** The words of the progress, each once. */
  progress: string[];
  /** Where the message that is read stood. */
  places: (number | string)[];
}

async function watchFrames(page: Page, text: string): Promise<() => Promise<Frames>> {
  await page.evaluate(`{
    const progress = new Set(), places = new Set();
    const look = () => {
      const read = [...document.querySelectorAll('[role=log] .text')]
        .find((one) => one.textContent.trim() === ${JSON.stringify(text)});
      const place = read === undefined ? 'gone' : Math.round(read.getBoundingClientRect().top);
      places.add(place);
      const said = /Catching up \\d+ %/u.exec(document.querySelector('header.status').textContent);
      if (said !== null) progress.add(said[0]);
      requestAnimationFrame(look);
    };
    look();
    window.__frames = () => ({ progress: [...progress], places: [...places] });
  }`);
  return () => page.evaluate<Frames>('window.__frames()');
}

describe('two nodes, one of which missed much', () => {
  // More is written in a minute than a person may.
  const env = { CANOPY_RATE_LIMITS: 'off' };
  const a = new NodeProcess({ name: 'ann', env });
  const b = new NodeProcess({ name: 'ben', env });
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  async function write(node: NodeProcess, name: string, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, to - at) }, (_, i) => node.post(`${name} ${at + i}`)),
      );
  }

  /** Messages are ordered by seconds. */
  const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_100));

  before(async () => {
    [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
    await Promise.all([a.setUp('ann'), b.setUp('ben')]);
    await write(a, 'missed', 0, MISSED / 2);
    await nextSecond();
    await write(b, 'own', 0, OWN);
    await nextSecond();
    await write(a, 'missed', MISSED / 2, MISSED);
    [ann, ben] = await Promise.all([signedIn(browser, a.url, 'ann'), signedIn(browser, b.url, 'ben')]);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([a.dispose(), b.dispose()]);
  });

  test('a long catch-up is shown and takes neither keys nor the place one reads at', async () => {
    const { page } = ben;
    const read = log(page).getByText(READ, { exact: true });
    await page.getByRole('button', { name: 'Close first steps' }).click();
    await log(page).hover();
    await eventually('one reads in the middle', async () => {
      if ((await read.count()) === 0) await page.mouse.wheel(0, -400);
      return (await read.count()) > 0;
    });
    await read.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await composer(page).focus();
    const frames = await watchFrames(page, READ);
    // Waited for from before it begins: it may be over by the time that joining has been answered.
    await Promise.all([page.getByText(/^Catching up \d+ %$/).waitFor(), b.join(a, '127.0.0.1', a.meshPort)]);
    await eventually('it has caught up', async () => {
      await composer(page).pressSequentially(TYPED, { delay: KEY_MS });
      await becomes(() => composer(page).inputValue(), TYPED);
      await composer(page).fill('');
      return (await page.getByText(/^Catching up \d+ %$/).count()) === 0;
    });
    const seen = await frames();
    // How often it moves is for the machine; what it says is looked at where it is held (`e2e/page/catch-up.test.ts`).
    assert.ok(seen.progress.length > 0);
    assert.equal(seen.places.length, 1, `the view moved: ${seen.places.join()}`);
    await b.waitForMessage(`missed ${MISSED - 1}`);
    assertQuiet(ben);
  });

  test('a file of 12 MiB appears on the other open page, whole and without a reload', async () => {
    let loads = 0;
    ben.page.on('domcontentloaded', () => (loads += 1));
    const bytes = Buffer.alloc(FILE_BYTES, 'a line of the large file\n');
    await ann.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'large.txt', mimeType: 'text/plain', buffer: bytes });
    await ann.page.getByRole('button', { name: 'Remove large.txt' }).waitFor();
    await composer(ann.page).fill('twelve of them');
    await ann.page.getByRole('button', { name: 'Send', exact: true }).click();
    await ben.page
      .getByRole('button', { name: /^(Jump to newest|[\d.,]+ new messages?)$/ })
      .first()
      .click();
    const link = log(ben.page)
      .getByRole('article')
      .filter({ hasText: 'twelve of them' })
      .getByRole('link', { name: /large\.txt/ });
    await link.waitFor();
    const begun = ben.page.waitForEvent('download');
    await link.click();
    assert.equal(hash(readFileSync(await (await begun).path())), hash(bytes));
    assert.equal(loads, 0);
    for (const person of [ann, ben]) assertQuiet(person);
  });
});
