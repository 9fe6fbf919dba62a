/** The room between things is of the scale of 05 section 11.3: 2, 4, 8, 12, 16, 24, 32, 48 px, by the names of the tokens. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const styles = path.join(import.meta.dirname, '..', '..', '..', 'web', 'styles');
const SPACING = /(?:^|[;{\s])((?:padding|margin)(?:-[a-z-]+)?|(?:row-|column-)?gap):\s*([^;}]+)[;}]/gu;
/** What a value may be made of besides tokens: a hairline, a share of the screen, nothing. */
const FREE = /^(?:0|auto|-?1px|\d+vh|\d+%)$/u;
/** What a sum begins with: the height of a control, of a line, the width of a sign. */
const SIZES = new Set(['44px', '22px', '20px', '2', '-1']);

function isOnScale(value: string): boolean {
  const known = value.replaceAll(/var\(--[\w-]+\)|env\([\w-]+\)/gu, '');
  const isSum = /calc|max|min/u.test(known);
  const parts = known.replaceAll(/calc|max|min/gu, ' ').split(isSum ? /[\s,*/+()]+|-(?=\s)/u : /\s+/u);
  return parts.every((part) => part === '' || FREE.test(part) || (isSum && SIZES.has(part)));
}

test('the tokens are the scale', () => {
  const tokens = readFileSync(path.join(styles, 'tokens.css'), 'utf8');
  const steps = [...tokens.matchAll(/--space-\d:\s*(\d+)px;/gu)].map(([, size]) => Number(size));
  assert.deepEqual(steps, [2, 4, 8, 12, 16, 24, 32, 48]);
});

test('a value of its own is noticed', () => {
  for (const value of ['0 5px', '10px var(--space-4)', '28px', 'calc(3px + var(--space-3))'])
    assert.equal(isOnScale(value), false, value);
  for (const value of ['0', '0 auto', 'var(--space-3) 0 1px', 'calc(-1 * var(--space-5))'])
    assert.equal(isOnScale(value), true, value);
});

test('room between things is of the scale', () => {
  let seen = 0;
  for (const name of readdirSync(styles).filter((file) => file.endsWith('.css'))) {
    const css = readFileSync(path.join(styles, name), 'utf8').replaceAll(/\/\*[^]*?\*\//gu, '');
    for (const [, property = '', value = ''] of css.matchAll(SPACING)) {
      seen += 1;
      assert.ok(isOnScale(value.trim()), `${name}: ${property}: ${value}`);
    }
  }
  assert.ok(seen > 200, `${seen}`);
});
