/** The mesh simulator (06 section 6): a hundred seeds, first those that once failed, and that a seed is one run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from './mesh/pool.ts';
import { FOUND, OPEN } from './mesh/seeds.ts';
import type { Outcome } from './mesh/simulation.ts';

const COUNT = 100;
/** What they may take on a quiet machine with two cores (06 section 6). A slower one is told, and does not fail for it. */
const AIM_S = 60;
/** Two that are run anyway. */
const [ONE, OTHER] = [7, 8];

let outcomes: readonly Outcome[] = [];

test(`${COUNT} seeds, those that once failed among them, hold every property`, async () => {
  const known = Object.keys(FOUND).map(Number);
  const first = Array.from({ length: COUNT }, (_, index) => 1 + index).filter((seed) => !(seed in OPEN));
  const seeds = [...new Set([...known, ...first])].slice(0, COUNT);
  const began = performance.now();
  outcomes = await runSeeds(seeds);
  const seconds = (performance.now() - began) / 1000;
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  assert.equal(failed.length, 0, failed.map((outcome) => describeFailure(outcome)).join('\n\n'));
  const said = outcomes.reduce((sum, outcome) => sum + outcome.said, 0);
  assert.ok(said > COUNT, 'people wrote something');
  const slow = seconds > AIM_S ? `, more than the ${AIM_S} s of a quiet machine with two cores` : '';
  process.stderr.write(`# simulator: ${outcomes.length} seeds in ${seconds.toFixed(1)} s${slow}\n`);
});

test('one seed is one run: the same trace and the same bytes on every wire, in another process too', async () => {
  const [once, other] = [ONE, OTHER].map((seed) => outcomes.find((outcome) => outcome.seed === seed));
  const [again] = await runSeeds([ONE]);
  assert.ok(once !== undefined && once.digest !== '');
  assert.equal(once.digest, again?.digest);
  assert.notEqual(once.digest, other?.digest);
});
