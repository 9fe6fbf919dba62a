/** Runs many seeds of the mesh simulator, on as many processes as there are processors. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Outcome } from './simulation.ts';

/** More than this many at once only wait for each other. */
const MAX_PROCESSES = 8;
const ROOT = path.join(import.meta.dirname, '..', '..', '..');
/** A run makes a hundred megabytes of what is soon forgotten: with room for it a fifth of the time is spared. */
const WORKER_OPTIONS = ['--max-semi-space-size=64', '--enable-source-maps'];

/** How a run ended that its process did not survive. */
function broken(seed: number, code: number | null): Outcome {
  const failures = [`the process ended with ${code ?? 'a signal'}`];
  return { seed, failures, trace: [], digest: '', said: 0, virtualMs: 0, healingMs: 0, tasks: 0, cpuMs: 0 };
}

/** What the seeds are run as. */
export interface Runs {
  /** Number of machines in each; the seeds choose when absent. */
  nodes?: number;
  /** Whole workspaces, whose seeds have numbers of their own. */
  workspaces?: boolean;
}

/**
 * Runs every seed.
 * @param options.ended told of each as it ends, in no order.
 * @returns how they ended, in the order of `seeds`.
 */
export async function runSeeds(
  seeds: readonly number[],
  options: Runs & { ended?: (outcome: Outcome) => void } = {},
): Promise<Outcome[]> {
  const outcomes = new Map<number, Outcome>();
  const waiting = [...seeds];
  const processes = Math.min(availableParallelism(), MAX_PROCESSES, seeds.length);
  const worker = await buildWorker();
  try {
    await Promise.all(
      Array.from({ length: processes }, async () => {
        let child: ChildProcess | null = null;
        for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
          child ??= fork(worker, { execArgv: WORKER_OPTIONS });
          const { outcome, alive } = await runOne(child, seed, options);
          outcomes.set(seed, outcome);
          options.ended?.(outcome);
          if (!alive) child = null;
        }
        child?.disconnect();
      }),
    );
  } finally {
    await rm(path.dirname(worker), { recursive: true });
  }
  return seeds.flatMap((seed) => outcomes.get(seed) ?? []);
}

/** The worker in one file: it starts at once, and its functions are not given their names again whenever they are made. */
async function buildWorker(): Promise<string> {
  // What an interrupted run leaves there the next build removes.
  const folder = path.join(ROOT, '.build', `.tmp-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const outfile = path.join(folder, 'worker.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'worker.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}

function runOne(
  child: ChildProcess,
  seed: number,
  { nodes, workspaces }: Runs,
): Promise<{ outcome: Outcome; alive: boolean }> {
  return new Promise((resolve) => {
    const exited = (code: number | null): void => {
      child.off('message', ended);
      resolve({ outcome: broken(seed, code), alive: false });
    };
    const ended = (outcome: unknown): void => {
      child.off('exit', exited);
      resolve({ outcome: outcome as Outcome, alive: true });
    };
    child.once('message', ended);
    child.once('exit', exited);
    child.send({ seed, nodes, workspaces });
  });
}

/** A failed run for a person: the seed, what failed, what happened before, and how to see it again. */
export function describeFailure(outcome: Outcome, { nodes, workspaces }: Runs = {}): string {
  const options = `${nodes === undefined ? '' : ` --nodes ${nodes}`}${workspaces === true ? ' --workspaces' : ''}`;
  const again = `npm run sim -- --seed ${outcome.seed}${options}`;
  return [
    `seed ${outcome.seed} failed; again: ${again}`,
    ...outcome.trace.map((line) => `    ${line}`),
    ...outcome.failures.map((failure) => `  ✗ ${failure}`),
  ].join('\n');
}
