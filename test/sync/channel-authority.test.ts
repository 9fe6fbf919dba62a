/**
 * Who may say what about channels and their members (03 section 11.3: A2, A3, A5, A6, A7; 02 section 10: P1, S2, S14),
 * each tried by an accepted peer that speaks the protocol correctly and means no good.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { toDbTime, toIsoTime } from '../../server/store/time.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { readMetadata } from '../../server/wire/payloads/payload.ts';
import { METADATA_SCHEMAS } from '../../server/wire/payloads/schemas.ts';
import { liveMessage } from '../../server/sync/channel-forms.ts';
import type { LiveMessage } from '../../server/workspace/channel-inbox.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

/** The home of a channel, a node with a member, and one that means no good; all accept each other. */
let world: CoreWorld;
let home: Core;
let victim: Core;
let attacker: Core;
let owner: UserId;
let alice: UserId;
let mallory: UserId;
let plans: ChannelId;

before(async () => {
  world = new CoreWorld(43);
  [home, victim, attacker] = [world.core(), world.core(), world.core()];
  [owner, alice, mallory] = [
    home.addPerson('owner'),
    victim.addPerson('alice'),
    attacker.addPerson('mallory'),
  ];
  const cores = [home, victim, attacker];
  for (const core of cores) await core.start();
  for (const [at, core] of cores.entries())
    for (const other of cores.slice(0, at)) {
      other.workspace.trust.setScore(core.mesh.peerId, 90);
      void core.importInviteOf(other);
      await world.time.until(() => core.mesh.isConnected(other.mesh.peerId));
    }
  await world.time.run(10_000);
  const draft = { name: 'plans', type: 'private', members: [alice], acceptUnencrypted: true };
  const made = home.workspace.channels.create(owner, draft);
  await world.time.run(5_000);
  plans = (await made).id;
});

after(async () => {
  const stopping = Promise.all([home.stop(), victim.stop(), attacker.stop()]);
  await world.time.run(2_000);
  await stopping;
});

/** The attacker sends `metadata` to a node, which has time to act on it. */
async function send(type: MessageType, metadata: Record<string, unknown>, to = victim): Promise<void> {
  const payload = { content: String(metadata['content'] ?? ''), metadata: { type, ...metadata } };
  void attacker.mesh.sendDirect(type, to.mesh.peerId, payload);
  await world.time.run(1_000);
}

const members = (core: Core, id = plans): UserId[] =>
  core.disk.repositories.channelMembers
    .list(id)
    .map((row) => row.userId)
    .sort();
const stored = (core: Core, id = plans) => core.disk.repositories.channels.get(id);
const mine = (): PeerId => attacker.mesh.peerId;
const sync = (fields: Record<string, unknown>): Record<string, unknown> => ({
  channel_id: plans,
  target_user_id: mallory,
  action: 'add',
  role: 'admin',
  channel_name: 'plans',
  channel_type: 'private',
  channel_description: '',
  privacy_mode: 'private',
  sync_id: 'MSaaaaaaaaaaaaaaaaaaaa',
  ...fields,
});

/** A message of the owner, as it is read from the wire. */
function liveMessageFields(channelId: ChannelId): LiveMessage {
  const metadata = {
    channel_id: channelId,
    user_id: owner,
    message_id: 'M00000000000000000000f00d',
    timestamp: toIsoTime(world.time.now()),
    origin_peer: home.mesh.peerId,
  };
  const live = liveMessage(readMetadata(METADATA_SCHEMAS.channel_message, metadata), '');
  assert.ok(live);
  return live;
}

test('nobody but a channel’s own node says who is in it (A6)', async () => {
  const before = members(victim);
  for (const to of [victim, home]) {
    await send('member_sync', sync({}), to);
    await send('member_sync', sync({ target_user_id: alice, action: 'remove' }), to);
    await send('member_sync', sync({ target_user_id: owner, action: 'remove' }), to);
    await send('member_sync', sync({ channel_id: 'general', target_user_id: alice, action: 'remove' }), to);
  }
  assert.deepEqual([members(victim), members(home)], [before, before]);
  assert.ok(members(victim, 'general' as ChannelId).includes(alice));
});

test('an announcement of a private channel of another changes nothing, and invites nobody (A3)', async () => {
  const announce = {
    channel_id: plans,
    name: 'stolen',
    channel_type: 'private',
    privacy_mode: 'private',
    post_policy: 'curated',
    allow_member_replies: false,
    created_by_peer: home.mesh.peerId,
    initial_members: [alice],
  };
  await send('channel_announce', announce);
  await send('channel_announce', { ...announce, channel_type: 'public', privacy_mode: 'open' });
  await send('channel_announce', { ...announce, initial_members: [owner, alice] }, home);
  for (const core of [victim, home]) {
    const channel = stored(core);
    assert.deepEqual(
      [channel?.name, channel?.privacyMode, channel?.postPolicy, channel?.originPeer],
      ['plans', 'private', 'open', home.mesh.peerId],
    );
  }
  assert.deepEqual(members(home), [alice, owner].sort());
});

test('an outsider neither writes in a private channel nor gets anything of it (A2, P1, P4)', async () => {
  const posted = home.workspace.channelMessages.post(owner, { channelId: plans, content: 'among us' });
  await world.time.run(5_000);
  const { id } = await posted;
  void home.workspace.reactions.toggle(owner, plans, id, 'like');
  await world.time.run(5_000);
  const message = {
    channel_id: plans,
    user_id: mallory,
    message_id: 'M00000000000000000000dead',
    timestamp: toIsoTime(world.time.now()),
    origin_peer: mine(),
    privacy_mode: 'open',
    content: 'let me in',
  };
  for (const to of [victim, home]) {
    await send('channel_message', message, to);
    await send('channel_catchup_request', { channel_timestamps: { [plans]: toDbTime(0) } }, to);
    await send('channel_metadata_request', { channel_ids: [plans] }, to);
    await send(
      'channel_membership_query',
      { query_id: 'MCQ1', local_user_ids: [alice, owner], username_hints: {} },
      to,
    );
  }
  await world.time.run(150_000);
  assert.equal(stored(attacker), undefined);
  const texts = (core: Core, user: UserId): string[] =>
    core.workspace.channelMessages.list(user, plans, { limit: 10 }).map(({ content }) => content);
  assert.deepEqual([texts(victim, alice), texts(home, owner)], [['among us'], ['among us']]);
  assert.equal(victim.sync.counts()['interaction.received'], 1);
  void home.workspace.channelEdits.remove(owner, plans, id);
  await world.time.run(150_000);
  assert.deepEqual([texts(victim, alice), texts(home, owner)], [[], []]);
  const heard = Object.keys(attacker.sync.counts()).filter((one) =>
    /^(interaction|delete_signal)\./.test(one),
  );
  assert.deepEqual(heard, [], 'neither of the like nor of the deletion');
  assert.deepEqual(members(victim), [alice, owner].sort());
});

test('only a channel’s own node deletes it; general stays (A7, S2)', async () => {
  const signal = (id: string) => ({
    signal_id: 'DS0000000000000001',
    data_type: 'channel',
    data_id: id,
    requester_peer: home.mesh.peerId,
    is_ack: false,
  });
  for (const to of [victim, home])
    for (const id of [plans, 'general']) await send('delete_signal', signal(id), to);
  for (const core of [victim, home])
    assert.deepEqual([stored(core)?.name, stored(core, 'general' as ChannelId)?.name], ['plans', 'general']);
});

test('a message of a channel nobody told of waits unseen until its own node does', async () => {
  const id = 'Cearly0000000001' as ChannelId;
  const message = {
    channel_id: id,
    user_id: mallory,
    message_id: 'M00000000000000000000beef' as MessageId,
    timestamp: toIsoTime(world.time.now()),
    origin_peer: mine(),
    content: 'early',
  };
  await send('channel_message', message);
  assert.ok(!victim.workspace.channels.list(alice).some((channel) => channel.id === id));
  const invite = sync({ channel_id: id, channel_name: 'known now', target_user_id: alice, role: 'member' });
  await send('member_sync', invite);
  const shown = victim.workspace.channels.list(alice).find((channel) => channel.id === id);
  assert.deepEqual([shown?.name, shown?.userRole, shown?.originPeer], ['known now', 'member', mine()]);
  const [first] = victim.workspace.channelMessages.list(alice, id, { limit: 10 });
  assert.equal(first?.content, 'early');
});

test('what was written in private is not made public, or taken over, by who only knows the channel’s id', async () => {
  const id = 'Cunnamed00000001' as ChannelId;
  const { changes, channelMerge } = victim.workspace.inbound;
  changes.now(() => channelMerge.placeholder(id, owner, home.mesh.peerId));
  const announce = { channel_id: id, name: 'open', channel_type: 'public', privacy_mode: 'open' };
  await send('channel_announce', { ...announce, created_by_peer: mine() });
  await send('channel_sync', { channels: [{ id, name: 'open', type: 'public', privacy_mode: 'open' }] });
  await send('channel_announce', { ...announce, channel_type: 'private', privacy_mode: 'private' });
  const channel = stored(victim, id);
  assert.deepEqual([channel?.privacyMode, channel?.originPeer], ['private', home.mesh.peerId]);
  assert.deepEqual(members(victim, id), []);
});

test('whoever invites into a channel that somebody else wrote in gets nothing of what was written', async () => {
  const id = 'Cunnamed00000002' as ChannelId;
  const { changes, channelMerge, channelInbox } = victim.workspace.inbound;
  changes.now(() => {
    channelMerge.placeholder(id, owner, home.mesh.peerId);
    const words = { ...liveMessageFields(id), content: 'for our members' };
    assert.equal(channelInbox.takeLive(words, home.mesh.peerId).state, 'stored');
  });
  await send('member_sync', sync({ channel_id: id, channel_name: 'trap', target_user_id: alice }));
  await send('member_sync', sync({ channel_id: id, channel_name: 'trap', target_user_id: mallory }));
  await world.time.run(150_000);
  assert.equal(stored(victim, id)?.originPeer, mine());
  assert.deepEqual(victim.workspace.channelMessages.list(alice, id, { limit: 10 }), []);
  const got = attacker.disk.store.sql.get<{ n: number }>(
    'SELECT count(*) AS n FROM channel_messages WHERE channel_id = @id',
    { id },
  );
  assert.equal(got?.n, 0);
});

test('a retired channel takes nothing in: no member, no announcement, no message', async () => {
  const id = 'Cretired00000001';
  victim.disk.store.sql.run(
    `INSERT INTO channel_removal_tombstones (tombstone_id, channel_id, electorate_json, threshold_count, retired_by_peer_id)
     VALUES ('T1', @id, '[]', 1, 'somebody')`,
    { id },
  );
  await send('member_sync', sync({ channel_id: id, target_user_id: alice }));
  await send('channel_announce', {
    channel_id: id,
    name: 'back',
    channel_type: 'private',
    privacy_mode: 'private',
    initial_members: [alice],
  });
  await send('channel_sync', { channels: [{ id, name: 'back', type: 'public', privacy_mode: 'open' }] });
  await send('channel_message', {
    channel_id: id,
    user_id: mallory,
    message_id: 'M00000000000000000000cafe',
    timestamp: toIsoTime(world.time.now()),
    origin_peer: mine(),
    content: 'x',
  });
  assert.equal(stored(victim, id as ChannelId), undefined);
});

test('what nobody asked for, or another node’s channel, is no recovery (S14)', async () => {
  const listed = [
    { user_id: alice, role: 'member', origin_peer: victim.mesh.peerId },
    { user_id: mallory, role: 'admin', origin_peer: mine() },
  ];
  const channel = {
    channel_id: plans,
    name: 'plans',
    channel_type: 'private',
    privacy_mode: 'private',
    origin_peer: home.mesh.peerId,
    members: listed,
  };
  await send('channel_membership_response', { query_id: 'MCQ0', channels: [channel], truncated: false });
  assert.ok(!members(victim).includes(mallory));
  // Asked, and still not theirs to tell.
  const { channels, channelMembers } = attacker.disk.repositories;
  const made = 'Cmade0000000000001' as ChannelId;
  attacker.disk.store.commit.now(() => {
    for (const [id, originPeer] of [
      [plans, home.mesh.peerId],
      [made, mine()],
    ] as const) {
      const kind = { channelType: 'private', privacyMode: 'private', description: null };
      channels.insert({ id, name: 'told', createdBy: mallory, originPeer, ...kind, now: world.time.now() });
      for (const userId of [alice, mallory]) channelMembers.add(id, userId, 'admin', world.time.now());
    }
  });
  victim.sync.resync(mine());
  await world.time.run(10_000);
  assert.ok(!members(victim).includes(mallory));
  // Their own they may.
  assert.deepEqual(members(victim, made), [alice, mallory].sort());
});

test('an acknowledgement counts from the node that was told alone (A6)', async () => {
  const adding = home.workspace.channelMembership.add({ userId: owner, owner: true }, plans, mallory, {
    role: 'member',
    acceptUnencrypted: true,
  });
  await world.time.run(20);
  await adding;
  const { memberSyncs } = home.disk.repositories;
  const toVictim = [
    ...home.disk.store.sql.all<{ sync_id: string }>(
      'SELECT sync_id FROM channel_member_sync_deliveries WHERE target_peer_id = @peer AND target_user_id = @user',
      { peer: victim.mesh.peerId, user: mallory },
    ),
  ][0]?.sync_id;
  assert.ok(toVictim !== undefined);
  await send('member_sync_ack', { sync_id: toVictim, status: 'error', error: 'internal_error' }, home);
  await world.time.run(5_000);
  assert.deepEqual(
    [memberSyncs.get(toVictim)?.lastError, memberSyncs.get(toVictim)?.ackedAt === null],
    [null, false],
  );
});
