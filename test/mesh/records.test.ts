import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity } from '../../server/mesh/activity.ts';
import { Counters } from '../../server/mesh/counters.ts';
import { EndpointBook } from '../../server/mesh/endpoint-book.ts';
import { ReplayCache } from '../../server/mesh/replay-cache.ts';
import { RouteTable } from '../../server/mesh/route-table.ts';
import { Alarms } from '../../server/mesh/secure/alarms.ts';
import { SeenCache } from '../../server/mesh/seen-cache.ts';
import { WakeWatch } from '../../server/mesh/wake-watch.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { VirtualTime } from '../sim/virtual-time.ts';

const PEER = 'BtrDypgRq2TbBnMc' as PeerId;

function activity(): { time: VirtualTime; list: Activity; told: string[] } {
  const time = new VirtualTime();
  const told: string[] = [];
  const bus = new EventBus(() => undefined);
  bus.on('activity', (event) => told.push(event.id));
  return { time, told, list: new Activity({ clock: time, bus }) };
}

test('the activity list keeps the newest 200 in order, and tells of each', async () => {
  const { time, list, told } = activity();
  for (let i = 0; i < 250; i += 1) {
    list.connection(PEER, 'attempt', `${i}`, 'ws://h:1');
    await time.run(1_000);
  }
  const events = list.list();
  assert.deepEqual([events.length, events[0]?.detail, events.at(-1)?.detail], [200, '50', '249']);
  assert.equal(told.length, 250);
  assert.match(events[0]?.id ?? '', new RegExp(`^conn_${PEER}_\\d+$`));
  const since = events[197]?.timestamp ?? 0;
  assert.deepEqual(
    list.list(since).map((event) => event.detail),
    ['248', '249'],
  );
  assert.deepEqual(
    list.list(0, 1).map((event) => event.detail),
    ['249'],
  );
  assert.deepEqual(Object.keys(events[0] ?? {}).sort(), [
    'detail',
    'endpoint',
    'id',
    'kind',
    'peer_id',
    'status',
    'timestamp',
    'via_peer',
  ]);
});

test('a security event is told once a minute per peer and reason', async () => {
  const { time, list } = activity();
  for (let i = 0; i < 100; i += 1) list.security(PEER, 'blocked', 'bad');
  list.security(PEER, 'blocked', 'worse');
  assert.equal(list.list().length, 2);
  await time.run(61_000);
  list.security(PEER, 'blocked', 'bad');
  assert.equal(list.list().length, 3);
});

test('alarms are counted of every peer by itself, and of so many peers', () => {
  const { time, list } = activity();
  const counters = new Counters();
  const bus = new EventBus(() => undefined);
  const alarms = new Alarms({ clock: time, bus, activity: list, counters, log: silentLog });
  const other = '7777777777777777' as PeerId;
  for (let i = 0; i < 3; i += 1) alarms.raise(PEER, 'bad_frame');
  alarms.raise(PEER, 'limit');
  alarms.raise(other, 'bad_frame');
  assert.deepEqual(alarms.counts(PEER), { bad_frame: 3, limit: 1 });
  assert.deepEqual(alarms.counts(other), { bad_frame: 1 });
  assert.equal(counters.get('security.bad_frame'), 4);
  for (let i = 0; i < 998; i += 1) alarms.raise(`${i}` as PeerId, 'limit');
  alarms.raise(PEER, 'limit');
  alarms.raise('one more' as PeerId, 'limit');
  assert.deepEqual(alarms.counts(PEER), { bad_frame: 3, limit: 2 });
  assert.deepEqual(alarms.counts(other), {});
});

test('the endpoint book counts attempts and remembers the last failure', async () => {
  const time = new VirtualTime();
  const book = new EndpointBook(time);
  book.attempt(PEER, 'ws://h:1');
  book.failure(PEER, 'ws://h:1', 'refused', 'Nothing listens there.');
  book.attempt(PEER, 'ws://h:1');
  book.failure(PEER, 'ws://h:1', 'timeout', 'No answer in time.');
  const failed = book.health(PEER, 'ws://h:1');
  assert.deepEqual(
    [failed.attempt_count, failed.consecutive_failures, failed.last_status, failed.last_failure_reason],
    [2, 2, 'failed', 'timeout'],
  );
  book.success(PEER, 'ws://h:1');
  const worked = book.health(PEER, 'ws://h:1');
  assert.deepEqual(
    [worked.consecutive_failures, worked.success_count, worked.last_status],
    [0, 1, 'connected'],
  );
  assert.deepEqual(
    book.failures().map((failure) => failure.reason),
    ['timeout', 'refused'],
  );
  assert.equal(book.failures('x' as PeerId).length, 0);
  book.forget(PEER);
  assert.equal(book.health(PEER, 'ws://h:1').attempt_count, 0);
  for (let i = 0; i < 3_000; i += 1) book.attempt(PEER, `ws://h:${i}`);
  assert.equal(book.health(PEER, 'ws://h:0').attempt_count, 0, 'the oldest are gone');
  assert.equal(book.health(PEER, 'ws://h:2999').attempt_count, 1);
});

test('ten thousand ids are remembered, the oldest half goes first', () => {
  const seen = new SeenCache();
  for (let i = 0; i < 10_000; i += 1) seen.add('A', `${i}`);
  assert.equal(seen.has('A', '0'), true);
  seen.add('A', 'one more');
  assert.deepEqual([seen.size, seen.has('A', '5000'), seen.has('A', '5001')], [5_000, false, true]);
  assert.equal(seen.has('B', '9999'), false);
  seen.delete('A', '9999');
  assert.equal(seen.has('A', '9999'), false);
});

test('a full route table forgets its oldest target; an update keeps its age', () => {
  const routes = new RouteTable();
  for (let i = 0; i < 500; i += 1) routes.set(`T${i}` as PeerId, PEER);
  routes.set('T0' as PeerId, 'H' as PeerId);
  routes.set('T500' as PeerId, PEER);
  assert.deepEqual([routes.next('T0'), routes.next('T1')], [undefined, PEER]);
  assert.equal(routes.remove('T1'), true);
  assert.equal(routes.remove('T1'), false);
  assert.equal(routes.removeVia(PEER).length, 499);
  assert.deepEqual(routes.toRecord(), {});
});

test('a signature is new once a day', () => {
  const cache = new ReplayCache();
  const signature = Uint8Array.from({ length: 64 }, (_, i) => i);
  assert.equal(cache.add(signature, 0), true);
  assert.equal(cache.add(signature, 1_000), false);
  assert.equal(cache.add(signature, 25 * 3_600_000), true);
  for (let i = 0; i < 10_000; i += 1) cache.add(new Uint8Array([i & 255, i >> 8, 1]), 25 * 3_600_000);
  assert.equal(cache.add(signature, 25 * 3_600_000), true, 'pushed out by ten thousand others');
});

test('another address is noticed once, another order of the same ones is not', async () => {
  const time = new VirtualTime();
  let woke = 0;
  let addresses = ['10.0.0.2', '10.1.0.2'];
  const watch = new WakeWatch(
    { clock: time, timers: time, localAddresses: () => addresses },
    () => (woke += 1),
  );
  watch.start();
  addresses = ['10.1.0.2', '10.0.0.2'];
  await time.run(60_000);
  assert.equal(woke, 0);
  addresses = ['10.1.0.2', '10.0.0.3'];
  await time.run(60_000);
  assert.equal(woke, 1);
  addresses = [];
  await time.run(60_000);
  assert.equal(woke, 2);
  watch.stop();
});

test('a jump of the clock or a sleep is noticed once, an ordinary minute is not', async () => {
  const time = new VirtualTime();
  let woke = 0;
  const watch = new WakeWatch({ clock: time, timers: time, localAddresses: () => [] }, () => (woke += 1));
  watch.start();
  await time.run(600_000);
  assert.equal(woke, 0);
  time.shiftWallClock(3_600_000);
  await time.run(60_000);
  assert.equal(woke, 1);
  time.sleep(3_600_000);
  await time.run(60_000);
  assert.equal(woke, 2);
  time.shiftWallClock(-3_600_000);
  await time.run(60_000);
  assert.equal(woke, 3);
  watch.stop();
  time.shiftWallClock(3_600_000);
  await time.run(60_000);
  assert.equal(woke, 3);
});
