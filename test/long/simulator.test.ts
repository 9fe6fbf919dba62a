/** A thousand seeds of the mesh simulator (06 section 6). `CANOPY_SEEDS=FROM-TO` chooses others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from '../sim/mesh/pool.ts';

const [from = 1_001, to = 2_000] = (process.env['CANOPY_SEEDS'] ?? '').split('-').filter(Boolean).map(Number);

test(`seeds ${from} to ${to} hold every property`, async () => {
  const outcomes = await runSeeds(Array.from({ length: to - from + 1 }, (_, index) => from + index));
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome)).join('\n\n'));
});
