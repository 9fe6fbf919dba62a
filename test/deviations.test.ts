/** DEVIATIONS.md and the comments beside the code name each other (01, 02, 06). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

/** Numbers in the list, each with the files its entry names. */
const listed = new Map(
  read('DEVIATIONS.md')
    .split(/^- (?=\*\*)/m)
    .slice(1)
    .map((entry) => {
      const [, number = ''] = /^\*\*(D-\d+)\*\*/.exec(entry) ?? [];
      return [number, [...entry.matchAll(/`((?:server|web)\/[^`]+)`/g)].map(([, file = '']) => file)];
    }),
);

function sourcesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => path.join(folder, name));
}

/** Places in the code, as `D-01 server/…`. */
const places = ['server', 'web'].flatMap(sourcesBelow).flatMap((file) => {
  // A comment may break its line between the word and the number.
  const text = read(file).replace(/\n\s*(?:\*|\/\/)\s*/g, ' ');
  return [...text.matchAll(/\b[Dd]eviation (D-\d+)/g)].map(([, number = '']) => `${number} ${file}`);
});

test('every deviation is numbered once and in order, and names a file', () => {
  const numbers = [...listed.keys()];
  assert.equal(read('DEVIATIONS.md').match(/^- /gm)?.length, numbers.length);
  assert.ok(numbers.length > 0);
  // A number stays what it names: one that is gone leaves a gap.
  assert.equal(new Set(numbers).size, numbers.length);
  for (const [number, files] of listed) {
    assert.ok(files.length > 0, `${number} names no file`);
    for (const file of files) assert.ok(existsSync(path.join(root, file)), `${number}: ${file} is not there`);
  }
});

test('every listed deviation is said beside the code, and every one said there is listed with its file', () => {
  const expected = [...listed].flatMap(([number, files]) => files.map((file) => `${number} ${file}`));
  assert.deepEqual([...new Set(places)].toSorted(), expected.toSorted());
});
