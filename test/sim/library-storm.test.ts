/** Two storms over a library; `test/long` runs many. A failing seed is named and replays exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { libraryStorm } from './library-storm.ts';

for (const seed of [1, 2]) {
  test(`storm of seed ${seed}: after healing all members hold the same records, and a stranger none`, async () => {
    const { records, ingests, brought } = await libraryStorm(seed, 20);
    assert.ok(records > 3 && ingests > 0, 'the storm wrote something');
    assert.ok(brought > 3, 'and moved it');
  });
}
