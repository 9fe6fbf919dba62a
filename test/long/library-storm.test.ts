/** Storms over a library. `CANOPY_SEEDS=FROM-TO` chooses the seeds, for example to replay one. */
import { test } from 'node:test';
import { libraryStorm } from '../sim/library-storm.ts';

const [from = 100, to = 115] = (process.env['CANOPY_SEEDS'] ?? '').split('-').filter(Boolean).map(Number);

for (let seed = from; seed <= to; seed += 1) {
  test(`storm over a library, seed ${seed}`, async () => {
    await libraryStorm(seed);
  });
}
