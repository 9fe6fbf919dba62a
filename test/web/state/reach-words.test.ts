/** What stands above a composer when what is written cannot arrive yet (05 section 10.6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reachWords, whereWords } from '../../../web/state/reach-words.ts';

const bob = { peerId: 'B', name: 'Bob', awaitsAcceptance: true };
const carol = { peerId: 'C', name: 'Carol', awaitsAcceptance: false };
const channel = { to: null };

test('nobody is reachable', () => {
  assert.match(reachWords({ reachable: 0, connected: [], ...channel }) ?? '', /^Nobody else is reachable\./u);
});

test('whoever has an account on this node is reached', () => {
  assert.equal(reachWords({ reachable: 0, connected: [], to: [{ name: 'Ann', home: null }] }), null);
});

test('in a channel only when all who are connected have yet to accept', () => {
  assert.equal(reachWords({ reachable: 1, connected: [bob], ...channel }), 'Waiting for Bob to accept you.');
  assert.equal(
    reachWords({ reachable: 2, connected: [bob, { ...bob, peerId: 'D' }], ...channel }),
    'Waiting for 2 peers to accept you.',
  );
  assert.equal(reachWords({ reachable: 2, connected: [bob, carol], ...channel }), null);
  assert.equal(reachWords({ reachable: 2, connected: [bob], ...channel }), null, 'one is behind a relay');
});

test('to one person only when that one has yet to accept', () => {
  const connected = [bob, carol];
  const to = (name: string, home: string | null): { to: { name: string; home: string | null }[] } => ({
    to: [{ name, home }],
  });
  assert.equal(reachWords({ reachable: 2, connected, ...to('Bob', 'B') }), 'Waiting for Bob to accept you.');
  assert.equal(reachWords({ reachable: 2, connected, ...to('Carol', 'C') }), null);
  assert.equal(reachWords({ reachable: 2, connected, ...to('Ann', null) }), null);
});

test('to a group when nobody of it elsewhere has accepted yet', () => {
  const words = (...to: [name: string, home: string | null][]): string | null =>
    reachWords({
      reachable: 3,
      connected: [bob, carol, { ...bob, peerId: 'D' }],
      to: to.map(([name, home]) => ({ name, home })),
    });
  assert.equal(words(['Ann', null], ['Bob', 'B']), 'Waiting for Bob to accept you.');
  assert.equal(words(['Bob', 'B'], ['Dan', 'D']), 'Waiting for Bob and Dan to accept you.');
  assert.equal(words(['Bob', 'B'], ['Carol', 'C']), null);
  assert.equal(words(['Ann', null]), null);
});

test('beside a person stands their device and whether it is reached', () => {
  const with_ = {
    nameOf: (peer: string) => `${peer}'s laptop`,
    reachOf: (peer: string) =>
      peer === 'B' ? ({ kind: 'direct' } as const) : ({ kind: 'offline' } as const),
  };
  assert.equal(whereWords('B', with_), "B's laptop, connected");
  assert.equal(whereWords('C', with_), "C's laptop, offline");
  assert.equal(whereWords(null, with_), 'on this device');
});
