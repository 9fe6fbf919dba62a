/**
 * F6 and Shift+F6 go from part to part of the page: navigation, list, messages and composer, or else the page, details, banner
 * (05 section 10.10).
 */

const REGIONS = 'nav.rail, .side section, #content, [role=log], #composer, aside, header.status';
const FIRST_INSIDE = 'a[href], button, input, textarea, select, [tabindex="0"]';

/** Moves the focus to the next part; 1 forward, -1 back. */
export function focusRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>(REGIONS)].filter(
    (one) => one.checkVisibility() && isPart(one),
  );
  if (regions.length === 0) return;
  const now = regions.findIndex((region) => region.contains(document.activeElement));
  const from = now === -1 && step === -1 ? 0 : now;
  const next = regions[(from + step + regions.length) % regions.length];
  if (next === undefined) return;
  const inside = next.matches('a, button, textarea, [tabindex]')
    ? next
    : [...next.querySelectorAll<HTMLElement>(FIRST_INSIDE)].find(
        (one) => one.tabIndex >= 0 && one.checkVisibility(),
      );
  inside?.focus();
}

/** No part holds another one: a conversation is its messages and its composer, a thread beside it is one part. */
function isPart(region: HTMLElement): boolean {
  if (region.id === 'content') return region.querySelector('[role=log]') === null;
  return region.parentElement?.closest('aside') == null;
}
