/**
 * The engine's precise coverage by block, from within the process. A function is counted by block only if it is first
 * compiled after counting began: who counts imports this module before the code it watches.
 */
import { Session } from 'node:inspector';

/** How often the blocks of one script were entered since the last report; nested ranges count on their own. */
export interface ScriptCoverage {
  scriptId: string;
  url: string;
  functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
}

const session = new Session();
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** What was entered since the last call, which sets the counters back. */
export function takeBlockCoverage(): ScriptCoverage[] {
  return (post('Profiler.takePreciseCoverage') as { result: ScriptCoverage[] }).result;
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
