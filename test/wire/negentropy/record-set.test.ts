import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import type { SetRecord } from '../../../server/wire/negentropy/record-block.ts';
import { BLOCK_RECORDS, RecordSet, compareRecords } from '../../../server/wire/negentropy/record-set.ts';
import type { Snapshot } from '../../../server/wire/negentropy/snapshot.ts';
import { EVERYTHING, recordNumber, snapshotOf } from './support.ts';

const fingerprint = (snapshot: Snapshot): string =>
  toHex(snapshot.sum(0, snapshot.size, { steps: 0 }).fingerprint(nativeCrypto, snapshot.size));
const names = (snapshot: Snapshot): string[] =>
  Array.from({ length: snapshot.size }, (_, i) => `${snapshot.record(i).ts}:${toHex(snapshot.record(i).id)}`);
const name = (record: SetRecord): string => `${record.ts}:${toHex(record.id)}`;

describe('a set that changes', () => {
  it('is what taking out and putting in makes it, in order', () => {
    const some = fc.uniqueArray(fc.nat(60), { maxLength: 20 });
    const step = fc.record({ gone: some, added: some });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const set = new RecordSet();
        const model = new Map<number, SetRecord>();
        for (const { gone, added } of steps) {
          set.apply(
            gone.map((n) => recordNumber(n, 5)),
            added.map((n) => recordNumber(n, 5)),
          );
          for (const n of gone) model.delete(n);
          for (const n of added) model.set(n, recordNumber(n, 5));
        }
        assert.equal(set.size, model.size);
        assert.deepEqual(names(set.snapshot(EVERYTHING)), [...model.values()].sort(compareRecords).map(name));
      }),
    );
  });

  it('keeps what is in more blocks than one, whichever of them a change touches', () => {
    const records = Array.from({ length: 4 * BLOCK_RECORDS }, (_, n) => recordNumber(n, 7));
    const even = records.filter((_, n) => n % 2 === 0).sort(compareRecords);
    const set = new RecordSet();
    set.append(even);
    set.apply(
      even.filter((_, n) => n % 3 === 0),
      records.filter((_, n) => n % 2 === 1),
    );
    const gone = new Set(even.filter((_, n) => n % 3 === 0).map(name));
    const left = records.filter((record) => !gone.has(name(record))).sort(compareRecords);
    assert.deepEqual(names(set.snapshot(EVERYTHING)), left.map(name));
    assert.equal(set.size, left.length);
  });

  it('has the same fingerprint however its blocks came about', () => {
    const records = Array.from({ length: 3 * BLOCK_RECORDS }, (_, n) => recordNumber(n, 3));
    const grown = new RecordSet();
    for (let at = records.length; at > 0; at -= 7) grown.apply([], records.slice(Math.max(0, at - 7), at));
    assert.equal(fingerprint(grown.snapshot(EVERYTHING)), fingerprint(snapshotOf(records)));
  });

  it('leaves a snapshot as it was', () => {
    const set = new RecordSet();
    set.append([recordNumber(1), recordNumber(2)]);
    const before = set.snapshot(EVERYTHING);
    set.apply([recordNumber(1)], [recordNumber(3)]);
    assert.deepEqual(names(before), [recordNumber(1), recordNumber(2)].map(name));
  });
});

describe('a cut', () => {
  const record = (n: number, expiresAt = Infinity): SetRecord => ({ ...recordNumber(n), expiresAt });
  const records = Array.from({ length: 2_500 }, (_, n) => record(n, n % 7 === 0 ? 5_000 : Infinity));

  it('keeps what lies between its times and does not expire, and counts what is held besides once', () => {
    const set = new RecordSet();
    set.append(records);
    const first = records[0]?.ts ?? 0;
    const scene = fc.record({
      floor: fc.integer({ min: first - 10, max: first + 2_510 }),
      until: fc.integer({ min: first - 10, max: first + 2_510 }),
      expiresAbove: fc.constantFrom(0, 5_000),
      extra: fc.array(fc.nat(3_000), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(scene, ({ extra, ...cut }) => {
        const besides = extra.map((n) => record(n));
        const expected = [...records.filter((one) => one.expiresAt > cut.expiresAbove), ...besides]
          .filter((one) => one.ts >= cut.floor && one.ts <= cut.until)
          .sort(compareRecords)
          .map(name);
        assert.deepEqual(names(set.snapshot(cut, besides)), [...new Set(expected)]);
      }),
    );
  });

  it('of an empty set is what is held besides', () => {
    assert.equal(new RecordSet().snapshot(EVERYTHING, [record(1)]).size, 1);
    assert.equal(new RecordSet().snapshot(EVERYTHING).size, 0);
  });
});

describe('a fingerprint', () => {
  it('of a long stretch adds blocks, not records, once they were summed', () => {
    const snapshot = snapshotOf(Array.from({ length: 50_000 }, (_, n) => recordNumber(n)));
    snapshot.sum(0, snapshot.size, { steps: 0 });
    const work = { steps: 0 };
    snapshot.sum(500, 49_500, work);
    assert.ok(work.steps <= 2 * BLOCK_RECORDS + 50);
  });
});

it('what is left out of a snapshot is as if it had never been there', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(5_000), { minLength: 1, maxLength: 3_000 }),
      fc.nat(),
      (numbers, salt) => {
        const set = new RecordSet();
        const records = numbers.map((n) => recordNumber(n)).sort(compareRecords);
        set.append(records);
        const without = records.filter((_, at) => (at * 7 + salt) % 5 === 0);
        const kept = records.filter((one) => !without.includes(one));
        assert.deepEqual(names(set.snapshot(EVERYTHING, [], without)), kept.map(name));
        assert.equal(set.snapshot(EVERYTHING).size, records.length);
      },
    ),
    { numRuns: 20 },
  );
});
