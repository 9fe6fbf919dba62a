/** The build (issue section on the house): once per version of the sources, safe when two run, nothing left over. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { Tree } from './tree.ts';

const BUILD = ['.config/build.mjs'];
const tree = new Tree();
after(() => tree.dispose());

test('two builds at once both succeed and leave one whole build', async () => {
  assert.deepEqual(tree.builds(), []);
  const [one, two] = await Promise.all([
    tree.run(process.execPath, BUILD).ended,
    tree.run(process.execPath, BUILD).ended,
  ]);
  assert.equal(one.code, 0, one.output);
  assert.equal(two.code, 0, two.output);
  assert.match(one.output + two.output, /Building/);
  const [only, ...others] = tree.builds();
  assert.deepEqual(others, [], 'no second build, no temporary folder');
  assert.match(only ?? '', /^[0-9a-f]{16}$/);
  for (const file of ['run.js', 'web/index.html'])
    assert.ok(existsSync(path.join(tree.folder, '.build', only ?? '', file)), file);
});

test('a build that is there is used; one of older sources is not', async () => {
  const before = tree.builds();
  const again = await tree.run(process.execPath, BUILD).ended;
  assert.doesNotMatch(again.output, /Building/);
  assert.deepEqual(tree.builds(), before);

  appendFileSync(path.join(tree.folder, 'server', 'node.ts'), '\n');
  const server = await tree.run(process.execPath, BUILD).ended;
  assert.match(server.output, /Building/, 'after a change of the server');
  assert.equal(tree.builds().length, before.length + 1);

  appendFileSync(path.join(tree.folder, 'web', 'index.html'), '\n');
  const page = await tree.run(process.execPath, BUILD).ended;
  assert.match(page.output, /Building/, 'after a change of the page');
  assert.equal(tree.builds().length, before.length + 2);
});

test('what an interrupted build left is removed, a build under way is not', async () => {
  const left = path.join(tree.folder, '.build', '.tmp-1-left');
  const working = path.join(tree.folder, '.build', '.tmp-2-working');
  for (const folder of [left, working]) {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'run.js'), '');
  }
  const longAgo = new Date(Date.now() - 86_400_000);
  utimesSync(left, longAgo, longAgo);
  appendFileSync(path.join(tree.folder, 'run.ts'), '\n');
  const { code, output } = await tree.run(process.execPath, BUILD).ended;
  assert.equal(code, 0, output);
  assert.ok(!existsSync(left));
  assert.ok(existsSync(working));
  rmSync(working, { recursive: true });
});

test('a source that cannot be built fails and leaves nothing behind', async () => {
  const before = tree.builds();
  const broken = path.join(tree.folder, 'server', 'node.ts');
  appendFileSync(broken, '\nconst = ;\n');
  const { code, output } = await tree.run(process.execPath, BUILD).ended;
  assert.equal(code, 1);
  assert.match(output, /node\.ts/);
  assert.deepEqual(tree.builds(), before);
});

test('without the packages one line says how to install them', async () => {
  rmSync(path.join(tree.folder, 'node_modules'));
  const { code, output } = await tree.run('npm', ['start', '--silent']).ended;
  assert.equal(code, 1);
  assert.match(output, /npm ci/);
  assert.doesNotMatch(output, /\n {4}at /, 'no stack trace');
});
