/** How soon a person who comes back to the page can write: Chromium loads it until the composer takes text. */
import { NodeProcess } from '../e2e/node-process.ts';
import { launchBrowser, openPage, setUpInBrowser } from '../e2e/page/browser.ts';
import { percentile } from './measure.ts';
import type { Group, Report } from './rows.ts';

const LOADS = 7;

async function measure(report: Report): Promise<void> {
  const row = { what: 'page load until one can write, median', unit: 'ms' };
  const browser = await launchBrowser().catch(() => null);
  if (browser === null) return report({ ...row, value: Number.NaN, note: 'no browser here' });
  const node = new NodeProcess({ name: 'bench-page', env: { CANOPY_RATE_LIMITS: 'off' } });
  try {
    await node.start();
    const person = await openPage(browser, node.url);
    await setUpInBrowser(person, 'bench');
    const composer = person.page.getByRole('textbox', { name: 'Message', exact: true });
    await composer.waitFor();
    const times: number[] = [];
    for (let i = 0; i < LOADS; i += 1) {
      const started = performance.now();
      await person.page.reload({ waitUntil: 'commit' });
      await composer.fill('x');
      times.push(performance.now() - started);
    }
    report({ ...row, value: percentile(times, 0.5) });
  } finally {
    await browser.close();
    await node.dispose();
  }
}

/** `npm run bench -- page` */
export const page: Group = { name: 'page', title: 'The page', measure };
