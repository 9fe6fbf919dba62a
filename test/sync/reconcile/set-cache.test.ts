import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../server/crypto/bytes.ts';
import { SetCache } from '../../../server/sync/reconcile/set-cache.ts';
import { memoryStore } from '../../store/support.ts';

const SET = 'c:general';
const ALL = { floor: 0, until: Infinity, expiresAbove: 0 };

describe('a set in memory', () => {
  it('is what the table holds, whatever happened to it and whatever was undone', async () => {
    const step = fc.record({
      object: fc.nat(30).map((n) => `M${n}`),
      what: fc.constantFrom('create', 'change', 'date', 'delete', 'forget', 'undone', 'look'),
      value: fc.nat(1_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { rows, store } = memoryStore();
        const { items } = rows;
        let changes = 0;
        const cache = new SetCache({ items, pause: async () => undefined, changed: () => (changes += 1) });
        const look = async (): Promise<void> => {
          const snapshot = await cache.snapshot(SET, ALL, []);
          const held = Array.from({ length: snapshot.size }, (_, i) => snapshot.record(i));
          assert.deepEqual(
            held.map(({ ts, id }) => [ts, toHex(id)]),
            items.after(SET, null, 1_000).map(({ ts, id }) => [ts, toHex(id)]),
          );
        };
        for (const { object, what, value } of steps) {
          const created = { setId: SET, objectId: object, kind: 'm', ts: value, expiresAt: null } as const;
          if (what === 'create') items.created(created);
          if (what === 'change') items.revised('m', object, `r${value}`);
          if (what === 'date') items.dated(SET, object, value);
          if (what === 'delete') items.deleted('m', object, value);
          if (what === 'forget') items.forget('m', object);
          if (what === 'undone')
            assert.throws(() =>
              store.commit.now(() => {
                items.created(created);
                items.forget('m', 'M1');
                throw new Error('undone');
              }),
            );
          if (what === 'look') await look();
        }
        await look();
        assert.ok(changes > 0 || items.after(SET, null, 1).length === 0);
      }),
      { numRuns: 40 },
    );
  });

  it('is read in slices', async () => {
    const { rows, store } = memoryStore();
    store.commit.now(() => {
      for (let n = 0; n < 2_500; n += 1)
        rows.items.created({ setId: SET, objectId: `M${n}`, kind: 'm', ts: n % 7, expiresAt: null });
    });
    let pauses = 0;
    const cache = new SetCache({
      items: rows.items,
      pause: async () => {
        pauses += 1;
        // What changes while it is read counts.
        rows.items.created({ setId: SET, objectId: `N${pauses}`, kind: 'm', ts: 0, expiresAt: null });
      },
      changed: () => undefined,
    });
    const snapshot = await cache.snapshot(SET, ALL, []);
    assert.equal(pauses, 2);
    assert.equal(snapshot.size, 2_502);
    assert.equal(cache.size, 2_502);
  });
});
