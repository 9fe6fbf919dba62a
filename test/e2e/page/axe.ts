/** axe over a page as it stands now (05 section 10.11, A-1). */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page that is still moving (a colour that changes, a list that is read) is looked at again. */
const LOOKS = 4;
const PAUSE_MS = 250;

/** Rules axe breaks on the page as it stands now. */
export async function axeViolations(page: Page): Promise<string[]> {
  for (let look = 1; ; look += 1) {
    const found = await violationsNow(page);
    if (found.length === 0 || look === LOOKS) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function violationsNow(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  // Over the debugger, so that the page's content policy stays as it is.
  await session.send('Runtime.evaluate', { expression: AXE });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
      .then((found) => JSON.stringify(found.violations.map((one) => one.id + ': ' + one.nodes.map((n) => n.html).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return JSON.parse(String(result.value)) as string[];
}
