/** A chain of three whole cores: what one end writes reaches the other through the middle, late things too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserId } from '../../server/wire/ids.ts';
import { CoreWorld, GENERAL } from './core.ts';
import type { Core } from './core.ts';

interface Chain {
  world: CoreWorld;
  ends: [Core, Core];
  middle: Core;
  people: { alice: UserId; bob: UserId; carol: UserId };
}

/** a – m – c: both ends know only the middle; the ends cannot reach each other. Everybody trusts everybody. */
async function chain(seed: number): Promise<Chain> {
  const world = new CoreWorld(seed);
  const [a, m, c] = [
    world.core({ host: '10.0.0.1' }),
    world.core({ host: '10.0.0.2' }),
    world.core({ host: '10.0.0.3' }),
  ];
  const people = { alice: a.addPerson('alice'), bob: m.addPerson('bob'), carol: c.addPerson('carol') };
  world.network.partition('10.0.0.1', '10.0.0.3');
  const all = [a, m, c];
  for (const one of all)
    for (const other of all) if (one !== other) one.workspace.trust.setScore(other.mesh.peerId, 90);
  for (const one of all) await one.start();
  void a.importInviteOf(m);
  void c.importInviteOf(m);
  await world.time.run(20_000);
  return { world, ends: [a, c], middle: m, people };
}

const texts = (core: Core, user: UserId): string[] =>
  core
    .general(user)
    .map((message) => message.content)
    .sort();

async function post(world: CoreWorld, core: Core, user: UserId, content: string): Promise<void> {
  const posting = core.workspace.channelMessages.post(user, { channelId: GENERAL, content });
  await world.time.run(100);
  await posting;
}

test('a message travels on from the middle, with its author’s name and home', async () => {
  const { world, ends, people } = await chain(1);
  const [a, c] = ends;
  await post(world, a, people.alice, 'from end to end');
  await world.time.run(400_000);
  assert.deepEqual(texts(c, people.carol), ['from end to end']);
  const author = c.workspace.people.get(people.alice);
  assert.deepEqual([author?.displayName, author?.originPeer], ['alice', a.mesh.peerId]);
});

test('how a message came is noted with it, on each node as it was there, and goes with it', async () => {
  const { world, ends, middle, people } = await chain(4);
  const [a, c] = ends;
  await post(world, a, people.alice, 'by which way?');
  await world.time.run(400_000);
  const id = a.general(people.alice)[0]?.id;
  assert.ok(id !== undefined);
  const arrivals = (): unknown[] => [a, middle, c].map((core) => core.workspace.arrivals.of('m', id));
  assert.deepEqual(arrivals(), [
    null,
    { way: 'live', peerId: a.mesh.peerId },
    { way: 'caught_up', peerId: middle.mesh.peerId },
  ]);
  void a.workspace.channelEdits.remove(people.alice, GENERAL, id);
  await world.time.run(400_000);
  assert.deepEqual(arrivals(), [null, null, null]);
});

test('what an absent end wrote long ago still reaches the other end, though newer messages are there', async () => {
  const { world, ends, middle, people } = await chain(2);
  const [a, c] = ends;
  world.network.partition('10.0.0.1', '10.0.0.2');
  await post(world, a, people.alice, 'old and late');
  await world.time.run(600_000);
  for (let i = 0; i < 3; i += 1) await post(world, middle, people.bob, `new ${i}`);
  await world.time.run(600_000);
  world.network.heal('10.0.0.1', '10.0.0.2');
  await world.time.run(900_000);
  const everything = ['new 0', 'new 1', 'new 2', 'old and late'];
  assert.deepEqual(texts(middle, people.bob), everything);
  assert.deepEqual(texts(c, people.carol), everything);
  assert.deepEqual(texts(a, people.alice), everything);
});

test('the middle keeps no direct message that passes through it, and cannot read it', async () => {
  const { world, ends, middle, people } = await chain(3);
  const [a, c] = ends;
  await world.time.run(400_000);
  // The ends know each other's keys for certain, as after an invite; no endpoint works.
  for (const [one, other] of [
    [a, c],
    [c, a],
  ] as const) {
    const { identity } = other.disk;
    one.knownPeers.importPeer({
      peerId: identity.peerId,
      ed25519PublicKey: identity.ed25519.publicKey,
      x25519PublicKey: identity.x25519.publicKey,
    });
  }
  // A profile change is flooded, so each end learns the other's people and the way to them.
  for (const [core, user] of [
    [a, people.alice],
    [c, people.carol],
  ] as const)
    void core.workspace.people.updateProfile(user, { bio: 'hello' });
  await world.time.run(5_000);
  void a.workspace.directMessages.send(people.alice, {
    recipientIds: [people.carol],
    content: 'past the middle',
  });
  await world.time.run(200_000);
  assert.deepEqual(
    c.direct(people.carol).map((message) => message.content),
    ['past the middle'],
  );
  assert.equal(middle.disk.store.sql.all('SELECT id FROM messages').length, 0);
});
