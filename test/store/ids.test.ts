/** Ids in the order of time (03 section 2.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../server/ports/system.ts';
import { RisingIds, timedId } from '../../server/store/ids.ts';

const NOW = Date.UTC(2026, 0, 2);

test('an id that begins with the time has the length asked for, and a later one is greater', () => {
  const ids = [NOW, NOW + 1, NOW + 20 * 365 * 86_400_000].map((now) => timedId(systemRandom, now + 0.7, 24));
  for (const id of ids) assert.match(id, /^[0-9a-f]{24}$/);
  assert.deepEqual(ids, ids.toSorted());
  assert.notEqual(timedId(systemRandom, NOW, 24), timedId(systemRandom, NOW, 24));
});

test('rising ids rise, many in one millisecond and when the clock goes back', () => {
  const ids = new RisingIds(systemRandom);
  const made = [NOW, NOW - 5_000, NOW + 1].flatMap((now) =>
    Array.from({ length: 3_000 }, () => ids.next(now)),
  );
  for (const id of made) assert.match(id, /^[0-9a-f]{16}$/);
  assert.deepEqual(made, [...new Set(made)].toSorted());
});

test('rising ids go on where the numbers of a millisecond end', () => {
  const ids = new RisingIds({ ...systemRandom, bytes: (count) => new Uint8Array(count).fill(255) });
  let last = '';
  for (let i = 0; i < 1_000_000; i += 1) {
    const id = ids.next(NOW);
    assert.ok(id > last && id.length === 16);
    last = id;
  }
});
