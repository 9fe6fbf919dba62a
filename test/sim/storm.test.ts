/** A few storms; `test/long` runs many. A failing seed is named and replays exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { storm } from './storm.ts';

for (const seed of [1, 2, 3]) {
  test(`storm of seed ${seed}: after healing every node holds every message exactly once`, async () => {
    const { channelMessages, directMessages } = await storm(seed);
    assert.ok(channelMessages > 0 && directMessages > 0, 'the storm wrote something');
  });
}

test('a storm without any extension of ours: catch-up as in the reference, links in clear', async () => {
  const { channelMessages } = await storm(4, 40, { capabilities: DEFAULT_CAPABILITIES });
  assert.ok(channelMessages > 0);
});

test('the same seed is the same run', async () => {
  assert.deepEqual(await storm(7, 15), await storm(7, 15));
});
