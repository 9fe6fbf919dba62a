/**
 * `npm run fuzz -- [TARGET …] [--seconds N] [--seed N] [--keep]`: fuzzes the targets, all unless some are named, and
 * keeps what fails. `--keep` also keeps a small corpus. Exit code 1 when anything failed.
 */
import './coverage.ts'; // first, so that it sees all of the code
import { parseArgs } from 'node:util';
import { SeededRandom } from '../sim/seeded-random.ts';
import { fuzz, smallestCorpus } from './fuzzer.ts';
import { keepInput, keptInputs } from './inputs.ts';
import { loadTarget, targetNames } from './targets.ts';

const WATCHED = /\/server\/(wire|crypto|http|workspace)\/|\/node_modules\/(multer|busboy)\//;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
for (const name of positionals.length > 0 ? positionals : targetNames) {
  const target = await loadTarget(name);
  const ends = Date.now() + Number(values.seconds) * 1000;
  const { runs, blocks, corpus, findings } = await fuzz(target, {
    random: new SeededRandom(Number(values.seed)),
    watched: WATCHED,
    inputs: [...keptInputs('corpus', name), ...keptInputs('crashes', name)].map(([, input]) => input),
    goesOn: () => Date.now() < ends,
  });
  console.log(`${name}: ${runs} runs, ${blocks} blocks, ${corpus.length} inputs, ${findings.size} findings`);
  for (const [what, input] of findings) console.log(`  ${what}\n  ${keepInput('crashes', name, input)}`);
  if (findings.size > 0) process.exitCode = 1;
  if (values.keep)
    for (const input of await smallestCorpus(target, WATCHED, corpus)) keepInput('corpus', name, input);
}
