import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Schedule } from '../../../server/sync/reconcile/schedule.ts';
import { StuckItems } from '../../../server/sync/reconcile/stuck.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { VirtualTime } from '../../sim/virtual-time.ts';

const LOCAL = 'M' as PeerId;
const LARGER = 'Z' as PeerId;
const SMALLER = 'A' as PeerId;

let time: VirtualTime;
let schedule: Schedule;
let opened: [PeerId, number][];

beforeEach(() => {
  time = new VirtualTime();
  opened = [];
  schedule = new Schedule(
    { clock: time, timers: time, random: new SeededRandom(1) },
    { local: LOCAL, open: (peer) => opened.push([peer, Math.round(time.monotonic() / 1000)]) },
  );
});

/** Seconds at which a run with `peer` was opened. */
const times = (peer: PeerId): number[] => opened.filter(([one]) => one === peer).map(([, at]) => at);

describe('runs', () => {
  it('are opened by the smaller id when its lists are sent, or after five seconds', async () => {
    schedule.connected(LARGER);
    schedule.connected(SMALLER);
    await time.run(2_000);
    schedule.listsSent(LARGER);
    schedule.listsSent(SMALLER);
    await time.run(1_000);
    assert.deepEqual([times(LARGER), times(SMALLER)], [[2], []]);
    schedule.connected(LARGER);
    await time.run(5_000);
    assert.equal(times(LARGER).length, 2);
  });

  it('are opened by the larger id when nothing came for ten seconds', async () => {
    schedule.connected(SMALLER);
    await time.run(9_000);
    assert.deepEqual(opened, []);
    await time.run(2_000);
    assert.deepEqual(times(SMALLER), [10]);
  });

  it('come again every eight to twelve minutes, and sooner when something new is here', async () => {
    schedule.ended(LARGER, 'same');
    await time.run(479_000);
    assert.deepEqual(opened, []);
    await time.run(242_000);
    assert.equal(times(LARGER).length, 1);
    schedule.ended(LARGER, 'ok');
    const from = time.monotonic() / 1000;
    schedule.news();
    await time.run(121_000);
    assert.deepEqual(times(LARGER).slice(1), [Math.round(from) + 120]);
  });

  it('come soon when something new came here while one was under way, which it could not see', async () => {
    schedule.began(LARGER);
    schedule.news();
    schedule.ended(LARGER, 'ok');
    await time.run(121_000);
    assert.deepEqual(times(LARGER), [120]);
    schedule.began(LARGER);
    schedule.ended(LARGER, 'ok');
    await time.run(400_000);
    assert.equal(times(LARGER).length, 1);
  });

  it('go on at once after a partial one, later after one that was aborted, and not for an hour after a fault', async () => {
    schedule.ended(LARGER, 'partial');
    await time.run(2_000);
    assert.deepEqual(times(LARGER), [1]);
    schedule.ended(LARGER, 'aborted');
    await time.run(61_000);
    assert.equal(times(LARGER).length, 2);
    schedule.ended(LARGER, 'fault');
    assert.ok(schedule.isBarred(LARGER));
    await time.run(3_599_000);
    assert.equal(times(LARGER).length, 2);
    await time.run(2_000);
    assert.equal(times(LARGER).length, 3);
    assert.ok(!schedule.isBarred(LARGER));
  });

  it('end with the session, and with the node', async () => {
    schedule.connected(LARGER);
    schedule.disconnected(LARGER);
    schedule.connected(SMALLER);
    schedule.ended(LARGER, 'fault');
    schedule.stop();
    await time.run(7_200_000);
    assert.deepEqual(opened, []);
  });
});

describe('items that differ after every run', () => {
  const item = (n: number) => ({ setId: 'c:general', id: new Uint8Array(32).fill(n), ts: n });

  it('are named the third time in a row, and counted once a run', () => {
    const stuck = new StuckItems();
    assert.deepEqual(stuck.note(LARGER, [item(1), item(1), item(2)]), []);
    assert.deepEqual(stuck.note(LARGER, [item(1)]), []);
    assert.deepEqual(stuck.note(SMALLER, [item(1)]), []);
    assert.deepEqual(stuck.note(LARGER, [item(1), item(2)]), [item(1)]);
    assert.deepEqual(stuck.note(LARGER, [item(2)]), []);
  });
});
