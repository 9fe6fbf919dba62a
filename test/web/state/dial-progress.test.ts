/** How far a dial under way has come (05 section 10.4, C-4). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { dialProgress, lastFailures } from '../../../web/state/dial-progress.ts';

const health = (endpoint: string, at: number | null, reason: string | null = null) => ({
  endpoint,
  last_failure_at: at,
  last_failure_reason: reason,
});

test('addresses are tried in turn: one that failed since says why, the next is being tried', () => {
  const endpoints = ['ws://a', 'ws://b', 'ws://c'];
  const before = lastFailures([health('ws://a', 5, 'timeout')]);
  const words = (...now: ReturnType<typeof health>[]): string[] =>
    dialProgress(endpoints, before, now).map((one) => one.words);
  // What failed in an earlier dial says nothing of this one.
  assert.deepEqual(words(health('ws://a', 5, 'timeout')), ['trying', 'comes next', 'comes next']);
  assert.deepEqual(words(health('ws://a', 9, 'refused')), ['refused', 'trying', 'comes next']);
  assert.deepEqual(words(health('ws://a', 9, 'refused'), health('ws://b', 9, 'dns')), [
    'refused',
    'name not found',
    'trying',
  ]);
  assert.deepEqual(words(), ['trying', 'comes next', 'comes next']);
});
