import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pacer } from '../../server/mesh/pacer.ts';
import { ReferenceLimiter } from '../../server/mesh/rate-limiter.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { VirtualTime } from '../sim/virtual-time.ts';

const TYPES: MessageType[] = ['channel_message', 'direct_message', 'profile_sync', 'delete_signal'];
const request = { neighbour: 'N', author: 'A', own: true, old: false };

test('whatever is sent and however late it arrives, the reference drops nothing of what was paced', async () => {
  const burst = fc.record({
    wait: fc.integer({ min: 0, max: 20_000 }),
    count: fc.integer({ min: 1, max: 60 }),
    type: fc.constantFrom(...TYPES),
  });
  const delays = fc.infiniteStream(fc.integer({ min: 0, max: 500 }));
  await fc.assert(
    fc.asyncProperty(fc.array(burst, { maxLength: 8 }), delays, async (bursts, delay) => {
      const time = new VirtualTime();
      const pacer = new Pacer({ clock: time, timers: time });
      const arrivals: { at: number; type: MessageType }[] = [];
      let sent = 0;
      let last = 0;
      for (const { wait, count, type } of bursts) {
        await time.run(wait);
        sent += count;
        for (let i = 0; i < count; i += 1) {
          void pacer.turn({ ...request, type }).then((turn) => {
            assert.equal(turn, true);
            // A stream keeps the order, so nothing overtakes.
            last = Math.max(last, time.monotonic() + (delay.next().value ?? 0));
            arrivals.push({ at: last, type });
          });
        }
      }
      await time.run(2_000_000);
      assert.equal(arrivals.length, sent);
      const limiter = new ReferenceLimiter();
      assert.ok(arrivals.every(({ at, type }) => limiter.admit('A', type, at)));
    }),
    { numRuns: 40 },
  );
});

test('authors and neighbours do not wait for each other', async () => {
  const time = new VirtualTime();
  const pacer = new Pacer({ clock: time, timers: time });
  const turns: string[] = [];
  for (const neighbour of ['N', 'M']) {
    for (const author of ['A', 'B']) {
      for (let i = 0; i < 9; i += 1) {
        void pacer
          .turn({ ...request, neighbour, author, type: 'channel_message' })
          .then(() => turns.push(neighbour + author));
      }
    }
  }
  await time.run(0);
  assert.equal(turns.length, 36);
});

test('foreign frames wait half a minute and no longer, and only so many', async () => {
  const time = new VirtualTime();
  const pacer = new Pacer({ clock: time, timers: time });
  const turns: boolean[] = [];
  for (let i = 0; i < 600; i += 1) {
    void pacer.turn({ ...request, own: false, type: 'channel_message' }).then((turn) => turns.push(turn));
  }
  await time.run(0);
  assert.deepEqual([turns.filter(Boolean).length, turns.length], [9, 9 + 91]);
  await time.run(60_000);
  assert.equal(turns.length, 600);
  assert.equal(turns.filter(Boolean).length, 45);
});

test('0.4.29 counts announcements and deletions as ordinary', async () => {
  const time = new VirtualTime();
  const pacer = new Pacer({ clock: time, timers: time });
  const turns: string[] = [];
  for (let i = 0; i < 20; i += 1) {
    void pacer.turn({ ...request, old: true, type: 'delete_signal' }).then(() => turns.push('old'));
    void pacer.turn({ ...request, old: false, type: 'delete_signal' }).then(() => turns.push('new'));
  }
  await time.run(0);
  assert.deepEqual([turns.filter((turn) => turn === 'old').length, turns.length], [9, 29]);
});

test('when a neighbour goes, what waits for it is refused', async () => {
  const time = new VirtualTime();
  const pacer = new Pacer({ clock: time, timers: time });
  const turns = Array.from({ length: 12 }, () => pacer.turn({ ...request, type: 'broadcast' }));
  pacer.drop('N');
  assert.equal((await Promise.all(turns)).filter(Boolean).length, 9);
});
