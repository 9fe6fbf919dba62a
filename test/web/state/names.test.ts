/** Names others chose (05 section 10.13, X-3): fit to be shown whatever they are, and told apart. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { calmText, cleanName, distinctNames, skeleton } from '../../../web/state/names.ts';

test('what turns round, piles up or cannot be seen is taken out of a name', () => {
  assert.equal(cleanName('\u202egpj.exe\u202c'), 'gpj.exe');
  assert.equal(cleanName('a\u0000b\r\n c\u2028d'), 'ab c d');
  assert.equal(cleanName(`z${'\u0301'.repeat(128)}y`), `z${'\u0301'.repeat(4)}y`);
  for (const nothing of ['', ' \u00a0', '\u200b\u200d', '\u3164', '\u2800\u0301', '\u202e'])
    assert.equal(cleanName(nothing), '');
  // Writing that needs its joiners keeps them.
  for (const name of ['علی‌رضا', '👩‍🚀 Zoë', 'שלום', 'न्यु']) assert.equal(cleanName(name), name);
});

test('a text keeps its lines and its length', () => {
  const text = `one\ntwo ${'x'.repeat(500)}`;
  assert.equal(calmText(`\u202e${text}\u0007`), text);
});

test('a long name keeps its beginning and its end', () => {
  const shown = cleanName(`${'x'.repeat(10_000)}.exe`);
  assert.equal([...shown].length, 100);
  assert.match(shown, /^x+…x+\.exe$/);
});

test('whatever a name is, what is shown of it is short and cannot turn the line round', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      const shown = cleanName(name);
      assert.ok([...shown].length <= 100);
      assert.doesNotMatch(shown, /[\p{Cc}\u202a-\u202e\u2066-\u2069]|\p{M}{5}/u);
      assert.equal(cleanName(shown), shown);
    }),
    { examples: [['¡\t\u0000\t!']] },
  );
});

test('names that look alike are one to the eye', () => {
  for (const [a, b] of [
    ['Alice', 'аlісе'],
    ['Alice', 'A1ice'],
    ['Alice', 'Al\u200bice'],
    ['Alice', 'alíce '],
    ['Paul', 'PauI'],
    ['Morgan', 'Μοrgаn'],
    ['tom', 'torn'],
    ['Ａlice', 'Alice'],
  ] as const)
    assert.equal(skeleton(a), skeleton(b), `${a} ${b}`);
  assert.notEqual(skeleton('Alice'), skeleton('Alicia'));
});

test('whoever is called like somebody else carries the end of the id, the whole one where that is the same', () => {
  const names = distinctNames(
    [
      { id: 'user_me', name: 'Alice' },
      { id: 'user_aaa111111', name: 'Аlice' },
      { id: 'user_bbb222222', name: 'Bob' },
      { id: 'user_ccc333333', name: 'Carol' },
      { id: 'user_ddd333333', name: 'carol' },
    ],
    'user_me',
  );
  assert.deepEqual(Object.fromEntries(names), {
    user_me: 'Alice',
    user_aaa111111: 'Аlice (111111)',
    user_bbb222222: 'Bob',
    user_ccc333333: 'Carol (user_ccc333333)',
    user_ddd333333: 'carol (user_ddd333333)',
  });
});
