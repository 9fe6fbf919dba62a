import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { Link } from '../../server/ports/types.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { SimWorld, createNode } from '../sim/node.ts';
import type { SimNode } from '../sim/node.ts';
import { ReferencePeer } from './reference-peer.ts';

async function started(world: SimWorld, count: number): Promise<SimNode[]> {
  const nodes = Array.from({ length: count }, () => world.node());
  for (const node of nodes) await node.mesh.start();
  return nodes;
}

function endpoint(node: SimNode): string {
  return node.mesh.localEndpoints()[0] ?? '';
}

function events(node: SimNode, type: string): number {
  return node.events.filter((event) => event.type === type).length;
}

test('two nodes that dial each other at about the same time keep one connection and never lose it', async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = new SimWorld(seed);
    const [a, b] = await started(world, 2);
    assert.ok(a && b);
    const dials = [a.mesh.connect(b.mesh.peerId, [endpoint(b)])];
    world.time.after(world.random.fraction() * 40, () =>
      dials.push(b.mesh.connect(a.mesh.peerId, [endpoint(a)])),
    );
    await world.time.run(20_000);
    assert.deepEqual(
      (await Promise.all(dials)).map((result) => result.ok),
      [true, true],
      `seed ${seed}`,
    );
    for (const [node, other] of [[a, b] as const, [b, a] as const]) {
      assert.deepEqual(node.mesh.neighbours(), [other.mesh.peerId], `seed ${seed}`);
      assert.equal(events(node, 'peer.connected') - events(node, 'peer.disconnected'), 1, `seed ${seed}`);
    }
    assert.equal(events(a, 'peer.disconnected') + events(b, 'peer.disconnected'), 0, `seed ${seed}`);
    await Promise.all([a.mesh.stop(), b.mesh.stop()]);
  }
});

test('with a reference peer, too, simultaneous dials end in one connection', async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const world = new SimWorld(seed);
    const ours = world.node();
    await ours.mesh.start();
    const host = world.nextHost();
    const theirs = new ReferencePeer(world.ports(host));
    await theirs.listen(7771);
    const dial = ours.mesh.connect(theirs.peerId, [`ws://${host}:7771`]);
    world.time.after(world.random.fraction() * 40, () => void theirs.dial(ours.mesh.peerId, endpoint(ours)));
    await world.time.run(30_000);
    assert.equal((await dial).ok, true, `seed ${seed}`);
    assert.ok(ours.mesh.isConnected(theirs.peerId), `seed ${seed}`);
    assert.ok(theirs.connected(ours.mesh.peerId), `seed ${seed}`);
    // What counts is that both mean the same connection.
    await theirs.send(ours.mesh.peerId, '{"type":"probe"}');
    assert.equal(
      await ours.mesh.sendDirect('broadcast', theirs.peerId, { content: 'x', metadata: {} }),
      true,
    );
    await world.time.run(1_000);
    assert.equal(theirs.received.length, 1, `seed ${seed}`);
    assert.equal(ours.mesh.diagnostics().counters['dropped.other_frame'], 1, `seed ${seed}`);
    await ours.mesh.stop();
  }
});

test('a peer that lost its machine gets in again at once, whatever its old connection says', async () => {
  const world = new SimWorld(5);
  const identity = createNodeIdentity(world.random, nativeCrypto);
  const host = world.nextHost();
  const before = world.node({ host, identity });
  const other = world.node();
  await before.mesh.start();
  await other.mesh.start();
  void before.mesh.connect(other.mesh.peerId, [endpoint(other)]);
  await world.time.until(() => other.mesh.isConnected(identity.peerId));
  await world.time.run(1_000);
  world.network.crash(host);
  const after = world.node({ host, identity });
  await after.mesh.start();
  assert.ok(other.mesh.isConnected(identity.peerId), 'the other side has noticed nothing');
  const again = after.mesh.connect(other.mesh.peerId, [endpoint(other)]);
  await world.time.run(8_000);
  assert.equal((await again).ok, true);
  assert.ok(other.mesh.isConnected(identity.peerId));
  assert.equal(
    await other.mesh.send('channel_message', identity.peerId, { content: 'hi', metadata: {} }),
    'sent',
  );
  await world.time.run(1_000);
  assert.deepEqual(
    after.inbox.map((message) => message.content),
    ['hi'],
  );
});

test('a second connection of a live peer is acked and closed, the first stays', async () => {
  const world = new SimWorld(6);
  const [ours] = await started(world, 1);
  assert.ok(ours);
  const theirs = new ReferencePeer(world.ports(world.nextHost()));
  await Promise.all([theirs.dial(ours.mesh.peerId, endpoint(ours)), world.time.run(2_000)]);
  assert.ok(ours.mesh.isConnected(theirs.peerId));
  const link = world
    .ports('10.0.0.77')
    .transport.dial(endpoint(ours), { timeoutMs: 5_000, maxMessageBytes: 9_999 });
  await world.time.run(1_000);
  const heard: string[] = [];
  const closes: number[] = [];
  const second = await link;
  second.attach({ message: (text) => heard.push(text), close: ({ code }) => closes.push(code) });
  await second.send(theirs.hello('handshake'));
  await world.time.run(2_000);
  assert.equal(heard.length, 1);
  assert.match(heard[0] ?? '', /"handshake_ack"/);
  assert.deepEqual(closes, [1000]);
  assert.equal(events(ours, 'peer.connected'), 1);
  assert.equal(events(ours, 'peer.disconnected'), 0);
  assert.ok(theirs.connected(ours.mesh.peerId));
});

test('a recorded handshake opens nothing', async () => {
  const world = new SimWorld(8);
  const [ours] = await started(world, 1);
  assert.ok(ours);
  const victim = new ReferencePeer(world.ports(world.nextHost()));
  const recorded = victim.hello('handshake');
  const dial = (): Promise<Link> =>
    world.ports('10.0.0.66').transport.dial(endpoint(ours), { timeoutMs: 5_000, maxMessageBytes: 9_999 });
  const answers: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const link = dial();
    await world.time.run(1_000);
    (await link).attach({ message: (text) => answers.push(text), close: () => undefined });
    await (await link).send(recorded);
    await world.time.run(1_000);
    (await link).close();
    await world.time.run(5_000);
  }
  assert.equal(answers.length, 1);
  assert.equal(events(ours, 'peer.connected'), 1);
});

test('a peer with another version of the protocol is let in, and the log says so', async () => {
  const world = new SimWorld(9);
  const warnings: unknown[] = [];
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) };
  const ours = world.node({ log });
  await ours.mesh.start();
  const peers = [1, 2].map(() => new ReferencePeer(world.ports(world.nextHost())));
  const [same, other] = peers;
  assert.ok(same && other);
  for (const peer of peers) {
    const hello = peer.hello('handshake');
    const link = world
      .ports('10.0.0.66')
      .transport.dial(endpoint(ours), { timeoutMs: 5_000, maxMessageBytes: 9_999 });
    await world.time.run(1_000);
    await (
      await link
    ).send(peer === other ? hello.replace('"protocol_version": 1', '"protocol_version": 2') : hello);
    await world.time.run(1_000);
  }
  assert.deepEqual(ours.mesh.neighbours(), [same.peerId, other.peerId]);
  assert.deepEqual(warnings, [{ peer: other.peerId, protocolVersion: 2 }]);
});

test('whoever says nothing, nonsense or too much is closed without a word', async () => {
  const world = new SimWorld(9);
  const [ours] = await started(world, 1);
  assert.ok(ours);
  const cases: [string | null, number][] = [
    [null, 1000],
    ['{}', 1000],
    ['not json', 1000],
    ['[]', 1000],
    [`{"peer_id":"${'x'.repeat(20_000)}"}`, 1009],
  ];
  for (const [text, code] of cases) {
    const link = world
      .ports('10.0.0.66')
      .transport.dial(endpoint(ours), { timeoutMs: 5_000, maxMessageBytes: 9_999 });
    await world.time.run(1_000);
    const heard: string[] = [];
    const closes: number[] = [];
    (await link).attach({ message: (said) => heard.push(said), close: (info) => closes.push(info.code) });
    if (text !== null) await (await link).send(text);
    await world.time.run(11_000);
    assert.deepEqual([heard, closes], [[], [code]], `${text?.slice(0, 20)}`);
  }
  assert.equal(ours.events.length, 0);
});

test('silent connections of one address make room for each other, not for those of others', async () => {
  const world = new SimWorld(10);
  const [ours] = await started(world, 1);
  assert.ok(ours);
  const open = async (host: string): Promise<{ closed: boolean }> => {
    const dialled = world
      .ports(host)
      .transport.dial(endpoint(ours), { timeoutMs: 5_000, maxMessageBytes: 9_999 });
    await world.time.run(100);
    const state = { closed: false };
    (await dialled).attach({ message: () => undefined, close: () => (state.closed = true) });
    return state;
  };
  const honest = await open('10.9.9.9');
  const silent = [];
  for (let i = 0; i < 20; i += 1) silent.push(await open('10.6.6.6'));
  await world.time.run(200);
  assert.equal(honest.closed, false);
  assert.equal(silent.filter((state) => !state.closed).length, 8);
  assert.equal(ours.mesh.diagnostics().pending_connection_count, 9);
});

test('an own endpoint and an own id are never dialled', async () => {
  const world = new SimWorld(11);
  const [ours, other] = await started(world, 2);
  assert.ok(ours && other);
  const self = ours.mesh.connect(ours.mesh.peerId, [endpoint(ours)]);
  await world.time.run(1_000);
  assert.deepEqual(
    (await self).ok
      ? []
      : ((await self) as { attempts: { reason: string }[] }).attempts.map((attempt) => attempt.reason),
    ['self_connect_blocked'],
  );
  const wrong = ours.mesh.connect(other.mesh.peerId, [endpoint(ours)]);
  await world.time.run(3_000);
  const result = await wrong;
  assert.equal(result.ok, false);
  assert.deepEqual(ours.mesh.neighbours(), []);
});

test('an endpoint where another node answers goes to that node, once it has proved who it is', async () => {
  const world = new SimWorld(12);
  const [ours, expected, actual] = await started(world, 3);
  assert.ok(ours && expected && actual);
  const wrong = ours.mesh.connect(expected.mesh.peerId, [endpoint(actual), endpoint(expected)]);
  await world.time.run(5_000);
  assert.deepEqual(await wrong, { ok: true, endpoint: endpoint(expected), already: false });
  assert.deepEqual(ours.knownPeers.endpoints(expected.mesh.peerId), [endpoint(expected)]);
  assert.deepEqual(ours.knownPeers.endpoints(actual.mesh.peerId), [endpoint(actual)]);
  const rows = ours.mesh.diagnostics().recent_failures;
  assert.deepEqual(
    rows.map((row) => row.reason),
    ['handshake_peer_id_mismatch'],
  );
});

test('a blocked peer is refused in both directions', async () => {
  const world = new SimWorld(13);
  const [ours, other] = await started(world, 2);
  assert.ok(ours && other);
  ours.blocked.add(other.mesh.peerId);
  const theirs = other.mesh.connect(ours.mesh.peerId, [endpoint(ours)]);
  await world.time.run(5_000);
  assert.equal((await theirs).ok, false);
  const mine = ours.mesh.connect(other.mesh.peerId, [endpoint(other)]);
  await world.time.run(5_000);
  const result = await mine;
  assert.ok(!result.ok);
  assert.equal(result.attempts[0]?.reason, 'not_wanted');
  assert.equal(events(ours, 'peer.connected'), 0);
});

test('a disconnected peer stays away, both ways, until a person connects again', async () => {
  const world = new SimWorld(14);
  const [ours, other] = await started(world, 2);
  assert.ok(ours && other);
  void ours.mesh.connect(other.mesh.peerId, [endpoint(other)]);
  other.knownPeers.recordEndpoint(ours.mesh.peerId, endpoint(ours) as never);
  await world.time.until(() => other.mesh.isConnected(ours.mesh.peerId));
  await world.time.run(1_000);
  const isHeld = () => ours.mesh.diagnostics().peers.find((row) => row.peer_id === other.mesh.peerId)?.held;
  assert.equal(isHeld(), false);
  assert.equal(ours.mesh.disconnect(other.mesh.peerId), true);
  assert.equal(isHeld(), true, 'and the page can say so');
  await world.time.run(300_000);
  assert.deepEqual([ours.mesh.neighbours(), other.mesh.neighbours()], [[], []]);
  assert.equal(ours.mesh.disconnect(other.mesh.peerId), false);
  const again = ours.mesh.reconnect(other.mesh.peerId);
  await world.time.run(10_000);
  assert.equal((await again).ok, true);
  assert.ok(other.mesh.isConnected(ours.mesh.peerId));
});

test('forgetting removes keys, endpoints and plans; the peer may come back as a stranger', async () => {
  const world = new SimWorld(15);
  const [ours, other] = await started(world, 2);
  assert.ok(ours && other);
  void ours.mesh.connect(other.mesh.peerId, [endpoint(other)]);
  await world.time.until(() => ours.mesh.isConnected(other.mesh.peerId));
  const counts = ours.mesh.forget(other.mesh.peerId);
  assert.deepEqual([counts.removed_known_peer, counts.disconnected], [true, true]);
  await world.time.run(200_000);
  assert.equal(ours.knownPeers.get(other.mesh.peerId), undefined);
  assert.deepEqual(ours.mesh.neighbours(), []);
  assert.deepEqual(ours.mesh.versions(), {});
  assert.deepEqual(await ours.mesh.reconnect(other.mesh.peerId), { ok: false, attempts: [] });
  const back = other.mesh.connect(ours.mesh.peerId, [endpoint(ours)]);
  await world.time.run(5_000);
  assert.equal((await back).ok, true);
  const unknown = ours.mesh.forget('1111111111111111' as never);
  assert.deepEqual(Object.values(unknown), [false, false, 0, 0, 0, 0, 0]);
});

test('a dead link is found by its own keepalive and told once', async () => {
  const world = new SimWorld(16);
  const [hostA, hostB] = [world.nextHost(), world.nextHost()];
  const [a, b] = [world.node({ host: hostA }), world.node({ host: hostB })];
  await a.mesh.start();
  await b.mesh.start();
  void a.mesh.connect(b.mesh.peerId, [endpoint(b)]);
  await world.time.until(() => a.mesh.isConnected(b.mesh.peerId));
  await world.time.run(1_000);
  world.network.partition(hostA, hostB);
  await world.time.run(70_000);
  assert.deepEqual([a.mesh.neighbours(), b.mesh.neighbours()], [[], []]);
  assert.deepEqual([events(a, 'peer.disconnected'), events(b, 'peer.disconnected')], [1, 1]);
  world.network.heal(hostA, hostB);
  await world.time.run(70_000);
  assert.ok(a.mesh.isConnected(b.mesh.peerId) && b.mesh.isConnected(a.mesh.peerId));
});

test('a clock that is more than 20 seconds off is said of the peer, ahead or behind', async () => {
  for (const [ahead, said] of [
    [25_000, 25],
    [-40_000, -40],
    [15_000, null],
  ] as const) {
    const world = new SimWorld(23);
    const ports = world.ports(world.nextHost());
    const clock = { now: () => world.time.now() + ahead, monotonic: () => world.time.monotonic() };
    const [ours] = await started(world, 1);
    assert.ok(ours);
    const other = createNode({ ...ports, clock }, { port: 7771 });
    await other.mesh.start();
    const connected = other.mesh.connect(ours.mesh.peerId, [endpoint(ours)]);
    await world.time.run(3_000);
    assert.equal((await connected).ok, true);
    const row = ours.mesh.diagnostics().peers.find((peer) => peer.peer_id === other.mesh.peerId);
    assert.ok(row);
    // What the handshake took on its way counts, too.
    if (said === null) assert.equal(row.clock_skew_s, null);
    else assert.ok(Math.abs((row.clock_skew_s ?? 0) - said) <= 1, String(row.clock_skew_s));
    await Promise.all([ours.mesh.stop(), other.mesh.stop()]);
  }
});
