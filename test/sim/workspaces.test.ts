/** Whole workspaces in the simulator (06 section 6): a few seeds, and those that once failed. More are in test/long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure, runSeeds } from './mesh/pool.ts';
import { FOUND_WORKSPACES, OPEN_WORKSPACES } from './mesh/workspace-seeds.ts';

const FIRST = 1;
const COUNT = 3;

test('channels, members, files and posts come to the same for everybody entitled, and nobody else has them', async () => {
  const seeds = Array.from({ length: COUNT }, (_, index) => FIRST + index).filter(
    (seed) => !(seed in OPEN_WORKSPACES),
  );
  const known = Object.keys(FOUND_WORKSPACES).map(Number);
  const outcomes = await runSeeds([...new Set([...known, ...seeds])], { workspaces: true });
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  assert.equal(
    failed.length,
    0,
    failed.map((outcome) => describeFailure(outcome, { workspaces: true })).join('\n\n'),
  );
  const said = outcomes.reduce((sum, outcome) => sum + outcome.said, 0);
  assert.ok(said > outcomes.length, 'people wrote something');
});
