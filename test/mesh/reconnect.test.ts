import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reconnector, reconnectDelay } from '../../server/mesh/reconnector.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { SimWorld } from '../sim/node.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { VirtualTime } from '../sim/virtual-time.ts';

const PEER = 'BtrDypgRq2TbBnMc' as PeerId;

test('the delays are those of the guide', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 1_000].map(reconnectDelay);
  assert.deepEqual(delays, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('attempts go on without an end, with jitter of at most a fifth and at most 5 s', async () => {
  const time = new VirtualTime();
  const at: number[] = [];
  const reconnector = new Reconnector(
    { clock: time, timers: time, random: new SeededRandom(2) },
    {
      wanted: () => true,
      attempt: async () => {
        at.push(time.monotonic());
        return false;
      },
    },
  );
  reconnector.schedule(PEER);
  reconnector.schedule(PEER);
  await time.run(3_600_000);
  const gaps = at.map((when, i) => when - (at[i - 1] ?? 0));
  gaps.forEach((gap, i) => {
    const base = reconnectDelay(i + 1);
    assert.ok(gap >= base && gap <= base + Math.min(5_000, base / 5), `${i}: ${gap}`);
  });
  assert.ok(at.length > 50);
  assert.ok(new Set(gaps.slice(6)).size > 5, 'the jitter varies');
  reconnector.stop();
  await time.run(3_600_000);
  const { length } = at;
  assert.equal(at.length, length);
});

test('only a few peers are dialled at once, all get their turn', async () => {
  const time = new VirtualTime();
  let running = 0;
  let most = 0;
  const seen = new Set<PeerId>();
  const reconnector = new Reconnector(
    { clock: time, timers: time, random: new SeededRandom(2) },
    {
      wanted: () => true,
      attempt: (peer) =>
        new Promise((resolve) => {
          running += 1;
          most = Math.max(most, running);
          seen.add(peer);
          time.after(5_000, () => {
            running -= 1;
            resolve(true);
          });
        }),
    },
  );
  for (let i = 0; i < 40; i += 1) reconnector.schedule(`${PEER}${i}` as PeerId, 0);
  await time.run(120_000);
  assert.equal(seen.size, 40);
  assert.equal(most, 4);
});

test('a cancelled or unwanted peer is not dialled', async () => {
  const time = new VirtualTime();
  let wanted = true;
  let dials = 0;
  const reconnector = new Reconnector(
    { clock: time, timers: time, random: new SeededRandom(2) },
    {
      wanted: () => wanted,
      attempt: async () => {
        dials += 1;
        return true;
      },
    },
  );
  reconnector.schedule(PEER);
  assert.equal(reconnector.cancel(PEER), true);
  assert.equal(reconnector.cancel(PEER), false);
  await time.run(10_000);
  reconnector.schedule(PEER);
  wanted = false;
  await time.run(10_000);
  reconnector.schedule(PEER);
  await time.run(10_000);
  assert.equal(dials, 0);
});

test('known peers are dialled after a start, and again after every loss', async () => {
  const world = new SimWorld(21);
  const host = world.nextHost();
  const b = world.node();
  await b.mesh.start();
  const first = world.node({ host });
  await first.mesh.start();
  void first.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
  await world.time.until(() => first.mesh.isConnected(b.mesh.peerId));
  const known = JSON.stringify(
    first.knownPeers.list().map((peer) => ({ id: peer.peerId, endpoints: peer.endpoints })),
  );
  assert.match(known, /10\.0\.0\./);
  await first.mesh.stop();
  await world.time.run(5_000);
  assert.equal(b.mesh.neighbours().length, 0);

  const second = world.node({ host, identity: first.identity });
  const { peerId, ed25519, x25519 } = b.identity;
  second.knownPeers.importPeer({
    peerId,
    ed25519PublicKey: ed25519.publicKey,
    x25519PublicKey: x25519.publicKey,
    endpoints: b.mesh.localEndpoints(),
  });
  await second.mesh.start();
  await world.time.run(2_000);
  assert.equal(second.mesh.isConnected(peerId), false, 'gently: not in the first seconds');
  await world.time.run(4_000);
  assert.equal(second.mesh.isConnected(peerId), true);

  assert.equal(b.mesh.drop(second.mesh.peerId), true);
  await world.time.until(() => !second.mesh.isConnected(peerId));
  await world.time.run(6_000);
  assert.equal(second.mesh.isConnected(peerId), true);
});

test('a peer that is down for an hour is connected within the longest delay of coming back', async () => {
  const world = new SimWorld(22);
  const [hostA, hostB] = [world.nextHost(), world.nextHost()];
  const a = world.node({ host: hostA });
  const b = world.node({ host: hostB });
  await a.mesh.start();
  await b.mesh.start();
  void a.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
  await world.time.until(() => a.mesh.isConnected(b.mesh.peerId));
  await b.mesh.stop();
  await world.time.run(3_600_000);
  const again = world.node({ host: hostB, identity: b.identity });
  await again.mesh.start();
  assert.equal(Object.keys(a.mesh.diagnostics().reconnect_tasks.by_peer).length, 1);
  await world.time.run(66_000);
  assert.equal(a.mesh.isConnected(b.mesh.peerId), true);
});

test('after sleep connections are checked at once and back-offs start over', async () => {
  const world = new SimWorld(23);
  const [hostA, hostB] = [world.nextHost(), world.nextHost()];
  const [a, b] = [world.node({ host: hostA }), world.node({ host: hostB })];
  await a.mesh.start();
  await b.mesh.start();
  void a.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
  await world.time.until(() => a.mesh.isConnected(b.mesh.peerId));
  await world.time.run(1_000);
  await b.mesh.stop();
  await world.time.run(1_800_000);
  const plan = a.mesh.diagnostics().reconnect_tasks.by_peer[b.mesh.peerId];
  assert.ok(plan !== undefined && plan.attempt > 6);
  const again = world.node({ host: hostB, identity: b.identity });
  await again.mesh.start();
  world.time.shiftWallClock(7_200_000);
  await world.time.run(15_000);
  assert.equal(a.mesh.isConnected(b.mesh.peerId), true);
});

test('reconnectAll brings back everyone, also those a person had disconnected', async () => {
  const world = new SimWorld(24);
  const [a, b] = [world.node(), world.node()];
  await a.mesh.start();
  await b.mesh.start();
  void a.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
  await world.time.until(() => a.mesh.isConnected(b.mesh.peerId));
  a.mesh.disconnect(b.mesh.peerId);
  await world.time.run(10_000);
  a.mesh.reconnectAll();
  await world.time.run(2_000);
  assert.equal(a.mesh.isConnected(b.mesh.peerId), true);
});
