/** Brokering and relays between whole nodes: A is connected with B and C, which cannot reach each other directly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RelayPolicy } from '../../../server/mesh/types.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../../server/wire/message-types.ts';
import { CoreWorld } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';
import { HOSTS, stopAll, triangle } from './triangle.ts';
import type { Triangle, TriangleInit } from './triangle.ts';

/** Nobody offers secure sessions: what goes through a relay then goes as it does towards Python. */
const plain = (seed: number, policies: TriangleInit['policies'] = {}): Promise<Triangle> =>
  triangle(seed, { policies, all: { capabilities: DEFAULT_CAPABILITIES } });

const relays = (core: Core): Record<string, PeerId> => core.mesh.routing().active_relays;

test('with full_relay in the middle both ends reach each other through it, whatever their own policy', async () => {
  const { world, a, b, c, bob, carol } = await plain(1, { a: 'full_relay', b: 'off', c: 'off' });
  const [idA, idB, idC] = [a.mesh.peerId, b.mesh.peerId, c.mesh.peerId];
  assert.ok(b.mesh.introducedPeer(idC), 'A introduced C');
  const asked = b.sync.brokering.ask(idC);
  await world.time.run(10_000);
  assert.deepEqual(await asked, { via: idA, attempted: [idA] });
  assert.deepEqual(relays(b), { [idC]: idA });
  assert.deepEqual(relays(c), { [idB]: idA });
  assert.equal(b.mesh.canReach(idC), 'relay');

  void b.workspace.directMessages.send(bob, { recipientIds: [carol], content: 'through A' });
  await world.time.run(10_000);
  assert.deepEqual(
    c.direct(carol).map((message) => message.content),
    ['through A'],
  );
  const [pair] = a.mesh.routing().relayed_pairs;
  assert.deepEqual(pair?.peers, [idB, idC].sort());
  assert.ok((pair?.bytes ?? 0) > 0);
  await stopAll(a, b, c);
});

test('each end learns the people of the other one', async () => {
  const { world, a, b, c, bob, carol } = await plain(2, { a: 'full_relay' });
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  assert.equal(b.workspace.people.get(carol)?.displayName, 'carol');
  assert.equal(c.workspace.people.get(bob)?.displayName, 'bob');
  await stopAll(a, b, c);
});

test('broker_only introduces and carries nothing; off does not even introduce', async () => {
  for (const policy of ['broker_only', 'off'] as const) {
    const { world, a, b, c } = await plain(3, { a: policy });
    const intros = (): number =>
      c.mesh.activity().filter((event) => event.detail?.startsWith('Introduced by')).length;
    void b.sync.brokering.ask(c.mesh.peerId);
    await world.time.run(60_000);
    assert.equal(intros(), policy === 'broker_only' ? 1 : 0);
    assert.deepEqual([relays(b), relays(c)], [{}, {}]);
    assert.equal(b.mesh.canReach(c.mesh.peerId), null);
    await stopAll(a, b, c);
  }
});

test('the introduced one dials back when only it can, and no relay is used', async () => {
  const { world, a, b, c } = await plain(4, { a: 'full_relay' });
  world.network.heal(HOSTS.b, HOSTS.c);
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  assert.equal(b.mesh.canReach(c.mesh.peerId), 'direct');
  assert.deepEqual([b.mesh.routing().routing_table, relays(c)], [{}, {}]);
  await stopAll(a, b, c);
});

test('the relay is left within minutes once the direct way works', async () => {
  const { world, a, b, c } = await plain(5, { a: 'full_relay' });
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  assert.equal(b.mesh.canReach(c.mesh.peerId), 'relay');
  world.network.heal(HOSTS.b, HOSTS.c);
  await world.time.run(6 * 60_000);
  assert.equal(b.mesh.canReach(c.mesh.peerId), 'direct');
  assert.deepEqual([relays(b), relays(c)], [{}, {}]);
  await stopAll(a, b, c);
});

test('a relay that was lost is asked for again when it is back, without anybody clicking', async () => {
  const { world, a, b, c } = await plain(6, { a: 'full_relay' });
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  world.network.partition(HOSTS.a, HOSTS.b);
  await world.time.run(120_000);
  assert.equal(b.mesh.canReach(c.mesh.peerId), null);
  world.network.heal(HOSTS.a, HOSTS.b);
  await world.time.run(180_000);
  assert.equal(b.mesh.canReach(c.mesh.peerId), 'relay');
  assert.equal(c.mesh.canReach(b.mesh.peerId), 'relay');
  await stopAll(a, b, c);
});

test('what is owed to a peer that others know makes this node ask them', async () => {
  const { world, a, b, c, bob, carol } = await plain(7, { a: 'full_relay' });
  void b.workspace.directMessages.send(bob, { recipientIds: [carol], content: 'nobody clicked' });
  await world.time.run(180_000);
  assert.deepEqual(
    c.direct(carol).map((message) => message.content),
    ['nobody clicked'],
  );
  await stopAll(a, b, c);
});

test('a relay that stops carrying is believed no longer after a silence', async () => {
  const { world, a, b, c } = await plain(8, { a: 'full_relay' });
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  a.mesh.relays.policy = 'broker_only';
  await world.time.run(25 * 60_000);
  assert.deepEqual([relays(b), relays(c)], [{}, {}]);
  a.mesh.relays.policy = 'full_relay';
  await world.time.run(30 * 60_000);
  assert.equal(b.mesh.canReach(c.mesh.peerId), 'relay', 'it is asked again from time to time');
  await stopAll(a, b, c);
});

test('a relay that goes on carrying stays, however little is said', async () => {
  const { world, a, b, c } = await plain(9, { a: 'full_relay' });
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  for (let i = 0; i < 8; i += 1) {
    await world.time.run(10 * 60_000);
    assert.equal(b.mesh.canReach(c.mesh.peerId), 'relay', `after ${i + 1} rounds`);
  }
  await stopAll(a, b, c);
});

/** B and C, which cannot reach each other, and two between them. @param policy of the second. */
async function twoBetween(
  seed: number,
  policy: RelayPolicy,
): Promise<{ world: CoreWorld; cores: [Core, Core, Core, Core] }> {
  const world = new CoreWorld(seed);
  const cores = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map((host, i) =>
    world.core({ host, mesh: { relayPolicy: i === 1 ? policy : 'broker_only' } }),
  ) as [Core, Core, Core, Core];
  const [first, second, b, c] = cores;
  world.network.partition('10.0.0.3', '10.0.0.4');
  for (const one of cores)
    for (const other of cores) if (one !== other) one.workspace.trust.setScore(other.mesh.peerId, 90);
  for (const one of cores) await one.start();
  for (const end of [b, c]) for (const middle of [second, first]) void end.importInviteOf(middle);
  await world.time.run(20_000);
  return { world, cores };
}

test('a contact that is gone when its turn comes is named in the activity list', async () => {
  const { world, cores } = await twoBetween(12, 'broker_only');
  const [first, second, b, c] = cores;
  c.mesh.disconnect(b.mesh.peerId);
  const asked = b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(1_000);
  const [told, other] = (await asked).via === first.mesh.peerId ? [first, second] : [second, first];
  b.mesh.disconnect(other.mesh.peerId);
  await world.time.run(20_000);
  const events = b.mesh
    .activity()
    .filter(({ peer_id: peer, via_peer: via }) => peer === c.mesh.peerId && via);
  assert.deepEqual(
    events.map(({ status, via_peer: via }) => [status, via]),
    [
      ['broker', told.mesh.peerId],
      ['pending', other.mesh.peerId],
    ],
  );
  await stopAll(...cores);
});

test('with two in the middle, the second one helps when the first only introduces', async () => {
  const { world, cores } = await twoBetween(10, 'full_relay');
  const [, second, b, c] = cores;
  const asked = b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(30_000);
  assert.ok((await asked).via !== null);
  assert.deepEqual(relays(b), { [c.mesh.peerId]: second.mesh.peerId });
  assert.deepEqual(relays(c), { [b.mesh.peerId]: second.mesh.peerId });
  await stopAll(...cores);
});

test('a person who disconnected a peer keeps it away from brokers and relays, too', async () => {
  const { world, a, b, c } = await plain(11, { a: 'full_relay' });
  c.mesh.disconnect(b.mesh.peerId);
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  assert.equal(c.mesh.canReach(b.mesh.peerId), null);
  world.network.heal(HOSTS.b, HOSTS.c);
  void b.sync.brokering.ask(c.mesh.peerId);
  await world.time.run(10_000);
  assert.equal(c.mesh.canReach(b.mesh.peerId), null);
  await stopAll(a, b, c);
});
