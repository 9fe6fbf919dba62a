import test from 'node:test';
import assert from 'node:assert/strict';
import { STANDINGS, tierOf, trustLines, type TrustFacts } from '../../../web/state/trust.ts';

const request = (peer_id: string, state: 'waiting' | 'ignored' | 'blocked') => ({
  peer_id,
  state,
  names: ['x'],
  endpoint: null,
  introduced_by: null,
  first_seen: '2026-01-01T00:00:00Z',
  protection: null,
  waiting: 0,
});
const FACTS: TrustFacts = {
  scores: {
    friend: { score: 90, is_trusted: true },
    low: { score: 40, is_trusted: false },
    both: { score: 90, is_trusted: true },
  },
  requests: [request('asks', 'waiting'), request('gone', 'ignored'), request('bad', 'blocked')],
  met: ['friend', 'seen', 'own', 'asks'],
  ownPeerId: 'own',
};

test('every peer stands once, under what was decided about it, those that wait first', () => {
  assert.deepEqual(
    trustLines(FACTS).map(({ peerId, standing }) => `${peerId} ${standing}`),
    [
      'asks waiting',
      'both accepted',
      'friend accepted',
      'seen undecided',
      'low held',
      'gone ignored',
      'bad blocked',
    ],
  );
});

test('a block counts whatever the score says, and every standing has its words', () => {
  const blocked = trustLines({ ...FACTS, requests: [request('friend', 'blocked')] });
  assert.equal(blocked.find(({ peerId }) => peerId === 'friend')?.standing, 'blocked');
  for (const { standing } of trustLines(FACTS)) assert.ok(STANDINGS[standing].allows.length > 20);
});

test('names that a list has by itself are no scores', () => {
  const [line] = trustLines({ scores: {}, requests: [], met: ['constructor'], ownPeerId: null });
  assert.deepEqual(line, { peerId: 'constructor', standing: 'undecided', score: null });
});

test('a score that is the value of a tier is shown as that', () => {
  assert.deepEqual([90, 40, 10, 0, 73, null].map(tierOf), [
    'safe',
    'guarded',
    'restricted',
    'quarantine',
    null,
    null,
  ]);
});
