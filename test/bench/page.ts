/**
 * The page in Chromium: how soon one can write, a long channel scrolled and left and entered, and how long a message takes
 * from the key press to the open page of another node.
 */
import type { Browser, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../e2e/node-process.ts';
import { launchBrowser, signedIn } from '../e2e/page/browser.ts';
import { concurrently, percentile } from './measure.ts';
import { connect } from './node-pair.ts';
import type { Group, Report } from './rows.ts';

const LOADS = 7;
const MESSAGES = 10_000;
const IN_FLIGHT = 32;
const SWITCHES = 10;
const TYPED = 100;
const SCROLL_LIMIT_MS = 180_000;

async function measure(report: Report): Promise<void> {
  const browser = await launchBrowser().catch(() => null);
  if (browser === null)
    return report({ what: 'the page', unit: 'ms', value: Number.NaN, note: 'no browser here' });
  try {
    await measureLong(browser, report);
    await measureTyped(browser, report);
  } finally {
    await browser.close();
  }
}

const composerOf = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });

async function measureLong(browser: Browser, report: Report): Promise<void> {
  const node = new NodeProcess({ name: 'bench-page', env: { CANOPY_RATE_LIMITS: 'off' } });
  try {
    await node.start();
    await node.setUp('bench');
    const { page } = await signedIn(browser, node.url, 'bench');
    await composerOf(page).waitFor();
    const times: number[] = [];
    for (let i = 0; i < LOADS; i += 1) {
      const started = performance.now();
      await page.reload({ waitUntil: 'commit' });
      await composerOf(page).fill('x');
      times.push(performance.now() - started);
    }
    report({ what: 'page load until one can write, median', unit: 'ms', value: percentile(times, 0.5) });
    await composerOf(page).fill('');
    await node.api('POST', '/channels', { name: 'other' });
    await concurrently(MESSAGES, IN_FLIGHT, (n) => node.post(`message ${n} of many`));
    await page.reload();
    await page.getByRole('log').getByRole('article').first().waitFor();
    const { longest, most } = await scroll(page);
    const what = `${MESSAGES.toLocaleString('en')} messages scrolled`;
    report({ what: `${what}, longest task`, unit: 'ms', value: longest, aim: '≤ 50' });
    report({ what: `${what}, most elements`, unit: '', value: most, aim: '≤ 1,500' });
    report({
      what: 'entering a channel of 10,000, median',
      unit: 'ms',
      value: percentile(await enter(page), 0.5),
      aim: '≤ 100',
    });
  } finally {
    await node.dispose();
  }
}

/** Scrolls to the first message, a screen a frame; the longest task on the way and the most elements. */
async function scroll(page: Page): Promise<{ longest: number; most: number }> {
  await page.evaluate(`
    window.__scroll = { longest: 0, most: 0, done: false };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        if (!window.__scroll.done) window.__scroll.longest = Math.max(window.__scroll.longest, duration);
    }).observe({ type: 'longtask' });
    const step = () => {
      const log = document.querySelector('.log');
      log.scrollTop -= log.clientHeight;
      window.__scroll.most = Math.max(window.__scroll.most, document.querySelectorAll('*').length);
      const first = log.querySelector('.text');
      if (first?.textContent.startsWith('message 0 ')) window.__scroll.done = true;
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  `);
  await eventually(
    'the first message is reached',
    () => page.evaluate<boolean>('window.__scroll.done'),
    SCROLL_LIMIT_MS,
  );
  return page.evaluate('window.__scroll');
}

/** From the click on a channel to the frame after its messages are there, in ms. */
async function enter(page: Page): Promise<number[]> {
  const list = page.getByRole('region', { name: 'Channels', exact: true });
  const times: number[] = [];
  for (let n = 0; n < SWITCHES; n += 1) {
    await list.getByRole('link', { name: 'other' }).click();
    await page.getByText('No messages yet').waitFor();
    times.push(
      await page.evaluate<number>(`new Promise((resolve) => {
        const started = performance.now();
        const look = () => {
          if (document.querySelector('.log article') === null) return requestAnimationFrame(look);
          requestAnimationFrame(() => resolve(performance.now() - started));
        };
        document.querySelector('.side a[href="/channels"]').click();
        look();
      })`),
    );
  }
  return times;
}

async function measureTyped(browser: Browser, report: Report): Promise<void> {
  const [a, b] = ['bench-typing', 'bench-reading'].map(
    (name) => new NodeProcess({ name, env: { CANOPY_RATE_LIMITS: 'off' } }),
  ) as [NodeProcess, NodeProcess];
  try {
    await Promise.all([a.start(), b.start()]);
    await connect(a, b);
    const writer = (await signedIn(browser, a.url, 'bench-typing-owner')).page;
    const reader = (await signedIn(browser, b.url, 'bench-reading-owner')).page;
    await reader.getByRole('log').getByText('settled').waitFor();
    // One clock for both: they run on one machine.
    await reader.evaluate(`
      window.__seen = {};
      new MutationObserver(() => {
        for (const text of document.querySelectorAll('.log .text')) {
          const name = text.textContent.trim();
          if (name.startsWith('typed ')) window.__seen[name] ??= Date.now();
        }
      }).observe(document.querySelector('.log'), { childList: true, subtree: true });
    `);
    await writer.evaluate(`
      window.__sent = {};
      document.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') window.__sent[event.target.value] = Date.now();
      }, true);
    `);
    for (let n = 0; n < TYPED; n += 1) {
      await composerOf(writer).fill(`typed ${n}`);
      await writer.keyboard.press('Enter');
      await reader.getByRole('log').getByText(`typed ${n}`, { exact: true }).waitFor();
    }
    const sent = await writer.evaluate<Record<string, number>>('window.__sent');
    const seen = await reader.evaluate<Record<string, number>>('window.__seen');
    const times = Object.entries(sent).map(([text, at]) => (seen[text] ?? Number.NaN) - at);
    const what = "typed here, visible on another node's open page";
    report({ what: `${what}, median`, unit: 'ms', value: percentile(times, 0.5), note: '0.5.38: 1,175' });
    report({
      what: `${what}, p95`,
      unit: 'ms',
      value: percentile(times, 0.95),
      aim: '≤ 100',
      note: '0.5.38: 2,656',
    });
  } finally {
    await Promise.all([a.dispose(), b.dispose()]);
  }
}

/** `npm run bench -- page` */
export const page: Group = { name: 'page', title: 'The page', measure };
