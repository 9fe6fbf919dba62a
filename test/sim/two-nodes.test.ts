/** Two whole cores on a virtual clock: they meet by invite, talk, restart, and catch up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import { CoreWorld, GENERAL } from './core.ts';
import type { Core, CoreInit } from './core.ts';

interface Pair {
  world: CoreWorld;
  a: Core;
  b: Core;
  alice: UserId;
  bob: UserId;
}

/** Two running nodes, one person each, not acquainted. */
async function pair(seed: number, initA: CoreInit = {}, initB: CoreInit = {}): Promise<Pair> {
  const world = new CoreWorld(seed);
  const [a, b] = [world.core({ host: '10.0.0.1', ...initA }), world.core({ host: '10.0.0.2', ...initB })];
  const [alice, bob] = [a.addPerson('alice'), b.addPerson('bob')];
  await a.start();
  await b.start();
  return { world, a, b, alice, bob };
}

/** As {@link pair}; b has imported a's invite and a has accepted b. */
async function acquainted(seed: number, initA: CoreInit = {}, initB: CoreInit = {}): Promise<Pair> {
  const made = await pair(seed, initA, initB);
  const { world, a, b } = made;
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  a.workspace.requests.decide(b.mesh.peerId, 'accept');
  await world.time.run(10_000);
  return made;
}

async function restart(world: CoreWorld, core: Core, host: string): Promise<Core> {
  const stopping = core.stop();
  await world.time.run(2_000);
  await stopping;
  const next = world.core({ host }, core.disk);
  await next.start();
  return next;
}

const texts = (messages: { content: string }[]): string[] => messages.map((message) => message.content);

/** Posts and lets the group commit. */
async function post(
  world: CoreWorld,
  core: Core,
  user: UserId,
  content: string,
  parent?: MessageId,
): Promise<MessageId> {
  const posted = core.workspace.channelMessages.post(user, {
    channelId: GENERAL,
    content,
    parentMessageId: parent ?? null,
  });
  await world.time.run(10);
  return (await posted).id;
}

async function direct(
  world: CoreWorld,
  core: Core,
  from: UserId,
  to: UserId,
  content: string,
): Promise<MessageId> {
  const sent = core.workspace.directMessages.send(from, { recipientIds: [to], content });
  await world.time.run(10);
  return (await sent).id;
}

test('an invite is consent on one side and a request on the other, and content waits for the answer', async () => {
  const { world, a, b, alice, bob } = await pair(1);
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  assert.equal(b.workspace.trust.state(a.mesh.peerId).notes, 'invite');
  assert.equal(b.workspace.requests.list().length, 0);
  await world.time.run(1_000);
  await post(world, b, bob, 'written before acceptance');
  await world.time.run(5_000);
  const [request] = a.workspace.requests.list();
  assert.equal(request?.peerId, b.mesh.peerId);
  assert.equal(request.waiting, 1);
  assert.ok(request.names.includes('bob'), 'the names it claims are shown');
  assert.deepEqual(a.workspace.people.ofPeer(b.mesh.peerId), [], 'nothing else of it is kept');
  assert.deepEqual(texts(a.general(alice)), []);

  a.workspace.requests.decide(b.mesh.peerId, 'accept');
  await world.time.run(10_000);
  assert.deepEqual(texts(a.general(alice)), ['written before acceptance']);
  assert.equal(a.workspace.trust.state(b.mesh.peerId).notes, 'accepted');
  assert.deepEqual(a.workspace.requests.list(), []);
});

test('#general and direct messages cross live both ways, with names', async () => {
  const { world, a, b, alice, bob } = await acquainted(2);
  await post(world, a, alice, 'hello from alice');
  await world.time.run(1_000);
  await post(world, b, bob, 'hello from bob');
  await world.time.run(1_000);
  assert.deepEqual(texts(a.general(alice)), ['hello from alice', 'hello from bob']);
  assert.deepEqual(texts(b.general(bob)), ['hello from alice', 'hello from bob']);
  assert.equal(b.general(bob)[0]?.displayName, 'alice');
  assert.equal(a.workspace.peerDevices.get(b.mesh.peerId)?.displayName.startsWith('device-'), true);

  await direct(world, a, alice, bob, 'for bob alone');
  await direct(world, b, bob, alice, 'for alice alone');
  await world.time.run(1_000);
  assert.deepEqual(texts(a.direct(alice)).sort(), ['for alice alone', 'for bob alone']);
  const [received] = b.direct(bob).filter((message) => message.senderId === alice);
  const security = received?.metadata?.['security'] as Record<string, unknown>;
  assert.equal(security['state'], 'encrypted');
  assert.equal(security['sender_peer_id'], a.mesh.peerId);
  const stored = b.disk.store.sql.get<{ content: string }>('SELECT content FROM messages');
  assert.ok(stored?.content.startsWith('ENC:1:'), 'stored encrypted');
  assert.equal(a.direct(alice).find((message) => message.senderId === alice)?.delivery?.state, 'delivered');
});

test('a restarted node gets what was written while it was away, once each, replies under their parents', async () => {
  const { world, a, b, alice, bob } = await acquainted(3);
  const first = await post(world, a, alice, 'before');
  await world.time.run(2_000);
  const stopping = b.stop();
  await world.time.run(2_000);
  await stopping;
  for (let i = 0; i < 5; i += 1) {
    await post(world, a, alice, `missed ${i}`);
    await world.time.run(700);
  }
  await post(world, a, alice, 'an answer', first);
  const again = world.core({ host: '10.0.0.2' }, b.disk);
  await again.start();
  await world.time.run(120_000);
  const got = again.general(bob);
  assert.deepEqual(texts(got).sort(), [
    'an answer',
    'before',
    'missed 0',
    'missed 1',
    'missed 2',
    'missed 3',
    'missed 4',
  ]);
  assert.equal(got.find((message) => message.content === 'an answer')?.parentMessageId, first);
});

test('what both sides wrote while apart reaches the other, whoever wrote last', async () => {
  const { world, a, b, alice, bob } = await acquainted(4);
  world.network.partition('10.0.0.1', '10.0.0.2');
  await post(world, a, alice, 'alice, early');
  await world.time.run(300_000);
  await post(world, b, bob, 'bob, late');
  await world.time.run(60_000);
  world.network.heal('10.0.0.1', '10.0.0.2');
  await world.time.run(400_000);
  assert.deepEqual(texts(a.general(alice)).sort(), ['alice, early', 'bob, late']);
  assert.deepEqual(texts(b.general(bob)).sort(), ['alice, early', 'bob, late']);
});

test('a direct message to a stopped node is kept over restarts of the sender and arrives once', async () => {
  const { world, a, b, alice, bob } = await acquainted(5);
  const stopping = b.stop();
  await world.time.run(2_000);
  await stopping;
  const id = await direct(world, a, alice, bob, 'kept for later');
  await world.time.run(10_000);
  assert.equal(a.direct(alice)[0]?.delivery?.state, 'queued');
  const sender = await restart(world, a, '10.0.0.1');
  const receiver = world.core({ host: '10.0.0.2' }, b.disk);
  await receiver.start();
  await world.time.run(200_000);
  assert.deepEqual(
    receiver.direct(bob).map((message) => [message.id, message.content]),
    [[id, 'kept for later']],
  );
  assert.equal(sender.direct(alice)[0]?.delivery?.state, 'delivered');
  assert.deepEqual(sender.disk.repositories.outbox.peers(), []);
});

test('texts from node to node stand in Messages there, a broadcast for everybody, repeats once', async () => {
  const { world, a, b, alice, bob } = await acquainted(6);
  const carol = a.addPerson('carol');
  const broadcast = b.sync.peerSend.broadcast(bob, 'Hello from Machine B!', {});
  await world.time.run(2_000);
  assert.deepEqual((await broadcast).deliveredTo, [a.mesh.peerId]);
  const toPeer = b.sync.peerSend.direct(bob, a.mesh.peerId, 'Hello peer!', { note: 1 });
  await world.time.run(2_000);
  assert.deepEqual((await toPeer).deliveredTo, [a.mesh.peerId]);
  for (const person of [alice, carol]) {
    const rows = a.direct(person);
    assert.deepEqual(texts(rows).sort(), ['Hello from Machine B!', 'Hello peer!']);
    const marks = rows.find((row) => row.content === 'Hello peer!')?.metadata?.['p2p_send'] as Record<
      string,
      unknown
    >;
    assert.equal(marks['peer_id'], b.mesh.peerId);
    assert.equal(marks['user_name'], 'bob');
  }
  assert.equal(a.direct(alice).find((row) => row.content === 'Hello from Machine B!')?.recipientId, null);
});

test('a text to an absent node of ours is kept and delivered when it comes', async () => {
  const { world, a, b, alice, bob } = await acquainted(7);
  const stopping = a.stop();
  await world.time.run(2_000);
  await stopping;
  const sent = b.sync.peerSend.direct(bob, a.mesh.peerId, 'are you there?', {});
  await world.time.run(1_000);
  assert.deepEqual((await sent).queuedFor, [a.mesh.peerId]);
  const back = world.core({ host: '10.0.0.1' }, a.disk);
  await back.start();
  await world.time.run(200_000);
  assert.deepEqual(texts(back.direct(alice)), ['are you there?']);
});

test('a blocked peer is cut off and stays out; an ignored one is not asked about again', async () => {
  const { world, a, b } = await pair(8);
  void b.importInviteOf(a);
  await world.time.until(() => a.workspace.requests.list().length === 1);
  a.workspace.requests.decide(b.mesh.peerId, 'ignore');
  await world.time.run(1_000);
  assert.ok(a.mesh.isConnected(b.mesh.peerId));
  a.mesh.drop(b.mesh.peerId);
  await world.time.run(60_000);
  assert.ok(a.mesh.isConnected(b.mesh.peerId), 'an ignored peer may connect');
  assert.deepEqual(a.workspace.requests.list(), []);
  a.workspace.requests.decide(b.mesh.peerId, 'block');
  await world.time.run(120_000);
  assert.equal(a.mesh.isConnected(b.mesh.peerId), false);
});

test('a Python peer without encryption gets the direct message in clear over its own connection, and it says so', async () => {
  const { world, a, b, alice, bob } = await acquainted(
    9,
    {},
    { capabilities: ['chat', 'files', 'voice'], canopyVersion: '0.4.29' },
  );
  await direct(world, a, alice, bob, 'readable on the way');
  await world.time.run(2_000);
  assert.deepEqual(texts(b.direct(bob)), ['readable on the way']);
  const security = a.direct(alice)[0]?.metadata?.['security'] as Record<string, unknown>;
  assert.equal(security['mode'], 'legacy_plaintext');
  const shown = a.sync.peerSend.broadcast(alice, 'hello?', {});
  await world.time.run(2_000);
  assert.deepEqual((await shown).cannotShow, [b.mesh.peerId]);
  const asDirect = a.sync.peerSend.direct(alice, b.mesh.peerId, 'to the one person there', {});
  await world.time.run(2_000);
  assert.deepEqual((await asDirect).deliveredTo, [b.mesh.peerId]);
  assert.ok(texts(b.direct(bob)).includes('to the one person there'));
});

test('a long absence is made good completely', async () => {
  const { world, a, b, alice, bob } = await acquainted(10);
  const stopping = b.stop();
  await world.time.run(2_000);
  await stopping;
  for (let i = 0; i < 450; i += 1)
    void a.workspace.channelMessages.post(alice, { channelId: GENERAL, content: `n${i}` });
  await world.time.run(1_000);
  const again = world.core({ host: '10.0.0.2' }, b.disk);
  await again.start();
  await world.time.run(900_000);
  assert.equal(new Set(texts(again.general(bob))).size, 450);
});

test('the sender of a direct message sees that it was read, and who waits for acceptance is told when it came', async () => {
  const { world, a, b, alice, bob } = await acquainted(11);
  const id = await direct(world, a, alice, bob, 'read me');
  await world.time.run(1_000);
  void b.workspace.directMessages.markRead(bob, id);
  await world.time.run(1_000);
  assert.equal(a.direct(alice)[0]?.delivery?.state, 'read');
  a.workspace.trust.setScore(b.mesh.peerId, 0);
  const waiting = await direct(world, b, bob, alice, 'may I?');
  await world.time.run(1_000);
  const [mine] = b.direct(bob).filter((message) => message.id === waiting);
  assert.deepEqual(mine?.delivery?.queuedFor, [{ peerId: a.mesh.peerId, reason: 'awaiting_acceptance' }]);
  a.workspace.trust.setScore(b.mesh.peerId, 90);
  await world.time.run(1_000);
  assert.equal(b.direct(bob).find((message) => message.id === waiting)?.delivery?.state, 'delivered');
  assert.deepEqual(texts(a.direct(alice)), ['read me', 'may I?']);
});
