import test from 'node:test';
import assert from 'node:assert/strict';
import { bytesText, carriedPairs, POLICIES, routes } from '../../../web/state/relay.ts';

test('amounts are written with the unit that fits', () => {
  const texts = [0, 812, 1024, 3_482, 12_582_912, 1_649_267_441_664].map(bytesText);
  assert.deepEqual(texts, ['0 B', '812 B', '1.0 KiB', '3.4 KiB', '12 MiB', '1.5 TiB']);
});

test('every policy says what it does and costs, in the order and with the words of the guide', () => {
  assert.deepEqual(
    POLICIES.map((choice) => [choice.value, choice.label]),
    [
      ['off', 'Off'],
      ['broker_only', 'Broker only'],
      ['full_relay', 'Full relay'],
    ],
  );
  assert.ok(POLICIES.every((choice) => choice.does.endsWith('.') && choice.cost.endsWith('.')));
});

test('a route is a relay only when its next hop carries everything', () => {
  const status = {
    relay_policy: 'off',
    active_relays: { B: 'A' },
    routing_table: { B: 'A', C: 'A' },
  };
  assert.deepEqual(routes(status), [
    { peerId: 'B', hop: 'A', carries: true },
    { peerId: 'C', hop: 'A', carries: false },
  ]);
});

test('a carried pair is shown by name, with what it sent', () => {
  const pair = {
    peers: ['B', 'C'],
    names: ['Bob', 'Carol'],
    bytes: 2048,
    messages: 3,
    dropped: 0,
    since: 1,
    last_at: 2,
  };
  const status = { relay_policy: 'full_relay', active_relays: {}, routing_table: {}, relayed_pairs: [pair] };
  assert.deepEqual(carriedPairs(status), [
    { key: 'B C', names: 'Bob and Carol', amount: '2.0 KiB', messages: 3, dropped: 0, lastAt: 2000 },
  ]);
});
