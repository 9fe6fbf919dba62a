/** The mesh simulator (06 section 6): a hundred seeds, those that once failed, and that a seed is one run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from './mesh/pool.ts';
import { FOUND, OPEN } from './mesh/seeds.ts';

const FIRST = 1;
const COUNT = 100;

test(`seeds ${FIRST} to ${FIRST + COUNT - 1}, and those that once failed, hold every property but for the open ones`, async () => {
  const seeds = Array.from({ length: COUNT }, (_, index) => FIRST + index).filter((seed) => !(seed in OPEN));
  const known = Object.keys(FOUND).map(Number);
  const outcomes = await runSeeds([...new Set([...known, ...seeds])]);
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
