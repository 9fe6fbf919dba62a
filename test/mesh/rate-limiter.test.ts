import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReferenceLimiter, rateClass } from '../../server/mesh/rate-limiter.ts';

/** How many of `count` messages, one every `gap` ms, are accepted. */
function accepted(limiter: ReferenceLimiter, count: number, gap: number, start = 0): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) if (limiter.admit('A', 'channel_message', start + i * gap)) sum += 1;
  return sum;
}

test('ten in any five seconds, fifty in a minute', () => {
  assert.equal(accepted(new ReferenceLimiter(), 30, 1), 10);
  assert.equal(accepted(new ReferenceLimiter(), 59, 1_000), 50);
});

test('a message exactly five seconds after the first of a full burst is accepted, one earlier is not', () => {
  const limiter = new ReferenceLimiter();
  accepted(limiter, 10, 0);
  assert.equal(limiter.admit('A', 'channel_message', 4_999), false);
  assert.equal(limiter.admit('A', 'channel_message', 5_000), true);
});

test('what a full minute drops keeps counting, what a full burst drops does not', () => {
  const limiter = new ReferenceLimiter();
  assert.equal(accepted(limiter, 200, 0), 10);
  assert.equal(accepted(limiter, 40, 1_000, 5_000), 40, 'the 190 of the burst did not count');
  assert.equal(limiter.admit('A', 'channel_message', 60_000), false);
  assert.equal(limiter.admit('A', 'channel_message', 60_001), true);
});

test('authors and classes have their own counters', () => {
  const limiter = new ReferenceLimiter();
  accepted(limiter, 10, 0);
  assert.equal(limiter.admit('A', 'feed_post', 1), false);
  assert.equal(limiter.admit('B', 'feed_post', 1), true);
  for (let i = 0; i < 120; i += 1) assert.equal(limiter.admit('A', 'delete_signal', 1), true);
  assert.equal(limiter.admit('A', 'profile_sync', 2), false);
  assert.deepEqual(
    (['direct_message', 'channel_catchup_response', 'member_sync', 'broker_intro'] as const).map(rateClass),
    ['ordinary', 'sync', 'sync', 'ordinary'],
  );
});
