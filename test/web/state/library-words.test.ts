import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  contentWords,
  filterOf,
  filterWords,
  ingestFields,
  NO_FILTER,
  refusedType,
  stateWords,
  takesAll,
  timeLeft,
  wishOf,
} from '../../../web/state/library-words.ts';

test('a form becomes a filter of its given parts, and back', () => {
  assert.deepEqual(filterOf(NO_FILTER), {});
  assert.ok(takesAll(filterOf(NO_FILTER)));
  const wish = { application: ' paste ', tags: 'photos, backup,photos,', user: '', mime_prefix: 'image/' };
  const filter = filterOf(wish);
  assert.deepEqual(filter, { application: 'paste', tags: ['photos', 'backup'], mime_prefix: 'image/' });
  assert.deepEqual(filterOf(wishOf(filter)), filter);
  assert.deepEqual(filterOf(NO_FILTER, ['aa']), { hashes: ['aa'] });
});

test('a filter is said in a sentence', () => {
  assert.equal(filterWords({}), 'Everything in the asset store');
  assert.equal(filterWords({ mime_prefix: 'image/' }), 'Pictures');
  assert.equal(
    filterWords({ mime_prefix: 'IMAGE/', tags: ['a', 'b', 'c'], application: 'paste', user: 'ann' }),
    'Pictures put there by paste tagged a, b or c of ann',
  );
  assert.equal(filterWords({ mime_prefix: 'font/' }), 'Files of type font/');
  assert.equal(filterWords({ hashes: ['x', 'y'] }), 'Files chosen one by one (2)');
});

test('what is added belongs, or is refused with the reason', () => {
  assert.deepEqual(ingestFields({ application: 'paste', tags: ['a', 'b'], user: 'ann' }), {
    application: 'paste',
    tags: 'a',
    user: 'ann',
  });
  assert.equal(refusedType({ mime_prefix: 'image/' }, 'Image/png'), null);
  assert.equal(refusedType({ mime_prefix: 'image/' }, 'text/plain'), 'This library takes only pictures.');
  assert.equal(refusedType({ mime_prefix: 'font/' }, ''), 'This library takes only files of type font/.');
  assert.match(refusedType({ hashes: ['x'] }, 'image/png') ?? '', /chosen by its owner/);
});

test('how far the content is, and how long the rest takes', () => {
  assert.equal(contentWords({ assets: 0, bytes: 0, pending: 0 }), 'No files yet');
  assert.equal(contentWords({ assets: 1, bytes: 1_200, pending: 0 }), '1 file, 1 KB');
  assert.equal(
    contentWords({ assets: 40, bytes: 3_400_000, pending: 28 }),
    '12 of 40 files here, 3.4 MB in all',
  );
  assert.equal(timeLeft(1_000, 0), null);
  assert.equal(timeLeft(1_000, 1_000), 'less than a minute left');
  assert.equal(timeLeft(90_000, 1_000), 'about 2 minutes left');
  assert.equal(timeLeft(3_600_000, 1_000), 'about an hour left');
});

test('a library that is not active says why and what to do', () => {
  assert.equal(stateWords({ state: 'active', reason: null }, 'ann'), null);
  assert.match(stateWords({ state: 'refused', reason: 'expired' }, 'ann')?.text ?? '', /expired\. Ask ann/);
  assert.match(stateWords({ state: 'refused', reason: 'odd' }, 'ann')?.text ?? '', /was refused\. Ask ann/);
  assert.match(stateWords({ state: 'revoked', reason: null }, 'ann')?.text ?? '', /stays here/);
});
