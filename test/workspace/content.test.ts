/** Use cases of one node alone: trust, requests, channels, reading order, direct messages, the journal, expiry. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ChannelId, MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import { WorkspaceError } from '../../server/workspace/errors.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

const PEER = 'Vyzvscbv6rvhYYvK' as PeerId;
const OTHER = 'egzg5kbKxCRt9yMW' as PeerId;

let world: CoreWorld;
let node: Core;
let alice: UserId;
let carol: UserId;

beforeEach(() => {
  world = new CoreWorld(5);
  node = world.core();
  [alice, carol] = [node.addPerson('alice'), node.addPerson('carol')];
});

/** Lets group commits and timers run until `work` is done. */
async function settled<T>(work: Promise<T>): Promise<T> {
  const outcome = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await world.time.run(50);
  const done = await outcome;
  if ('error' in done) throw done.error;
  return done.value;
}

const refusedWith =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof WorkspaceError && error.code === code;

const post = (
  content: string,
  more: { parentMessageId?: MessageId; channelId?: ChannelId } = {},
): Promise<{ id: MessageId }> =>
  settled(node.workspace.channelMessages.post(alice, { channelId: GENERAL, content, ...more }));

test('trust: consent makes the reference’s rows, and a person’s low score always wins', () => {
  const { trust } = node.workspace;
  assert.equal(trust.isTrusted(PEER), false);
  assert.equal(trust.consentByInvite(PEER), true);
  assert.deepEqual([trust.state(PEER).score, trust.state(PEER).notes], [90, 'invite']);
  trust.setScore(PEER, 40, 'noisy');
  assert.equal(trust.consentByInvite(PEER), false);
  assert.equal(trust.isTrusted(PEER), false);
  assert.equal(node.disk.repositories.trust.get(PEER)?.manuallyPenalized, true);
  assert.equal(trust.setScore(PEER, 1000).score, 100);
  assert.equal(trust.forget(PEER), true);
  assert.equal(trust.state(PEER).explicit, false);
});

test('trust by policy: open trusts whoever has no row, manual makes none by itself', () => {
  const open = world.core({ trustDefault: 'open' }).workspace.trust;
  assert.equal(open.isTrusted(PEER), true);
  open.setScore(PEER, 10);
  assert.equal(open.isTrusted(PEER), false);
  const manual = world.core({ trustDefault: 'manual' }).workspace.trust;
  assert.equal(manual.consentByInvite(PEER), false);
  assert.equal(manual.isTrusted(PEER), false);
});

const arrival = {
  peerId: PEER,
  endpoint: '192.0.2.7',
  introducedBy: OTHER,
  protection: 'signed',
  x25519PublicKey: 'key1',
  names: ['Desk'],
} as const;

test('a request is asked once, hidden when ignored, and asked again for another key or endpoint', () => {
  const { requests, trust } = node.workspace;
  requests.arrived(arrival);
  requests.heldBack(PEER);
  requests.named(PEER, ['Mallory']);
  const [request] = requests.list();
  assert.deepEqual(
    [request?.names, request?.waiting, request?.introducedBy],
    [['Desk', 'Mallory'], 1, OTHER],
  );
  requests.decide(PEER, 'ignore');
  requests.arrived(arrival);
  assert.deepEqual(requests.list(), []);
  requests.arrived({ ...arrival, endpoint: '192.0.2.8' });
  assert.equal(requests.list().length, 1);
  requests.decide(PEER, 'ignore');
  requests.arrived({ ...arrival, endpoint: '192.0.2.8', x25519PublicKey: 'key2' });
  assert.equal(requests.list().length, 1);
  requests.decide(PEER, 'block');
  requests.arrived({ ...arrival, x25519PublicKey: 'key3' });
  assert.deepEqual([requests.list().length, requests.isBlocked(PEER)], [0, true]);
  assert.equal(trust.isTrusted(PEER), false);
});

test('accepting is consent; deciding about an unknown peer is an error', () => {
  const { requests, trust } = node.workspace;
  requests.arrived(arrival);
  requests.decide(PEER, 'accept');
  assert.deepEqual([trust.state(PEER).score, trust.state(PEER).notes], [90, 'accepted']);
  assert.throws(() => requests.decide(OTHER, 'accept'), refusedWith('not_found'));
  requests.arrived({ ...arrival, peerId: OTHER });
  trust.setScore(OTHER, 10);
  assert.deepEqual(requests.list(), [], 'a score a person set is an answer');
});

test('a stranger cannot flood the list of requests with names or counts', () => {
  const { requests } = node.workspace;
  requests.arrived(arrival);
  for (let i = 0; i < 20; i += 1) requests.named(PEER, [`name ${i} ${'x'.repeat(500)}`]);
  const names = requests.get(PEER)?.names ?? [];
  assert.equal(names.length, 5);
  assert.ok(names.every((name) => name.length <= 60));
});

test('posting needs membership, content within limits and a parent in the same channel', async () => {
  const { channelMessages } = node.workspace;
  const attempt = (content: string, more = {}): Promise<unknown> =>
    settled(channelMessages.post(alice, { channelId: GENERAL, content, ...more }));
  await assert.rejects(attempt('   '), refusedWith('empty_message'));
  await assert.rejects(attempt('x'.repeat(50_001)), refusedWith('content_too_long'));
  await assert.rejects(attempt('x', { channelId: 'Cunknown' as ChannelId }), refusedWith('not_found'));
  await assert.rejects(
    attempt('x', { parentMessageId: 'Mnone' as MessageId }),
    refusedWith('parent_not_found'),
  );
  const message = await post('  trimmed ');
  const [view] = node.general(alice);
  assert.deepEqual([view?.id, view?.content, view?.displayName], [message.id, 'trimmed', 'alice']);
  assert.match(message.id, /^M[0-9a-f]{24}$/);
});

test('reading order: a reply lifts its parent at most once per six hours; pages go back by position', async () => {
  const first = await post('first');
  await world.time.run(1_000);
  await post('second');
  await world.time.run(7 * 3_600_000);
  await post('reply', { parentMessageId: first.id });
  await world.time.run(1_000);
  const order = node.general(alice).map((message) => message.content);
  assert.deepEqual(order, ['second', 'first', 'reply']);
  const { channelMessages } = node.workspace;
  const lifted = node.disk.repositories.channelMessages.get(first.id)?.lastActivityAt;
  await world.time.run(3_600_000);
  await post('too soon', { parentMessageId: first.id });
  assert.equal(node.disk.repositories.channelMessages.get(first.id)?.lastActivityAt, lifted);
  const before = channelMessages.list(alice, GENERAL, { limit: 10, before: first.id });
  assert.deepEqual(
    before.map((message) => message.content),
    ['second'],
  );
  assert.deepEqual(channelMessages.list(alice, GENERAL, { before: 'Munknown' }), []);
  const page = channelMessages.list(alice, GENERAL, { limit: 1 });
  assert.deepEqual(
    page.map((message) => message.content),
    ['too soon', 'first'],
    'the missing parent comes along',
  );
});

test('a created channel has its creator as admin, everybody when public, and one name', async () => {
  const { channels } = node.workspace;
  const lab = await settled(channels.create(alice, { name: '#lab' }));
  assert.deepEqual(
    [lab.name, lab.userRole, lab.memberCount, lab.originPeer],
    ['lab', 'admin', 2, node.mesh.peerId],
  );
  assert.equal(channels.get(carol, lab.id)?.userRole, 'member');
  const vault = await settled(channels.create(alice, { name: 'vault', type: 'private' }));
  assert.equal(vault.privacyMode, 'private');
  assert.equal(channels.get(carol, vault.id), undefined);
  await assert.rejects(settled(channels.create(alice, { name: 'lab' })), refusedWith('channel_name_taken'));
  await assert.rejects(
    settled(channels.create(alice, { name: ' # ' })),
    refusedWith('channel_name_required'),
  );
  await assert.rejects(
    settled(channels.create(alice, { name: 'x'.repeat(81) })),
    refusedWith('channel_name_too_long'),
  );
  await assert.rejects(
    settled(channels.create(alice, { name: 'y', type: 'odd' })),
    refusedWith('invalid_channel_type'),
  );
  await world.time.run(2_000);
  await post('hello');
  assert.equal(channels.list(alice)[0]?.id, GENERAL, 'the most recently active one comes first');
});

test('unread counts follow the read mark', async () => {
  await world.time.run(2_000);
  await post('news');
  assert.equal(node.workspace.channels.get(carol, GENERAL)?.unreadCount, 1);
  await world.time.run(2_000);
  node.workspace.channels.markRead(carol, GENERAL);
  assert.equal(node.workspace.channels.get(carol, GENERAL)?.unreadCount, 0);
});

test('direct messages: local, group, note to self, everybody; seen by those they are for', async () => {
  const { directMessages } = node.workspace;
  const dave = node.addPerson('dave');
  const send = (recipientIds: UserId[], content: string): ReturnType<typeof directMessages.send> =>
    settled(directMessages.send(alice, { recipientIds, content }));
  const local = await send([carol], 'hi carol');
  assert.equal((local.metadata?.['security'] as { mode: string }).mode, 'local_only');
  const group = await send([carol, dave, alice], 'hi both');
  assert.match(group.recipientId ?? '', /^group:[0-9a-f]{12}$/);
  const note = await send([alice], 'note');
  assert.equal(note.recipientId, alice);
  await send([], 'hi all');
  assert.deepEqual(
    node.direct(dave).map((message) => message.content),
    ['hi both', 'hi all'],
  );
  assert.deepEqual(
    directMessages.conversation(carol, alice).map((message) => message.content),
    ['hi carol'],
  );
  assert.deepEqual(
    directMessages.group(dave, group.recipientId ?? '').map((message) => message.content),
    ['hi both'],
  );
  assert.deepEqual(directMessages.replyRecipients(carol, group.id), [alice, dave].sort());
  assert.throws(() => directMessages.replyRecipients(dave, local.id), refusedWith('not_allowed'));
  assert.equal(await settled(directMessages.markRead(carol, local.id)), true);
  assert.equal(await settled(directMessages.markRead(carol, local.id)), false, 'only once');
  assert.equal(await settled(directMessages.markRead(alice, local.id)), false, 'not one’s own');
  await assert.rejects(send(['user_nobody' as UserId], 'x'), refusedWith('recipient_not_found'));
  await assert.rejects(send([carol], '💬'.repeat(4097)), refusedWith('content_too_long'));
});

test('a message for several people is read by each by themselves', async () => {
  const { directMessages, unread } = node.workspace;
  const dave = node.addPerson('dave');
  const group = await settled(
    directMessages.send(alice, { recipientIds: [carol, dave], content: 'hi both' }),
  );
  const all = await settled(directMessages.send(alice, { recipientIds: [], content: 'hi all' }));
  const waiting = (userId: UserId) => unread.of(userId, true).direct.map(({ conversation }) => conversation);
  const readAt = (userId: UserId, id: MessageId) => directMessages.get(userId, id)?.readAt ?? null;
  const both = [null, group.recipientId];
  assert.deepEqual(waiting(dave), both);
  assert.equal(await settled(directMessages.markRead(carol, group.id)), true);
  assert.equal(await settled(directMessages.markRead(carol, group.id)), false, 'only once');
  assert.deepEqual([waiting(carol), waiting(dave)], [[null], both]);
  assert.equal(await settled(directMessages.markRead(dave, all.id)), true);
  assert.deepEqual([waiting(carol), waiting(dave)], [[null], [group.recipientId]]);
  assert.deepEqual([readAt(dave, group.id), readAt(carol, all.id)], [null, null]);
  assert.ok(
    readAt(carol, group.id) !== null && readAt(alice, group.id) !== null,
    'and its sender sees that somebody did',
  );
  node.disk.store.sql.run("UPDATE messages SET read_at = '2026-01-02 03:04:05'");
  node.disk.store.sql.run('DELETE FROM native_direct_reads');
  assert.deepEqual([waiting(carol), waiting(dave)], [[], []], 'what Python marked is read by all');
  assert.equal(await settled(directMessages.markRead(dave, group.id)), false);
});

test('the journal shows each account what concerns it, and no messages to a key that may not read them', async () => {
  await post('hello');
  await settled(node.workspace.directMessages.send(alice, { recipientIds: [alice], content: 'private' }));
  const { journal } = node.workspace;
  const types = (userId: UserId, readMessages = true): string[] =>
    journal.page({ userId, readMessages }, { afterSeq: 0 }).items.map((item) => item.eventType);
  assert.deepEqual(types(alice), ['channel.message.created', 'dm.message.created']);
  assert.deepEqual(types(carol), ['channel.message.created']);
  assert.deepEqual(types(alice, false), []);
  const page = journal.page({ userId: alice, readMessages: true }, { afterSeq: 0, limit: 1 });
  assert.equal(page.hasMore, true);
  const rest = journal.page({ userId: alice, readMessages: true }, { afterSeq: page.nextAfterSeq });
  assert.deepEqual(
    rest.items.map((item) => item.eventType),
    ['dm.message.created'],
  );
  assert.equal(rest.hasMore, false);
  const dm = rest.items[0];
  assert.equal(
    JSON.stringify(dm?.payload).includes('private'),
    false,
    'no text of direct messages is kept in clear',
  );
  assert.equal(journal.at({ userId: carol, readMessages: true }, dm?.seq ?? 0), undefined);
});

test('events are told after the commit they belong to, and not when the work failed', async () => {
  node.events.length = 0;
  await post('hello');
  const told = node.events.map((event) => event.type);
  assert.deepEqual(told.filter((type) => type === 'journal').length, 2);
  assert.equal(told.at(-1), 'channel.message.local');
  node.events.length = 0;
  await assert.rejects(post('x', { parentMessageId: 'Mnone' as MessageId }));
  assert.deepEqual(node.events, []);
});

test('what has expired is out of sight at once and removed by the purge, replies stay', async () => {
  const { channelMessages, expiry } = node.workspace;
  const parent = await settled(
    channelMessages.post(alice, { channelId: GENERAL, content: 'short', ttlSeconds: 60 }),
  );
  await post('reply', { parentMessageId: parent.id });
  await world.time.run(61_000);
  assert.deepEqual(
    node.general(alice).map((message) => message.content),
    ['reply'],
  );
  assert.equal(expiry.purge(), 1);
  assert.equal(node.general(alice)[0]?.parentMessageId, null);
});

test('a profile change is told; only the owner writes directives', async () => {
  const { people } = node.workspace;
  node.events.length = 0;
  const profile = await settled(people.updateProfile(alice, { displayName: '  Alice A. ', bio: '' }));
  assert.deepEqual([profile.displayName, profile.bio], ['Alice A.', null]);
  assert.deepEqual(node.events, [{ type: 'profile.local', userId: alice }]);
  await assert.rejects(settled(people.updateProfile(alice, {})), refusedWith('no_profile_fields'));
  await assert.rejects(
    settled(people.updateProfile(alice, { agentDirectives: 'x' })),
    refusedWith('not_owner'),
  );
});

test('forgetting a peer removes consent, request, device and the people who wrote nothing', () => {
  const { people, trust, requests, peerDevices, peerCleanup, inbound } = node.workspace;
  trust.consentByInvite(PEER);
  requests.arrived({ ...arrival, peerId: OTHER });
  inbound.changes.now(() => {
    people.admitSigned({ userId: 'user_silent' as UserId }, PEER);
    peerDevices.store(PEER, { displayName: 'Desk' }, true);
  });
  const residue = peerCleanup.forget(PEER);
  assert.deepEqual(residue.shadowUserIds, ['user_silent']);
  assert.deepEqual([residue.trustScores, residue.deviceProfiles, residue.requests], [1, 1, 0]);
  assert.equal(people.get('user_silent' as UserId), undefined);
  assert.equal(trust.isTrusted(PEER), false);
});
