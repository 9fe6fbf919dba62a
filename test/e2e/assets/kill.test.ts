/** kill -9 of the asset store while it works, at a few points; `test/long` kills more often, and whole nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeKills } from './store-kills.ts';

/** Any seed will do; a fixed one makes runs of the same program alike. */
const SEED = 3;

test('the asset store keeps what it answered, and nothing else, when it is killed', async () => {
  const result = await storeKills(SEED, 8, { seals: false });
  assert.ok(result.kills > 4 && result.ingested > 0, JSON.stringify(result));
});
