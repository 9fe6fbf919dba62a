/**
 * The page in Chromium: how soon one can write, a long channel scrolled and left and entered, and how long a message takes
 * from the key press to the open page of another node.
 */
import type { Browser, Page } from 'playwright-core';
import { eventually, NodeProcess } from '../e2e/node-process.ts';
import { launchBrowser, signedIn } from '../e2e/page/browser.ts';
import { fill, MESSAGES } from './large-channel.ts';
import { concurrently, percentile } from './measure.ts';
import { connect } from './node-pair.ts';
import type { Group, Report } from './rows.ts';

const LOADS = 7;
const MANY = 10_000;
const IN_FLIGHT = 32;
const SWITCHES = 10;
const TYPED = 100;
const SCROLL_LIMIT_MS = 900_000;
const IDLE_MS = 60_000;
/** 05 section 10.12. */
const AIM = { task: '≤ 50', elements: '≤ 1,500' };

async function measure(report: Report): Promise<void> {
  const browser = await launchBrowser().catch(() => null);
  if (browser === null)
    return report({ what: 'the page', unit: 'ms', value: Number.NaN, note: 'no browser here' });
  try {
    await measureLong(browser, report);
    await measureHuge(browser, report);
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
    await concurrently(MANY, IN_FLIGHT, (n) => node.post(`message ${n} of many`));
    await page.reload();
    await page.getByRole('log').getByRole('article').first().waitFor();
    await measureScrolling(page, MANY, report);
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

/** A history as long as a channel keeps for years, written beside the node. */
async function measureHuge(browser: Browser, report: Report): Promise<void> {
  const node = new NodeProcess({ name: 'bench-huge', env: { CANOPY_RATE_LIMITS: 'off' } });
  try {
    await node.start();
    await node.setUp('bench');
    await node.stop();
    await fill(node, 'full', { prefix: (n) => `message ${n} ` });
    await node.start();
    await eventually(
      'everything is indexed',
      async () => (await node.api('GET', '/search?q=x'))['state'] === 'ready',
      SCROLL_LIMIT_MS,
    );
    const { page } = await signedIn(browser, node.url, 'bench');
    await page.getByRole('log').getByRole('article').first().waitFor();
    await measureScrolling(page, MESSAGES, report);
    await page.reload();
    await page.getByRole('log').getByRole('article').first().waitFor();
    // What opening the page reads is read before the minute begins.
    await page.waitForLoadState('networkidle').catch(() => undefined);
    let requests = 0;
    page.on('request', () => (requests += 1));
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    report({ what: 'requests of a page nobody uses, in a minute', unit: '', value: requests, aim: '0' });
  } finally {
    await node.dispose();
  }
}

async function measureScrolling(page: Page, messages: number, report: Report): Promise<void> {
  const { longest, most, slow, frames } = await scroll(page);
  const what = `${messages.toLocaleString('en')} messages scrolled`;
  report({ what: `${what}, longest task`, unit: 'ms', value: longest, aim: AIM.task });
  report({ what: `${what}, frames that took over 50 ms of ${frames}`, unit: '', value: slow });
  report({ what: `${what}, most elements`, unit: '', value: most, aim: AIM.elements });
}

/** Scrolls to the first message, a screen a frame; the longest task on the way and the most elements. */
async function scroll(page: Page): Promise<{ longest: number; most: number; slow: number; frames: number }> {
  await page.evaluate(`
    window.__scroll = { longest: 0, most: 0, slow: 0, frames: 0, done: false };
    let last = performance.now();
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        if (!window.__scroll.done) window.__scroll.longest = Math.max(window.__scroll.longest, duration);
    }).observe({ type: 'longtask' });
    const step = () => {
      const now = performance.now();
      window.__scroll.frames += 1;
      if (now - last > 50) window.__scroll.slow += 1;
      last = now;
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
