/**
 * Private channels between whole nodes (03 sections 5.2, 5.7, 5.9; 02 sections 2.13 and 2.14): who gets to know of them,
 * who is in, what happens to those who go, and that it all holds when a node was away.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import type { ChannelId, PeerId, UserId } from '../../server/wire/ids.ts';
import type { ChannelView } from '../../server/workspace/types.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core, CoreInit, Disk } from '../sim/core.ts';

/** A node with one account. */
interface Node {
  core: Core;
  user: UserId;
  disk: Disk;
  away: boolean;
}

const PYTHON: CoreInit = { capabilities: DEFAULT_CAPABILITIES, canopyVersion: '0.5.38' };

/** Three nodes of ours and one that looks like Python's; all know and accept each other, from the first test to the last. */
let world: CoreWorld;
let all: Node[];
let a: Node;
let b: Node;
let c: Node;
let python: Node;
before(async () => {
  world = new CoreWorld(11);
  all = [];
  [a, b, c, python] = (await nodes({}, {}, {}, PYTHON)) as [Node, Node, Node, Node];
});
after(async () => {
  const stopping = Promise.all(all.filter((node) => !node.away).map(({ core }) => core.stop()));
  await world.time.run(2_000);
  await stopping;
});

const peer = (node: Node): PeerId => node.core.mesh.peerId;

/** Nodes that all know and accept each other. */
async function nodes(...inits: CoreInit[]): Promise<Node[]> {
  for (const [at, init] of inits.entries()) {
    const disk = world.disk();
    const core = world.core(init, disk);
    all.push({ core, disk, away: false, user: core.addPerson(`person${at}`) });
    await core.start();
  }
  for (const [at, node] of all.entries())
    for (const other of all.slice(0, at)) {
      other.core.workspace.trust.setScore(peer(node), 90);
      void node.core.importInviteOf(other.core);
      await world.time.until(() => node.core.mesh.isConnected(peer(other)));
    }
  await world.time.run(10_000);
  return all;
}

async function away(node: Node): Promise<void> {
  node.away = true;
  const stopping = node.core.stop();
  await world.time.run(2_000);
  await stopping;
}

/** The node again, as a process that was started anew. */
async function back(node: Node, init: CoreInit = {}): Promise<void> {
  node.away = false;
  node.core = world.core(init, node.disk);
  await node.core.start();
  for (const other of all)
    if (other !== node && !other.away) {
      void node.core.mesh.connect(peer(other), other.core.mesh.localEndpoints());
      await world.time.until(() => node.core.mesh.isConnected(peer(other)));
    }
  await world.time.run(8_000);
}

/** All that follows a connection, once more. */
async function syncedAgain(one: Node, other: Node): Promise<void> {
  one.core.sync.resync(peer(other));
  other.core.sync.resync(peer(one));
  await world.time.run(5_000);
}

async function during<T>(work: Promise<T>, ms = 1_500): Promise<T> {
  const guarded = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await world.time.run(ms);
  const result = await guarded;
  if ('error' in result) throw result.error;
  return result.value;
}

async function privateChannel(by: Node, members: UserId[]): Promise<ChannelId> {
  const draft = { name: 'plans', type: 'private', members, acceptUnencrypted: true };
  return (await during(by.core.workspace.channels.create(by.user, draft))).id;
}

function seen(node: Node, id: ChannelId): ChannelView | undefined {
  return node.core.workspace.channels.list(node.user).find((channel) => channel.id === id);
}

function members(node: Node, id: ChannelId): UserId[] {
  return node.disk.repositories.channelMembers
    .list(id)
    .map((row) => row.userId)
    .sort();
}

function texts(node: Node, id: ChannelId): string[] {
  if (seen(node, id) === undefined) return [];
  return node.core.workspace.channelMessages.list(node.user, id, { limit: 100 }).map((one) => one.content);
}

async function post(node: Node, channelId: ChannelId, content: string): Promise<void> {
  await during(node.core.workspace.channelMessages.post(node.user, { channelId, content }));
}

const add = (by: Node, id: ChannelId, userId: UserId): Promise<void> =>
  during(
    by.core.workspace.channelMembership.add({ userId: by.user, owner: false }, id, userId, {
      role: 'member',
      acceptUnencrypted: true,
    }),
  );
const remove = (by: Node, id: ChannelId, userId: UserId): Promise<void> =>
  during(by.core.workspace.channelMembership.remove({ userId: by.user, owner: false }, id, userId));
const actor = (node: Node): { userId: UserId; owner: boolean } => ({ userId: node.user, owner: false });
const rows = (node: Node, id: ChannelId): number =>
  node.disk.store.sql.get<{ n: number }>(
    'SELECT count(*) AS n FROM channel_messages WHERE channel_id = @id',
    {
      id,
    },
  )?.n ?? 0;

test('a private channel is known, with all its members, where somebody is in it, and nowhere else', async () => {
  const id = await privateChannel(a, [b.user, c.user]);
  for (const node of [b, c]) {
    assert.deepEqual(members(node, id), [a.user, b.user, c.user].sort());
    const view = seen(node, id);
    assert.deepEqual([view?.name, view?.privacyMode, view?.originPeer], ['plans', 'private', peer(a)]);
  }
  await post(b, id, 'from b');
  await post(a, id, 'from a');
  for (const node of [a, b, c]) assert.deepEqual(texts(node, id), ['from b', 'from a']);
  // Neither live, nor by catch-up or comparison after connecting.
  await away(python);
  await back(python, PYTHON);
  assert.deepEqual([python.disk.repositories.channels.get(id), rows(python, id)], [undefined, 0]);
});

test('what happens while a node is away, and this one is started anew, is there when it comes back', async () => {
  const id = await privateChannel(a, []);
  assert.equal(seen(b, id), undefined);
  await away(b);
  await add(a, id, b.user);
  await add(a, id, c.user);
  await post(a, id, 'while b is away');
  await away(a);
  await back(a);
  assert.deepEqual(texts(c, id), ['while b is away']);
  await back(b);
  assert.deepEqual(texts(b, id), ['while b is away']);
  await away(b);
  await remove(a, id, b.user);
  await back(b);
  assert.equal(seen(b, id), undefined);
  assert.deepEqual(members(c, id), [a.user, c.user].sort());
});

test('a node that hears of a member before it knows the channel asks for all of it, roles included', async () => {
  const id = await privateChannel(a, [b.user, c.user]);
  c.disk.store.commit.now(() => c.disk.repositories.channels.delete(id));
  await during(a.core.workspace.channelMembership.setRole(actor(a), id, b.user, 'admin'), 5_000);
  assert.deepEqual(members(c, id), [a.user, b.user, c.user].sort());
  assert.equal(c.disk.repositories.channelMembers.get(id, b.user)?.role, 'admin');
});

test('who was removed gets nothing more, from nobody', async () => {
  const id = await privateChannel(a, [b.user, c.user]);
  await post(a, id, 'before');
  await remove(a, id, b.user);
  assert.equal(seen(b, id), undefined);
  await post(c, id, 'after, from c');
  await post(a, id, 'after, from a');
  await away(b);
  await back(b);
  assert.equal(rows(b, id), 1);
  assert.deepEqual(texts(c, id), ['before', 'after, from c', 'after, from a']);
  // And may come again, with what was missed.
  await add(a, id, b.user);
  await world.time.run(150_000);
  assert.deepEqual(texts(b, id), ['before', 'after, from c', 'after, from a']);
});

test('whoever leaves a channel of another node is out everywhere, until invited again', async () => {
  const id = await privateChannel(a, [b.user, c.user]);
  await remove(b, id, b.user);
  for (const node of [a, b, c]) assert.ok(!members(node, id).includes(b.user));
  await during(a.core.workspace.channelAdmin.describe(actor(a), id, { name: 'plans 2' }));
  // Python's nodes do not take such word and go on listing who has left.
  a.disk.store.commit.now(() => a.disk.repositories.channelMembers.add(id, b.user, 'member', 0));
  await syncedAgain(a, b);
  assert.equal(seen(b, id), undefined);
  await remove(a, id, b.user);
  await add(a, id, b.user);
  assert.equal(seen(b, id)?.name, 'plans 2');
});

test('a channel’s own node changes it for everybody; members elsewhere change nothing', async () => {
  const id = await privateChannel(a, [b.user]);
  const { channelAdmin, channelMembership } = a.core.workspace;
  await during(channelAdmin.describe(actor(a), id, { name: 'better', description: 'now' }));
  await during(channelAdmin.setPolicy(actor(a), id, { postPolicy: 'curated', allowMemberReplies: false }));
  let view = seen(b, id);
  assert.deepEqual(
    [view?.name, view?.description, view?.postPolicy, view?.canPostTopLevel],
    ['better', 'now', 'curated', false],
  );
  await during(channelAdmin.setPoster(actor(a), id, b.user, true));
  assert.equal(seen(b, id)?.canPostTopLevel, true);
  await during(channelAdmin.setPoster(actor(a), id, b.user, false));
  assert.equal(seen(b, id)?.canPostTopLevel, false);
  await during(channelAdmin.setLifecycle(actor(a), id, { archived: true, ttlDays: 30 }));
  view = seen(b, id);
  assert.deepEqual([view?.lifecycleStatus, view?.lifecycleTtlDays], ['archived', 30]);
  await during(channelMembership.setRole(actor(a), id, b.user, 'admin'));
  assert.deepEqual([seen(b, id)?.userRole, seen(b, id)?.canPostTopLevel], ['admin', true]);
  // An admin by the word of another node changes nothing of its channel.
  await assert.rejects(during(b.core.workspace.channelAdmin.describe(actor(b), id, { name: 'mine' })), {
    code: 'channel_update_denied',
  });
  await assert.rejects(remove(b, id, a.user), { code: 'membership_denied' });
});

test('what becomes private is no longer everybody’s, and can be again', async () => {
  const { id } = await during(a.core.workspace.channels.create(a.user, { name: 'square 1' }));
  await during(
    a.core.workspace.channelMembership.add(actor(a), id, b.user, { role: 'admin', acceptUnencrypted: true }),
  );
  assert.deepEqual([seen(b, id)?.privacyMode, seen(c, id)?.privacyMode], ['open', 'open']);
  // Nobody elsewhere knows who decides there; what its own people post counts.
  const policy = { postPolicy: 'curated', allowMemberReplies: true } as const;
  await during(a.core.workspace.channelAdmin.setPolicy(actor(a), id, policy));
  await post(a, id, 'notice');
  assert.deepEqual([texts(c, id), seen(c, id)?.canPostTopLevel], [['notice'], false]);
  await during(a.core.workspace.channelAdmin.setPrivacy(actor(a), id, 'private'));
  assert.deepEqual([seen(b, id)?.privacyMode, seen(c, id)], ['private', undefined]);
  await post(a, id, 'among us');
  assert.deepEqual([texts(b, id), rows(c, id)], [['notice', 'among us'], 1]);
  await during(a.core.workspace.channelAdmin.describe(actor(a), id, { name: 'cellar' }));
  assert.equal(c.disk.repositories.channels.get(id)?.name, 'square 1');
  await during(a.core.workspace.channelAdmin.setPrivacy(actor(a), id, 'open'));
  assert.deepEqual([seen(c, id)?.name, seen(c, id)?.privacyMode], ['cellar', 'open']);
});

test('a deleted channel goes from every node that ever had it, and no list brings it back', async () => {
  const secret = await privateChannel(a, [b.user, c.user]);
  await remove(a, secret, b.user);
  const { id: open } = await during(a.core.workspace.channels.create(a.user, { name: 'square 2' }));
  await post(a, open, 'hello');
  await away(c);
  await during(a.core.workspace.channelRemoval.remove(actor(a), secret));
  await during(a.core.workspace.channelRemoval.remove(actor(a), open));
  for (const id of [secret, open])
    assert.deepEqual([b.disk.repositories.channels.get(id), rows(b, id)], [undefined, 0]);
  await back(c);
  for (const id of [secret, open])
    for (const node of [a, b, c])
      assert.deepEqual([node.disk.repositories.channels.get(id), rows(node, id)], [undefined, 0]);
});

test('one node does without a channel of another for itself alone, and it stays away', async () => {
  const { id } = await during(a.core.workspace.channels.create(a.user, { name: 'square 3' }));
  const gone = await during(b.core.workspace.channelRemoval.remove({ userId: b.user, owner: true }, id));
  assert.equal(gone.localOnly, true);
  await post(a, id, 'anybody?');
  await syncedAgain(a, b);
  assert.deepEqual([seen(a, id)?.name, b.disk.repositories.channels.get(id)], ['square 3', undefined]);
});

test('whoever left an open channel is not put back by its lists', async () => {
  const { id } = await during(a.core.workspace.channels.create(a.user, { name: 'square 4' }));
  await remove(b, id, b.user);
  await during(a.core.workspace.channelAdmin.setLifecycle(actor(a), id, { ttlDays: 20 }));
  await syncedAgain(a, b);
  assert.deepEqual([seen(b, id), b.disk.repositories.channels.get(id)?.lifecycleTtlDays], [undefined, 20]);
  await during(b.core.workspace.channelMembership.join(b.user, id));
  assert.equal(seen(b, id)?.name, 'square 4');
});

test('a Python node is told of members until it acknowledges', async () => {
  const id = await privateChannel(a, [python.user]);
  const { memberSyncs } = a.disk.repositories;
  assert.notEqual(memberSyncs.latest(id, python.user)?.ackedAt, null);
  assert.equal(seen(python, id)?.name, 'plans');
  await away(python);
  await remove(a, id, python.user);
  assert.deepEqual(
    [memberSyncs.latest(id, python.user)?.action, memberSyncs.latest(id, python.user)?.ackedAt],
    ['remove', null],
  );
  await back(python, PYTHON);
  assert.equal(seen(python, id), undefined);
  assert.notEqual(memberSyncs.latest(id, python.user)?.ackedAt, null);
});
