/** Sessions of real cores through a relay (06 sections 2.2, 2.4 and 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACK } from '../../../server/mesh/secure/types.ts';
import { endpointOf, startAll } from '../secure/support.ts';
import { DEFAULT_CAPABILITIES } from '../../../server/wire/message-types.ts';
import { SimWorld, memoryPins } from '../../sim/node.ts';
import { contentOf, introduce, join, offer, triangle, untilRelayed } from './support.ts';

test('two nodes that use a relay have one secure session through it, and messages arrive both ways', async () => {
  const nodes = await triangle();
  const { world, a, b, c } = nodes;
  offer(nodes);
  await untilRelayed(nodes);
  const link = b.mesh.links.get(c.mesh.peerId);
  assert.equal(link?.via, a.mesh.peerId);
  assert.deepEqual(link.handshakeHash, c.mesh.links.get(b.mesh.peerId)?.handshakeHash);
  assert.equal(b.mesh.peerInfo(c.mesh.peerId)?.protection, 'secure');
  assert.deepEqual(b.mesh.neighbours(), [a.mesh.peerId]);
  assert.ok(b.mesh.isPinned(c.mesh.peerId) && c.mesh.isPinned(b.mesh.peerId));

  const payload = (content: string) => ({ content, metadata: { type: 'direct_message' } });
  assert.equal(await b.mesh.send('direct_message', c.mesh.peerId, payload('to c')), 'sent');
  assert.equal(await c.mesh.send('direct_message', b.mesh.peerId, payload('to b')), 'sent');
  await world.time.until(() => c.inbox.length > 0 && b.inbox.length > 0);
  assert.deepEqual(contentOf(c, 'direct_message'), ['to c']);
  assert.deepEqual(contentOf(b, 'direct_message'), ['to b']);
  assert.deepEqual(a.inbox, []);
});

test('an acknowledged envelope is acknowledged through the relay, and a flood arrives once', async () => {
  const nodes = await triangle();
  const { world, b, c } = nodes;
  offer(nodes);
  await untilRelayed(nodes);
  const payload = { content: 'owed', metadata: { type: 'direct_message' } };
  const acked = b.mesh.sendOwed('direct_message', c.mesh.peerId, payload);
  let status: number | null = null;
  void acked.then((said) => (status = said));
  await world.time.until(() => status !== null);
  assert.equal(status, ACK.stored);
  void b.mesh.flood('channel_message', { content: 'all', metadata: { type: 'channel_message' } });
  await world.time.run(5_000);
  assert.deepEqual(contentOf(c, 'channel_message'), ['all']);
});

test('a direct session takes the place of a relayed one, and no relayed one is opened beside it', async () => {
  const nodes = await triangle();
  const { world, b, c } = nodes;
  offer(nodes);
  await untilRelayed(nodes);
  void b.mesh.connect(c.mesh.peerId, [endpointOf(c)]);
  await world.time.until(() => b.mesh.isDirect(c.mesh.peerId) && c.mesh.isDirect(b.mesh.peerId));
  await world.time.run(120_000);
  assert.equal(b.mesh.links.get(c.mesh.peerId)?.via, null);
  assert.equal(c.mesh.links.get(b.mesh.peerId)?.via, null);
  assert.equal(b.mesh.links.all().length, 2);
  b.mesh.wantRelayed(c.mesh.peerId);
  await world.time.run(30_000);
  assert.equal(b.mesh.links.get(c.mesh.peerId)?.via, null);
});

test('a relay that stops carrying ends it within minutes, and nothing passes any more', async () => {
  const nodes = await triangle();
  const { world, a, b, c } = nodes;
  offer(nodes);
  await untilRelayed(nodes);
  const carried = a.mesh.routing().relayed_bytes;
  assert.ok(carried > 0);
  await world.time.run(1_000);
  const before = a.mesh.routing().relayed_bytes;
  a.mesh.relays.policy = 'off';
  void b.mesh.send('direct_message', c.mesh.peerId, { content: 'late', metadata: {} });
  await world.time.run(180_000);
  assert.equal(a.mesh.routing().relayed_bytes, before);
  assert.deepEqual(contentOf(c, 'direct_message'), []);
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  assert.equal(c.mesh.links.get(b.mesh.peerId), null);
});

test('a relay that only brokers carries no session', async () => {
  const nodes = await triangle(1, { a: { relayPolicy: 'broker_only' } });
  const { world, a, b, c } = nodes;
  offer(nodes);
  await world.time.run(120_000);
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  assert.equal(a.mesh.routing().relayed_bytes, 0);
});

test('a relay carries for peers of which one at least was accepted', async () => {
  const nodes = await triangle();
  const { world, a, b, c } = nodes;
  a.familiar.clear();
  offer(nodes);
  await world.time.run(60_000);
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  a.familiar.add(c.mesh.peerId);
  offer({ a, b, c });
  b.mesh.relays.withdrawn(c.mesh.peerId);
  await world.time.run(120_000);
  b.mesh.wantRelayed(c.mesh.peerId);
  await untilRelayed(nodes);
});

test('an end that was started again gets a new session, and the old one is not kept alive', async () => {
  const nodes = await triangle();
  const { world, a, b, c } = nodes;
  offer(nodes);
  await untilRelayed(nodes);
  const old = b.mesh.links.get(c.mesh.peerId);
  world.network.crash('10.0.0.3');
  const again = world.node({ host: '10.0.0.3', identity: c.identity });
  for (const other of [a, b]) again.familiar.add(other.mesh.peerId);
  await again.mesh.start();
  await join(nodes, again, a);
  introduce(again, b, a);
  again.mesh.relays.accept(b.mesh.peerId, a.mesh.peerId);
  await world.time.until(() => ![null, old].includes(b.mesh.links.get(c.mesh.peerId)));
  await untilRelayed({ ...nodes, c: again });
  const link = b.mesh.links.get(c.mesh.peerId);
  assert.notEqual(link, old);
  assert.equal(old?.ended, true);
  assert.deepEqual(link?.handshakeHash, again.mesh.links.get(b.mesh.peerId)?.handshakeHash);
});

test('an identity that is dialled as one process and reached through a relay as another is told', async () => {
  const nodes = await triangle();
  const { world, a, b } = nodes;
  let { c } = nodes;
  const { identity } = c;
  for (let i = 4; i <= 7; i += 1) {
    offer({ a, b, c });
    await untilRelayed({ ...nodes, c });
    assert.ok(
      !b.events.some((event) => event.type === 'security'),
      'three times in ten minutes is nothing yet',
    );
    c = world.node({ host: `10.0.0.${i}`, identity });
    for (const other of [a, b]) c.familiar.add(other.mesh.peerId);
    await c.mesh.start();
    void b.mesh.connect(identity.peerId, [endpointOf(c)]);
    await world.time.until(() => b.mesh.isDirect(identity.peerId) && c.mesh.isDirect(b.mesh.peerId));
    world.network.partition('10.0.0.2', `10.0.0.${i}`);
    world.network.cut('10.0.0.2', `10.0.0.${i}`, 'both');
    await join(nodes, c, a);
    introduce(c, b, a);
  }
  const told = b.events.flatMap((event) => (event.type === 'security' ? [event.reason] : []));
  assert.deepEqual(told, ['duplicate_identity']);
});

test('both may open at once and end with the same session', async () => {
  for (const seed of [1, 2, 3]) {
    const nodes = await triangle(seed);
    const { world, b, c } = nodes;
    offer(nodes);
    b.mesh.wantRelayed(c.mesh.peerId);
    c.mesh.wantRelayed(b.mesh.peerId);
    await untilRelayed(nodes);
    await world.time.run(30_000);
    const [one, other] = [b.mesh.links.get(c.mesh.peerId), c.mesh.links.get(b.mesh.peerId)];
    assert.deepEqual(one?.handshakeHash, other?.handshakeHash);
  }
});

test('a person who disconnects a peer gets no session with it through a relay', async () => {
  const nodes = await triangle();
  const { world, b, c } = nodes;
  b.mesh.disconnect(c.mesh.peerId);
  offer(nodes);
  c.mesh.wantRelayed(b.mesh.peerId);
  await world.time.run(60_000);
  assert.equal(b.mesh.links.get(c.mesh.peerId), null);
  assert.equal(c.mesh.links.get(b.mesh.peerId), null);
});

test('what goes through a relay goes on when the relay comes again beside its old connection', async () => {
  const world = new SimWorld(1);
  const [a, b, c] = await startAll(world, { relayPolicy: 'full_relay' }, {}, {});
  assert.ok(a && b && c);
  await join({ world }, a, b);
  await join({ world }, c, a);
  introduce(b, c, a);
  introduce(c, b, a);
  const nodes = { world, a, b, c };
  offer(nodes);
  await untilRelayed(nodes);
  const [direct, relayed] = [b.mesh.links.get(a.mesh.peerId), b.mesh.links.get(c.mesh.peerId)];
  await world.time.run(20_000);
  assert.equal(world.network.cut('10.0.0.1', '10.0.0.2', 'first'), 1);
  await world.time.run(10_000);
  const again = b.mesh.links.get(a.mesh.peerId);
  assert.ok(direct?.ended === true && again !== null && again !== direct);
  assert.equal(b.mesh.relays.isOffered(c.mesh.peerId), true);
  assert.equal(b.mesh.links.get(c.mesh.peerId), relayed);
  assert.equal(relayed?.ended, false);
});

test('a node without secure sessions of its own tells a pinned peer nothing in clear through others', async () => {
  const pins = memoryPins();
  const { world, b, c } = await triangle(1, { b: { capabilities: DEFAULT_CAPABILITIES, pins } });
  const say = async (content: string): Promise<string> => {
    const sent = b.mesh.send('member_sync', c.mesh.peerId, { content, metadata: {} });
    await world.time.run(2_000);
    return sent;
  };
  assert.equal(await say('before'), 'relayed');
  const x25519PublicKey = c.identity.x25519.publicKey;
  pins.put({ peerId: c.mesh.peerId, x25519PublicKey, firstAt: 1, lastAt: 1, source: 'session' });
  assert.equal(await say('after'), 'queued');
  assert.deepEqual(contentOf(c, 'member_sync'), ['before']);
});

test('messages that break the rules are counted and change nothing', async () => {
  // One that has no secure sessions of its own sends what it likes.
  const nodes = await triangle(1, { c: { capabilities: DEFAULT_CAPABILITIES } });
  const { world, a, b, c } = nodes;
  c.mesh.relays.accept(b.mesh.peerId, a.mesh.peerId);
  const sid = 'ab'.repeat(16);
  const from = { from: c.mesh.peerId, to: b.mesh.peerId };
  const introduction = { ...from, x25519: '1', capabilities: [], instance: sid, clock: 1 };
  const wrong: unknown[] = [
    'text',
    [],
    { op: 'hello', v: 2, sid },
    { op: 'hello', v: 1, sid, ...introduction },
    { op: 'data', v: 1, sid, seq: -1, ack: 0, have: [], rec: [] },
    { op: 'data', v: 1, sid, seq: 0, ack: 0, have: [], rec: ['short'] },
    { op: 'data', v: 1, sid, seq: 0, ack: 0, have: Array.from({ length: 17 }, () => [0, 1]), rec: [] },
    { op: 'close', v: 1, sid, code: 3 },
    { op: 'accept', v: 1, sid, n2: 'AAAA' },
  ];
  for (const canopy_tunnel of wrong)
    void c.mesh.send('peer_announcement', b.mesh.peerId, {
      content: '',
      metadata: { type: 'peer_announcement', introduced_peers: [], canopy_tunnel },
    });
  await world.time.run(5_000);
  assert.equal(b.mesh.diagnostics().counters['dropped.tunnel_malformed'], wrong.length);
  assert.ok(!b.inbox.some(({ envelope }) => envelope.type === 'peer_announcement'));
});
