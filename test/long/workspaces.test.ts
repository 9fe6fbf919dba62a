/**
 * Whole workspaces in the simulator (06 section 6): a hundred and fifty seeds, or as many of them as a minute allows.
 * `CANOPY_WORKSPACE_SEEDS=FROM-TO` chooses others. The same seed is also run twice: one seed is one run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from '../sim/mesh/pool.ts';
import { FOUND_LONG, OPEN_WORKSPACES } from '../sim/mesh/workspace-seeds.ts';

const [from = 4, to = 153] = (process.env['CANOPY_WORKSPACE_SEEDS'] ?? '')
  .split('-')
  .filter(Boolean)
  .map(Number);
const LIMIT_MS = 60_000;
/** Seeds between two looks at the clock. */
const BATCH = 10;
/** Fewer say that something is wrong with the machine or the simulator. */
const LEAST = 20;
const RUNS = { workspaces: true };

test(`seeds of workspaces from ${from} on hold every property`, async () => {
  const end = performance.now() + LIMIT_MS;
  const found = Object.keys(FOUND_LONG).map(Number);
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const seeds = [...new Set([...found, ...all])].filter((seed) => !(seed in OPEN_WORKSPACES));
  let done = 0;
  for (; done < seeds.length && performance.now() < end; done += BATCH) {
    const outcomes = await runSeeds(seeds.slice(done, done + BATCH), RUNS);
    const failed = outcomes.filter(({ failures }) => failures.length > 0);
    assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome, RUNS)).join('\n\n'));
  }
  process.stderr.write(`# simulator: ${Math.min(done, seeds.length)} seeds of workspaces\n`);
  assert.ok(done >= Math.min(LEAST, seeds.length), `only ${done} seeds in the time`);
});

test('one seed of workspaces is one run: the same bytes on every wire, in another process too', async () => {
  const [once] = await runSeeds([7], RUNS);
  const [again] = await runSeeds([7], RUNS);
  assert.ok(once !== undefined && once.digest !== '');
  assert.equal(once.digest, again?.digest);
});
