/**
 * Mesh Relay as people see it (05 sections 10.4 and 12, walk 6; guide section 8): the owner of the node in the middle chooses
 * the policy, two others that cannot reach each other meet through it, and losing it shows.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { NodeProcess } from '../node-process.ts';
import { axeViolations } from './axe.ts';
import { assertQuiet, becomes, goTo, launchBrowser, openPage } from './browser.ts';
import type { Person } from './browser.ts';

const PASSWORD = 'Correct-horse-7';
/** Addresses of the documentation block: nobody answers there. */
const NOWHERE = { first: '192.0.2.8', second: '192.0.2.9' };

const env = { CANOPY_TRUST_DEFAULT: 'open' };
const middle = new NodeProcess({ name: 'middle', env });
const first = new NodeProcess({ name: 'first', env, args: ['--advertise', NOWHERE.first] });
const second = new NodeProcess({ name: 'second', env, args: ['--advertise', NOWHERE.second] });
let browser: Browser;
let people: Record<'middle' | 'first' | 'second', Person>;

async function signedIn(node: NodeProcess): Promise<Person> {
  const person = await openPage(browser, `${node.url}/`);
  await person.page.getByLabel('Username').fill(`${node.name}-owner`);
  await person.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await person.page.getByRole('button', { name: 'Sign in' }).click();
  await person.page.getByRole('navigation').first().waitFor();
  return person;
}

const region = (page: Page, name: string) => page.getByRole('region', { name });

before(async () => {
  [browser] = await Promise.all([launchBrowser(), ...[middle, first, second].map((node) => node.start())]);
  for (const node of [middle, first, second]) await node.setUp();
  people = { middle: await signedIn(middle), first: await signedIn(first), second: await signedIn(second) };
});
after(async () => {
  await browser?.close();
  await Promise.all([middle, first, second].map((node) => node.dispose()));
});

test('the owner chooses Full relay, reads what it does and costs, and it applies at once', async () => {
  const { page } = people.middle;
  await goTo(page, 'Settings');
  const relay = region(page, 'Mesh Relay');
  const policy = relay.getByRole('combobox', { name: 'Relay policy' });
  await becomes(() => policy.inputValue(), 'broker_only');
  // From the keyboard: a letter chooses in a list.
  await policy.press('f');
  await becomes(() => policy.inputValue(), 'full_relay');
  await relay.getByText('Saved. It applies now.').waitFor();
  await relay.getByText('Bandwidth in proportion').waitFor();
  const status = await middle.api<{ relay_policy: string }>('GET', '/p2p/relay_status');
  assert.equal(status.relay_policy, 'full_relay');
  assert.deepEqual(await axeViolations(page), []);
});

test('an introduced peer that cannot be reached directly is connected through the contact, live', async () => {
  const { page } = people.first;
  await goTo(page, 'Connect');
  await goTo(people.second.page, 'Connect');
  const { invite_code } = await middle.api<{ invite_code: string }>(
    'GET',
    '/p2p/invite?public_host=127.0.0.1',
  );
  for (const node of [second, first]) await node.api('POST', '/p2p/invite/import', { invite_code });
  const known = region(page, 'Known Peers / Introduced');
  await known.getByText('Introduced by').waitFor();
  await known.getByRole('button', { name: 'Connect', exact: true }).click();
  await region(page, 'Connected Peers').getByText(/^Via /).waitFor();
  await region(page, 'Connected Peers').getByText('Direct', { exact: true }).waitFor();
  await region(people.second.page, 'Connected Peers').getByText(/^Via /).waitFor();
  const secondId = await second.peerId();
  const middleId = await middle.peerId();
  await becomes(
    async () =>
      (await first.api<{ active_relays: Record<string, string> }>('GET', '/p2p/relay_status')).active_relays,
    { [secondId]: middleId },
  );
});

test('Settings lists whom this node reaches through whom', async () => {
  const { page } = people.first;
  await goTo(page, 'Settings');
  const table = page.getByRole('table', { name: 'Reached through others' });
  await table.getByText('everything').waitFor();
  assert.deepEqual(await axeViolations(page), []);
});

test('when the node in the middle is gone, both show as offline', async () => {
  const { page } = people.first;
  await goTo(page, 'Connect');
  await region(page, 'Connected Peers').getByText(/^Via /).waitFor();
  await middle.stop();
  // Within 10 s (05 section 12, line 6); here with room for a machine that does much besides.
  for (const each of [page, people.second.page]) {
    const known = region(each, 'Known Peers / Introduced');
    await region(each, 'Connected Peers').getByText(/^Via /).waitFor({ state: 'detached' });
    await known.getByText('Offline').first().waitFor();
  }
  for (const person of Object.values(people)) assertQuiet(person);
});
