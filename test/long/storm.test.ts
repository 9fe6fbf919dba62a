/** Many storms. `CANOPY_SEEDS=FROM-TO` chooses the seeds, for example to replay one. */
import { test } from 'node:test';
import { storm } from '../sim/storm.ts';

const [from = 100, to = 160] = (process.env['CANOPY_SEEDS'] ?? '').split('-').filter(Boolean).map(Number);

for (let seed = from; seed <= to; seed += 1) {
  test(`storm of seed ${seed}`, async () => {
    await storm(seed);
  });
}
