/** The fuzzer finds what only coverage leads to, takes refusals for answers, and repeats itself. */
import './coverage.ts'; // first, so that it sees all of the code
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../sim/seeded-random.ts';
import { fuzz, smallestCorpus, type Outcome, type Target } from './fuzzer.ts';

class Refusal extends Error {}

const HERE = /\/fuzzer\.test\./;
const RUNS = 10_000;

/** Fails behind five doors: one input in a million passes them by chance. */
function buried(input: string): void {
  const nibble = (at: number): number => input.charCodeAt(at) & 15;
  if (nibble(0) !== 6) throw new Refusal('first');
  if (nibble(1) !== 5) throw new Refusal('second');
  if (nibble(2) !== 10) throw new Refusal('third');
  if (nibble(3) !== 9) throw new Refusal('fourth');
  if (nibble(4) !== 3) throw new Refusal('fifth');
  throw new TypeError('the bug');
}

function outcomeOf(input: string): string {
  try {
    return String(buried(input));
  } catch (error) {
    return String(error);
  }
}

function run(target: Partial<Target>, seed: number, atMost = RUNS): Promise<Outcome> {
  return fuzz(
    { seeds: () => ['aaaaaaaa'], refusals: [Refusal], run: buried, ...target },
    { random: new SeededRandom(seed), watched: HERE, inputs: [], goesOn: (runs) => runs < atMost },
  );
}

test('coverage leads to a bug behind several conditions', async () => {
  const { findings, corpus } = await run({}, 1);
  assert.deepEqual(
    [...findings.keys()].map((what) => what.trim()),
    ['TypeError: the bug'],
  );
  for (const input of findings.values()) assert.throws(() => buried(input), TypeError);
  const target: Target = { seeds: () => [], refusals: [Refusal], run: buried };
  const small = await smallestCorpus(target, HERE, corpus);
  const outcomes = (inputs: string[]): Set<string> => new Set(inputs.map(outcomeOf));
  assert.equal(outcomes(small).size, 6);
  assert.ok(small.length < 20, 'one input per door is enough, and few more are kept');
});

test('refusals are no findings, other errors are', async () => {
  const refuse = (): never => {
    throw new Refusal();
  };
  assert.equal((await run({ run: refuse }, 1, 100)).findings.size, 0);
  assert.equal((await run({ run: refuse, refusals: [] }, 1, 100)).findings.size, 1);
});

test('the same seed gives the same run', async () => {
  const first = await run({}, 7, 2000);
  assert.deepEqual(await run({}, 7, 2000), first);
  assert.notDeepEqual((await run({}, 8, 2000)).corpus, first.corpus);
});
