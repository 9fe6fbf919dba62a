/**
 * The loop of a fuzzing run (08 section 6): change an input that is known, run it, and keep it when it entered code
 * that no input entered before, or entered it more often.
 */
import type { Random } from '../../server/ports/types.ts';
import { blocksOf } from './coverage.ts';
import { mutate } from './mutate.ts';

/** Processor time after which an input counts as a finding; sound ones of this size take a thousandth of it. */
const SLOW_US = 1_000_000;

/** Inputs run between two looks at the coverage, which cost as much as hundreds of runs. */
const BATCH = 32;

/** What is fuzzed. */
export interface Target {
  /** Inputs to begin with. */
  seeds(): string[];
  /** Calls the code under test and checks what must always hold of its answer. */
  run(input: string): void | Promise<void>;
  /** What `run` may throw; everything else is a finding. */
  refusals: readonly (abstract new (...args: never[]) => Error)[];
}

/** What came of a run. */
export interface Outcome {
  runs: number;
  blocks: number;
  corpus: string[];
  /** By where it happened, the shortest input that made it happen. */
  findings: Map<string, string>;
}

/** What is wrong with how `target` takes `input`; `null` when nothing is. */
export async function findingOf(target: Target, input: string): Promise<Error | null> {
  try {
    await target.run(input);
  } catch (error) {
    if (!target.refusals.some((refusal) => error instanceof refusal))
      return error instanceof Error ? error : new Error('what was thrown is no error', { cause: error });
  }
  return null;
}

/** Fuzzes `target` as long as `goesOn` says so. The same `random` and `goesOn` give the same outcome. */
export async function fuzz(
  target: Target,
  init: { random: Random; watched: RegExp; inputs: readonly string[]; goesOn: (runs: number) => boolean },
): Promise<Outcome> {
  const { random, watched, goesOn } = init;
  const seen = new Set<string>();
  const seenOfBatches = new Set<string>();
  const outcome: Outcome = { runs: 0, blocks: 0, corpus: [], findings: new Map() };

  const attempt = async (input: string): Promise<void> => {
    const { user } = process.cpuUsage();
    let finding = await findingOf(target, input);
    if (process.cpuUsage().user - user > SLOW_US) finding ??= new Error('slow');
    if (finding !== null) note(outcome.findings, finding, input);
  };
  const attemptAlone = async (input: string): Promise<void> => {
    const blocks = await blocksOf(watched, () => attempt(input));
    if (addAll(seen, blocks)) outcome.corpus.push(input);
  };
  const pick = (): string => {
    const { corpus } = outcome;
    return corpus[Math.floor(corpus.length * Math.sqrt(random.fraction()))] ?? ''; // rather a late one
  };

  await blocksOf(watched, () => undefined); // what was entered before is none of ours
  for (const input of new Set([...target.seeds(), ...init.inputs])) await attemptAlone(input);
  while (goesOn(outcome.runs)) {
    const batch = Array.from({ length: BATCH }, () => mutate(random, pick(), pick()));
    const blocks = await blocksOf(watched, async () => {
      for (const input of batch) await attempt(input);
    });
    if (addAll(seenOfBatches, withoutCounts(blocks))) for (const input of batch) await attemptAlone(input);
    outcome.runs += BATCH;
  }
  outcome.blocks = seen.size;
  return outcome;
}

/** The short inputs among `corpus` that together enter, and leave out, every block any of them does. */
export async function smallestCorpus(
  target: Target,
  watched: RegExp,
  corpus: readonly string[],
): Promise<string[]> {
  const seen = new Set<string>();
  const small: string[] = [];
  await blocksOf(watched, () => undefined);
  for (const input of [...corpus].sort((a, b) => a.length - b.length)) {
    const blocks = await blocksOf(watched, async () => void (await findingOf(target, input)));
    if (addAll(seen, withoutCounts(blocks))) small.push(input);
  }
  return small;
}

/** Only whether a block was entered, not how often. */
function withoutCounts(blocks: readonly string[]): string[] {
  return blocks.map((block) => block.replace(/ [^0].*/, ''));
}

/** Whether any of `items` was not in `set`. */
function addAll(set: Set<string>, items: readonly string[]): boolean {
  const before = set.size;
  for (const item of items) set.add(item);
  return set.size > before;
}

function note(findings: Outcome['findings'], finding: Error, input: string): void {
  const place = finding.stack?.split('\n').find((line) => line.includes('/server/')) ?? '';
  const key = `${finding.name}: ${finding.message.split('\n', 1)[0]} ${place.trim()}`;
  const known = findings.get(key);
  if (known === undefined || known.length > input.length) findings.set(key, input);
}
