/**
 * `rest`: recorded HTTP exchanges (04). All exchanges of a directory belong to one conversation with a few nodes, so
 * the first case that is run starts the nodes and replays everything; each case then reports its own exchange.
 */
import path from 'node:path';
import * as z from 'zod';
import { caseId, exchangeSchema, type Exchange } from '../rest/exchange.ts';
import type { Verdict } from '../rest/judge.ts';
import { replay } from '../rest/session.ts';
import { classNameOf } from '../known-classes.ts';
import { CaseMismatch, CaseOmitted, type VectorClass } from '../types.ts';

export const rest = restClass();

/** The class with replays of its own. */
export function restClass(): VectorClass {
  /** By directory. */
  const replays = new Map<string, Promise<ReadonlyMap<string, Verdict>>>();
  const replayOnce = (directory: string): Promise<ReadonlyMap<string, Verdict>> => {
    const running = replays.get(directory) ?? replay(directory);
    replays.set(directory, running);
    return running;
  };
  const cases: VectorClass['cases'] = (json, context) => {
    const directory = path.dirname(context.path);
    const area = path.basename(context.path, '.json');
    return z
      .array(exchangeSchema)
      .parse(json)
      .map((exchange) => {
        const id = caseId(area, exchange);
        const omitted = leftOut(area, exchange);
        if (omitted !== null) return { id, omitted, run: () => undefined };
        return { id, run: async () => report((await replayOnce(directory)).get(id)) };
      });
  };
  return { name: 'rest', recognises: (json, file) => classNameOf(json, file) === 'rest', cases };
}

function leftOut(area: string, exchange: Exchange): string | null {
  if (exchange.run === 'legacy') return 'a conversation of two 0.4.29 nodes';
  return area === 'ui-ajax' ? 'calls of the page of the reference, which this program does not have' : null;
}

function report(verdict: Verdict | undefined): void {
  if (verdict === undefined) throw new Error('the exchange was not made');
  if (verdict.kind === 'omitted') throw new CaseOmitted(verdict.reason);
  if (verdict.kind === 'different') throw new CaseMismatch(verdict.ours, verdict.recorded);
  if (verdict.kind === 'failed') throw new Error(verdict.message);
}
