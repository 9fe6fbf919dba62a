/** SECURITY.md names, for every entry of 02 section 10, tests that exist or a reason why it stays. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

/** How many entries 02 section 10 has of each kind. */
const ENTRIES = { S: 14, P: 7, R: 20 };

interface Entry {
  id: string;
  text: string;
  tests: { file: string; name: string }[];
}

/** The list, each item with the tests below it; a line may be broken anywhere. */
function entries(): Entry[] {
  const [, section = ''] = read('SECURITY.md').split('## Known weaknesses of the reference\n');
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

test('every entry of 02 section 10 is there once, in order', () => {
  const expected = Object.entries(ENTRIES).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i) => `${kind}${i + 1}`),
  );
  assert.deepEqual(
    entries().map(({ id }) => id),
    [...expected, 'Growth'],
  );
});

test('each names tests that exist, or says why it stays', () => {
  for (const { id, text, tests } of entries()) {
    assert.ok(tests.length > 0 || /^Stays\b.{20}/.test(text), `${id} names neither a test nor a reason`);
    for (const { file, name } of tests) {
      assert.ok(existsSync(path.join(root, file)), `${id}: ${file} is not there`);
      assert.ok(name.length > 0 && read(file).includes(`('${name}'`), `${id}: ${file} has no test "${name}"`);
    }
  }
});
