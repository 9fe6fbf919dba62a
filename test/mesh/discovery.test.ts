import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimWorld, createNode } from '../sim/node.ts';
import type { SimNode } from '../sim/node.ts';

function connects(node: SimNode): number {
  return node.events.filter((event) => event.type === 'peer.connected').length;
}

test('nodes on a LAN find each other without an invite, connect once, and disappear when stopped', async () => {
  for (let seed = 61; seed < 71; seed += 1) {
    const world = new SimWorld(seed);
    const nodes = [
      world.node({ discovery: true }),
      world.node({ discovery: true }),
      world.node({ discovery: true }),
    ];
    for (const node of nodes) {
      await node.mesh.start();
      await world.time.run(world.random.fraction() * 3_000);
    }
    await world.time.run(10_000);
    for (const node of nodes) {
      assert.equal(node.mesh.neighbours().length, 2, `seed ${seed}`);
      assert.equal(connects(node), 2, `seed ${seed}`);
      assert.deepEqual(
        node.mesh.discovered().map((peer) => peer.connected),
        [true, true],
      );
    }
    const [first, second, third] = nodes;
    assert.ok(first && second && third);
    await first.mesh.stop();
    await world.time.run(5_000);
    assert.deepEqual(
      second.mesh.discovered().map((peer) => peer.peer_id),
      [third.mesh.peerId],
    );
    assert.equal(second.mesh.isConnected(third.mesh.peerId), true);
  }
});

test('the smaller id dials; the other only if nothing came of it', async () => {
  const world = new SimWorld(71);
  const nodes = [world.node({ discovery: true }), world.node({ discovery: true })];
  for (const node of nodes) await node.mesh.start();
  await world.time.run(5_000);
  const [small, large] = nodes.sort((a, b) => (a.mesh.peerId < b.mesh.peerId ? -1 : 1));
  assert.ok(small && large);
  assert.equal(small.mesh.peerInfo(large.mesh.peerId)?.outbound, true);
  assert.equal(
    large.mesh.activity().some((event) => event.status === 'attempt' || event.status === 'reconnect'),
    false,
  );
});

test('a record proves nothing: an address under a foreign name is not taken from its owner', async () => {
  const world = new SimWorld(72);
  const ours = world.node({ discovery: true });
  const other = world.node();
  await ours.mesh.start();
  await other.mesh.start();
  void ours.mesh.connect(other.mesh.peerId, other.mesh.localEndpoints());
  await world.time.run(2_000);
  const [endpoint] = other.mesh.localEndpoints();
  await world.lan.discovery().start(
    {
      instance: 'canopy-1111111111111112._canopy._tcp.local.',
      hostname: 'x.local.',
      port: 7771,
      txt: ['peer_id=1111111111111112', 'version=1', 'capabilities=chat'],
      addresses: ['10.0.0.2'],
    },
    { seen: () => undefined, gone: () => undefined, failed: () => undefined },
  );
  await world.time.run(20_000);
  assert.equal(ours.mesh.discovered().length, 1);
  assert.deepEqual(ours.knownPeers.endpoints(other.mesh.peerId), [endpoint]);
  assert.equal(ours.mesh.isConnected(other.mesh.peerId), true);
});

test('a discovery that cannot start does not stop the node', async () => {
  const world = new SimWorld(73);
  const discovery = { start: () => Promise.reject(new Error('port taken')), stop: () => Promise.resolve() };
  const node = createNode({ ...world.ports('10.0.0.9'), discovery }, { port: 7771, discovery: true });
  await node.mesh.start();
  await world.time.run(1_000);
  assert.equal(node.mesh.running, true);
  assert.deepEqual(node.mesh.discovered(), []);
  await node.mesh.stop();
  await node.mesh.stop();
  assert.equal(node.mesh.running, false);
});
