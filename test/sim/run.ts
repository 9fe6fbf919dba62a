/**
 * `npm run sim`: the mesh simulator (06 section 6). `--seeds N` runs N seeds (100 by default) from `--from S` (1) on, on
 * all processors; `--seed S` runs one with everything that happened; `--nodes M` fixes the number of machines, which the
 * seed chooses otherwise; `--workspaces` runs seeds of whole workspaces, which have numbers of their own. What failed is printed with the command that repeats it, and makes the exit code 1.
 */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { describeFailure, runSeeds } from './mesh/pool.ts';
import { simulate } from './mesh/simulation.ts';
import { simulateWorkspaces } from './mesh/workspace.ts';
import type { Outcome } from './mesh/simulation.ts';

const number = z.coerce.number().int().min(0);
const options = z.object({
  seeds: number.default(100),
  from: number.default(1),
  seed: number.optional(),
  nodes: number.min(2).max(20).optional(),
  workspaces: z.boolean().default(false),
});
const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { seeds: text, from: text, seed: text, nodes: text, workspaces: { type: 'boolean' } },
});
const { seeds, from, seed, nodes, workspaces } = options.parse(values);
const runs = { workspaces, ...(nodes === undefined ? {} : { nodes }) };

const line = (outcome: Outcome): string =>
  [
    `seed ${outcome.seed}: ${outcome.failures.length === 0 ? 'ok' : 'FAILED'}`,
    `${outcome.said} messages`,
    `${Math.round(outcome.virtualMs / 1000)} s, ${Math.round(outcome.healingMs / 1000)} s of them to heal`,
    `${outcome.tasks} tasks`,
    `${Math.round(outcome.cpuMs)} ms CPU`,
    outcome.digest.slice(0, 16),
  ].join(', ');

if (seed === undefined) {
  const chosen = Array.from({ length: seeds }, (_, index) => from + index);
  const outcomes = await runSeeds(chosen, {
    ...runs,
    ended: (outcome) => console.log(line(outcome)),
  });
  const failed = outcomes.filter(({ failures }) => failures.length > 0);
  for (const outcome of failed) console.log(`\n${describeFailure(outcome, runs)}`);
  const cpu = outcomes.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  console.log(
    `\n${outcomes.length - failed.length} of ${outcomes.length} ok, ${Math.round(cpu / 1000)} s CPU`,
  );
  if (failed.length > 0) {
    console.log(`failed: ${failed.map((outcome) => outcome.seed).join(' ')}`);
    process.exitCode = 1;
  }
} else {
  const outcome = await (workspaces ? simulateWorkspaces : simulate)(seed, nodes);
  for (const happened of outcome.trace) console.log(happened);
  for (const failure of outcome.failures) console.log(`✗ ${failure}`);
  console.log(line(outcome));
  if (outcome.failures.length > 0) process.exitCode = 1;
}
