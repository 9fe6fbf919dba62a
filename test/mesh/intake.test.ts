import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AuthorShaper } from '../../server/mesh/author-shaper.ts';
import { IntakeBudget } from '../../server/mesh/intake-budget.ts';
import { TokenBucket } from '../../server/mesh/token-bucket.ts';
import { VirtualTime } from '../sim/virtual-time.ts';

test('a bucket gives its capacity at once and its rate over time, never more', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 20 })));
  fc.assert(
    fc.property(steps, (list) => {
      const bucket = new TokenBucket(50, 10, 0);
      let now = 0;
      let taken = 0;
      for (const [wait, amount] of list) {
        now += wait;
        if (bucket.take(amount, now)) taken += amount;
        assert.ok(taken <= 50 + (now * 10) / 1000 + 1e-6);
      }
    }),
  );
  const bucket = new TokenBucket(10, 10, 0);
  assert.equal(bucket.take(10, 0), true);
  assert.equal(bucket.take(1, 0), false);
  assert.equal(bucket.wait(1, 0), 100);
  assert.equal(bucket.take(1, 100), true);
  assert.equal(bucket.charge(5, 100), 500);
  assert.equal(bucket.charge(0, 600), 0);
});

/** A link that counts. */
function fakeLink(): { paused: boolean; pause(): void; resume(): void } {
  return {
    paused: false,
    pause() {
      this.paused = true;
    },
    resume() {
      this.paused = false;
    },
  };
}

test('a stranger may send 300 frames at once and 30 a second; over it its link is paused, not cut', async () => {
  const time = new VirtualTime();
  const link = fakeLink();
  const budget = new IntakeBudget({ clock: time, timers: time, link });
  for (let i = 0; i < 300; i += 1) budget.charge(100, false);
  assert.equal(link.paused, false);
  budget.charge(100, false);
  assert.equal(link.paused, true);
  await time.run(40);
  assert.equal(link.paused, false);
  for (let i = 0; i < 31; i += 1) budget.charge(100, false);
  await time.run(500);
  assert.equal(link.paused, true);
  await time.run(600);
  assert.equal(link.paused, false);
});

test('a familiar neighbour is held only at 30,000 frames, from the moment it is familiar', () => {
  const link = fakeLink();
  const time = new VirtualTime();
  const budget = new IntakeBudget({ clock: time, timers: time, link });
  for (let i = 0; i < 300; i += 1) budget.charge(100, false);
  for (let i = 0; i < 30_000; i += 1) budget.charge(100, true);
  assert.equal(link.paused, false);
  budget.charge(100, true);
  assert.equal(link.paused, true);
});

test('large frames count by their bytes', async () => {
  const time = new VirtualTime();
  const link = fakeLink();
  const budget = new IntakeBudget({ clock: time, timers: time, link });
  budget.charge(20 * 1024 * 1024, false);
  assert.equal(link.paused, false);
  budget.charge(4 * 1024 * 1024, false);
  assert.equal(link.paused, true);
  await time.run(1_900);
  assert.equal(link.paused, true);
  await time.run(200);
  assert.equal(link.paused, false);
});

test('deliveries that do not end hold the link, once more finished than open it reads on', () => {
  const time = new VirtualTime();
  const link = fakeLink();
  const budget = new IntakeBudget({ clock: time, timers: time, link });
  const ends = Array.from({ length: 256 }, () => budget.begin());
  assert.equal(link.paused, true);
  ends[0]?.();
  ends[0]?.();
  assert.equal(link.paused, false);
  budget.begin();
  assert.equal(link.paused, true);
});

test('an author waits its turn in order; others and the other class do not wait for it', async () => {
  const time = new VirtualTime();
  const shaper = new AuthorShaper({ clock: time, timers: time });
  const seen: string[] = [];
  for (let i = 0; i < 150; i += 1) {
    assert.equal(
      shaper.submit('A', 'channel_message', 10, () => seen.push(`A${i}`)),
      true,
    );
  }
  assert.equal(seen.length, 120);
  shaper.submit('B', 'channel_message', 10, () => seen.push('B'));
  shaper.submit('A', 'profile_sync', 10, () => seen.push('sync'));
  assert.deepEqual(seen.slice(-2), ['B', 'sync']);
  await time.run(4_000);
  assert.equal(seen.at(-1), 'A149');
  assert.equal(shaper.waiting, 0);
});

test('what cannot wait is refused, and the bound frees up again', async () => {
  const time = new VirtualTime();
  const shaper = new AuthorShaper({ clock: time, timers: time });
  let ran = 0;
  const submit = (author: string, bytes = 10): boolean =>
    shaper.submit(author, 'channel_message', bytes, () => (ran += 1));
  let admitted = 0;
  for (let i = 0; i < 1_000; i += 1) if (submit('A')) admitted += 1;
  assert.equal(admitted, 120 + 500);
  for (let author = 0; author < 10; author += 1) for (let i = 0; i < 1_000; i += 1) submit(`B${author}`);
  assert.equal(shaper.waiting, 2_000);
  await time.run(1_000_000);
  assert.equal(shaper.waiting, 0);
  assert.equal(submit('A', 10), true);
  for (let i = 0; i < 200; i += 1) submit('C', 10);
  assert.equal(submit('C', 40 * 1024 * 1024), false);
  shaper.stop();
  const before = ran;
  await time.run(1_000_000);
  assert.equal(ran, before);
});
