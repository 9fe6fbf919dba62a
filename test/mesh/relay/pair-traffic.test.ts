import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PairTraffic } from '../../../server/mesh/relay/pair-traffic.ts';
import { VirtualTime } from '../../sim/virtual-time.ts';

const KIB = 1024;

function traffic(bytesPerSecond?: number): { time: VirtualTime; pairs: PairTraffic } {
  const time = new VirtualTime();
  const pairs = new PairTraffic(
    { clock: time, timers: time },
    bytesPerSecond === undefined ? {} : { bytesPerSecond },
  );
  return { time, pairs };
}

test('both directions of a pair are counted together', () => {
  const { pairs } = traffic();
  pairs.carry('B', 'A', 10, () => undefined);
  pairs.carry('A', 'B', 5, () => undefined);
  pairs.carry('A', 'C', 1, () => undefined);
  assert.deepEqual(
    pairs.list().map(({ peers, bytes, messages, dropped }) => ({ peers, bytes, messages, dropped })),
    [
      { peers: ['A', 'C'], bytes: 1, messages: 1, dropped: 0 },
      { peers: ['A', 'B'], bytes: 15, messages: 2, dropped: 0 },
    ],
  );
  assert.equal(pairs.totalBytes, 16);
});

test('a pair that sends too fast waits in order, another pair does not', async () => {
  const { time, pairs } = traffic(1_000);
  const went: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) pairs.carry('A', 'B', 500, () => went.push(name));
  pairs.carry('C', 'D', 500, () => went.push('other'));
  assert.deepEqual(went, ['a', 'b', 'other']);
  await time.run(1_100);
  assert.deepEqual(went, ['a', 'b', 'other', 'c', 'd']);
});

test('what waits is bounded; the rest is dropped and counted', async () => {
  const { time, pairs } = traffic(100 * KIB);
  let went = 0;
  let refused = 0;
  for (let i = 0; i < 100; i += 1) if (!pairs.carry('A', 'B', 100 * KIB, () => (went += 1))) refused += 1;
  assert.deepEqual([went, refused], [1, 59], 'one at once, 4 MiB wait');
  await time.run(60_000);
  assert.equal(went, 41);
  assert.equal(pairs.list()[0]?.dropped, 59);
});

test('clearing drops what waits', async () => {
  const { time, pairs } = traffic(1_000);
  let went = 0;
  for (let i = 0; i < 5; i += 1) pairs.carry('A', 'B', 1_000, () => (went += 1));
  pairs.clear();
  await time.run(60_000);
  assert.equal(went, 1);
  assert.equal(
    pairs.carry('A', 'B', 1_000, () => (went += 1)),
    true,
  );
  assert.equal(went, 2);
});

test('pairs are bounded: the one unused for longest makes room, one with a queue stays', () => {
  const { pairs } = traffic(1_000);
  for (let i = 0; i < 2; i += 1) pairs.carry('busy', 'pair', 1_000, () => undefined);
  for (let i = 0; i < 200; i += 1) pairs.carry('A', `B${i}`, 1, () => undefined);
  const names = pairs.list().map((pair) => pair.peers.join('-'));
  assert.equal(names.length, 64);
  assert.ok(names.includes('busy-pair'));
  assert.ok(names.includes('A-B199') && !names.includes('A-B0'));
});
