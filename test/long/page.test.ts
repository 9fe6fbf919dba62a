/**
 * What takes long of the acceptance walk (05 section 12): two fresh nodes that find each other on a network (line 1), a
 * stranger that is ignored (line 7), by keyboard (line 9), a page nobody uses for a minute (line 11), and two accounts,
 * windows and tabs of one node (line 12).
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { makeStar } from '../e2e/network.ts';
import type { Star } from '../e2e/network.ts';
import { eventually, NodeProcess } from '../e2e/node-process.ts';
import { assertQuiet, launchBrowser, main, openPage, setUpInBrowser, signedIn } from '../e2e/page/browser.ts';
import type { Person } from '../e2e/page/browser.ts';

const log = (page: Page) => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

/** 05 section 12, line 11. */
const IDLE_MS = 60_000;
/** 05 section 10.12: of every half minute. */
const IDLE_BUDGET = { requests: 2, bytes: 4 * 1024 };

describe('one node', () => {
  const node = new NodeProcess({ name: 'hill' });
  let browser: Browser;
  before(async () => {
    [browser] = await Promise.all([launchBrowser(), node.start()]);
    await node.setUp('pat');
    await node.request('POST', '/register', { body: { username: 'robin', password: 'Correct-horse-7' } });
  });
  after(async () => {
    await browser?.close();
    await node.dispose();
  });

  test('two accounts in two windows, one of them in two tabs: one stream each, what is unread, nothing refused', async () => {
    const refused: string[] = [];
    const streams = new Map<BrowserContext, number>();
    const watch = ({ context }: Person): void => {
      context.on('response', (response) => {
        if (response.status() === 429) refused.push(response.url());
      });
      context.on('request', (request) => {
        if (request.url().includes('/events/stream')) streams.set(context, (streams.get(context) ?? 0) + 1);
      });
    };
    const [pat, robin] = [
      await signedIn(browser, node.url, 'pat'),
      await signedIn(browser, node.url, 'robin'),
    ] as const;
    [pat, robin].forEach(watch);
    const second = await robin.context.newPage();
    await second.goto(`${node.url}/connect`);
    await second.getByRole('heading', { name: 'Connect', level: 1 }).waitFor();
    const third = await robin.context.newPage();
    await third.goto(`${node.url}/channels`);
    await log(third).waitFor();
    await robin.page.goto(`${node.url}/keys`);
    await robin.page.getByRole('heading', { name: 'API Keys' }).waitFor();
    await third.goto(`${node.url}/connect`);
    await third.getByRole('heading', { name: 'Connect', level: 1 }).waitFor();
    const robinId = await robin.page.evaluate<string>(
      "fetch('/api/v1/session').then((answer) => answer.json()).then((json) => json.user.id)",
    );
    for (let at = 1; at <= 3; at += 1)
      await node.api('POST', '/messages', { recipient_id: robinId, content: `letter ${at}` });
    // All three tabs count, and the sender counts nothing.
    for (const page of [robin.page, second, third])
      await main(page)
        .getByRole('link', { name: 'Messages', exact: true })
        .locator('.count', { hasText: /^3$/ })
        .waitFor();
    assert.equal(await main(pat.page).getByRole('link', { name: 'Messages' }).locator('.count').count(), 0);
    // Read in one tab, read in all.
    await second.bringToFront();
    await second.goto(`${node.url}/messages?with=${node.userId}`);
    await log(second).getByText('letter 3').waitFor();
    for (const page of [robin.page, third])
      await main(page)
        .getByRole('link', { name: 'Messages', exact: true })
        .locator('.count')
        .waitFor({ state: 'detached' });
    // Another tab takes the stream over when its page goes; never are there two.
    assert.ok((streams.get(robin.context) ?? 0) <= 3, `${streams.get(robin.context)} streams`);
    assert.deepEqual(refused, []);
    [pat, robin].forEach(assertQuiet);
    await Promise.all([pat.context.close(), robin.context.close()]);
  });

  test('a page nobody uses asks for next to nothing in a minute', async () => {
    const pat = await signedIn(browser, node.url, 'pat');
    await log(pat.page).waitFor();
    const asked: string[] = [];
    let bytes = 0;
    pat.page.on('request', (request) => asked.push(request.url()));
    await eventually('it is quiet', async () => {
      asked.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return asked.length === 0;
    });
    const wire = await pat.context.newCDPSession(pat.page);
    await wire.send('Network.enable');
    wire.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    assert.ok(asked.length <= IDLE_BUDGET.requests, asked.join('\n'));
    assert.ok(bytes <= IDLE_BUDGET.bytes, `${bytes} bytes`);
    assertQuiet(pat);
    await pat.context.close();
  });
});

describe('by the keyboard alone', () => {
  const [node, other] = [new NodeProcess({ name: 'kim' }), new NodeProcess({ name: 'lee' })];
  let browser: Browser;
  before(async () => {
    [browser] = await Promise.all([launchBrowser(), node.start(), other.start()]);
    await Promise.all([node.setUp('kim'), other.setUp('lee')]);
  });
  after(async () => {
    await browser?.close();
    await Promise.all([node.dispose(), other.dispose()]);
  });

  /** Presses Tab until the focus is on what is wanted. */
  async function tabTo(page: Page, wanted: string): Promise<void> {
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate<boolean>(
        `document.activeElement.closest(${JSON.stringify(wanted)}) === document.activeElement`,
      );
      if (found) return;
    }
    assert.fail(`Tab does not lead to ${wanted}`);
  }

  test('a stranger that is ignored is gone, and nothing it wrote was ever shown', async () => {
    const person = await openPage(browser, node.url);
    const { page } = person;
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    // The first field has the focus.
    await page.keyboard.type('kim');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Correct-horse-7');
    await page.keyboard.press('Enter');
    await log(page).waitFor();
    await other.post('said by a stranger');
    await other.importInviteOf(node);
    await tabTo(page, 'nav a');
    await main(page).getByRole('link', { name: 'Connect', exact: true }).focus();
    await page.keyboard.press('Enter');
    const requests = page.getByRole('region', { name: 'Requests' });
    await requests.getByRole('button', { name: 'Ignore' }).press('Enter');
    await requests.waitFor({ state: 'detached' });
    const texts = async (): Promise<string[]> => (await node.generalMessages()).map(({ content }) => content);
    assert.equal((await texts()).includes('said by a stranger'), false);

    // Who was ignored may still be asked by this side.
    const invite = await other.api('GET', `/p2p/invite?public_host=127.0.0.1&public_port=${other.meshPort}`);
    await page.getByRole('heading', { name: "Import Friend's Invite" }).evaluate('(one) => one.focus()');
    await page
      .getByRole('region', { name: "Import Friend's Invite" })
      .getByRole('textbox', { name: 'Invite code' })
      .focus();
    await page.keyboard.insertText(String(invite['invite_code']));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Connected Peers' }).getByText('Direct').first().waitFor();
    await node.waitForMessage('said by a stranger');
    assertQuiet(person);
  });
});

const made = makeStar(1);

describe('two hosts of one network', { skip: typeof made === 'string' ? made : false }, () => {
  const net = made as Star;
  const within = typeof made === 'string' ? [[], []] : [net.within, net.hosts[0]?.within ?? []];
  const [a, b] = ['ada', 'bea'].map(
    (name, index) =>
      new NodeProcess({
        name,
        within: within[index] ?? [],
        meshHost: null,
        env: { CANOPY_DISABLE_MDNS: '0' },
      }),
  ) as [NodeProcess, NodeProcess];
  let browsers: Browser[] = [];
  before(async () => {
    // What is said to all goes out on the line.
    execFileSync('ip', ['-n', net.name, 'route', 'add', 'default', 'dev', 'line1'], { stdio: 'pipe' });
    await Promise.all([a.start(), b.start()]);
    browsers = await Promise.all(within.map((command) => launchBrowser(command)));
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await Promise.all([a.dispose(), b.dispose()]);
    net.remove();
  });

  test('they find each other: at most seven clicks and six fields to the first message read, and no reload', async () => {
    const [ada, bea] = (await Promise.all(
      [a, b].map((node, index) => openPage(browsers[index] as Browser, node.url)),
    )) as [Person, Person];
    let documents = 0;
    for (const { page } of [ada, bea]) page.on('load', () => (documents += 1));
    let clicks = 0;
    let fields = 0;
    for (const [person, name] of [
      [ada, 'ada'],
      [bea, 'bea'],
    ] as const) {
      // Two fields and a click each.
      await setUpInBrowser(person, name);
      clicks += 1;
      fields += 2;
    }
    const accept = ada.page.getByRole('button', { name: 'Accept', exact: true });
    const steps = bea.page.getByRole('region', { name: 'First steps' });
    await steps.getByText('is on this network').waitFor();
    await steps.getByRole('button', { name: 'Connect', exact: true }).click();
    await accept.click();
    clicks += 2;
    await composer(ada.page).fill('the first message');
    await composer(ada.page).press('Enter');
    clicks += 1;
    fields += 1;
    await log(bea.page).getByText('the first message').waitFor();
    assert.ok(clicks <= 7 && fields <= 6, `${clicks} clicks, ${fields} fields`);
    assert.equal(documents, 0, 'documents loaded');
    [ada, bea].forEach(assertQuiet);
  });
});
