/**
 * A thousand seeds of the mesh simulator (06 section 6), whatever they take; a machine that is too slow for ten minutes is
 * told so. `CANOPY_SEEDS=FROM-TO` chooses others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from '../sim/mesh/pool.ts';
import { OPEN } from '../sim/mesh/seeds.ts';

const [from = 1_001, to = 2_000] = (process.env['CANOPY_SEEDS'] ?? '').split('-').filter(Boolean).map(Number);
/** What a thousand may take on a quiet machine with two cores. */
const AIM_MINUTES = 10;

test(`seeds from ${from} to ${to} hold every property`, async () => {
  const began = performance.now();
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const outcomes = await runSeeds(all.filter((seed) => !(seed in OPEN)));
  const minutes = (performance.now() - began) / 60_000;
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome)).join('\n\n'));
  const slow =
    minutes > AIM_MINUTES ? `, more than the ${AIM_MINUTES} of a quiet machine with two cores` : '';
  process.stderr.write(`# simulator: ${outcomes.length} seeds in ${minutes.toFixed(1)} minutes${slow}\n`);
});
