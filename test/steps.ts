/**
 * Counts the steps a function takes, instead of timing them: the engine reports how often each block of code was
 * entered, and the sum over the project's own files and the packages they parse with is the same on every machine.
 *
 * A test imports this module before the code it counts (see `block-coverage.ts`).
 */
import { takeBlockCoverage } from './block-coverage.ts';

const COUNTED = /\/(server|node_modules\/(bs58|base-x))\//;

/** How many blocks of project code `run` entered. What it throws is thrown on. */
export function countSteps(run: () => void): number {
  takeBlockCoverage(); // sets the counters back
  run();
  let steps = 0;
  for (const script of takeBlockCoverage()) {
    if (!COUNTED.test(script.url)) continue;
    for (const { ranges } of script.functions) for (const { count } of ranges) steps += count;
  }
  return steps;
}
