/**
 * A peer that used to connect securely and does not any more, or comes with another key (05 section 10.17, 06 section
 * 1.4): the page warns wherever the person is, says what to do, and the owner decides, with the keyboard alone.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import { eventually, NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, focusIs, goTo, launchBrowser, signedIn } from './browser.ts';
import type { Person } from './browser.ts';

const env: Record<string, string> = {};
const a = new NodeProcess({ name: 'ann' });
const b = new NodeProcess({ name: 'ben', env });
let browser: Browser;
let ann: Person;

const region = (name: string): Locator => ann.page.getByRole('region', { name, exact: true });

async function connectAgain(): Promise<void> {
  // An attempt may meet the other side's own, or the pause after a refusal.
  await eventually('the peer is back', async () => {
    await b.api('POST', '/p2p/reconnect', { peer_id: await a.peerId() }, [200, 502]);
    return (await protection()) !== undefined;
  });
}

async function protection(): Promise<string | undefined> {
  const { links } = await a.api<{ links: { protection: string }[] }>('GET', '/p2p/peers');
  return links[0]?.protection;
}

/** Gives a stopped node another encryption key under its old identity. */
function changeKey(node: NodeProcess): void {
  const devices = path.join(node.home, 'data', 'devices');
  const file = path.join(devices, readdirSync(devices)[0] ?? '', 'peer_identity.json');
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = (der: Buffer): string => encodeBase58(der.subarray(-32));
  const identity = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  writeFileSync(
    file,
    JSON.stringify({
      ...identity,
      x25519_public_key: raw(publicKey.export({ type: 'spki', format: 'der' })),
      x25519_private_key: raw(privateKey.export({ type: 'pkcs8', format: 'der' })),
    }),
  );
}

before(async () => {
  [browser] = await Promise.all([launchBrowser(), a.start(), b.start()]);
  await Promise.all([a.setUp('ann'), b.setUp('ben')]);
  await b.importInviteOf(a);
  ann = await signedIn(browser, a.url, 'ann');
  await goTo(ann.page, 'Connect');
});
after(async () => {
  await browser?.close();
  await Promise.all([a.dispose(), b.dispose()]);
});

test('accepting from the keyboard leaves the focus where the page goes on', async () => {
  await region('Requests').getByRole('button', { name: 'Accept' }).press('Enter');
  await region('Requests').waitFor({ state: 'detached' });
  await focusIs(ann.page, 'Connected Peers');
});

test('a secure peer is called so, since when, and that nothing less is accepted', async () => {
  const card = region('Connected Peers').getByRole('article');
  await card.getByText('Security').click();
  await card.getByText(/^Encrypted end to end with forward secrecy\. Since /).waitFor();
  await card.getByText(/^Required since /).waitFor();
  assert.deepEqual(await axeViolations(ann.page), []);
});

test('a peer without its encryption is kept away until the owner, warned and asked again, allows it', async () => {
  const { page } = ann;
  await goTo(page, 'Messages');
  await b.stop();
  env['CANOPY_NATIVE_EXTENSIONS'] = 'none';
  await b.start();
  // It stands for Python Canopy, which remembers nothing of ours.
  await b.api('POST', '/p2p/security', { peer_id: await a.peerId(), action: 'unpin' });
  await page.getByText(/^Security warning: ben used to connect securely and now does not/).waitFor();
  await page.getByRole('button', { name: 'Show' }).click();
  const warning = region('Security warning');
  await warning.getByText('Ask the person there by another way').waitFor();
  assert.equal(await protection(), undefined);
  assert.deepEqual(await axeViolations(page), []);
  await warning.getByRole('button', { name: 'Allow without encryption…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Allow ben without encryption?' });
  await dialog.waitFor();
  await focusIs(page, 'Cancel');
  assert.deepEqual(await axeViolations(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await focusIs(page, 'Allow without encryption…');
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await warning.waitFor({ state: 'detached' });
  await focusIs(page, 'Connected Peers');
  await connectAgain();
  await region('Connected Peers').getByText('signed only: readable on the network').waitFor();
});

test('a peer with another key is kept away until the owner accepts the key', async () => {
  const { page } = ann;
  await b.stop();
  delete env['CANOPY_NATIVE_EXTENSIONS'];
  await b.start();
  await connectAgain();
  await eventually('it is secure again', async () => (await protection()) === 'secure');
  await b.stop();
  changeKey(b);
  await b.start();
  const warning = region('Security warning');
  await warning.getByText(/^ben came with another key than before/).waitFor();
  const decide = warning.getByRole('button', { name: 'Accept the new key…' });
  await decide.click();
  // Whoever gives up is back where they were, even when that was drawn anew meanwhile.
  await page.getByRole('dialog').waitFor();
  await page.evaluate(`{
    window.__drawn = document.querySelector('.alarms button');
    window.__anew = window.__drawn.cloneNode(true);
    window.__drawn.replaceWith(window.__anew);
  }`);
  await page.keyboard.press('Escape');
  await focusIs(page, 'Accept the new key…');
  await page.evaluate('window.__anew.replaceWith(window.__drawn)');
  await decide.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Accept the new key' }).click();
  await warning.waitFor({ state: 'detached' });
  await connectAgain();
  await eventually('it is secure with the new key', async () => (await protection()) === 'secure');
  assertQuiet(ann);
});
