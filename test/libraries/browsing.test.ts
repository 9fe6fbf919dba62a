/** What is in a library, newest first, in pages, and searched (07 section 5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browse } from '../../server/libraries/browsing.ts';
import type { RecordBody } from '../../server/libraries/records.ts';
import type { Asset } from '../../server/libraries/types.ts';
import type { AssetMeta } from '../../server/wire/assets.ts';
import type { AnyRecord } from '../../server/wire/library-records.ts';
import { testPeer } from '../wire/support.ts';
import { assetBody, hashOf, libraryBody, LIBRARY, metaBy, recordBy, recordsOf } from './support.ts';

const owner = testPeer(1);

function scene(bodies: readonly RecordBody[]) {
  const node = recordsOf(owner, owner.peerId);
  node.records.merge(LIBRARY, [recordBy(owner, 1, libraryBody(owner))]);
  node.records.merge(
    LIBRARY,
    bodies.map((body, index) => recordBy(owner, (index + 1) * 1000, body)),
  );
  const components = {
    rows: node.rows,
    assets: {
      get: (hash: string) => (hash === hashOf(1) ? ({} as Asset) : null),
      isHidden: (hash: string) => hash === hashOf(2),
    },
    pause: () => Promise.resolve(),
  };
  const list = async (query: string, limit: number, cursor: string | null = null) => {
    const { files, next } = await browse(components, LIBRARY, { query, cursor, limit });
    return { found: files.map(({ hash }) => Number.parseInt(hash, 16)), files, next };
  };
  return { list };
}

/** A record nobody signed, of a second. */
function recordBody(second: number, filename: string | null) {
  const body = described(second, { filename });
  const common = { v: 1, library_id: LIBRARY, author: owner.peerId, ts: second * 1000, signature: '' };
  return { ...common, ...body } as AnyRecord;
}

/** @returns an asset with what is said of it. */
function described(n: number, meta: Partial<AssetMeta>): RecordBody {
  return { ...assetBody(n, owner), meta: { ...metaBy(owner.peerId), ...meta } } as RecordBody;
}

test('the newest come first, page by page, without those that were removed', async () => {
  const gone: RecordBody = { kind: 'asset', key: hashOf(9), deleted: true };
  const { list } = scene([1, 2, 3, 4, 5].map((n) => assetBody(n, owner)).concat(gone));
  const first = await list('', 2);
  assert.deepEqual(first.found, [5, 4]);
  const second = await list('', 2, first.next);
  assert.deepEqual(second.found, [3, 2]);
  const third = await list('', 2, second.next);
  assert.deepEqual(third.found, [1]);
  assert.equal(third.next, null);
  assert.deepEqual((await list('', 9, 'nonsense')).found, [5, 4, 3, 2, 1]);
});

test('each says whether it is here, or was deleted here', async () => {
  const { files } = await scene([1, 2, 3].map((n) => assetBody(n, owner))).list('', 9);
  assert.deepEqual(
    files.map(({ here, hidden }) => [here, hidden]),
    [
      [false, false],
      [false, true],
      [true, false],
    ],
  );
});

test('every word has to be in the name, the description, a tag or the application, in any case and accent', async () => {
  const { list } = scene([
    described(1, { filename: 'Plage été.png', tags: ['Holiday'] }),
    described(2, { filename: 'b.png', description: 'the beach', application: 'paste' }),
    described(3, { filename: null }),
  ]);
  assert.deepEqual((await list('ETE holiday', 9)).found, [1]);
  assert.deepEqual((await list('paste beach', 9)).found, [2]);
  assert.deepEqual((await list('beach holiday', 9)).found, []);
});

test('a long library is read in parts, with others in between, and goes on where it stopped', async () => {
  const all = Array.from({ length: 5_100 }, (_, n) => {
    const record = recordBody(5_100 - n, n === 5_050 ? 'needle' : null);
    return { record, id: new Uint8Array(32).fill(1) };
  });
  let pauses = 0;
  const components = {
    rows: {
      assetsBefore: (_: unknown, place: { ts: number } | null, limit: number) => {
        const from = place === null ? 0 : all.findIndex(({ record }) => record.ts / 1000 < place.ts);
        return from < 0 ? [] : all.slice(from, from + limit);
      },
    },
    assets: { get: () => null, isHidden: () => false },
    pause: () => {
      pauses += 1;
      return Promise.resolve();
    },
  };
  const first = await browse(components, LIBRARY, { query: 'needle', cursor: null, limit: 5 });
  assert.deepEqual(first.files, []);
  assert.equal(pauses, 24);
  const second = await browse(components, LIBRARY, { query: 'needle', cursor: first.next, limit: 5 });
  assert.deepEqual(
    second.files.map(({ filename }) => filename),
    ['needle'],
  );
  assert.equal(second.next, null);
});
