/** What is owed to peers that cannot acknowledge, as Python's (06 section 3.4): flushed, paced, carried by catch-up. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { toDbTime } from '../../server/store/time.ts';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';
import type { SimNode } from '../sim/node.ts';

let world: CoreWorld;
let core: Core;
/** A bare mesh node that only listens, and says of itself what a Python node says. */
let peer: SimNode;
let alice: UserId;
const bob = 'user_bob' as UserId;

beforeEach(async () => {
  world = new CoreWorld(31);
  core = world.core({ host: '10.0.0.1' });
  peer = world.node({
    host: '10.0.0.2',
    canopyVersion: '0.5.38',
    capabilities: DEFAULT_CAPABILITIES,
  });
  alice = core.addPerson('alice');
  await core.start();
  await peer.mesh.start();
  core.workspace.trust.setScore(peer.mesh.peerId, 90);
  await connect();
  await world.time.run(5_000);
  await fromPeer('profile_sync', {
    profile: { user_id: bob, display_name: 'Bob', peer_id: peer.mesh.peerId },
  });
  await world.time.run(10_000);
});

async function connect(): Promise<void> {
  world.network.heal('10.0.0.1', '10.0.0.2');
  void peer.mesh.connect(core.mesh.peerId, core.mesh.localEndpoints());
  await world.time.until(
    () => core.mesh.isConnected(peer.mesh.peerId) && peer.mesh.isConnected(core.mesh.peerId),
  );
}

async function part(from = peer, host = '10.0.0.2'): Promise<void> {
  core.mesh.drop(from.mesh.peerId);
  await world.time.run(100);
  world.network.partition('10.0.0.1', host);
  await world.time.run(2_000);
  peer.inbox.length = 0;
}

async function fromPeer(type: 'profile_sync' | 'channel_catchup_request', metadata: object): Promise<void> {
  void peer.mesh.sendDirect(type, core.mesh.peerId, { content: '', metadata: { type, ...metadata } });
  await world.time.run(1_000);
}

async function write(count: number): Promise<MessageId[]> {
  const posts = Array.from({ length: count }, (_, i) =>
    core.workspace.channelMessages.post(alice, { channelId: GENERAL, content: `n${i}` }),
  );
  await world.time.run(100);
  return (await Promise.all(posts)).map((post) => post.id);
}

async function letter(content: string): Promise<MessageId> {
  const sent = core.workspace.directMessages.send(alice, { recipientIds: [bob], content });
  await world.time.run(10);
  return (await sent).id;
}

const ofType = (type: string): string[] =>
  peer.inbox.filter((message) => message.envelope.type === type).map((message) => message.content);
const owed = (): number => core.disk.repositories.outbox.count(peer.mesh.peerId);
const carried = (): string[] =>
  peer.inbox
    .filter((message) => message.envelope.type === 'channel_catchup_response')
    .flatMap((message) => message.metadata['messages'] as { content: string }[])
    .map((message) => message.content);

test('live messages end as sent, and nothing stays owed', async () => {
  const [id] = await write(1);
  await world.time.run(1_000);
  assert.deepEqual(ofType('channel_message'), ['n0']);
  assert.equal(core.workspace.delivery.summary('message', id ?? '')?.state, 'sent');
  assert.equal(owed(), 0);
});

test('up to twenty missed messages go live after a reconnect', async () => {
  await part();
  const ids = await write(20);
  assert.deepEqual(
    core.workspace.delivery.summary('message', ids[0] ?? '')?.queuedFor.map(({ reason }) => reason),
    ['offline'],
  );
  await connect();
  await world.time.run(30_000);
  assert.equal(new Set(ofType('channel_message')).size, 20);
  assert.equal(owed(), 0);
});

test('more wait for the question, and its answers carry every one of them, whatever it names', async () => {
  await part();
  await write(40);
  const direct = await letter('for bob');
  await connect();
  await world.time.run(30_000);
  assert.deepEqual([ofType('channel_message'), ofType('direct_message').length], [[], 0], 'all wait');
  await fromPeer('profile_sync', {
    profile: { user_id: bob, display_name: 'Bob', peer_id: peer.mesh.peerId },
  });
  const tomorrow = toDbTime(world.time.now() + 86_400_000);
  await fromPeer('channel_catchup_request', { channel_timestamps: { [GENERAL]: tomorrow } });
  await world.time.run(20_000);
  assert.equal(new Set(carried()).size, 40);
  assert.deepEqual(ofType('channel_message'), []);
  assert.equal(ofType('direct_message').length, 1);
  assert.equal(core.workspace.delivery.summary('dm', direct)?.state, 'sent');
  assert.equal(owed(), 0);
});

test('answers that a connection took with it when it broke are given again', async () => {
  await part();
  await write(260);
  await connect();
  const ask = async (): Promise<void> => {
    const tomorrow = toDbTime(world.time.now() + 86_400_000);
    await fromPeer('channel_catchup_request', { channel_timestamps: { [GENERAL]: tomorrow } });
  };
  await ask();
  await world.time.until(() => carried().length >= 230);
  // Nobody is told, and what is written goes nowhere.
  world.network.partition('10.0.0.1', '10.0.0.2');
  await world.time.run(2_000);
  core.mesh.drop(peer.mesh.peerId);
  await world.time.run(2_000);
  await connect();
  await ask();
  await world.time.run(150_000);
  assert.equal(new Set([...carried(), ...ofType('channel_message')]).size, 260);
  assert.equal(owed(), 0);
});

test('without the question they go live after a minute', async () => {
  await part();
  await write(25);
  await connect();
  await world.time.run(58_000);
  assert.deepEqual(ofType('channel_message'), []);
  await world.time.run(70_000);
  assert.equal(new Set(ofType('channel_message')).size, 25);
  assert.equal(owed(), 0);
});

test('what catch-up does not bring waits until the peer has shown that it accepted us', async () => {
  const [changed = '' as MessageId, deleted = '' as MessageId] = await write(2);
  await world.time.run(1_000);
  await part();
  const { channelEdits, reactions } = core.workspace;
  void channelEdits.edit(alice, GENERAL, changed, { content: 'changed' });
  void channelEdits.remove(alice, GENERAL, deleted);
  void reactions.toggle(alice, GENERAL, changed, 'like');
  await write(1);
  await connect();
  await world.time.run(30_000);
  assert.deepEqual(ofType('channel_message'), ['n0']);
  assert.deepEqual([ofType('delete_signal'), ofType('interaction')], [[], []]);
  assert.equal(
    core.workspace.delivery.summary('message', changed)?.queuedFor[0]?.reason,
    'awaiting_acceptance',
  );
  assert.equal(owed(), 3);
  await fromPeer('profile_sync', {
    profile: { user_id: bob, display_name: 'Bob', peer_id: peer.mesh.peerId },
  });
  await world.time.run(10_000);
  assert.deepEqual(ofType('channel_message'), ['n0', 'changed']);
  assert.deepEqual([ofType('delete_signal').length, ofType('interaction').length], [1, 1]);
  assert.equal(owed(), 0);
});

test('who could acknowledge stays owed what only a relay carried', async () => {
  await part();
  const id = await letter('sealed');
  const { outbox } = core.disk.repositories;
  const entry = outbox.find(peer.mesh.peerId, 'dm', id);
  assert.ok(entry);
  core.workspace.owing.sent(entry, true);
  assert.equal(core.workspace.delivery.summary('dm', id)?.state, 'sent');
  assert.equal(owed(), 1);
});

test('what only others could carry in clear waits, and says what for', async () => {
  const carrier = world.node({
    host: '10.0.0.3',
    canopyVersion: '0.5.38',
    capabilities: DEFAULT_CAPABILITIES,
    relayPolicy: 'full_relay',
  });
  // It cannot read sealed letters.
  const old = world.node({ host: '10.0.0.4', canopyVersion: '0.4.29', capabilities: ['chat'] });
  await Promise.all([carrier.mesh.start(), old.mesh.start()]);
  const carol = 'user_carol' as UserId;
  core.workspace.trust.setScore(old.mesh.peerId, 90);
  for (const node of [carrier, old]) {
    void node.mesh.connect(core.mesh.peerId, core.mesh.localEndpoints());
    await world.time.until(() => node.mesh.isConnected(core.mesh.peerId));
  }
  const profile = { user_id: carol, display_name: 'Carol', peer_id: old.mesh.peerId };
  const card = { content: '', metadata: { type: 'profile_sync', profile } };
  void old.mesh.sendDirect('profile_sync', core.mesh.peerId, card);
  await world.time.run(10_000);
  await part();
  await part(old, '10.0.0.4');
  // Python as it was, and one that has shown secure sessions since.
  const { peerId, x25519 } = peer.identity;
  const pin = {
    peerId,
    x25519PublicKey: x25519.publicKey,
    firstAt: 1,
    lastAt: 1,
    source: 'session' as const,
  };
  core.disk.store.commit.now(() => core.disk.repositories.peerSecurity.put(pin));
  for (const { mesh } of [peer, old]) assert.ok(core.mesh.relays.accept(mesh.peerId, carrier.mesh.peerId));
  const [id = ''] = await write(1);
  const toCarol = core.workspace.directMessages.send(alice, { recipientIds: [carol], content: 'for carol' });
  await world.time.run(5_000);
  const waitsFor = (kind: 'message' | 'dm', of: string): string[] =>
    core.workspace.delivery.summary(kind, of)?.queuedFor.map((one) => `${one.peerId} ${one.reason}`) ?? [];
  assert.deepEqual(waitsFor('message', id), [`${peerId} needs_secure_session`]);
  assert.ok(!carrier.mesh.routing().relayed_pairs.some(({ peers }) => peers.includes(peerId)));
  assert.deepEqual(waitsFor('dm', (await toCarol).id), [`${old.mesh.peerId} needs_encryption`]);
});

test('of a private channel it is told before of the members, as 0.4.29 needs to take in its own', async () => {
  const { channels, channelMembership } = core.workspace;
  const made = channels.create(alice, { name: 'quiet', privacyMode: 'private', type: 'private' });
  await world.time.run(100);
  const { id } = await made;
  const by = { userId: alice, owner: false };
  const added = channelMembership.add(by, id, bob, { role: 'member', acceptUnencrypted: true });
  await world.time.run(10_000);
  await added;
  const told = peer.inbox
    .filter(({ metadata }) => metadata['channel_id'] === id)
    .map(({ envelope }) => envelope.type);
  assert.deepEqual([told[0], told.includes('member_sync')], ['channel_announce', true]);
});
