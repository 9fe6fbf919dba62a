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
  run(input: string): void;
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
export function findingOf(target: Target, input: string): Error | null {
  try {
    target.run(input);
  } catch (error) {
    if (!target.refusals.some((refusal) => error instanceof refusal))
      return error instanceof Error ? error : new Error('what was thrown is no error', { cause: error });
  }
  return null;
}

/** Fuzzes `target` as long as `goesOn` says so. The same `random` and `goesOn` give the same outcome. */
export function fuzz(
  target: Target,
  init: { random: Random; watched: RegExp; inputs: readonly string[]; goesOn: (runs: number) => boolean },
): Outcome {
  const { random, watched, goesOn } = init;
  const seen = new Set<string>();
  const seenOfBatches = new Set<string>();
  const outcome: Outcome = { runs: 0, blocks: 0, corpus: [], findings: new Map() };

  const attempt = (input: string): void => {
    const { user } = process.cpuUsage();
    let finding = findingOf(target, input);
    if (process.cpuUsage().user - user > SLOW_US) finding ??= new Error('slow');
    if (finding !== null) note(outcome.findings, finding, input);
  };
  const attemptAlone = (input: string): void => {
    const blocks = blocksOf(watched, () => attempt(input));
    if (addAll(seen, blocks)) outcome.corpus.push(input);
  };
  const pick = (): string => {
    const { corpus } = outcome;
    return corpus[Math.floor(corpus.length * Math.sqrt(random.fraction()))] ?? ''; // rather a late one
  };

  blocksOf(watched, () => undefined); // what was entered before is none of ours
  for (const input of new Set([...target.seeds(), ...init.inputs])) attemptAlone(input);
  while (goesOn(outcome.runs)) {
    const batch = Array.from({ length: BATCH }, () => mutate(random, pick(), pick()));
    const blocks = blocksOf(watched, () => batch.forEach(attempt));
    if (addAll(seenOfBatches, withoutCounts(blocks))) batch.forEach(attemptAlone);
    outcome.runs += BATCH;
  }
  outcome.blocks = seen.size;
  return outcome;
}

/** The short inputs among `corpus` that together enter, and leave out, every block any of them does. */
export function smallestCorpus(target: Target, watched: RegExp, corpus: readonly string[]): string[] {
  const seen = new Set<string>();
  blocksOf(watched, () => undefined);
  return [...corpus]
    .sort((a, b) => a.length - b.length)
    .filter((input) => addAll(seen, withoutCounts(blocksOf(watched, () => findingOf(target, input)))));
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
