/** The living records of a library (07 section 2.2). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { toHex } from '../../server/crypto/bytes.ts';
import { MAX_MEMBERS } from '../../server/libraries/records.ts';
import { Members } from '../../server/libraries/members.ts';
import { compareRecords, recordId } from '../../server/wire/library-records.ts';
import type { AnyRecord } from '../../server/wire/library-records.ts';
import { testPeer } from '../wire/support.ts';
import { NOW } from '../store/support.ts';
import {
  assetBody,
  hashOf,
  libraryBody,
  LIBRARY,
  memberBody,
  metaBy,
  recordBy,
  recordsOf,
} from './support.ts';

const owner = testPeer(1);
const writer = testPeer(2);
const other = testPeer(3);
const stranger = testPeer(4);

/** What lives on a node, as texts. */
function living({ rows }: ReturnType<typeof recordsOf>): string[] {
  return (['library', 'member', 'asset'] as const)
    .flatMap((kind) => rows.page(LIBRARY, kind, null, 1000))
    .map(({ record, id }) => `${record.kind} ${record.key} ${toHex(id)}`);
}

/** What must live of `all`, said in other words: the greatest valid record of each key. */
function expected(all: readonly AnyRecord[]): string[] {
  const greatest = (kind: string, valid: (record: AnyRecord) => boolean): AnyRecord[] => {
    const best = new Map<string, AnyRecord>();
    for (const record of all.filter((one) => one.kind === kind && valid(one))) {
      const known = best.get(record.key);
      const place = (one: AnyRecord) => ({ ...one, id: recordId(crypto, one) });
      if (known === undefined || compareRecords(place(record), place(known)) > 0)
        best.set(record.key, record);
    }
    return [...best.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  };
  const [library] = greatest('library', (one) => one.author === owner.peerId);
  const members = library === undefined ? [] : greatest('member', (one) => one.author === owner.peerId);
  const writes = (peer: string): boolean =>
    peer === owner.peerId ||
    members.some((one) => one.kind === 'member' && one.key === peer && one.mode === 'write');
  const application = library?.kind === 'library' ? library.filter.application : undefined;
  const assets = greatest(
    'asset',
    (one) =>
      one.kind === 'asset' &&
      library !== undefined &&
      writes(one.author) &&
      (one.deleted || application === undefined || one.meta.application === application),
  );
  const all3 = library === undefined ? [] : [library, ...members, ...assets];
  return all3.map((one) => `${one.kind} ${one.key} ${toHex(recordId(crypto, one))}`);
}

const ts = fc.integer({ min: 1, max: 4 });
const anyone = fc.constantFrom(owner, writer, other, stranger);
const application = fc.constantFrom('paste', 'mail', null);
const anyRecord = fc.oneof(
  fc
    .tuple(ts, fc.constantFrom({}, { application: 'paste' }))
    .map(([at, filter]) => recordBy(owner, at, libraryBody(owner, filter))),
  fc
    .tuple(
      ts,
      fc.constantFrom(writer, other),
      fc.constantFrom('read' as const, 'write' as const, 'none' as const),
    )
    .map(([at, who, mode]) => recordBy(owner, at, memberBody(who, mode))),
  fc
    .tuple(ts, anyone, fc.integer({ min: 1, max: 3 }), application)
    .map(([at, who, n, app]) => recordBy(who, at, assetBody(n, who, app))),
  fc
    .tuple(ts, anyone, fc.integer({ min: 1, max: 3 }))
    .map(([at, who, n]) => recordBy(who, at, { kind: 'asset', key: hashOf(n), deleted: true })),
  // Nobody but the owner says who is a member.
  fc.tuple(ts, anyone).map(([at, who]) => recordBy(writer, at, memberBody(who, 'write'))),
);

describe('the living records of a library', () => {
  it('are the same in whatever order the records came', () => {
    const node = recordsOf(other, owner.peerId);
    fc.assert(
      fc.property(
        fc
          .array(anyRecord, { maxLength: 14 })
          .chain((all) =>
            fc.tuple(
              fc.constant(all),
              fc.shuffledSubarray(all, { minLength: all.length }),
              fc.integer({ min: 1, max: 5 }),
            ),
          ),
        ([all, shuffled, size]) => {
          node.store.commit.now(() => node.records.forget(LIBRARY));
          // Offered again until nothing changes, as reconciliation does after every change of rights.
          for (let taken = true; taken;) {
            taken = false;
            for (let at = 0; at < shuffled.length; at += size)
              if (node.records.merge(LIBRARY, shuffled.slice(at, at + size)).includes('stored')) taken = true;
          }
          assert.deepEqual(living(node), expected(all));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are taken in one batch that begins with what needs rights', () => {
    const node = recordsOf(other, owner.peerId);
    const outcomes = node.records.merge(LIBRARY, [
      recordBy(writer, 5, assetBody(1, writer)),
      recordBy(stranger, 5, assetBody(2, stranger)),
      recordBy(owner, 5, memberBody(writer, 'write')),
      { ...recordBy(writer, 5, assetBody(3, writer)), ts: 6 },
      recordBy(owner, 5, libraryBody(owner)),
      recordBy(stranger, 9, libraryBody(stranger)),
      recordBy(owner, 5, assetBody(4, owner), '00000000-0000-4000-8000-000000000002' as typeof LIBRARY),
      'nothing',
    ]);
    assert.deepEqual(outcomes, [
      'stored',
      'refused',
      'stored',
      'invalid',
      'stored',
      'invalid',
      'invalid',
      'invalid',
    ]);
    const again = recordBy(writer, 5, assetBody(1, writer));
    assert.deepEqual(node.records.merge(LIBRARY, [again]), ['known']);
    assert.deepEqual(node.records.merge(LIBRARY, [recordBy(writer, 4, assetBody(1, writer))]), ['older']);
  });

  it('hold nothing of the future, which is set aside and not refused', () => {
    const node = recordsOf(other, owner.peerId);
    const early = recordBy(owner, NOW + 600_001, libraryBody(owner));
    assert.deepEqual(node.records.merge(LIBRARY, [early]), ['ahead']);
    node.ports.time += 1;
    assert.deepEqual(node.records.merge(LIBRARY, [early]), ['stored']);
  });

  it('written here are later than what they replace, and told once with their transaction', () => {
    const node = recordsOf(owner, owner.peerId);
    const told: number[] = [];
    node.records.onChange((change) => told.push(change.stored.length));
    assert.deepEqual(node.records.write(LIBRARY, [libraryBody(owner), memberBody(writer, 'write')]), [
      'stored',
      'stored',
    ]);
    node.records.merge(LIBRARY, [recordBy(writer, NOW + 500_000, assetBody(1, writer))]);
    assert.deepEqual(node.records.write(LIBRARY, [assetBody(1, owner)]), ['stored']);
    const { record } = node.rows.get(LIBRARY, 'asset', hashOf(1)) ?? assert.fail();
    assert.deepEqual([record.ts, record.author], [NOW + 500_001, owner.peerId]);
    assert.deepEqual(told, [2, 1, 1]);
    assert.throws(() =>
      node.records.together(() => {
        node.records.write(LIBRARY, [memberBody(writer, 'none')]);
        throw new Error('undone');
      }),
    );
    assert.equal(node.records.rights(LIBRARY)?.modeOf(writer.peerId), 'write');
    assert.equal(told.length, 3);
    const big = { ...metaBy(owner.peerId), description: 'é'.repeat(4096) };
    const body = {
      kind: 'asset',
      key: hashOf(2),
      deleted: false,
      size: 1,
      chunks: hashOf(1),
      meta: big,
    } as const;
    assert.deepEqual(node.records.write(LIBRARY, [body]), ['invalid']);
  });

  it('take no more members than are held in memory', () => {
    const { records, store } = recordsOf(other, owner.peerId);
    store.commit.now(() =>
      store.sql.run(
        `INSERT INTO lib_records (library_id, kind, key, author, ts, id, deleted, size, record, received_at)
         WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < @most)
         SELECT @library, 'member', 'm' || i, @author, 1, randomblob(32), 0, 0,
           json_object('kind', 'member', 'key', 'm' || i, 'mode', 'read'), 1 FROM n`,
        { library: LIBRARY, author: owner.peerId, most: MAX_MEMBERS },
      ),
    );
    records.merge(LIBRARY, [recordBy(owner, 1, libraryBody(owner))]);
    assert.deepEqual(
      records.merge(LIBRARY, [
        recordBy(owner, 1, memberBody(writer, 'read')),
        recordBy(owner, 1, memberBody(other, 'read')),
        recordBy(owner, 2, memberBody(writer, 'write')),
      ]),
      ['stored', 'refused', 'stored'],
    );
  });

  it('are counted whatever sizes somebody says', () => {
    const { rows, store } = recordsOf(owner, owner.peerId);
    store.commit.now(() =>
      store.sql.run(
        `INSERT INTO lib_records (library_id, kind, key, author, ts, id, deleted, size, record, received_at)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         SELECT @library, 'asset', printf('%064x', i), @author, i, randomblob(32), 0, @size, '{}', 1 FROM n`,
        { library: LIBRARY, author: writer.peerId, size: Number.MAX_SAFE_INTEGER },
      ),
    );
    const all = { assets: 2000, bytes: Number.MAX_SAFE_INTEGER };
    assert.deepEqual([rows.totals(LIBRARY), rows.missing(LIBRARY)], [all, all]);
    assert.deepEqual(rows.totals('none' as typeof LIBRARY), { assets: 0, bytes: 0 });
  });

  it('lose what a removed member wrote, and count what is left', () => {
    const node = recordsOf(owner, owner.peerId);
    node.records.write(LIBRARY, [libraryBody(owner), memberBody(writer, 'write'), assetBody(1, owner)]);
    node.records.merge(LIBRARY, [
      recordBy(writer, 5, assetBody(2, writer)),
      recordBy(writer, 5, { kind: 'asset', key: hashOf(3), deleted: true }),
    ]);
    assert.deepEqual(node.rows.totals(LIBRARY), { assets: 2, bytes: 3 });
    assert.deepEqual(
      node.rows.shares(LIBRARY),
      new Map([
        [owner.peerId, 1],
        [writer.peerId, 2],
      ]),
    );
    assert.equal(node.rows.wanted(LIBRARY, hashOf(1), 10).length, 1);
    node.records.write(LIBRARY, [memberBody(writer, 'read')]);
    assert.deepEqual(node.rows.totals(LIBRARY), { assets: 1, bytes: 1 });
    assert.equal(node.rows.count(LIBRARY), 3);
  });

  it("of a removed member become the owner's, unless they are to vanish", async () => {
    const node = recordsOf(owner, owner.peerId);
    node.records.write(LIBRARY, [
      libraryBody(owner),
      memberBody(writer, 'write'),
      memberBody(other, 'write'),
    ]);
    const theirs = Array.from({ length: 450 }, (_, n) => recordBy(writer, 5, assetBody(n + 1, writer)));
    node.records.merge(LIBRARY, [...theirs, recordBy(other, 5, assetBody(900, other))]);
    const timers = {
      after: (_: number, task: () => void) => {
        task();
        return { cancel: () => undefined };
      },
      every: () => ({ cancel: () => undefined }),
    };
    const members = new Members({ records: node.records, timers });
    await members.setMode(LIBRARY, writer.peerId, 'none', true);
    await members.setMode(LIBRARY, other.peerId, 'none', false);
    assert.deepEqual(node.rows.shares(LIBRARY), new Map([[owner.peerId, 450]]));
    await assert.rejects(members.setMode(LIBRARY, stranger.peerId, 'read', true), {
      code: 'member_not_found',
    });
  });
});
