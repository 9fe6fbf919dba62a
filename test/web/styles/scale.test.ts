/** The sizes of 05 sections 11.2 and 11.3, as the stylesheet gives them. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const styles = path.join(import.meta.dirname, '..', '..', '..', 'web', 'styles');
const sheets = readdirSync(styles)
  .filter((name) => name.endsWith('.css') && name !== 'tokens.css')
  .map((name) => ({ name, css: readFileSync(path.join(styles, name), 'utf8') }));

/** The heights of type; 16 is what phones ask of inputs, or they zoom. */
const TYPE = new Set([12, 13, 15, 16, 17, 20, 28]);
/** Letters that are a picture: an emoji to press. */
const PICTURES = new Set(['.menu-signs > .menu-item']);

/** Each innermost rule: its selector and what it says. */
function rulesOf(css: string): { selector: string; body: string }[] {
  return [...css.replaceAll(/\/\*[^]*?\*\//gu, '').matchAll(/([^{}]+)\{([^{}]*)\}/gu)].map(
    ([, selector = '', body = '']) => ({ selector: selector.trim(), body }),
  );
}

test('type is of the scale', () => {
  let seen = 0;
  for (const { name, css } of sheets)
    for (const { selector, body } of rulesOf(css))
      for (const [, size = ''] of body.matchAll(/font(?:-size)?:[^;]*?(\d+(?:\.\d+)?)px/gu)) {
        seen += 1;
        assert.ok(TYPE.has(Number(size)) || PICTURES.has(selector), `${name}: ${selector} is ${size}px`);
      }
  assert.ok(seen > 0);
});

test('shadows and layers are tokens', () => {
  for (const { name, css } of sheets)
    for (const { selector, body } of rulesOf(css)) {
      for (const [, value = ''] of body.matchAll(/box-shadow:\s*([^;]+);/gu))
        assert.match(
          value,
          /^(var\(--shadow-(low|high)\)|none|-3px 0 0 var\(--accent\))$/u,
          `${name}: ${selector}`,
        );
      for (const [, value = ''] of body.matchAll(/z-index:\s*([^;]+);/gu))
        assert.match(value, /^(var\(--z-\w+\)|-?[01])$/u, `${name}: ${selector}`);
    }
});

test('on a desk the rail is 56 px and the list 264', () => {
  const layout = sheets.find(({ name }) => name === 'layout.css')?.css ?? '';
  const [, desk = ''] = layout.split('@media (min-width: 1200px) and (hover: hover)');
  assert.match(desk, /grid-template-columns: 56px 264px minmax\(0, 1fr\);/u);
  assert.match(desk, /a:is\(:hover, :focus-visible\) > span/u);
});

test('a grouped message of one line is 24 px high: only the first of a group is moved down beside its avatar', () => {
  const thread = rulesOf(sheets.find(({ name }) => name === 'thread.css')?.css ?? '');
  const side = thread.filter(({ selector }) => selector.endsWith('.message-side'));
  assert.deepEqual(
    side.filter(({ body }) => body.includes('padding')).map(({ selector }) => selector),
    ['.message.head .message-side'],
  );
});
