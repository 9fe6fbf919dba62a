/** Every colour pair of 05 section 11.4, computed from the stylesheet with the WCAG formula, in both themes. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const styles = path.join(import.meta.dirname, '..', '..', '..', 'web', 'styles');
const tokens = readFileSync(path.join(styles, 'tokens.css'), 'utf8');
const [light = '', rest = ''] = tokens.split('@media (prefers-color-scheme: dark)');
const dark = rest.split('@media')[0] ?? '';

function colours(css: string): Map<string, string> {
  return new Map(
    [...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/giu)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const PAIRS: [foreground: string, backgrounds: string, need: number][] = [
  ['text', 'bg side hover active raised code mention info-bg warn-bg danger-bg ok-bg', 4.5],
  ['text-2', 'bg side active info-bg mention', 4.5],
  ['text-3', 'bg side hover active code raised mention', 4.5],
  ['accent-ink', 'accent', 4.5],
  ['accent', 'bg', 3],
  ['accent-text', 'bg side active mention', 4.5],
  ['link', 'bg ok-bg mention', 4.5],
  ['danger', 'bg danger-bg', 4.5],
  ['warn', 'bg warn-bg', 4.5],
  ['info', 'info-bg', 4.5],
  ['ok', 'bg ok-bg', 4.5],
  ['bg', 'danger', 4.5],
  ['line-strong', 'bg side raised', 3],
  ['focus', 'bg side active', 3],
];

for (const [theme, css] of [
  ['light', light],
  ['dark', dark],
] as const) {
  test(`every pair of the ${theme} theme is readable`, () => {
    const named = colours(css);
    for (const [foreground, backgrounds, need] of PAIRS) {
      for (const background of backgrounds.split(' ')) {
        const [a, b] = [named.get(foreground), named.get(background)];
        assert.ok(a !== undefined && b !== undefined, `${foreground} on ${background} is not defined`);
        assert.ok(
          ratio(a, b) >= need,
          `${foreground} on ${background}: ${ratio(a, b).toFixed(2)}, needs ${need}`,
        );
      }
    }
  });
}

test('initials are readable on every avatar colour', () => {
  const css = readFileSync(path.join(styles, 'components.css'), 'utf8');
  const found = [...css.matchAll(/\.avatar\.c\d \{\s*background: (#[0-9a-f]{6});/giu)].map(
    ([, value]) => value ?? '',
  );
  assert.equal(found.length, 8);
  for (const colour of found) assert.ok(ratio('#ffffff', colour) >= 4.5, colour);
});

test('components use tokens, not colours of their own', () => {
  for (const file of ['base', 'layout', 'thread', 'message-actions', 'notices', 'pages', 'feed']) {
    const css = readFileSync(path.join(styles, `${file}.css`), 'utf8');
    assert.doesNotMatch(css, /#[0-9a-f]{3,8}\b/iu, file);
  }
});
