/**
 * A thousand seeds of the mesh simulator (06 section 6), which take nine to ten minutes on two cores. It ends after four,
 * and says how many it ran: `CANOPY_SEEDS=1001-2000 CANOPY_SEEDS_MINUTES=30` for a slower machine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from '../sim/mesh/pool.ts';
import { OPEN } from '../sim/mesh/seeds.ts';

const [from = 1_001, to = 2_000] = (process.env['CANOPY_SEEDS'] ?? '').split('-').filter(Boolean).map(Number);
/** The whole of the continuous integration ends within 45 minutes. */
const LIMIT_MS = Number(process.env['CANOPY_SEEDS_MINUTES'] ?? 4) * 60_000;
/** Fewer say that something is wrong with the machine or the simulator. */
const LEAST = 200;

test(`seeds from ${from} on hold every property`, async () => {
  const end = performance.now() + LIMIT_MS;
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const seeds = all.filter((seed) => !(seed in OPEN));
  const outcomes = await runSeeds(seeds, { goesOn: () => performance.now() < end });
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome)).join('\n\n'));
  process.stderr.write(
    `# simulator: ${outcomes.length} of the ${seeds.length} seeds from ${from} to ${to}\n`,
  );
  assert.ok(outcomes.length >= Math.min(LEAST, seeds.length), `only ${outcomes.length} seeds in the time`);
});
