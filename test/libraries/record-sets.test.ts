import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../server/crypto/bytes.ts';
import { RecordSets } from '../../server/libraries/replication/record-sets.ts';
import type { RecordPart } from '../../server/libraries/replication/record-sets.ts';
import { testPeer } from '../wire/support.ts';
import { LIBRARY, assetBody, hashOf, libraryBody, memberBody, recordBy, recordsOf } from './support.ts';

const OWNER = testPeer(1);
const WRITER = testPeer(2);
const WHOLE = { floor: 0, until: Number.MAX_SAFE_INTEGER, expiresAbove: 0 };

function scene() {
  const { records, rows } = recordsOf(OWNER, OWNER.peerId);
  const sets = new RecordSets({ rows, pause: async () => undefined });
  records.onChange((change) => sets.changed(change));
  records.merge(LIBRARY, [
    recordBy(OWNER, 1, libraryBody(OWNER)),
    recordBy(OWNER, 2, memberBody(WRITER, 'write')),
  ]);
  const places = async (part: RecordPart): Promise<string[]> => {
    const snapshot = await sets.snapshot(LIBRARY, part, WHOLE, []);
    return Array.from({ length: snapshot.size }, (_, i) => {
      const { ts, id } = snapshot.record(i);
      return `${ts} ${toHex(id)}`;
    });
  };
  const living = (part: RecordPart): string[] =>
    (part === 'a' ? (['asset'] as const) : (['library', 'member'] as const))
      .flatMap((kind) => rows.itemsAfter(LIBRARY, kind, null, 100_000))
      .sort((a, b) => a.ts - b.ts || (toHex(a.id) < toHex(b.id) ? -1 : 1))
      .map(({ ts, id }) => `${ts} ${toHex(id)}`);
  return { records, places, living };
}

describe('the sets of a library in memory', () => {
  it('are what lives in the tables, whatever changed in between', async () => {
    const step = fc.oneof(
      fc.record({ n: fc.nat(6), ts: fc.integer({ min: 1, max: 4_000 }), by: fc.constantFrom(OWNER, WRITER) }),
      fc.constantFrom('look', 'demote', 'promote'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 16 }), async (steps) => {
        const { records, places, living } = scene();
        let at = 2;
        for (const one of steps) {
          if (one === 'look') assert.deepEqual(await places('a'), living('a'));
          else if (typeof one === 'string')
            records.merge(LIBRARY, [
              recordBy(OWNER, (at += 1), memberBody(WRITER, one === 'demote' ? 'read' : 'write')),
            ]);
          else records.merge(LIBRARY, [recordBy(one.by, one.ts, assetBody(one.n, OWNER))]);
        }
        assert.deepEqual(await places('a'), living('a'));
        assert.deepEqual(await places('m'), living('m'));
      }),
      { numRuns: 8 },
    );
  });

  it('are read in slices that follow each other also where many records have one time', async () => {
    const { records, places, living } = scene();
    const many = Array.from({ length: 1_500 }, (_, n) =>
      recordBy(OWNER, 5_000 + (n % 3), { kind: 'asset', key: hashOf(n), deleted: true }),
    );
    records.merge(LIBRARY, many);
    assert.equal((await places('a')).length, 1_500);
    assert.deepEqual(await places('a'), living('a'));
  });
});
