/** Two fresh nodes whose LAN introduces them, in two browsers (05 sections 10.3 S-1 and 12, line 1). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { makeStar } from '../e2e/network.ts';
import { eventually, NodeProcess } from '../e2e/node-process.ts';
import { assertQuiet, launchBrowser, openPage, setUpInBrowser } from '../e2e/page/browser.ts';
import type { Person } from '../e2e/page/browser.ts';
import { watchEffort } from '../e2e/page/effort.ts';

const log = (page: Page): Locator => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });

const made = makeStar(1);
const star = typeof made === 'string' ? null : made;

describe('two fresh nodes on one LAN', { skip: typeof made === 'string' ? made : false }, () => {
  const places = [star?.within ?? [], star?.hosts[0]?.within ?? []];
  const nodes = ['ann', 'ben'].map(
    (name, at) =>
      new NodeProcess({
        name,
        within: places[at] ?? [],
        meshHost: null,
        env: { CANOPY_DISABLE_MDNS: '0' },
      }),
  ) as [NodeProcess, NodeProcess];
  let browsers: Browser[] = [];
  let people: [Person, Person];

  before(async () => {
    await Promise.all(nodes.map((node) => node.start()));
    browsers = await Promise.all(places.map((within) => launchBrowser(within)));
    people = (await Promise.all(browsers.map((browser, at) => openPage(browser, nodes[at]?.url ?? '')))) as [
      Person,
      Person,
    ];
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await Promise.all(nodes.map((node) => node.dispose()));
    star?.remove();
  });

  test('the first message is read after at most seven clicks and six fields on both together', async () => {
    const efforts = await Promise.all(people.map((person) => watchEffort(person)));
    const [ann, ben] = people;
    await setUpInBrowser(ann, 'ann');
    await setUpInBrowser(ben, 'ben');
    // Both nodes may have dialled already: each person does what their page offers.
    const accept = (person: Person) => person.page.getByRole('button', { name: 'Accept', exact: true });
    const connect = ben.page
      .getByRole('region', { name: 'First steps' })
      .getByRole('button', { name: 'Connect', exact: true });
    await eventually('Ben sees Ann', async () => (await accept(ben).isVisible()) || connect.isVisible());
    await ((await accept(ben).isVisible()) ? accept(ben) : connect).click();
    await accept(ann).click();
    await composer(ann.page).fill('the first message');
    await composer(ann.page).press('Enter');
    await log(ben.page).getByText('the first message').waitFor();
    const counted = await Promise.all(efforts.map((effort) => effort()));
    const sum = (name: 'clicks' | 'fields'): number => counted.reduce((all, one) => all + one[name], 0);
    assert.ok(sum('clicks') >= 4 && sum('clicks') <= 7, `${sum('clicks')} clicks`);
    assert.ok(sum('fields') >= 5 && sum('fields') <= 6, `${sum('fields')} fields`);
    for (const person of people) assertQuiet(person);
  });
});
