import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createEnvelope, frameText } from '../../server/wire/envelope.ts';
import type { EnvelopeDraft } from '../../server/wire/envelope.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';
import { ALARM_WORDS } from '../../server/mesh/secure/alarms.ts';
import { SimWorld } from '../sim/node.ts';
import type { SimNode } from '../sim/node.ts';
import { ReferencePeer } from './reference-peer.ts';

const HELLO = { content: 'hello', metadata: { type: 'channel_message', n: 1 } };

/** Introduces every node to every other one, so that signatures of peers further away can be checked. */
function introduceAll(nodes: readonly SimNode[]): void {
  for (const node of nodes) {
    for (const { identity } of nodes) {
      node.knownPeers.importPeer({
        peerId: identity.peerId,
        ed25519PublicKey: identity.ed25519.publicKey,
        x25519PublicKey: identity.x25519.publicKey,
      });
    }
  }
}

/** Nodes in a row, each connected with the next. */
async function chain(world: SimWorld, count: number): Promise<SimNode[]> {
  const nodes = Array.from({ length: count }, () => world.node());
  for (const node of nodes) await node.mesh.start();
  introduceAll(nodes);
  for (const [i, node] of nodes.entries()) {
    const next = nodes[i + 1];
    if (next !== undefined) void node.mesh.connect(next.mesh.peerId, next.mesh.localEndpoints());
  }
  await world.time.run(5_000);
  return nodes;
}

function contents(node: SimNode): string[] {
  return node.inbox.map((message) => message.content);
}

test('a flood reaches as many hops as its ttl, everyone once, and never its author', async () => {
  const world = new SimWorld(31);
  const nodes = await chain(world, 5);
  const [a, b] = nodes;
  assert.ok(a && b);
  const reached = a.mesh.flood('direct_message', HELLO, { ttl: 3 });
  await world.time.run(2_000);
  assert.deepEqual(await reached, [b.mesh.peerId]);
  assert.deepEqual(
    nodes.map((node) => node.inbox.length),
    [0, 1, 1, 1, 0],
  );
  const last = nodes[3]?.inbox[0];
  assert.ok(last);
  assert.deepEqual(
    [last.from, last.via, last.content, { ...last.metadata }, last.targeted, last.verified],
    [a.mesh.peerId, nodes[2]?.mesh.peerId, 'hello', { type: 'channel_message', n: 1 }, false, true],
  );
});

test('in a ring a flood is delivered once to each', async () => {
  const world = new SimWorld(32);
  const nodes = await chain(world, 4);
  const [first] = nodes;
  const last = nodes.at(-1);
  assert.ok(first && last);
  void last.mesh.connect(first.mesh.peerId, first.mesh.localEndpoints());
  await world.time.run(2_000);
  void first.mesh.flood('interaction', HELLO, { ttl: 5 });
  await world.time.run(2_000);
  assert.deepEqual(
    nodes.map((node) => node.inbox.length),
    [0, 1, 1, 1],
  );
});

test('a targeted message takes the offered route and arrives once', async () => {
  const world = new SimWorld(33);
  const [a, b, c] = await chain(world, 3);
  assert.ok(a && b && c);
  b.mesh.relays.policy = 'full_relay';
  void c.mesh.flood('interaction', HELLO, { ttl: 3 });
  await world.time.run(1_000);
  assert.deepEqual(a.mesh.routing().routing_table, { [c.mesh.peerId]: b.mesh.peerId });
  assert.equal(a.mesh.canReach(c.mesh.peerId), null, 'a learned route says nothing of content');
  assert.equal(a.mesh.relays.accept(c.mesh.peerId, b.mesh.peerId), true);
  assert.equal(a.mesh.canReach(c.mesh.peerId), 'relay');
  assert.deepEqual(a.mesh.routing().active_relays, { [c.mesh.peerId]: b.mesh.peerId });
  const sent = a.mesh.send('channel_message', c.mesh.peerId, HELLO);
  await world.time.run(1_000);
  assert.equal(await sent, 'relayed');
  assert.deepEqual([contents(b), contents(c)], [['hello'], ['hello']]);
  assert.equal(c.inbox[0]?.targeted, true);
  void b.mesh.stop();
  await world.time.run(5_000);
  assert.equal(a.mesh.canReach(c.mesh.peerId), null);
  assert.deepEqual(a.mesh.routing().routing_table, {});
});

test('what is carried for others waits for its target when the connection to it ends meanwhile', async () => {
  const world = new SimWorld(39);
  const [a, b, c] = [
    world.node({ capabilities: DEFAULT_CAPABILITIES }),
    world.node({ relayPolicy: 'full_relay', relayPairBytesPerSecond: 2_000 }),
    world.node({ capabilities: DEFAULT_CAPABILITIES, host: '10.1.0.3' }),
  ];
  const nodes = [a, b, c];
  for (const node of nodes) await node.mesh.start();
  introduceAll(nodes);
  const join = async (end: SimNode): Promise<void> => {
    void end.mesh.connect(b.mesh.peerId, b.mesh.localEndpoints());
    await world.time.run(3_000);
  };
  await join(a);
  await join(c);
  a.mesh.relays.accept(c.mesh.peerId, b.mesh.peerId);
  const texts = ['0', '1', '2', '3'].map((digit) => digit.repeat(1_000));
  for (const content of texts) void a.mesh.send('channel_message', c.mesh.peerId, { content, metadata: {} });
  await world.time.until(() => c.inbox.length === 1);
  c.mesh.disconnect(b.mesh.peerId);
  await world.time.run(20_000);
  assert.deepEqual(b.mesh.diagnostics().pending_messages, { total: 3, by_peer: { [c.mesh.peerId]: 3 } });
  await join(c);
  const flushed = b.mesh.flushPending(c.mesh.peerId);
  await world.time.run(20_000);
  assert.equal(await flushed, 3);
  assert.deepEqual(contents(c), texts);
});

test('without a route an ordinary message waits for its target, a control message is flooded', async () => {
  const world = new SimWorld(34);
  const [a, , c] = await chain(world, 3);
  assert.ok(a && c);
  assert.equal(await a.mesh.send('channel_message', c.mesh.peerId, HELLO), 'queued');
  assert.equal(await a.mesh.send('channel_message', c.mesh.peerId, HELLO, { queue: false }), 'failed');
  const control = a.mesh.send('member_sync', c.mesh.peerId, { content: 'control', metadata: {} });
  await world.time.run(1_000);
  assert.equal(await control, 'relayed');
  assert.deepEqual(contents(c), ['control']);
  assert.deepEqual(a.mesh.diagnostics().pending_messages, { total: 1, by_peer: { [c.mesh.peerId]: 1 } });

  // The queue keeps the intent: what leaves three hours later is as fresh as when it was written.
  await world.time.run(3 * 3_600_000);
  void a.mesh.connect(c.mesh.peerId, c.mesh.localEndpoints());
  await world.time.run(3_000);
  const flushed = a.mesh.flushPending(c.mesh.peerId);
  await world.time.run(1_000);
  assert.equal(await flushed, 1);
  assert.deepEqual(contents(c), ['control', 'hello']);
  assert.equal(a.mesh.diagnostics().pending_messages.total, 0);
});

test('a sealed message is readable for its target alone, and is not sent when it cannot be sealed', async () => {
  const world = new SimWorld(35);
  const [a, b] = await chain(world, 2);
  assert.ok(a && b);
  const sent = a.mesh.send('direct_message', b.mesh.peerId, HELLO, { encrypt: true });
  await world.time.run(1_000);
  assert.equal(await sent, 'sent');
  assert.equal(b.inbox[0]?.content, 'hello');
  assert.equal(b.inbox[0]?.envelope.payload, null);
  const stranger = '1111111111111111' as never;
  assert.equal(await a.mesh.send('direct_message', stranger, HELLO, { encrypt: true }), 'failed');
  assert.equal(a.mesh.diagnostics().pending_messages.total, 0);
});

test('sendDirect is for neighbours only', async () => {
  const world = new SimWorld(36);
  const [a, b, c] = await chain(world, 3);
  assert.ok(a && b && c);
  assert.equal(await a.mesh.sendDirect('channel_sync', c.mesh.peerId, HELLO), false);
  assert.equal(await a.mesh.sendDirect('channel_sync', b.mesh.peerId, HELLO), true);
  await world.time.run(500);
  assert.equal(b.inbox[0]?.targeted, true);
  assert.equal(c.inbox.length, 0);
});

test('a handler that fails or hangs harms neither the connection nor other authors', async () => {
  const world = new SimWorld(37);
  const seen: string[] = [];
  const hub = world.node({
    handlers: {
      channel_message: (message) => {
        if (message.content === 'bad') throw new Error('this handler fails');
        seen.push(message.content);
        return message.content === 'slow' ? new Promise(() => undefined) : undefined;
      },
    },
  });
  const [a, b] = [world.node(), world.node()];
  for (const node of [hub, a, b]) await node.mesh.start();
  for (const node of [a, b]) void node.mesh.connect(hub.mesh.peerId, hub.mesh.localEndpoints());
  await world.time.run(2_000);
  for (const [node, content] of [
    [a, 'bad'],
    [a, 'good'],
    [a, 'slow'],
    [a, 'behind'],
    [b, 'other'],
  ] as const) {
    void node.mesh.send('channel_message', hub.mesh.peerId, { content, metadata: {} });
    await world.time.run(200);
  }
  assert.deepEqual(seen, ['good', 'slow', 'other']);
  assert.equal(hub.mesh.neighbours().length, 2);
  assert.equal(hub.mesh.diagnostics().counters['failed'], 1);
  assert.throws(() => hub.mesh.handle('channel_message', () => undefined), /two handlers/);
});

/** A reference-like neighbour of one of our nodes, that says what a test wants it to say. */
async function withNeighbour(
  world: SimWorld,
): Promise<{ ours: SimNode; theirs: ReferencePeer; say(draft?: Partial<EnvelopeDraft>): string }> {
  const ours = world.node();
  await ours.mesh.start();
  const host = world.nextHost();
  const theirs = new ReferencePeer(world.ports(host));
  void theirs.dial(ours.mesh.peerId, ours.mesh.localEndpoints()[0] ?? '');
  await world.time.run(2_000);
  let count = 0;
  const say = (draft: Partial<EnvelopeDraft> = {}): string => {
    count += 1;
    return frameText(
      createEnvelope(nativeCrypto, theirs.identity, {
        id: `${count}`.padStart(32, '0'),
        type: 'interaction',
        toPeer: null,
        timestamp: world.time.now() / 1000,
        ttl: 3,
        payload: fromPlain({ content: `${count}`, metadata: {} }),
        ...draft,
      }),
    );
  };
  return { ours, theirs, say };
}

test('what is not signed by its author, too old or too new is dropped and said', async () => {
  const world = new SimWorld(39);
  const { ours, theirs, say } = await withNeighbour(world);
  const now = world.time.now() / 1000;
  const frames = [
    say({ timestamp: now - 7_300 }),
    say({ timestamp: now + 60 }),
    say().replace('"content": "3"', '"content": "4"'),
    'nonsense',
    '{"type": "other"}',
    '{"type": "p2p_message", "message": {"id": 5}}',
    say({ ttl: 0 }),
    say(),
  ];
  for (const text of frames) await theirs.send(ours.mesh.peerId, text);
  await world.time.run(1_000);
  assert.deepEqual(contents(ours), ['5']);
  const { counters } = ours.mesh.diagnostics();
  assert.deepEqual(
    [
      counters['dropped.stale'],
      counters['dropped.future'],
      counters['dropped.invalid'],
      counters['dropped.other_frame'],
    ],
    [1, 1, 1, 1],
  );
  assert.ok(ours.mesh.isConnected(theirs.peerId));
  const security = ours.mesh.activity().filter((event) => event.kind === 'security');
  assert.deepEqual(
    security.map((event) => [event.peer_id, event.status, event.detail]),
    [
      [theirs.peerId, 'blocked', ALARM_WORDS.forged],
      [theirs.peerId, 'blocked', ALARM_WORDS.unreadable],
    ],
  );
});

test('an author who sends too fast waits; nothing is lost and the order stays', async () => {
  const world = new SimWorld(40);
  const { ours, theirs, say } = await withNeighbour(world);
  const count = 280;
  for (let i = 0; i < count; i += 1) await theirs.send(ours.mesh.peerId, say());
  await world.time.run(1_000);
  assert.ok(ours.inbox.length >= 100 && ours.inbox.length < 200, `${ours.inbox.length} at once`);
  await world.time.run(30_000);
  assert.deepEqual(
    contents(ours),
    Array.from({ length: count }, (_, i) => `${i + 1}`),
  );
});

test('a neighbour over its budget is not read from, and loses nothing either', async () => {
  const world = new SimWorld(41);
  const { ours, theirs, say } = await withNeighbour(world);
  const count = 600;
  for (let i = 0; i < count; i += 1) {
    await theirs.send(ours.mesh.peerId, say({ type: 'channel_sync', toPeer: ours.mesh.peerId }));
  }
  await world.time.run(1_000);
  assert.ok(ours.inbox.length <= 340, `${ours.inbox.length} in the first second`);
  await world.time.run(20_000);
  assert.equal(ours.inbox.length, count);
});

test('towards a peer of the reference own messages keep the pace its receiver wants', async () => {
  const world = new SimWorld(42);
  const { ours, theirs } = await withNeighbour(world);
  const sends = Array.from({ length: 50 }, () => ours.mesh.send('channel_message', theirs.peerId, HELLO));
  await world.time.run(4_000);
  assert.equal(theirs.received.length, 9);
  await world.time.run(120_000);
  assert.equal(theirs.received.length, 50);
  assert.ok((await Promise.all(sends)).every((result) => result === 'sent'));
});
