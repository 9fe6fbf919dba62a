/** What the mesh map shows of each device (05 section 10.4, C-9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardId, HERE, mapFrame, mapNodes, WIDTH } from '../../../web/state/mesh-map.ts';
import type { PeerCard } from '../../../web/state/peers.ts';

function card(peerId: string, more: Partial<PeerCard> = {}): PeerCard {
  return {
    peerId,
    name: peerId,
    device: null,
    reach: { kind: 'direct' },
    protection: 'secure',
    protectedSince: null,
    pinnedSince: null,
    rttMs: null,
    connectedAt: null,
    lastActivity: null,
    endpoints: [],
    endpointDetails: [],
    introducedBy: null,
    failure: null,
    held: false,
    alarm: null,
    awaitsAcceptance: false,
    clock: null,
    retryScheduled: false,
    retryInS: null,
    unsent: 0,
    otherKeysFrom: null,
    ...more,
  };
}

test('a direct line begins here, a relayed one at the device that carries, and others have none', () => {
  const anna = card('anna', { rttMs: 12.4, unsent: 3 });
  const ben = card('ben', { reach: { kind: 'via', peerId: 'anna', name: 'Anna' }, protection: 'signed' });
  const carl = card('carl', { reach: { kind: 'offline' }, protection: null, introducedBy: 'Anna' });
  const [first, second, third] = mapNodes([anna, ben], [carl]);
  assert.deepEqual(first?.from, HERE);
  assert.deepEqual(second?.from, first?.at);
  assert.equal(third?.from, null);
  assert.deepEqual(
    [first, second, third].map((node) => node?.readable),
    [false, true, false],
  );
  assert.equal(first?.facts, '12 ms · 3 waiting');
  assert.deepEqual(
    [first, second, third].map((node) => node?.words),
    ['anna, Direct, secure, 12 ms, 3 waiting', 'ben, Via Anna, signed', 'carl, Introduced by Anna'],
  );
});

test('a device behind one that is not shown begins here; names are cut, and left out where there are many', () => {
  const [far] = mapNodes([card('far', { reach: { kind: 'via', peerId: 'gone', name: 'Gone' } })], []);
  assert.deepEqual(far?.from, HERE);
  const [long] = mapNodes([card('x', { name: 'ü'.repeat(40) })], []);
  assert.equal(long?.label, `${'ü'.repeat(13)}…`);
  const many = mapNodes(
    Array.from({ length: 500 }, (_, index) => card(`p${index}`)),
    [],
  );
  assert.equal(many.length, 200);
  assert.ok(many.every(({ label, facts }) => label === null && facts === ''));
  const { top, height } = mapFrame(many);
  for (const { at } of many)
    assert.ok(at.x > 0 && at.x < WIDTH && at.y > top && at.y < top + height && top >= 0);
});

test('every device has its own card', () => {
  assert.notEqual(cardId('a'), cardId('b'));
});

test('the drawing is as high as what is in it: nothing stands between it and what follows', () => {
  const none = mapFrame([]);
  const one = mapFrame(mapNodes([card('anna', { rttMs: 12 })], []));
  const two = mapFrame(mapNodes([card('anna'), card('ben')], []));
  assert.ok(none.height < 60, `${none.height}`);
  assert.ok(one.top < none.top && one.top + one.height === none.top + none.height);
  assert.ok(two.top > one.top, 'without facts a name stands nearer to its device');
  assert.ok(two.top + two.height > one.top + one.height, 'the second device stands below this one');
});
