import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPreferred, replaces } from '../../server/mesh/arbitration.ts';
import type { ConnectionState } from '../../server/mesh/arbitration.ts';
import type { PeerId } from '../../server/wire/ids.ts';

const SMALL = '4sRfafF6z5bgH3z4' as PeerId;
const LARGE = '66GhzowkpvpCvw6W' as PeerId;
const STATES: ConnectionState[] = [
  'failed',
  'disconnected',
  'connecting',
  'handshaking',
  'connected',
  'authenticated',
];
const DONE = 'authenticated';

test('the preferred connection is the one the smaller id dialled, on both sides', () => {
  assert.equal(isPreferred(SMALL, LARGE, true), true);
  assert.equal(isPreferred(LARGE, SMALL, false), true);
  assert.equal(isPreferred(SMALL, LARGE, false), false);
  assert.equal(isPreferred(LARGE, SMALL, true), false);
});

test('an authenticated connection is never replaced, nothing always is', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STATES), fc.boolean(), fc.boolean(), (state, one, other) => {
      const candidate = { state, outbound: other };
      assert.equal(replaces(SMALL, LARGE, { state: DONE, outbound: one }, candidate), false);
      assert.equal(replaces(SMALL, LARGE, null, candidate), true);
    }),
  );
});

test('while a dial is under way, a finished connection in the preferred direction wins on both sides', () => {
  for (const state of ['connecting', 'handshaking'] as const) {
    assert.equal(replaces(SMALL, LARGE, { state, outbound: true }, { state: DONE, outbound: false }), false);
    assert.equal(replaces(LARGE, SMALL, { state, outbound: true }, { state: DONE, outbound: false }), true);
    assert.equal(replaces(LARGE, SMALL, { state, outbound: true }, { state: DONE, outbound: true }), true);
  }
});
