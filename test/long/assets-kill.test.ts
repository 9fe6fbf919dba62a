/**
 * kill -9 of the asset store at a hundred points, and of whole nodes that take assets in at ten. `CANOPY_SEED=N` replays a
 * run, `CANOPY_KILL_POINTS=N` kills more often.
 */
import { test } from 'node:test';
import { nodeKills } from '../e2e/assets/node-kills.ts';
import { storeKills } from '../e2e/assets/store-kills.ts';

const POINTS = Number(process.env['CANOPY_KILL_POINTS'] ?? 100);
const NODE_POINTS = 10;

for (const seals of [false, true]) {
  test(`what was ingested survives kills, ${seals ? 'encrypted' : 'as it is'}`, async (t) => {
    const seed = Number(process.env['CANOPY_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`seed ${seed}; replay with CANOPY_SEED=${seed} npm run test:long -- assets-kill`);
    const result = await storeKills(seed, Math.ceil(POINTS / 2), { seals });
    t.diagnostic(JSON.stringify(result));
  });
}

test('a whole node keeps what it answered', async (t) => {
  const seed = Number(process.env['CANOPY_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}; replay with CANOPY_SEED=${seed} npm run test:long -- assets-kill`);
  t.diagnostic(JSON.stringify(await nodeKills(seed, NODE_POINTS)));
});
