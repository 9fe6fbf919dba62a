import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimWorld } from './node.ts';

test('two cores live through thousands of virtual seconds in about one real one', async () => {
  const world = new SimWorld(7);
  const [a, b] = [world.node(), world.node()];
  await a.mesh.start();
  await b.mesh.start();
  const result = b.mesh.connect(a.mesh.peerId, a.mesh.localEndpoints());
  await world.time.until(() => b.mesh.isConnected(a.mesh.peerId) && a.mesh.isConnected(b.mesh.peerId));
  await world.time.run(1_000);
  assert.deepEqual(await result, { ok: true, endpoint: a.mesh.localEndpoints()[0], already: false });

  for (let minute = 0; minute < 100; minute += 1) {
    const [from, to] = minute % 2 === 0 ? [a, b] : [b, a];
    void from.mesh.send('channel_message', to.mesh.peerId, { content: `minute ${minute}`, metadata: {} });
    await world.time.run(60_000);
  }
  assert.equal(a.inbox.length, 50);
  assert.equal(b.inbox.length, 50);
  assert.ok(a.mesh.isConnected(b.mesh.peerId));
  assert.ok(world.time.monotonic() >= 6_000_000);
  const info = a.mesh.peerInfo(b.mesh.peerId);
  assert.ok(info !== undefined && info.rttMs !== null && info.rttMs > 0);
  await a.mesh.stop();
  await b.mesh.stop();
});
