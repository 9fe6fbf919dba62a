/** A few storms; `test/long` runs many. A failing seed is named and replays exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storm } from './storm.ts';

for (const seed of [1, 2, 3]) {
  test(`storm of seed ${seed}: after healing every node holds every message exactly once`, async () => {
    const { channelMessages, directMessages } = await storm(seed);
    assert.ok(channelMessages > 0 && directMessages > 0, 'the storm wrote something');
  });
}

test('the same seed is the same run', async () => {
  assert.deepEqual(await storm(7, 15), await storm(7, 15));
});
