/** Every kept input, every seed, and whatever once failed: each is read or refused with the parser's own error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingOf } from './fuzzer.ts';
import { keptInputs } from './inputs.ts';
import { loadTarget, targetNames } from './targets.ts';

for (const name of targetNames) {
  test(`kept inputs: ${name}`, async () => {
    const target = await loadTarget(name);
    const kept = [...keptInputs('corpus', name), ...keptInputs('crashes', name)];
    const seeds = target.seeds().map((seed, i): [string, string] => [`seed ${i}`, seed]);
    assert.ok(kept.length > 0 && seeds.length > 0);
    for (const [file, input] of [...kept, ...seeds]) assert.equal(await findingOf(target, input), null, file);
  });
}
