/**
 * Who may say what (02 section 10: S1, S4, S5, P1, P2; 03 section 11.3: A1, A4, A5, A9, A18), each tried by a trusted
 * peer that speaks the protocol correctly and means no good.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { toIsoTime } from '../../server/store/time.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

/** Victim and attacker: full nodes, trusting each other; the attacker's mesh sends whatever a test wants. */
let world: CoreWorld;
let victim: Core;
let attacker: Core;
let alice: UserId;
let mallory: UserId;

beforeEach(async () => {
  world = new CoreWorld(42);
  [victim, attacker] = [world.core(), world.core()];
  [alice, mallory] = [victim.addPerson('alice'), attacker.addPerson('mallory')];
  await victim.start();
  await attacker.start();
  victim.workspace.trust.setScore(attacker.mesh.peerId, 90);
  void attacker.importInviteOf(victim);
  await world.time.until(() => victim.mesh.isConnected(attacker.mesh.peerId));
  await world.time.run(10_000);
});

afterEach(async () => {
  const stopping = Promise.all([victim.stop(), attacker.stop()]);
  await world.time.run(2_000);
  await stopping;
});

let counter = 0;
const newId = (): MessageId => `M${(counter += 1).toString(16).padStart(24, '0')}` as MessageId;

/** The attacker sends `metadata`, and the victim has time to act on it. */
async function send(type: MessageType, metadata: Record<string, unknown>, content = ''): Promise<void> {
  void attacker.mesh.sendDirect(type, victim.mesh.peerId, { content, metadata: { type, ...metadata } });
  await world.time.run(1_000);
}

function liveMessage(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    channel_id: GENERAL,
    user_id: mallory,
    message_id: newId(),
    timestamp: toIsoTime(world.time.now()),
    origin_peer: attacker.mesh.peerId,
    display_name: 'Mallory',
    ...fields,
  };
}

const general = (): string[] => victim.general(alice).map((message) => message.content);

test('nobody writes as a local account (A1)', async () => {
  await send('channel_message', liveMessage({ user_id: alice }), 'I am alice');
  assert.deepEqual(general(), []);
  await send('channel_message', liveMessage({}), 'I am mallory');
  assert.deepEqual(general(), ['I am mallory']);
});

test('nobody writes live for a person of another node (A1, S5)', async () => {
  const third = 'Vyzvscbv6rvhYYvK' as PeerId;
  await send('channel_message', liveMessage({ user_id: 'user_carol', origin_peer: third }), 'carol says');
  assert.deepEqual(general(), []);
});

test('a person bound to the node that signed for them is not taken over, by catch-up, card or message (S4, S5)', async () => {
  const carol = 'user_carol' as UserId;
  const home = 'Vyzvscbv6rvhYYvK' as PeerId;
  victim.disk.store.commit.now(() =>
    victim.workspace.people.admitSigned({ userId: carol, displayName: 'Carol' }, home),
  );
  await send('channel_message', liveMessage({ user_id: carol }), 'live');
  await send('channel_catchup_response', {
    messages: [
      {
        id: newId(),
        channel_id: GENERAL,
        user_id: carol,
        content: 'by catch-up',
        created_at: '2026-01-01 00:00:00',
        origin_peer: attacker.mesh.peerId,
        channel_type: 'public',
        channel_privacy_mode: 'open',
      },
    ],
  });
  await send('profile_sync', {
    profile: { user_id: carol, display_name: 'Evil', peer_id: attacker.mesh.peerId },
  });
  await send('profile_sync', { profile: { user_id: carol, display_name: 'Evil', peer_id: home } });
  assert.deepEqual(general(), []);
  const person = victim.workspace.people.get(carol);
  assert.deepEqual([person?.displayName, person?.originPeer], ['Carol', home]);
});

test('what a third node reported of a person yields to that person’s own node (S5)', async () => {
  const known = 'user_known' as UserId;
  victim.disk.store.commit.now(() =>
    victim.workspace.people.admitReported({ userId: known }, 'Vyzvscbv6rvhYYvK' as PeerId),
  );
  await send('channel_message', liveMessage({ user_id: known }), 'my own words');
  assert.deepEqual(general(), ['my own words']);
  assert.equal(victim.workspace.people.get(known)?.originPeer, attacker.mesh.peerId);
});

test('a card never changes a local account (A9)', async () => {
  await send('profile_sync', {
    profile: { user_id: alice, display_name: 'Evil', bio: 'x', peer_id: attacker.mesh.peerId },
  });
  await send('profile_update', {
    profile: { user_id: alice, display_name: 'Evil', peer_id: victim.mesh.peerId },
  });
  assert.equal(victim.workspace.people.get(alice)?.displayName, 'alice');
});

test('edits come from the author’s node only, and only for the author’s own message (A1)', async () => {
  const posted = victim.workspace.channelMessages.post(alice, { channelId: GENERAL, content: 'original' });
  await world.time.run(100);
  const { id } = await posted;
  await send(
    'channel_message',
    liveMessage({ message_id: id, update_only: true, user_id: alice }),
    'changed',
  );
  await send('channel_message', liveMessage({ message_id: id, update_only: true }), 'changed');
  assert.deepEqual(general(), ['original']);
});

test('an edit applies, and an older one that comes late does not (03 R5)', async () => {
  const message = liveMessage({});
  await send('channel_message', message, 'first');
  const edit = (at: number): Record<string, unknown> => ({
    ...message,
    update_only: true,
    edited_at: toIsoTime(at),
  });
  const now = world.time.now();
  await send('channel_message', edit(now), 'second');
  await send('channel_message', edit(now - 60_000), 'late');
  assert.deepEqual(general(), ['second']);
});

test('a channel that is known here is changed by its origin alone; a claim about it is nothing (A4)', async () => {
  const created = victim.workspace.channels.create(alice, {
    name: 'plans',
    privacyMode: 'private',
    type: 'private',
  });
  await world.time.run(100);
  const { id } = await created;
  const claim = { id, name: 'stolen', type: 'public', privacy_mode: 'open', origin_peer: victim.mesh.peerId };
  await send('channel_sync', { channels: [claim, { ...claim, origin_peer: attacker.mesh.peerId }] });
  await send('channel_announce', {
    channel_id: id,
    name: 'stolen',
    channel_type: 'public',
    privacy_mode: 'open',
    created_by_peer: victim.mesh.peerId,
    post_policy: 'curated',
  });
  const channel = victim.workspace.channels.get(alice, id);
  assert.deepEqual(
    [channel?.name, channel?.type, channel?.privacyMode, channel?.postPolicy],
    ['plans', 'private', 'private', 'open'],
  );
});

test('a foreign channel of the same name replaces nothing and gets a name of its own (A5)', async () => {
  const created = victim.workspace.channels.create(alice, { name: 'lab' });
  await world.time.run(100);
  const own = await created;
  await send('channel_sync', {
    channels: [{ id: 'Cforeign00000001', name: 'lab', type: 'public', privacy_mode: 'open' }],
  });
  assert.equal(victim.workspace.channels.get(alice, own.id)?.name, 'lab');
  const foreign = victim.workspace.channels.get(alice, 'Cforeign00000001' as ChannelId);
  assert.equal(foreign?.name, `lab (peer-${attacker.mesh.peerId.slice(0, 8)})`);
  assert.equal(foreign.originPeer, attacker.mesh.peerId);
});

test('general and the quarantine channel belong to nobody outside (A5)', async () => {
  await send('channel_sync', {
    channels: [
      {
        id: GENERAL,
        name: 'general',
        type: 'private',
        privacy_mode: 'private',
        origin_peer: attacker.mesh.peerId,
      },
      { id: 'Cagentstart0000000000000000', name: 'agent-start-here', type: 'public', privacy_mode: 'open' },
    ],
  });
  await send('channel_announce', {
    channel_id: GENERAL,
    name: 'x',
    channel_type: 'public',
    post_policy: 'curated',
  });
  const channel = victim.workspace.channels.get(alice, GENERAL);
  assert.deepEqual(
    [channel?.name, channel?.privacyMode, channel?.postPolicy, channel?.originPeer],
    ['general', 'open', 'open', null],
  );
  assert.equal(victim.disk.repositories.channels.get('Cagentstart0000000000000000' as ChannelId), undefined);
});

test('a time in the future is cut, and does not stop catch-up (A18)', async () => {
  const future = world.time.now() + 365 * 86_400_000;
  await send('channel_message', liveMessage({ timestamp: toIsoTime(future) }), 'from the future');
  const [message] = victim.general(alice);
  assert.ok(message !== undefined && message.createdAt <= world.time.now() + 300_000);
  await send('channel_catchup_response', {
    messages: [
      {
        id: newId(),
        channel_id: GENERAL,
        user_id: mallory,
        content: 'x',
        created_at: '2030-01-01 00:00:00',
        origin_peer: attacker.mesh.peerId,
        channel_type: 'public',
        channel_privacy_mode: 'open',
      },
    ],
  });
  const askedTo = victim.disk.repositories.catchup.askedTo(attacker.mesh.peerId, GENERAL);
  assert.ok(askedTo === null || askedTo <= world.time.now());
});

test('a direct message for somebody who lives elsewhere is not kept (P2)', async () => {
  const carol = 'user_carol' as UserId;
  victim.disk.store.commit.now(() =>
    victim.workspace.people.admitReported({ userId: carol }, 'Vyzvscbv6rvhYYvK' as PeerId),
  );
  const dm = (to: UserId): Record<string, unknown> => ({
    sender_id: mallory,
    recipient_id: to,
    message_id: newId(),
  });
  await send('direct_message', dm(carol), 'not for you');
  assert.equal(victim.disk.store.sql.all('SELECT id FROM messages').length, 0);
  await send('direct_message', dm(alice), 'for you');
  assert.deepEqual(
    victim.direct(alice).map((message) => message.content),
    ['for you'],
  );
});

test('a direct message in the name of a local account or of somebody else’s person is refused (A1)', async () => {
  const carol = 'user_carol' as UserId;
  victim.disk.store.commit.now(() =>
    victim.workspace.people.admitSigned({ userId: carol }, 'Vyzvscbv6rvhYYvK' as PeerId),
  );
  for (const sender of [alice, carol, 'system'])
    await send('direct_message', { sender_id: sender, recipient_id: alice, message_id: newId() }, 'trust me');
  assert.deepEqual(victim.direct(alice), []);
});

test('a message that came in clear is shown as such, whatever it claims', async () => {
  const claim = { security: { mode: 'peer_e2e_v1', state: 'encrypted', e2e: true } };
  await send(
    'direct_message',
    { sender_id: mallory, recipient_id: alice, message_id: newId(), metadata: claim },
    'readable',
  );
  const security = victim.direct(alice)[0]?.metadata?.['security'] as Record<string, unknown>;
  assert.deepEqual([security['mode'], security['e2e']], ['legacy_plaintext', false]);
});

test('a group that leaves out the sender or the recipient is no group', async () => {
  const members = ['user_x', 'user_y'];
  await send(
    'direct_message',
    {
      sender_id: mallory,
      recipient_id: alice,
      message_id: newId(),
      metadata: { group_id: 'group:000000000000', group_members: members },
    },
    'hello',
  );
  const [message] = victim.direct(alice);
  assert.equal(message?.recipientId, alice);
});

test('private channels are answered only to peers that have a member there (P1)', async () => {
  const created = victim.workspace.channels.create(alice, { name: 'vault', type: 'private' });
  await world.time.run(100);
  const { id } = await created;
  void victim.workspace.channelMessages.post(alice, { channelId: id, content: 'secret' });
  await world.time.run(100);
  await send('channel_catchup_request', { channel_timestamps: {} });
  await world.time.run(10_000);
  const seen = attacker.disk.store.sql.all('SELECT id FROM channel_messages WHERE channel_id = @id', { id });
  assert.deepEqual(seen, []);
});

test('a repeat of a message, live or by catch-up, changes nothing', async () => {
  const message = liveMessage({});
  await send('channel_message', message, 'once');
  await send('channel_message', message, 'once');
  await send('channel_catchup_response', {
    messages: [
      {
        id: message['message_id'],
        channel_id: GENERAL,
        user_id: mallory,
        content: 'again',
        created_at: '2026-01-01 00:00:00',
        origin_peer: attacker.mesh.peerId,
        channel_type: 'public',
        channel_privacy_mode: 'open',
      },
    ],
  });
  assert.deepEqual(general(), ['once']);
});

test('a reply that comes before its parent is joined to it', async () => {
  const parent = newId();
  await send('channel_message', liveMessage({ parent_message_id: parent }), 'reply');
  await send('channel_message', liveMessage({ message_id: parent }), 'parent');
  const reply = victim.general(alice).find((message) => message.content === 'reply');
  assert.equal(reply?.parentMessageId, parent);
});

test('a peer whose trust a person took away is not heard, whatever it was before', async () => {
  victim.workspace.trust.setScore(attacker.mesh.peerId, 10);
  await send('channel_message', liveMessage({}), 'hello?');
  assert.deepEqual(general(), []);
  assert.deepEqual(victim.workspace.requests.list(), [], 'a person has decided; nothing is asked');
});

test('a message of an unknown channel waits out of sight until its origin says what it is', async () => {
  const channel = 'Cunknown00000001' as ChannelId;
  await send('channel_message', liveMessage({ channel_id: channel }), 'early');
  assert.equal(victim.workspace.channels.get(alice, channel), undefined);
  await send('channel_announce', {
    channel_id: channel,
    name: 'workshop',
    channel_type: 'public',
    privacy_mode: 'open',
  });
  assert.equal(victim.workspace.channels.get(alice, channel)?.name, 'workshop');
  assert.deepEqual(
    victim.workspace.channelMessages.list(alice, channel).map((message) => message.content),
    ['early'],
  );
});
