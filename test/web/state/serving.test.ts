/** Own files on their way to other devices, in words (05 section 10.7, F-3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardOfServing, servingLines, servings } from '../../../web/state/serving.ts';

const event = (peer: string, state: string, done: number) => ({
  peer_id: peer,
  file_id: 'F1',
  state,
  done,
  total: 4_000_000,
});
const words = (now: number): string[] =>
  servingLines(servings.value.get('F1'), { nameOf: (peer) => peer.toUpperCase(), now }).map(
    (line) => line.words,
  );

test('each device says how far it is; those that have it share a line', () => {
  heardOfServing(event('a', 'running', 1_000_000), 1_000);
  heardOfServing(event('a', 'running', 2_000_000), 3_000);
  assert.deepEqual(words(3_000), ['To A: 50 %, 2.0 MB of 4.0 MB, 500 KB/s, 4 s left']);
  heardOfServing(event('b', 'waiting', 500), 3_000);
  heardOfServing(event('a', 'done', 4_000_000), 4_000);
  heardOfServing(event('c', 'done', 4_000_000), 4_000);
  assert.deepEqual(words(4_000), ['Paused: waiting for B', 'Sent to A and C']);
});

test('what is no such event changes nothing, and the oldest files are forgotten', () => {
  const before = servings.value;
  for (const data of [null, 'x', {}, event('a', 'odd', 1), { ...event('a', 'done', 1), total: '1' }])
    heardOfServing(data);
  assert.equal(servings.value, before);
  for (let file = 0; file < 600; file += 1) heardOfServing({ ...event('a', 'done', 1), file_id: `X${file}` });
  assert.equal(servings.value.size, 500);
  assert.equal(servings.value.has('F1'), false);
});
