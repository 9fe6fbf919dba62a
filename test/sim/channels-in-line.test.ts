/** Channels in a chain of three whole cores: what one end does to its channels reaches the other through the middle. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { UserId } from '../../server/wire/ids.ts';
import { CoreWorld } from './core.ts';
import type { Core } from './core.ts';

/** a – m – c: the ends cannot reach each other. Everybody accepts everybody. */
let world: CoreWorld;
let a: Core;
let m: Core;
let c: Core;
let alice: UserId;
let carol: UserId;
before(async () => {
  world = new CoreWorld(5);
  [a, m, c] = [
    world.core({ host: '10.0.0.1' }),
    world.core({ host: '10.0.0.2' }),
    world.core({ host: '10.0.0.3' }),
  ];
  [alice, carol] = [a.addPerson('alice'), c.addPerson('carol')];
  m.addPerson('bob');
  world.network.partition('10.0.0.1', '10.0.0.3');
  m.mesh.relays.policy = 'full_relay';
  const all = [a, m, c];
  for (const one of all)
    for (const other of all) if (one !== other) one.workspace.trust.setScore(other.mesh.peerId, 90);
  for (const one of all) await one.start();
  void a.importInviteOf(m);
  void c.importInviteOf(m);
  await world.time.run(30_000);
});
after(async () => {
  const stopping = Promise.all([a, m, c].map((core) => core.stop()));
  await world.time.run(2_000);
  await stopping;
});

async function during<T>(work: Promise<T>, ms = 5_000): Promise<T> {
  await world.time.run(ms);
  return work;
}

test('a public channel, its changes and its end travel through the middle', async () => {
  const by = { userId: alice, owner: false };
  const { id } = await during(a.workspace.channels.create(alice, { name: 'square' }));
  const seen = () => c.workspace.channels.list(carol).find((channel) => channel.id === id);
  assert.deepEqual([seen()?.name, seen()?.originPeer], ['square', a.mesh.peerId]);
  await during(a.workspace.channelAdmin.describe(by, id, { name: 'market' }));
  await during(
    a.workspace.channelAdmin.setPolicy(by, id, { postPolicy: 'curated', allowMemberReplies: true }),
  );
  await during(a.workspace.channelAdmin.setLifecycle(by, id, { archived: true }));
  const now = seen();
  assert.deepEqual([now?.name, now?.postPolicy, now?.lifecycleStatus], ['market', 'curated', 'archived']);
  await during(a.workspace.channelRemoval.remove(by, id));
  assert.deepEqual([seen(), m.disk.repositories.channels.get(id)], [undefined, undefined]);
});

test('a private channel of both ends is nothing to the middle', async () => {
  const draft = { name: 'ends', type: 'private', members: [carol], acceptUnencrypted: true };
  const { id } = await during(a.workspace.channels.create(alice, draft), 60_000);
  const post = (core: Core, userId: UserId, content: string): Promise<unknown> =>
    during(core.workspace.channelMessages.post(userId, { channelId: id, content }), 30_000);
  await post(a, alice, 'one');
  await post(c, carol, 'two');
  for (const [core, userId] of [
    [a, alice],
    [c, carol],
  ] as const) {
    const texts = core.workspace.channelMessages
      .list(userId, id, { limit: 10 })
      .map(({ content }) => content);
    assert.deepEqual(texts, ['one', 'two']);
  }
  assert.equal(m.disk.repositories.channels.get(id), undefined);
});

test('what a person and a device say of themselves travels through the middle, and so does a change of it', async () => {
  const seen = () => c.workspace.people.get(alice);
  assert.deepEqual([seen()?.displayName, seen()?.originPeer], ['alice', a.mesh.peerId]);
  const before = c.workspace.peerDevices.get(a.mesh.peerId)?.displayName;
  assert.notEqual(before ?? '', '');
  await during(
    a.workspace.people.updateProfile(alice, { displayName: 'Alice A.', bio: 'at the end' }),
    60_000,
  );
  assert.deepEqual([seen()?.displayName, seen()?.bio], ['Alice A.', 'at the end']);
  assert.equal(c.workspace.peerDevices.get(a.mesh.peerId)?.displayName, before);
});

test('votes on removing a channel travel on, and decide nothing', async () => {
  const { id } = await during(a.workspace.channels.create(alice, { name: 'voted on' }));
  const arrived: string[] = [];
  c.mesh.handle('channel_removal_result', ({ metadata }) => void arrived.push(String(metadata['result'])));
  const metadata = {
    type: 'channel_removal_result',
    proposal_id: 'P1',
    channel_id: id,
    result: 'retired',
    electorate_peer_ids: [a.mesh.peerId, m.mesh.peerId, c.mesh.peerId],
    threshold_count: 1,
    finalizing_peer_id: a.mesh.peerId,
    finalizing_user_id: alice,
    tombstone_id: 'T1',
    finalized_at: '2026-01-01 00:00:00',
  };
  await during(a.mesh.flood('channel_removal_result', { content: '', metadata }));
  assert.deepEqual(arrived, ['retired']);
  for (const core of [m, c]) assert.equal(core.disk.repositories.channels.isRetired(id), false);
});
