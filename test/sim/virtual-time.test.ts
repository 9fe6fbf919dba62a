import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualTime } from './virtual-time.ts';

test('tasks run in the order of their time, then of their making, with promises settled in between', async () => {
  const time = new VirtualTime();
  const seen: string[] = [];
  time.after(20, () => seen.push(`c ${time.monotonic()}`));
  time.after(10, () => void Promise.resolve().then(() => seen.push('a then')));
  time.after(10, () => seen.push(`b ${time.monotonic()}`));
  await time.run(15);
  assert.deepEqual(seen, ['a then', 'b 10']);
  await time.run(5);
  assert.deepEqual(seen, ['a then', 'b 10', 'c 20']);
  assert.equal(time.monotonic(), 20);
});

test('repeating and cancelled tasks', async () => {
  const time = new VirtualTime();
  let ticks = 0;
  const timer = time.every(10, () => {
    ticks += 1;
    if (ticks === 3) timer.cancel();
  });
  const never = time.after(5, () => assert.fail('cancelled'));
  never.cancel();
  time.after(Infinity, () => assert.fail('never'));
  await time.run(1_000_000);
  assert.equal(ticks, 3);
});

test('after a sleep, what was due runs once and late', async () => {
  const time = new VirtualTime();
  const at: number[] = [];
  time.every(10, () => at.push(time.monotonic()));
  time.sleep(1_000);
  await time.run(10);
  assert.deepEqual(at, [1_000, 1_010]);
});

test('waiting for something that never happens fails', async () => {
  await assert.rejects(new VirtualTime().until(() => false, 1_000));
});
