/**
 * A person on our page and a running Python node (05 section 12, walk 2): connected by its invite, in #general and in
 * direct messages, both ways and without a reload.
 */
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { NodeProcess, eventually } from '../e2e/node-process.ts';
import { assertQuiet, goTo, launchBrowser, signedIn } from '../e2e/page/browser.ts';
import type { Person } from '../e2e/page/browser.ts';
import { PythonNode, interopEnvironment } from './python-node.ts';

const environment = interopEnvironment();
const run = Date.now().toString(36);
const PYTHON_LIMIT_MS = 240_000;

describe('a page and Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const python = new PythonNode(environment);
  const username = `page-${run}`;
  const ours = new NodeProcess({
    name: 'page',
    ...(python.within === undefined ? {} : { within: python.within, meshHost: null }),
  });
  let browser: Browser;
  let person: Person;
  let pythonUser = '';

  const write = async (content: string): Promise<void> => {
    const composer = person.page.getByRole('textbox', { name: 'Message', exact: true });
    await composer.fill(content);
    await composer.press('Enter');
    await person.page.getByRole('log').getByText(content).waitFor();
  };

  before(async () => {
    [browser] = await Promise.all([launchBrowser(python.within), ours.start()]);
    await ours.setUp(username);
    pythonUser = await python.userId();
    person = await signedIn(browser, ours.url, username);
  });
  after(async () => {
    await browser?.close();
    await python.api('POST', '/p2p/forget', { peer_id: await ours.peerId() });
    await ours.dispose();
  });

  test('its invite, pasted on the page, connects', async () => {
    const { page } = person;
    await goTo(page, 'Connect');
    const form = page.getByRole('region', { name: "Import Friend's Invite" });
    await form.getByRole('textbox', { name: 'Invite code' }).fill(await python.invite());
    await form.getByRole('button', { name: 'Connect' }).click();
    const peers = page.getByRole('region', { name: 'Connected Peers' });
    await peers.getByText('Direct', { exact: true }).waitFor();
    await peers.getByText('signed only: readable on the network').first().waitFor();
    await python.trust(await ours.peerId());
  });

  test('what is typed in #general is read there, and the answer appears', async () => {
    const { page } = person;
    await goTo(page, 'Channels');
    await write(`${run} typed on the page`);
    await eventually(
      'Python has it',
      async () =>
        (await python.generalMessages()).some(({ content }) => content === `${run} typed on the page`),
      PYTHON_LIMIT_MS,
    );
    await python.post(`${run} answered by Python`);
    await page.getByRole('log').getByText(`${run} answered by Python`).waitFor();
  });

  test('a direct message goes there, and the answer appears in the conversation', async () => {
    const { page } = person;
    await goTo(page, 'Messages');
    await page.getByRole('button', { name: 'New message' }).click();
    const to = page.getByRole('combobox', { name: 'To' });
    await eventually('its person can be chosen', async () => {
      await to.selectOption({ value: pythonUser }, { timeout: 1_000 });
      return true;
    });
    await write(`${run} only for you`);
    await eventually(
      'Python has it',
      async () => (await python.directMessages()).some(({ content }) => content === `${run} only for you`),
      PYTHON_LIMIT_MS,
    );
    const answer = page.getByRole('log').getByText(`${run} and for you`).first();
    // Until it knows our person, it answers that there is none.
    await eventually('the answer appears', async () => {
      await python.api('POST', '/messages', { recipient_id: ours.userId, content: `${run} and for you` });
      await answer.waitFor({ timeout: 5_000 });
      return true;
    });
    assertQuiet(person);
  });
});
