import assert from 'node:assert/strict';
import test from 'node:test';
import { LruMap } from '../../server/crypto/lru.ts';

test('the entry used longest ago is forgotten first', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.equal(map.get('a'), 1);
  map.set('c', 3);
  assert.equal(map.get('b'), undefined);
  assert.equal(map.get('a'), 1);
  assert.equal(map.get('c'), 3);
  assert.equal(map.size, 2);
});

test('setting again counts as use and replaces', () => {
  const map = new LruMap<string, number | null>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', null);
  map.set('c', 3);
  assert.equal(map.get('a'), null);
  assert.equal(map.get('b'), undefined);
});
