/**
 * Which blocks of code one call enters, by the engine's precise coverage. A function is counted by block only if it
 * is first compiled after counting began: import this module before the code it watches.
 */
import { Session } from 'node:inspector';

interface Report {
  result: {
    scriptId: string;
    url: string;
    functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
  }[];
}

const session = new Session();
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/**
 * What `run` entered of the scripts whose address matches `watched`: one text per block, and whether it was entered
 * never, once, twice, up to four, eight … times. `run` must not throw. Taking the report sets the counters back, so
 * between two calls nothing of these scripts may run.
 */
export function blocksOf(watched: RegExp, run: () => void): string[] {
  run();
  const blocks: string[] = [];
  for (const { scriptId, url, functions } of (post('Profiler.takePreciseCoverage') as Report).result) {
    if (!watched.test(url)) continue;
    for (const { ranges } of functions) {
      if (ranges[0]?.count === 0) continue; // the function was not called
      for (const { startOffset, endOffset, count } of ranges)
        blocks.push(`${scriptId}:${startOffset}-${endOffset} ${32 - Math.clz32(count)}`);
    }
  }
  return blocks;
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
