/**
 * Counts the steps a function takes, instead of timing them: the engine reports how often each block of code was
 * entered, and the sum over the project's own files and the packages they parse with is the same on every machine.
 *
 * A function is counted by block only if it is first compiled after counting began, so a test imports this module
 * before the code it counts.
 */
import { Session } from 'node:inspector';

const COUNTED = /\/(server|node_modules\/(bs58|base-x))\//;

interface Coverage {
  result: { url: string; functions: { ranges: { count: number }[] }[] }[];
}

const session = new Session();
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** How many blocks of project code `run` entered. What it throws is thrown on. */
export function countSteps(run: () => void): number {
  post('Profiler.takePreciseCoverage'); // Sets the counters back.
  run();
  let steps = 0;
  for (const script of (post('Profiler.takePreciseCoverage') as Coverage).result) {
    if (!COUNTED.test(script.url)) continue;
    for (const { ranges } of script.functions) for (const { count } of ranges) steps += count;
  }
  return steps;
}

/** Commands of a session within the process are answered before `post` returns. */
function post(method: string, parameters: object = {}): unknown {
  const reply: { error: Error | null; result: unknown } = { error: null, result: undefined };
  session.post(method, parameters, (error, result) => {
    reply.error = error;
    reply.result = result;
  });
  if (reply.error !== null) throw new Error(`${method} failed`, { cause: reply.error });
  return reply.result;
}
