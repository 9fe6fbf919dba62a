import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const packageJson = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  scripts: Record<string, string>;
};

test('requirements-node.md lists exactly the runtime packages, with their versions and a reason', () => {
  const rows = readFileSync(path.join(root, 'requirements-node.md'), 'utf8')
    .split('\n')
    .map((line) => /^\| `([^`]+)` +\| `([^`]+)` +\| ([^|]+)\| ([^|]*)\|$/.exec(line))
    .filter((match) => match !== null);
  const listed = Object.fromEntries(rows.map((row) => [row[1], row[2]]));
  assert.deepEqual(listed, packageJson.dependencies);
  for (const row of rows) assert.ok((row[3] ?? '').trim().length > 10, `${row[1]} needs a reason`);
});

test('versions are exact or caret or tilde ranges', () => {
  for (const [name, range] of Object.entries({
    ...packageJson.dependencies,
    ...packageJson.devDependencies,
  })) {
    assert.match(range, /^[\^~]?\d+\.\d+\.\d+$/, name);
  }
});

test('the scripts of the house exist', () => {
  const names = 'start dev build test test:long typecheck lint format vectors fuzz bench limits screenshots';
  for (const name of names.split(' ')) {
    assert.ok(packageJson.scripts[name], name);
  }
});
