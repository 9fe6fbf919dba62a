/**
 * A thousand seeds of the mesh simulator (06 section 6), or as many of them as ten minutes allow; how many is said.
 * `CANOPY_SEEDS=FROM-TO` chooses others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from '../sim/mesh/pool.ts';

const [from = 1_001, to = 2_000] = (process.env['CANOPY_SEEDS'] ?? '').split('-').filter(Boolean).map(Number);
/** Beside other long tests on two cores a thousand take longer than alone. */
const LIMIT_MS = 9.5 * 60_000;
/** Seeds between two looks at the clock. */
const BATCH = 20;
/** Fewer say that something is wrong with the machine or the simulator. */
const LEAST = 100;

test(`seeds from ${from} on hold every property`, async () => {
  const end = performance.now() + LIMIT_MS;
  let next = from;
  for (; next <= to && performance.now() < end; next += BATCH) {
    const count = Math.min(BATCH, to - next + 1);
    const outcomes = await runSeeds(Array.from({ length: count }, (_, index) => next + index));
    const failed = outcomes.filter(({ failures }) => failures.length > 0);
    assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome)).join('\n\n'));
  }
  const done = Math.min(next, to + 1) - from;
  process.stderr.write(`# simulator: seeds ${from} to ${from + done - 1}, ${done} of ${to - from + 1}\n`);
  assert.ok(done >= Math.min(LEAST, to - from + 1), `only ${done} seeds in ten minutes`);
});
