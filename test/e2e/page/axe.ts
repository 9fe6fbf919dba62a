/** axe over a page as it stands now, its heading, and what a finger has to hit (05 section 10.11, A-1, A-2 and A-5). */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page that is still moving (a colour that changes, a list that is read) is looked at again. */
const LOOKS = 4;
const PAUSE_MS = 250;

/** One heading of the first level; the page behind a dialog keeps its own. */
const HEADINGS = `(() => {
  const shown = [...document.querySelectorAll('h1')].filter((one) => one.checkVisibility());
  return shown.length === 1 ? [] : ['headings of the first level: ' + shown.length];
})()`;

/** px a finger needs. */
const TOUCH_PX = 44;
/**
 * What is too small for a finger, where fingers are used. How far a message came is also said in its menu, by Details. A link inside a text is as high as its line; what is drawn
 * smaller may be hit beside what is drawn, too; what a figure shows stands in its table as well.
 */
const TARGETS = `(() => {
  if (!matchMedia('(pointer: coarse)').matches) return [];
  const wanted = ${TOUCH_PX} - 0.5;
  const top = [...document.querySelectorAll('dialog[open], :popover-open')].at(-1) ?? document;
  const inText = (one) => one.matches('a, button') && getComputedStyle(one).display.startsWith('inline') &&
    one.closest('.text, p, li, dd, td, bdi')?.innerText.trim() !== one.innerText.trim() &&
    !one.matches('.button, .icon-button');
  // How far from its middle it can be hit in a direction; as far as wanted where the window ends.
  const reach = (target, x, y, dx, dy) => {
    for (let far = 2; far <= wanted; far += 2) {
      const [atX, atY] = [x + dx * far, y + dy * far];
      if (atX < 0 || atY < 0 || atX >= innerWidth || atY >= innerHeight) return wanted;
      const hit = document.elementFromPoint(atX, atY);
      if (hit === null || !target.contains(hit)) return far - 2;
    }
    return wanted;
  };
  const isLarge = (one) => {
    const target = one.matches('input') ? (one.closest('label') ?? one) : one;
    const { left, top, width, height } = target.getBoundingClientRect();
    const at = [target, left + width / 2, top + height / 2];
    return (
      (width > wanted || reach(...at, -1, 0) + reach(...at, 1, 0) >= wanted - 4) &&
      (height > wanted || reach(...at, 0, -1) + reach(...at, 0, 1) >= wanted - 4)
    );
  };
  return [...top.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden], [type=file])')]
    .filter((one) => one instanceof HTMLElement && one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.disabled)
    .filter((one) => one.closest('.skip, .visually-hidden, .state-details') === null && !inText(one) && !isLarge(one))
    .map((one) => {
      const { width, height } = one.getBoundingClientRect();
      return 'too small for a finger: ' + Math.round(width) + '×' + Math.round(height) + ' ' + one.outerHTML.slice(0, 120);
    });
})()`;

/** Rules axe breaks, and those above, on the page as it stands now. */
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
  const broken = JSON.parse(String(result.value)) as string[];
  return [
    ...broken,
    ...(await page.evaluate<string[]>(HEADINGS)),
    ...(await page.evaluate<string[]>(TARGETS)),
  ];
}
