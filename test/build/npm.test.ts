/** The two commands of the README as npm runs them: stopping npm stops the node; the tests say what they leave out. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { eventually, freePort } from '../e2e/node-process.ts';
import { Tree } from './tree.ts';

const tree = new Tree(['requirements-node.md', 'test/package.test.ts', 'test/e2e/page']);
let port = 0;
let meshPort = 0;

before(async () => {
  [port, meshPort] = [await freePort(), await freePort()];
  const { code, output } = await tree.run('npm', ['run', 'build']).ended;
  assert.equal(code, 0, output);
});
after(() => tree.dispose());

async function isOpen(on: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(on, '127.0.0.1');
    socket.once('connect', () => resolve(socket.destroy() === socket));
    socket.once('error', () => resolve(false));
  });
}

/** `npm start`, until both listeners answer. */
async function npmStart(context: TestContext) {
  const started = performance.now();
  const npm = tree.run('npm', [
    'start',
    '--',
    ...['--host', '127.0.0.1', '--port', String(port)],
    ...['--mesh-host', '127.0.0.1', '--mesh-port', String(meshPort)],
  ]);
  await eventually('both listeners answer', async () => {
    assert.equal(npm.child.exitCode, null, npm.output);
    return (await isOpen(port)) && (await isOpen(meshPort));
  });
  context.diagnostic(`both listeners after ${Math.round(performance.now() - started)} ms, npm included`);
  await eventually('the node greets', () => Promise.resolve(/^Canopy .*$/m.test(npm.output)));
  return npm;
}

describe('npm start', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} to npm stops the node and frees its ports`, async (context) => {
      const npm = await npmStart(context);
      npm.child.kill(signal);
      await npm.ended;
      await eventually('the ports are free', async () => !(await isOpen(port)) && !(await isOpen(meshPort)));
    });
  }

  test('keeps neither npm’s shell nor the build tools: the node is npm’s own child', async (context) => {
    const npm = await npmStart(context);
    if (process.platform === 'linux') {
      const pid = String(npm.child.pid);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
      assert.equal(children.length, 1);
      const of = (file: string): string => readFileSync(`/proc/${children[0] ?? ''}/${file}`, 'utf8');
      assert.match(of('cmdline'), /start\.mjs/);
      assert.doesNotMatch(of('maps'), /rolldown|esbuild/, 'no build tool is loaded');
      context.diagnostic(`idle: ${/VmRSS:\s*(.*)/.exec(of('status'))?.[1] ?? '?'}`);
    }
    npm.child.kill('SIGTERM');
    await npm.ended;
  });

  test('--help names the flags and starts nothing', async () => {
    const { code, output } = await tree.run('npm', ['start', '--silent', '--', '--help']).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^Usage: npm start/m);
    assert.match(output, /--advertise/);
  });
});

describe('npm test', () => {
  test('without a browser it fails at once and names the one command', async () => {
    const { code, output } = await tree.run('npm', ['test', '--silent'], {
      CANOPY_TEST_BROWSER: '/nonexistent',
    }).ended;
    assert.equal(code, 1);
    assert.match(output, /CANOPY_TEST_BROWSER names \/nonexistent/);
    assert.match(output, /Install it with: {2}\S+/);
    assert.doesNotMatch(output, /^# (types|lint|build)/m, 'nothing ran before');
  });

  test('--no-browser leaves the browser tests out and says so', async () => {
    const { code, output } = await tree.run(
      'npm',
      ['test', '--silent', '--', '--no-browser', 'package.test', 'e2e/page'],
      { CANOPY_TEST_BROWSER: '/nonexistent' },
    ).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^# [1-9]\d* browser test files? left out \(--no-browser\)$/m);
    assert.match(output, /^(# pass|ℹ pass) [1-9]/m, 'the others ran');
    assert.match(output, /^(# fail|ℹ fail) 0$/m);
  });
});
