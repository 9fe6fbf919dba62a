/** The runner itself: what it takes for a vector, and how it judges. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import * as z from 'zod';
import { expectEqual, wireClass } from './check.ts';
import { runVectors, type Difference } from './runner.ts';
import type { VectorClass } from './types.ts';

const sums = wireClass('sums', z.object({ a: z.number(), sum: z.number() }), ({ a, sum }) => {
  expectEqual({ sum: a + a }, { sum });
});
let directory = '';
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'canopy-runner-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

/** Writes a file below the directory; an object as JSON. */
function put(name: string, content: unknown): void {
  const file = path.join(directory, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

function sumsFile(...cases: object[]): object {
  return { schema: 'canopy-wire-vectors/1', class: 'sums', cases };
}

const run = (
  options: { classes?: VectorClass[]; differences?: Difference[]; only?: string[]; in?: string[] } = {},
): ReturnType<typeof runVectors> =>
  runVectors(options.in ?? [directory], {
    classes: options.classes ?? [sums],
    differences: options.differences ?? [],
    only: options.only ?? [],
  });

test('files of one class in several directories are one set', async () => {
  put('x/sums.json', sumsFile({ id: 's/1', a: 1, sum: 2 }));
  put('y/deep/other-name.json', sumsFile({ id: 's/2', a: 2, sum: 4 }));
  const { reports, problems } = await run({
    in: [path.join(directory, 'x'), path.join(directory, 'y'), directory],
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    reports.map(({ name, cases, passed }) => [name, cases, passed]),
    [['sums', 2, 2]],
  );
});

test('a wrong answer fails, unless it is the different one that was stated', async () => {
  put('sums.json', sumsFile({ id: 's/1', a: 1, sum: 3 }));
  const stated = (answer: unknown, id = 's/1'): Difference[] => [
    { class: 'sums', case: id, answer, reason: 'because', section: '01' },
  ];
  const different = await run({ differences: stated({ sum: 2 }) });
  assert.deepEqual(
    different.reports.map(({ passed, different: ids, settled, failures }) => [
      passed,
      ids,
      settled,
      failures,
    ]),
    [[1, ['s/1'], [], []]],
  );
  for (const differences of [[], stated({ sum: 4 }), stated({ sum: 2 }, 's/2')]) {
    const { reports } = await run({ differences });
    assert.deepEqual(
      reports.map(({ passed, failures }) => [passed, failures.length]),
      [[0, 1]],
    );
  }
});

test('a difference that is none any more is named', async () => {
  put('sums.json', sumsFile({ id: 's/1', a: 1, sum: 2 }, { id: 's/2', a: 1, sum: 2 }));
  const differences = [{ class: 'sums', case: 's/1', answer: { sum: 3 }, reason: 'because', section: '01' }];
  const { reports } = await run({ differences });
  assert.deepEqual(
    reports.map(({ passed, settled }) => [passed, settled]),
    [[2, ['s/1']]],
  );
});

test('an error is a failure, even of a case that is stated to be different', async () => {
  const throwing: VectorClass = {
    ...sums,
    cases: () => [{ id: 's/1', run: () => Promise.reject(new Error('broken')) }],
  };
  put('sums.json', sumsFile());
  const differences = [{ class: 'sums', case: 's/1', answer: {}, reason: 'because', section: '01' }];
  const { reports } = await run({ classes: [throwing], differences });
  assert.match(reports[0]?.failures[0]?.message ?? '', /broken/);
});

test('a class nobody covers fails by name, and not when it is left out', async () => {
  put('sums.json', sumsFile({ id: 's/1', a: 1, sum: 2 }));
  put('auth.json', [{ request: {}, response: {} }]);
  put('type.json', { type: 'x', examples: [{}, {}] });
  put('node/expected.json', { source_version: '0' });
  put('node/anything.json', { unknown: true });
  const all = await run();
  assert.deepEqual(
    all.reports.map(({ name, failures }) => [name, failures.length]),
    [
      ['messages', 1],
      ['rest', 1],
      ['storage', 1],
      ['sums', 0],
    ],
  );
  const { reports, problems } = await run({ only: ['sums'] });
  assert.deepEqual(
    reports.map(({ name, failures, skipped }) => [name, failures.length, skipped]),
    [
      ['messages', 0, 2],
      ['rest', 0, 1],
      ['storage', 0, 1],
      ['sums', 0, 0],
    ],
  );
  assert.deepEqual(problems, []);
});

test('helpers and other files are passed over; JSON nobody knows, damaged JSON and empty sets are not', async () => {
  put('_scenario.json', [{}]);
  put('mesh/identities.json', { peers: {} });
  put('README.md', '# text');
  put('canopy.db', '{');
  assert.deepEqual((await run()).problems, ['no vectors were found']);
  put('sums.json', sumsFile());
  assert.deepEqual(
    (await run()).reports.map(({ failures }) => failures.length),
    [1],
    'a file without cases',
  );
  put('other.json', { a: 1 });
  put('list.json', [1]);
  put('damaged.json', '{');
  const { problems } = await run();
  assert.deepEqual(
    problems.map((problem) => path.basename(problem.split(':')[0] ?? '')),
    ['damaged.json', 'list.json', 'other.json'],
  );
  assert.equal((await run({ in: [path.join(directory, 'none')] })).problems.length, 1);
  assert.deepEqual(
    (await run({ only: ['products'] })).problems.at(-1),
    'no vectors of the class products were found',
  );
});

test('the command prints the classes, ends with the sums, and tells by its exit code', () => {
  const command = (...given: string[]): { status: number | null; lines: string[] } => {
    const script = path.join(import.meta.dirname, 'run.ts');
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', script, ...given], {
      encoding: 'utf8',
    });
    return { status, lines: stdout.trimEnd().split('\n') };
  };
  const wire = path.join(import.meta.dirname, 'wire');
  const good = command(wire, '--only', 'base58', 'mdns');
  assert.equal(good.status, 0);
  assert.ok(good.lines.includes('base58: 23 cases, passed'));
  assert.match(good.lines.at(-1) ?? '', /^43 passed, 0 failed, [1-9][0-9]* skipped$/);
  put('odd.json', {});
  const bad = command(directory);
  assert.equal(bad.status, 1);
  assert.equal(bad.lines.at(-1), '0 passed, 1 failed, 0 skipped');
  assert.equal(command().status, 1);
  assert.equal(command(wire, '--what').status, 1);
});
