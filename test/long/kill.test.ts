/**
 * Two nodes, one killed again and again while people write. `CANOPY_SEED=N` replays a run, `CANOPY_KILL_POINTS=N`
 * kills more often.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killRun } from '../e2e/kill.ts';

const POINTS = 200;

test('what was answered survives kills, on both nodes and once', async (t) => {
  const seed = Number(process.env['CANOPY_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}; replay with CANOPY_SEED=${seed} npm run test:long -- kill`);
  const result = await killRun(seed, Number(process.env['CANOPY_KILL_POINTS'] ?? POINTS), (line) =>
    process.stderr.write(`# kill: ${line}\n`),
  );
  t.diagnostic(JSON.stringify(result));
  assert.ok(result.kills >= POINTS || process.env['CANOPY_KILL_POINTS'] !== undefined);
});
