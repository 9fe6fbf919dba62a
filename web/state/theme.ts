/**
 * Light, dark, or as the system is (05 section 11.4). The dark colours stand in the stylesheet under a media query; a choice
 * makes that query hold always or never, so that no colour is written twice.
 */
import { signal } from '@preact/signals';
import { browserStore } from './storage.ts';

export const THEMES: readonly (readonly [Theme, string])[] = [
  ['auto', 'As the system is'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'theme';
const DARK = '(prefers-color-scheme: dark)';
/** What the query of the dark colours becomes. */
const QUERIES: Readonly<Record<Theme, string>> = { auto: DARK, light: 'not all', dark: 'all' };

export const theme = signal<Theme>('auto');
/** The rules the stylesheets say are for dark systems. */
let rules: readonly CSSMediaRule[] | null = null;

function darkRules(): readonly CSSMediaRule[] {
  return [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSMediaRule)
    .filter((rule) => rule.media.mediaText === DARK);
}

/** Shows the page in a theme and keeps the choice in this browser. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  browserStore.write(KEY, chosen === 'auto' ? null : chosen);
  rules ??= darkRules();
  for (const rule of rules) rule.media.mediaText = QUERIES[chosen];
  document.documentElement.style.colorScheme = chosen === 'auto' ? '' : chosen;
}

/** Takes up what was chosen before. Called once. */
export function startTheme(): void {
  const stored = browserStore.read(KEY);
  if (stored === 'light' || stored === 'dark') chooseTheme(stored);
}
