/**
 * What a trusted peer may cost (02 S8, S10, S13; 03 A18) and what an unaccepted one leaves behind (00, trust row), tried
 * by an attacker that speaks the protocol correctly.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { toIsoTime } from '../../server/store/time.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { MAX_PEOPLE_PER_PEER, peerUserId } from '../../server/workspace/people.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

const THIRD = 'Vyzvscbv6rvhYYvK' as PeerId;

let world: CoreWorld;
let victim: Core;
let attacker: Core;
let alice: UserId;
let mallory: UserId;

beforeEach(async () => {
  world = new CoreWorld(77);
  [victim, attacker] = [world.core(), world.core()];
  [alice, mallory] = [victim.addPerson('alice'), attacker.addPerson('mallory')];
  await victim.start();
  await attacker.start();
});

afterEach(async () => {
  const stopping = Promise.all([victim.stop(), attacker.stop()]);
  await world.time.run(2_000);
  await stopping;
});

async function connected(trusted: boolean): Promise<void> {
  if (trusted) victim.workspace.trust.setScore(attacker.mesh.peerId, 90);
  void attacker.importInviteOf(victim);
  await world.time.until(() => victim.mesh.isConnected(attacker.mesh.peerId));
  await world.time.run(10_000);
}

let counter = 0;
const newId = (): MessageId => `M${(counter += 1).toString(16).padStart(24, '0')}` as MessageId;

async function send(type: MessageType, metadata: Record<string, unknown>, content = ''): Promise<void> {
  void attacker.mesh.sendDirect(type, victim.mesh.peerId, { content, metadata: { type, ...metadata } });
  await world.time.run(1_000);
}

const message = (fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  channel_id: GENERAL,
  user_id: mallory,
  message_id: newId(),
  timestamp: toIsoTime(world.time.now()),
  origin_peer: attacker.mesh.peerId,
  ...fields,
});

const general = (): string[] => victim.general(alice).map((one) => one.content);

const count = (table: string): number =>
  victim.disk.store.sql.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;

test('nobody takes the name under which another node itself speaks', async () => {
  await connected(true);
  for (const peer of [THIRD, victim.mesh.peerId])
    await send('channel_message', message({ user_id: peerUserId(peer) }), 'as a node');
  assert.deepEqual(general(), []);
  assert.equal(victim.workspace.people.get(peerUserId(THIRD)), undefined);
  await send('channel_message', message({ user_id: peerUserId(attacker.mesh.peerId) }), 'as myself');
  assert.deepEqual(general(), ['as myself']);
});

test('one node brings only so many people, others still get in', async () => {
  await connected(true);
  const { people } = victim.workspace;
  victim.disk.store.commit.now(() => {
    for (let i = 0; i < MAX_PEOPLE_PER_PEER; i += 1)
      people.admitReported({ userId: `user_${i}` as UserId }, attacker.mesh.peerId);
  });
  await send('channel_message', message({ user_id: 'user_one_more' }), 'too many of us');
  assert.deepEqual(general(), []);
  assert.equal(
    victim.disk.store.commit.now(() => people.admitReported({ userId: 'user_x' as UserId }, THIRD)),
    null,
  );
});

test('one node brings only so many channels, whomever it names as their origin', async () => {
  await connected(true);
  const channels = (from: number, to: number, origin: () => PeerId) =>
    Array.from({ length: to - from }, (_, i) => ({
      id: `Cflood${from + i}`,
      name: `flood ${from + i}`,
      type: 'public',
      privacy_mode: 'open',
      origin_peer: origin(),
    }));
  const before = count('channels');
  await send('channel_sync', { channels: channels(0, 400, () => attacker.mesh.peerId) });
  assert.equal(count('channels') - before, 250);
  const anybody = (): PeerId => createNodeIdentity(world.random, nativeCrypto).peerId;
  await send('channel_sync', { channels: channels(1000, 1600, anybody) });
  assert.equal(count('channels') - before, 500);
});

test('cards of devices that do not exist are not kept', async () => {
  await connected(true);
  const before = count('peer_device_profiles');
  const device = { display_name: 'Box', description: '', avatar_b64: 'AAAA', avatar_mime: 'image/png' };
  const ghosts = Array.from({ length: 20 }, () => createNodeIdentity(world.random, nativeCrypto));
  const stolen = createNodeIdentity(world.random, nativeCrypto);
  await send('peer_announcement', {
    introduced_peers: ghosts.map(({ peerId, x25519 }) => ({
      peer_id: peerId,
      display_name: 'Ghost',
      endpoints: [],
      ed25519_public_key: encodeBase58(stolen.ed25519.publicKey),
      x25519_public_key: encodeBase58(x25519.publicKey),
      capabilities: [],
      device_profile: device,
    })),
  });
  for (const { peerId } of ghosts.slice(0, 5))
    await send('profile_sync', { profile: { user_id: null, peer_id: peerId, device } });
  assert.equal(count('peer_device_profiles'), before);
});

test('numbers beyond 64 bits, prototype keys and half characters are taken in without harm', async () => {
  await connected(true);
  const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<
    string,
    unknown
  >;
  const odd = { ...hostile, huge: 2n ** 80n, half: '\ud800' };
  await send(
    'channel_message',
    message({ source_layout: odd, display_name: 'M\u202e\n\ud800x' }),
    'half \ud800',
  );
  await send(
    'direct_message',
    {
      sender_id: mallory,
      recipient_id: alice,
      message_id: newId(),
      metadata: odd,
    },
    'direct',
  );
  await send('broadcast', odd, 'to all');
  assert.equal(general().length, 1);
  assert.deepEqual(
    victim.direct(alice).map((one) => one.content),
    ['direct', 'to all'],
  );
  assert.equal(victim.mesh.diagnostics().counters['failed'] ?? 0, 0);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  assert.equal(victim.workspace.people.get(mallory)?.displayName, 'mallory');
});

test('names from outside stay on their line and in their direction', async () => {
  await connected(true);
  const evil = 'user_evil';
  await send('channel_message', message({ user_id: evil, display_name: 'A\u202eB\nC\u0000D' }), 'hi');
  assert.equal(victim.workspace.people.get(evil as UserId)?.displayName, 'ABCD');
  await send('channel_sync', {
    channels: [{ id: 'Cname0000000001', name: '#a\u202e\nb', type: 'public', privacy_mode: 'open' }],
  });
  assert.equal(victim.workspace.channels.get(alice, 'Cname0000000001' as ChannelId)?.name, 'ab');
});

test('a text that looks encrypted at rest is a text, and opens nothing', async () => {
  await connected(true);
  const secret = victim.workspace.directMessages.send(alice, {
    recipientIds: [alice],
    content: 'note to self',
  });
  await world.time.run(100);
  const { id } = await secret;
  const [row] = victim.disk.store.sql.all<{ content: string }>(
    'SELECT content FROM messages WHERE id = @id',
    { id },
  );
  assert.match(row?.content ?? '', /^ENC:1:/);
  await send('channel_message', message(), row?.content ?? '');
  await send(
    'direct_message',
    { sender_id: mallory, recipient_id: alice, message_id: newId() },
    row?.content,
  );
  for (const content of [...general(), victim.direct(alice).at(-1)?.content])
    assert.notEqual(content, 'note to self');
});

test('a group of thousands is none', async () => {
  await connected(true);
  const members = [alice, mallory, ...Array.from({ length: 5_000 }, (_, i) => `user_${i}`)];
  await send(
    'direct_message',
    {
      sender_id: mallory,
      recipient_id: alice,
      message_id: newId(),
      metadata: { group_members: members },
    },
    'hello',
  );
  assert.equal(victim.direct(alice)[0]?.recipientId, alice);
});

test('a catch-up answer nobody asked for leaves no trace of channels that do not exist', async () => {
  await connected(true);
  const before = count('native_catchup');
  const items = Array.from({ length: 50 }, (_, i) => ({
    id: newId(),
    channel_id: `Cnowhere${i}`,
    user_id: mallory,
    content: 'x',
    created_at: '2020-01-01 00:00:00',
    channel_type: 'private',
    channel_privacy_mode: 'private',
  }));
  await send('channel_catchup_response', { messages: items });
  assert.equal(count('native_catchup'), before);
});

test('of an unaccepted peer nothing is stored but its request; once accepted it all comes', async () => {
  const posted = attacker.workspace.channelMessages.post(mallory, { channelId: GENERAL, content: 'before' });
  await world.time.run(100);
  await posted;
  const tables = [
    'users',
    'channels',
    'channel_messages',
    'messages',
    'peer_device_profiles',
    'native_catchup',
  ];
  const before = tables.map(count);
  await connected(false);
  void attacker.workspace.channelMessages.post(mallory, { channelId: GENERAL, content: 'while waiting' });
  await world.time.run(1_000);
  await send('channel_sync', {
    channels: [{ id: 'Cwait00000000001', name: 'w', type: 'public', privacy_mode: 'open' }],
  });
  await send('direct_message', { sender_id: mallory, recipient_id: alice, message_id: newId() }, 'psst');
  await send('broadcast', {}, 'to all');
  await send('channel_catchup_response', {
    messages: [
      { id: newId(), channel_id: GENERAL, user_id: mallory, content: 'x', created_at: '2026-01-01 00:00:00' },
    ],
  });
  assert.deepEqual(tables.map(count), before);
  const [request] = victim.workspace.requests.list();
  assert.equal(request?.peerId, attacker.mesh.peerId);
  assert.ok((request.waiting ?? 0) >= 3);
  victim.workspace.requests.decide(attacker.mesh.peerId, 'accept');
  await world.time.run(30_000);
  assert.deepEqual(general(), ['before', 'while waiting']);
});

test('an ignored peer stays hidden when we dial back the machine it came from, until it has another key or place', () => {
  const { requests } = victim.workspace;
  const arrival = {
    peerId: THIRD,
    endpoint: '192.0.2.8',
    introducedBy: null,
    protection: 'signed',
    x25519PublicKey: 'key',
    names: [],
  } as const;
  requests.arrived(arrival);
  requests.decide(THIRD, 'ignore');
  for (const endpoint of ['192.0.2.8', 'ws://192.0.2.8:7771', 'wss://192.0.2.8:9000'])
    requests.arrived({ ...arrival, endpoint });
  assert.deepEqual(requests.list(), []);
  requests.arrived({ ...arrival, endpoint: 'ws://[2001:db8::8]:7771' });
  assert.equal(requests.list().length, 1);
  requests.decide(THIRD, 'ignore');
  requests.arrived({ ...arrival, endpoint: '[2001:db8::8]' });
  requests.arrived({ ...arrival, endpoint: '2001:db8::8' });
  assert.deepEqual(requests.list(), []);
});

test('blocking ends the connection and keeps the peer out, also when we know its address', async () => {
  await connected(false);
  victim.workspace.requests.decide(attacker.mesh.peerId, 'block');
  await world.time.run(300_000);
  assert.equal(victim.mesh.isConnected(attacker.mesh.peerId), false);
  assert.equal(victim.mesh.diagnostics().reconnect_tasks.count, 0);
});

test('a refused key is shown', async () => {
  await connected(true);
  const thief = createNodeIdentity(world.random, nativeCrypto);
  const { identity } = attacker.disk;
  const result = victim.knownPeers.importPeer({
    peerId: identity.peerId,
    ed25519PublicKey: identity.ed25519.publicKey,
    x25519PublicKey: thief.x25519.publicKey,
  });
  assert.equal(result.ok, false);
  assert.deepEqual(victim.mesh.diagnostics().key_conflicts, [
    { peer_id: identity.peerId, key: 'x25519', source: 'invite', introduced_by: null },
  ]);
});

test('a message too large to send is said to have failed and holds up nothing behind it', async () => {
  await connected(true);
  const send_ = (content: string, metadata: Record<string, unknown> = {}) =>
    victim.workspace.directMessages.send(alice, { recipientIds: [mallory], content, metadata });
  await send('profile_sync', {
    profile: { user_id: mallory, display_name: 'M', peer_id: attacker.mesh.peerId },
  });
  const large = send_('large', { blob: 'x'.repeat(1_500_000) });
  await world.time.run(100);
  const small = send_('small');
  await world.time.run(5_000);
  assert.deepEqual(
    attacker.direct(mallory).map((one) => one.content),
    ['small'],
  );
  const { delivery } = victim.workspace;
  assert.deepEqual(delivery.summary('dm', (await large).id)?.state, 'failed');
  assert.notEqual(delivery.summary('dm', (await small).id)?.state, 'failed');
});

test('a text that became a direct message is one message, although the process ended before it was crossed off', async () => {
  const python = world.core({ canopyVersion: '0.5.38', capabilities: DEFAULT_CAPABILITIES });
  await python.start();
  const bob = python.addPerson('bob');
  victim.workspace.trust.setScore(python.mesh.peerId, 90);
  python.workspace.trust.setScore(victim.mesh.peerId, 90);
  victim.knownPeers.importPeer({
    peerId: python.mesh.peerId,
    ed25519PublicKey: python.disk.identity.ed25519.publicKey,
    x25519PublicKey: python.disk.identity.x25519.publicKey,
  });
  for (const content of ['hello', 'x'.repeat(5_000)])
    void victim.sync.peerSend.direct(alice, python.mesh.peerId, content, {});
  await world.time.run(5_000);
  const { outbox } = victim.disk.repositories;
  const { owedTexts } = victim.disk.repositories;
  const [owed] = outbox.forPeer(python.mesh.peerId, { limit: 10 });
  assert.ok(owed);
  const text = owedTexts.get(owed.objectId) ?? '';
  void python.importInviteOf(victim);
  await world.time.run(30_000);
  assert.equal(outbox.count(python.mesh.peerId), 0, 'what is too long for a direct message holds up nothing');
  victim.disk.store.commit.now(() => {
    owedTexts.add(owed.objectId, text, owed.createdAt);
    outbox.put(owed);
  });
  void victim.workspace.directMessages.send(alice, { recipientIds: [bob], content: 'later' });
  await world.time.run(120_000);
  assert.deepEqual(
    python.direct(bob).map((one) => one.content),
    ['hello', 'later'],
  );
  assert.deepEqual(
    victim.direct(alice).map((one) => one.content),
    ['hello', 'later'],
  );
  const stopping = python.stop();
  await world.time.run(2_000);
  await stopping;
});

test('a stranger that comes again does not get its answers faster', async () => {
  const posted = victim.workspace.channelMessages.post(alice, { channelId: GENERAL, content: 'public' });
  await world.time.run(100);
  await posted;
  await connected(false);
  const answers = (): number =>
    attacker.sync.counts()['channel_catchup_response.held_back'] ??
    attacker.sync.counts()['channel_catchup_response.received'] ??
    0;
  await send('channel_catchup_request', { channel_timestamps: {} });
  await world.time.run(2_000);
  const first = answers();
  assert.ok(first > 0);
  for (let i = 0; i < 3; i += 1) {
    attacker.mesh.drop(victim.mesh.peerId);
    await world.time.run(1_000);
    void attacker.mesh.reconnect(victim.mesh.peerId);
    await world.time.run(1_000);
    await send('channel_catchup_request', { channel_timestamps: {} });
  }
  assert.equal(answers(), first);
});

test('sessions that timed out are removed by the maintenance', async () => {
  const { sessions, expiry } = victim.workspace;
  sessions.create(null);
  assert.equal(count('native_sessions'), 1);
  await world.time.run(2 * 86_400_000);
  expiry.purge();
  assert.equal(count('native_sessions'), 0);
});

test('a new peer is introduced by the name of its device, not by its id', async () => {
  await connected(true);
  const third = world.core();
  await third.start();
  victim.workspace.trust.setScore(third.mesh.peerId, 90);
  attacker.workspace.trust.setScore(victim.mesh.peerId, 90);
  third.addPerson('carol');
  void third.importInviteOf(victim);
  await world.time.run(15_000);
  const seen = attacker.mesh.introduced().find((one) => one.peer_id === third.mesh.peerId);
  assert.equal(seen?.display_name, `device-${third.mesh.peerId.slice(0, 4)}`);
  const stopping = third.stop();
  await world.time.run(2_000);
  await stopping;
});
