import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  addIntroduced,
  addOwn,
  allEndpoints,
  MAX_ENDPOINTS,
  NO_ENDPOINTS,
  replaceOwn,
  withoutEndpoint,
  type PeerEndpoints,
} from '../../server/identity/peer-endpoints.ts';
import type { Endpoint } from '../../server/wire/ids.ts';

const name = (n: number): Endpoint => `ws://host:${n}` as Endpoint;
const names = (from: number, count: number): Endpoint[] =>
  Array.from({ length: count }, (_, i) => name(from + i));

test('never more than eight, never one twice, proven ones first to stay', () => {
  const endpoint = fc.integer({ min: 1, max: 12 }).map(name);
  const step: fc.Arbitrary<(list: PeerEndpoints) => PeerEndpoints> = fc.oneof(
    fc.tuple(endpoint, fc.boolean()).map(
      ([one, proven]) =>
        (list: PeerEndpoints) =>
          addOwn(list, one, proven),
    ),
    fc.array(endpoint).map((some) => (list: PeerEndpoints) => addIntroduced(list, some)),
    fc.uniqueArray(endpoint).map((some) => (list: PeerEndpoints) => replaceOwn(list, some)),
    endpoint.map((one) => (list: PeerEndpoints) => withoutEndpoint(list, one)),
  );
  fc.assert(
    fc.property(fc.array(step), endpoint, (steps, one) => {
      const list = steps.reduce((before, change) => change(before), NO_ENDPOINTS);
      const all = allEndpoints(list);
      assert.ok(all.length <= MAX_ENDPOINTS);
      assert.equal(new Set(all).size, all.length);
      assert.ok([...list.proven].every((proven) => list.own.includes(proven)));
      assert.ok(addOwn(list, one, true).own.includes(one), 'a proven endpoint always gets in');
      assert.ok(!allEndpoints(withoutEndpoint(list, one)).includes(one));
    }),
  );
});

test('nobody pushes a working address out by announcing others', () => {
  const proven = addOwn(NO_ENDPOINTS, name(1), true);
  const flooded = addIntroduced(
    names(10, 20).reduce((list, one) => addOwn(list, one, false), proven),
    names(50, 20),
  );
  assert.equal(allEndpoints(flooded)[0], name(1));
  const moved = names(30, 7).reduce((list, one) => addOwn(list, one, true), flooded);
  assert.ok(allEndpoints(moved).includes(name(1)), 'unproven ones make room first');
});

test('introduced endpoints make room for own ones', () => {
  const introduced = addIntroduced(NO_ENDPOINTS, names(1, 8));
  assert.deepEqual(allEndpoints(addOwn(introduced, name(20), false)), [name(20), ...names(1, 7)]);
  assert.deepEqual(allEndpoints(addOwn(introduced, name(3), false)).slice(0, 2), [name(3), name(1)]);
});
