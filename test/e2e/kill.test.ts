/**
 * kill -9 of either node, or both at once, while people write: what was answered with success is on both nodes
 * afterwards, and nothing is there twice (06 section 6). `test/long` kills more often and longer.
 */
import { test } from 'node:test';
import { killRun } from './kill.ts';

const POINTS = 25;
/** Any seed will do; a fixed one makes runs of the same program alike. */
const SEED = 4;

test('what was answered survives 25 kills, on both nodes and once', async (t) => {
  const result = await killRun(SEED, POINTS, () => undefined, { quick: true });
  t.diagnostic(JSON.stringify(result));
});
