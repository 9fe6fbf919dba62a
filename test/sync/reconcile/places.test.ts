import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../../server/ports/system.ts';
import { Places } from '../../../server/sync/reconcile/places.ts';
import { RecordBlock } from '../../../server/wire/negentropy/record-block.ts';
import { compareRecords } from '../../../server/wire/negentropy/record-set.ts';
import { Snapshot } from '../../../server/wire/negentropy/snapshot.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 });

function placesOf(records: { ts: number; id: Uint8Array }[]): Places {
  const sorted = records.map((record) => ({ ...record, expiresAt: Infinity })).sort(compareRecords);
  const work = Places.of(new Snapshot(sorted.length === 0 ? [] : [new RecordBlock(sorted)]), systemRandom);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

it('finds the timestamp of every record by its id, and nothing else', () => {
  const records = fc.uniqueArray(fc.record({ ts: fc.nat(), id }), {
    maxLength: 50,
    selector: (record) => record.id.toString(),
  });
  fc.assert(
    fc.property(records, id, (some, other) => {
      const places = placesOf(some);
      for (const record of some) assert.equal(places.timestamp(record.id), record.ts);
      const known = some.find((record) => record.id.toString() === other.toString());
      assert.equal(places.timestamp(other), known?.ts);
    }),
  );
});

it('finds ids that differ in their last byte only', () => {
  const records = Array.from({ length: 200 }, (_, i) => ({ ts: i, id: new Uint8Array(32).fill(i, 31) }));
  const places = placesOf(records);
  assert.deepEqual(
    records.map((record) => places.timestamp(record.id)),
    records.map(({ ts }) => ts),
  );
});
