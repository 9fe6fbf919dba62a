/**
 * What two mesh cores must do whatever carries them. Runs on the simulated network and on real sockets: what the
 * simulator shows is worth something only while both agree.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SimNode, SimNodeInit } from '../sim/node.ts';

/** Where nodes live, and how time passes there. */
export interface MeshWorld {
  node(init?: SimNodeInit): SimNode;
  until(done: () => boolean): Promise<void>;
  resolve<T>(promise: Promise<T>): Promise<T>;
}

/** Declares the suite. */
export function meshAcceptance(name: string, make: () => MeshWorld): void {
  describe(name, () => {
    async function two(): Promise<{ world: MeshWorld; a: SimNode; b: SimNode; stop(): Promise<void> }> {
      const world = make();
      const [a, b] = [world.node(), world.node()];
      await world.resolve(Promise.all([a.mesh.start(), b.mesh.start()]));
      const stop = async (): Promise<void> => {
        await world.resolve(Promise.all([a.mesh.stop(), b.mesh.stop()]));
      };
      return { world, a, b, stop };
    }

    async function connected(): ReturnType<typeof two> {
      const parts = await two();
      const { world, a, b } = parts;
      const result = await world.resolve(a.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints()));
      assert.equal(result.ok, true);
      await world.until(() => b.mesh.isConnected(a.mesh.peerId));
      return parts;
    }

    test('they connect, and each knows the other', async () => {
      const { a, b, stop } = await connected();
      assert.deepEqual([a.mesh.neighbours(), b.mesh.neighbours()], [[b.mesh.peerId], [a.mesh.peerId]]);
      const [info, back] = [a.mesh.peerInfo(b.mesh.peerId), b.mesh.peerInfo(a.mesh.peerId)];
      assert.deepEqual([info?.outbound, back?.outbound], [true, false]);
      assert.equal(info?.protocolVersion, 1);
      assert.equal(back?.endpoint, null);
      assert.deepEqual(a.knownPeers.get(b.mesh.peerId)?.ed25519PublicKey, b.identity.ed25519.publicKey);
      assert.equal(b.knownPeers.get(a.mesh.peerId)?.keySource, 'handshake');
      assert.ok(a.knownPeers.endpoints(b.mesh.peerId).length > 0);
      assert.equal(a.mesh.supports(b.mesh.peerId, 'dm_e2e_v1'), true);
      await stop();
    });

    test('a signed envelope crosses in both directions, small and large', async () => {
      const { world, a, b, stop } = await connected();
      const large = 'ü'.repeat(150_000);
      const payload = {
        content: 'hello',
        metadata: { type: 'channel_message', n: 1.5, deep: { list: [1, null] } },
      };
      assert.equal(await world.resolve(a.mesh.send('channel_message', b.mesh.peerId, payload)), 'sent');
      const reached = await world.resolve(b.mesh.flood('direct_message', { content: large, metadata: {} }));
      assert.deepEqual(reached, [a.mesh.peerId]);
      await world.until(() => a.inbox.length === 1 && b.inbox.length === 1);
      assert.equal(b.inbox[0]?.content, 'hello');
      assert.equal(JSON.stringify(b.inbox[0]?.metadata), JSON.stringify(payload.metadata));
      assert.equal(a.inbox[0]?.content, large);
      await stop();
    });

    test('what every receiver would drop is not sent', async () => {
      const { world, a, b, stop } = await connected();
      for (const content of ['x'.repeat(524_289), 'ü'.repeat(180_000)]) {
        assert.equal(
          await world.resolve(a.mesh.send('broadcast', b.mesh.peerId, { content, metadata: {} })),
          'failed',
        );
        assert.deepEqual(await world.resolve(a.mesh.flood('broadcast', { content, metadata: {} })), []);
        assert.equal(
          await world.resolve(a.mesh.sendDirect('broadcast', b.mesh.peerId, { content, metadata: {} })),
          false,
        );
      }
      await stop();
    });

    test('many messages arrive once and in order', async () => {
      const { world, a, b, stop } = await connected();
      const sends = Array.from({ length: 100 }, (_, i) =>
        a.mesh.send('channel_message', b.mesh.peerId, { content: `${i}`, metadata: {} }),
      );
      await world.resolve(Promise.all(sends));
      await world.until(() => b.inbox.length === 100);
      assert.deepEqual(
        b.inbox.map((message) => message.content),
        Array.from({ length: 100 }, (_, i) => `${i}`),
      );
      await stop();
    });

    test('a second connect finds the first', async () => {
      const { world, a, b, stop } = await connected();
      const again = await world.resolve(a.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints()));
      assert.ok(again.ok && again.already);
      assert.equal(a.events.filter((event) => event.type === 'peer.connected').length, 1);
      await stop();
    });

    test('an endpoint where nothing listens fails with a reason, the next one is tried', async () => {
      const { world, a, b, stop } = await two();
      const [first = ''] = b.mesh.localEndpoints();
      const closed = `${first.slice(0, first.lastIndexOf(':'))}:1`;
      const failed = await world.resolve(a.mesh.connect(b.mesh.peerId, [closed]));
      assert.ok(!failed.ok);
      assert.deepEqual(
        failed.attempts.map((attempt) => [attempt.endpoint, attempt.reason]),
        [[closed, 'refused']],
      );
      const worked = await world.resolve(a.mesh.connect(b.mesh.peerId, [closed, first]));
      assert.ok(worked.ok && worked.endpoint === first);
      const row = a.mesh
        .diagnostics()
        .peers.find((peer) => peer.peer_id === b.mesh.peerId)
        ?.endpoint_details.find((detail) => detail.endpoint === first);
      assert.deepEqual(
        [row?.currently_connected, row?.last_status, row?.success_count],
        [true, 'connected', 1],
      );
      await stop();
    });

    test('when one stops, the other is told once and keeps a plan', async () => {
      const { world, a, b, stop } = await connected();
      await world.resolve(b.mesh.stop());
      await world.until(() => !a.mesh.isConnected(b.mesh.peerId));
      assert.equal(a.events.filter((event) => event.type === 'peer.disconnected').length, 1);
      assert.equal(a.mesh.diagnostics().reconnect_tasks.count, 1);
      assert.deepEqual(
        a.mesh.activity().map((event) => event.status),
        ['attempt', 'connected', 'disconnected'],
      );
      assert.equal(
        await world.resolve(a.mesh.send('channel_message', b.mesh.peerId, { content: 'x', metadata: {} })),
        'queued',
      );
      await stop();
    });

    test('a port that is taken rejects the start, and another start may follow', async () => {
      const { world, a, b, stop } = await two();
      await world.resolve(b.mesh.stop());
      const taken = world.node({ port: a.mesh.port });
      if (taken.mesh.localEndpoints()[0] === a.mesh.localEndpoints()[0]) {
        await assert.rejects(world.resolve(taken.mesh.start()), { code: 'EADDRINUSE' });
        assert.equal(taken.mesh.running, false);
      }
      await world.resolve(a.mesh.stop());
      await world.resolve(taken.mesh.start());
      assert.equal(taken.mesh.running, true);
      await world.resolve(taken.mesh.stop());
      await stop();
    });
  });
}
