/** The golden vectors as part of the tests: a copy of the wire vectors always, the whole set where it lies next door. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { classNameOf } from './known-classes.ts';
import { classes } from './registry.ts';
import { readDifferences, runVectors, type ClassReport } from './runner.ts';

const here = import.meta.dirname;
const copy = path.join(here, 'wire');
const shared = path.join(here, '../../../shared/vectors');
const differences = readDifferences(path.join(here, 'differences.json'));

function check(report: ClassReport): void {
  const failures = report.failures.map((failure) => `${failure.id}: ${failure.message}`);
  assert.deepEqual(failures, []);
  assert.deepEqual(report.settled, [], 'no longer different: delete them from differences.json');
  assert.equal(report.passed + report.omitted.length, report.cases);
  assert.ok(report.passed > 0);
}

const wire = await runVectors([copy], { classes, differences });
for (const report of wire.reports) test(`wire vectors: ${report.name}`, () => check(report));

test('every file of the wire vectors is run', () => {
  assert.deepEqual(wire.problems, []);
  assert.equal(wire.reports.length, fs.readdirSync(copy).length);
});

test('every difference on purpose is one of a case there is', () => {
  for (const { name, different, settled } of wire.reports) {
    const named = differences.filter((entry) => entry.class === name).map((entry) => entry.case);
    assert.deepEqual([...different, ...settled].sort(), named.sort());
  }
});

if (!fs.existsSync(shared)) {
  test('shared vectors', { skip: 'the golden data are not here' }, () => undefined);
} else {
  // The exchanges take minutes with real nodes; `npm run vectors` makes them.
  const only = classes.map(({ name }) => name).filter((name) => name !== 'rest');
  const found = await runVectors([shared], { classes, differences, only });
  for (const report of found.reports.filter((candidate) => !candidate.leftOut)) {
    test(`shared vectors: ${report.name}`, () => check(report));
  }
  test('every difference on purpose is one of a case there is among the shared vectors', () => {
    const met = found.reports.flatMap(({ name, different }) => different.map((id) => `${name} ${id}`));
    const stated = differences.filter((entry) => entry.class !== 'rest');
    assert.deepEqual(met.sort(), stated.map((entry) => `${entry.class} ${entry.case}`).sort());
  });
  test('all shared vectors are known', () => assert.deepEqual(found.problems, []));
}

test('no two classes claim the same file', () => {
  for (const name of fs.readdirSync(copy)) {
    const file = path.join(copy, name);
    const json: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    const claims = classes.filter((candidate) => candidate.recognises(json, file)).map((claim) => claim.name);
    assert.deepEqual(claims, [classNameOf(json, file)], name);
  }
});
