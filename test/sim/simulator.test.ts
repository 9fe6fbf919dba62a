/** The mesh simulator (06 section 6): sixty seeds, first those that once failed, and that a seed is one run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from './mesh/pool.ts';
import { FOUND, OPEN } from './mesh/seeds.ts';

const COUNT = 60;

test(`${COUNT} seeds, those that once failed among them, hold every property`, async () => {
  const known = Object.keys(FOUND).map(Number);
  const first = Array.from({ length: COUNT }, (_, index) => 1 + index).filter((seed) => !(seed in OPEN));
  const outcomes = await runSeeds([...new Set([...known, ...first])].slice(0, COUNT));
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome)).join('\n\n'));
  const said = outcomes.reduce((sum, outcome) => sum + outcome.said, 0);
  assert.ok(said > COUNT, 'people wrote something');
});

test('one seed is one run: the same trace and the same bytes on every wire, in another process too', async () => {
  const [once] = await runSeeds([7]);
  const [again] = await runSeeds([7]);
  assert.ok(once !== undefined && once.digest !== '');
  assert.equal(once.digest, again?.digest);
  const [other] = await runSeeds([8]);
  assert.notEqual(once.digest, other?.digest);
});
