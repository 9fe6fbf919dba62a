/** What neighbours, strangers and a hurried person may do to the mesh without harming it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { HANDLER_TIMEOUT } from '../../server/mesh/limits.ts';
import { PendingQueue } from '../../server/mesh/pending-queue.ts';
import { systemPorts } from '../../server/ports/system.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import type { Envelope } from '../../server/wire/envelope.ts';
import type { Endpoint, PeerId } from '../../server/wire/ids.ts';
import { SimWorld, createNode } from '../sim/node.ts';
import type { SimNode } from '../sim/node.ts';
import { ReferencePeer } from './reference-peer.ts';

async function started(world: SimWorld, count: number): Promise<SimNode[]> {
  const nodes = Array.from({ length: count }, () => world.node());
  for (const node of nodes) await node.mesh.start();
  return nodes;
}

const endpoint = (node: SimNode): Endpoint => (node.mesh.localEndpoints()[0] ?? '') as Endpoint;
const connects = (node: SimNode): number =>
  node.events.filter((event) => event.type === 'peer.connected').length;

test('nothing is dialled any more after a stop, whatever was waiting for its turn', async () => {
  const world = new SimWorld(101);
  const [ours, other] = await started(world, 2);
  assert.ok(ours && other);
  const dead = ours.mesh.connect(other.mesh.peerId, ['ws://10.9.9.9:7771']);
  const second = ours.mesh.connect(other.mesh.peerId, [endpoint(other)]);
  await world.time.run(1);
  void ours.mesh.stop();
  await world.time.run(30_000);
  assert.deepEqual([(await dead).ok, (await second).ok], [false, false]);
  assert.equal(connects(other), 0);
});

test('a peer that is forgotten or disconnected while it is dialled is not connected after all', async () => {
  for (const end of ['forget', 'disconnect'] as const) {
    const world = new SimWorld(102);
    const [ours, other] = await started(world, 2);
    assert.ok(ours && other);
    const dial = ours.mesh.connect(other.mesh.peerId, ['ws://10.9.9.9:7771', endpoint(other)]);
    await world.time.run(1);
    ours.mesh[end](other.mesh.peerId);
    await world.time.run(60_000);
    assert.equal((await dial).ok, false, end);
    assert.equal(connects(ours), 0, end);
    assert.equal(ours.knownPeers.get(other.mesh.peerId), undefined, end);
  }
});

test('whoever is blocked while its handshake waits for our dial is not let in', async () => {
  const world = new SimWorld(103);
  // The smaller id holds the other's connection back while its own dial is under way.
  const [first, second] = [
    createNodeIdentity(world.random, nativeCrypto),
    createNodeIdentity(world.random, nativeCrypto),
  ];
  const [small, large] = first.peerId < second.peerId ? [first, second] : [second, first];
  const host = world.nextHost();
  const ours = world.node({ identity: small, host });
  world.network.partition(host, '10.9.9.9');
  await ours.mesh.start();
  const theirs = new ReferencePeer(world.ports(world.nextHost()), large);
  void ours.mesh.connect(theirs.peerId, ['ws://10.9.9.9:7771']);
  void theirs.dial(ours.mesh.peerId, endpoint(ours));
  await world.time.run(500);
  ours.blocked.add(theirs.peerId);
  await world.time.run(30_000);
  assert.equal(connects(ours), 0);
});

test('peers nobody accepted share 32 places, also when they were here before; accepted ones always get in', async () => {
  const world = new SimWorld(104);
  const [ours] = await started(world, 1);
  assert.ok(ours);
  const swarm = Array.from({ length: 40 }, () => new ReferencePeer(world.ports(world.nextHost())));
  for (const peer of swarm) {
    // Each has shaken hands before.
    const { peerId, ed25519, x25519 } = peer.identity;
    ours.knownPeers.confirmKeys({
      peerId,
      ed25519PublicKey: ed25519.publicKey,
      x25519PublicKey: x25519.publicKey,
    });
    void peer.dial(ours.mesh.peerId, endpoint(ours));
    await world.time.run(50);
  }
  await world.time.run(5_000);
  assert.equal(ours.mesh.neighbours().length, 32);
  const friend = new ReferencePeer(world.ports(world.nextHost()));
  ours.familiar.add(friend.peerId);
  void friend.dial(ours.mesh.peerId, endpoint(ours));
  await world.time.run(5_000);
  assert.ok(ours.mesh.isConnected(friend.peerId));
});

test('keys of strangers that came and went are kept in bounds, those of accepted peers for good', async () => {
  const world = new SimWorld(107);
  const [ours] = await started(world, 1);
  assert.ok(ours);
  const arrive = () => {
    const { peerId, ed25519, x25519 } = createNodeIdentity(world.random, nativeCrypto);
    ours.knownPeers.confirmKeys({
      peerId,
      ed25519PublicKey: ed25519.publicKey,
      x25519PublicKey: x25519.publicKey,
    });
    return peerId;
  };
  const friend = arrive();
  ours.familiar.add(friend);
  for (let i = 0; i < 1_100; i += 1) arrive();
  const last = new ReferencePeer(world.ports(world.nextHost()));
  void last.dial(ours.mesh.peerId, endpoint(ours));
  await world.time.run(2_000);
  ours.mesh.drop(last.peerId);
  await world.time.run(10_000);
  assert.equal(ours.knownPeers.list().length, 901);
  assert.ok(ours.knownPeers.get(friend) !== undefined);
  assert.ok(ours.knownPeers.get(last.peerId) !== undefined);
});

test('neither blocked peers nor peers that were only announced are dialled by themselves', async () => {
  const world = new SimWorld(105);
  const [announced, blocked, friend] = await started(world, 3);
  assert.ok(announced && blocked && friend);
  const ours = world.node();
  const keys = ({ identity: { peerId, ed25519, x25519 } }: SimNode) => ({
    peerId,
    ed25519PublicKey: ed25519.publicKey,
    x25519PublicKey: x25519.publicKey,
  });
  ours.knownPeers.importPeer({ ...keys(blocked), endpoints: [endpoint(blocked)] });
  ours.knownPeers.importPeer({ ...keys(friend), endpoints: [endpoint(friend)] });
  ours.mesh.introduce(
    [
      {
        peerId: announced.mesh.peerId,
        endpoints: [endpoint(announced)],
        ed25519PublicKey: encodeBase58(announced.identity.ed25519.publicKey),
        x25519PublicKey: encodeBase58(announced.identity.x25519.publicKey),
      },
    ],
    friend.mesh.peerId,
  );
  ours.blocked.add(blocked.mesh.peerId);
  await ours.mesh.start();
  await world.time.run(600_000);
  assert.deepEqual([announced, blocked, friend].map(connects), [0, 0, 1]);
  assert.equal(ours.mesh.diagnostics().reconnect_tasks.count, 0);
});

test('a handler that never ends holds back its author only for a while', async () => {
  const world = new SimWorld(106);
  const seen: string[] = [];
  const hub = world.node({
    handlers: {
      channel_message: (message) => {
        seen.push(message.content);
        return message.content === 'stuck' ? new Promise(() => undefined) : undefined;
      },
    },
  });
  const author = world.node();
  for (const node of [hub, author]) await node.mesh.start();
  void author.mesh.connect(hub.mesh.peerId, [endpoint(hub)]);
  await world.time.run(2_000);
  for (const content of ['stuck', 'behind']) {
    void author.mesh.send('channel_message', hub.mesh.peerId, { content, metadata: {} });
    await world.time.run(100);
  }
  assert.deepEqual(seen, ['stuck']);
  await world.time.run(HANDLER_TIMEOUT);
  assert.deepEqual(seen, ['stuck', 'behind']);
});

test('one author does not fill the queue of those who wait, and never stands in the way of our own', () => {
  const queue = new PendingQueue();
  const foreign = (author: string, target: string, timestamp = 0): Envelope => ({
    id: `${author}${target}`,
    type: 'interaction',
    fromPeer: author as PeerId,
    toPeer: target,
    timestamp,
    timestampToken: timestamp,
    ttl: 3,
    signature: null,
    encryptedPayload: null,
    payload: null,
  });
  for (let i = 0; i < 2_000; i += 1) queue.addForeign(foreign('A', `T${i}`), 0);
  assert.equal(queue.total, 500);
  for (let author = 0; author < 20; author += 1)
    for (let i = 0; i < 500; i += 1) queue.addForeign(foreign(`B${author}`, `T${i}`), 0);
  assert.equal(queue.total, 5_000);
  const own = {
    type: 'interaction',
    payload: { content: 'own', metadata: {} },
    ttl: 5,
    encrypt: false,
  } as const;
  queue.addOwn({ ...own, to: 'friend' as PeerId }, 0);
  assert.deepEqual([queue.counts()['friend'], queue.total], [1, 5_000]);
  // What nobody will accept any more makes room for what somebody will.
  queue.addForeign(foreign('C', 'late', 7_300), 7_300_000);
  assert.deepEqual(queue.counts(), { friend: 1, late: 1 });
});

test('two nodes connect over IPv6, and the address is kept for next time', async () => {
  const nodes = [0, 1].map(() => createNode(systemPorts(), { host: '::1' }));
  const [a, b] = nodes;
  assert.ok(a && b);
  try {
    for (const node of nodes) await node.mesh.start();
    const target = endpoint(b);
    assert.match(target, /^ws:\/\/\[::1\]:\d+$/);
    assert.deepEqual(await a.mesh.connect(b.mesh.peerId, [target]), {
      ok: true,
      endpoint: target,
      already: false,
    });
    assert.deepEqual(a.knownPeers.endpoints(b.mesh.peerId), [target]);
    assert.match(b.mesh.peerInfo(a.mesh.peerId)?.remoteAddress ?? '', /^\[::1\]:\d+$/);
  } finally {
    await Promise.all(nodes.map((node) => node.mesh.stop()));
  }
});
