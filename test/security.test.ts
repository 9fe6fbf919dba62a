/** SECURITY.md names, for every entry of 02 section 10 and 03 section 11, tests that exist or a reason why it stays. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

/** Each list, with how many entries the specification has of each kind. */
const LISTS = [
  { title: 'Known weaknesses of the reference', kinds: { S: 14, P: 7, R: 20 }, more: ['Growth'] },
  {
    title: 'Known weaknesses of the reference in what is stored, and who may say it',
    kinds: { P: 10, A: 18, R: 21 },
    more: [],
  },
];

interface Entry {
  id: string;
  text: string;
  tests: { file: string; name: string }[];
}

/** The list, each item with the tests below it; a line may be broken anywhere. */
function entries(title: string): Entry[] {
  const [, section = ''] = read('SECURITY.md').split(`## ${title}\n`);
  const [list = ''] = section.split('\n## ');
  return list
    .split(/^- \*\*/m)
    .slice(1)
    .map((item) => {
      const [head = '', ...tests] = item.split(/^ {2}- /m).map((part) => part.replace(/\s+/g, ' ').trim());
      const [, id = '', text = ''] = /^(\w+)\*\* (.*)$/.exec(head) ?? [];
      return {
        id,
        text,
        tests: tests.map((line) => {
          const [, file = '', name = ''] = /^`([^`]+)`: (.*)$/.exec(line) ?? [];
          return { file, name };
        }),
      };
    });
}

for (const { title, kinds, more } of LISTS) {
  test(`${title}: every entry is there once, in order`, () => {
    const expected = Object.entries(kinds).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, i) => `${kind}${i + 1}`),
    );
    assert.deepEqual(
      entries(title).map(({ id }) => id),
      [...expected, ...more],
    );
  });

  test(`${title}: each names tests that exist, or says why it stays`, () => {
    for (const { id, text, tests } of entries(title)) {
      assert.ok(tests.length > 0 || /^Stays\b.{20}/.test(text), `${id} names neither a test nor a reason`);
      for (const { file, name } of tests) {
        assert.ok(existsSync(path.join(root, file)), `${id}: ${file} is not there`);
        const quoted = [`('${name}'`, `("${name}"`].some((start) => read(file).includes(start));
        assert.ok(name.length > 0 && quoted, `${id}: ${file} has no test "${name}"`);
      }
    }
  });
}
