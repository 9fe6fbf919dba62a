/** Repositories of accounts, channels and peers: what is written is read back, and the edges of each. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChannelId, MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const ADA = 'user_ada' as UserId;
const BOB = 'user_bob' as UserId;
const PEER = 'Peer111111111111' as PeerId;
const OTHER = 'Peer222222222222' as PeerId;
const GENERAL = 'general' as ChannelId;
const PLANS = 'C00000000000000aa' as ChannelId;

function people() {
  const parts = memoryStore();
  const { users } = parts.rows;
  assert.equal(
    users.insert({
      id: ADA,
      username: 'ada',
      publicKey: 'k',
      displayName: 'Ada',
      passwordHash: 'h',
      now: NOW,
    }),
    true,
  );
  assert.equal(
    users.insert({
      id: BOB,
      username: 'bob.Peer11',
      publicKey: '',
      displayName: null,
      originPeer: PEER,
      accountType: 'agent',
      now: NOW,
    }),
    true,
  );
  return parts;
}

describe('users', () => {
  test('rows, names, homes', () => {
    const { rows } = people();
    const { users } = rows;
    assert.equal(
      users.insert({ id: ADA, username: 'other', publicKey: '', displayName: null, now: NOW }),
      false,
    );
    assert.equal(
      users.insert({ id: 'user_x' as UserId, username: 'ada', publicKey: '', displayName: null, now: NOW }),
      false,
    );
    assert.deepEqual([users.byUsername('ada')?.id, users.byUsername('Ada')], [ADA, undefined]);
    assert.deepEqual(
      [users.ofPeer(PEER).map((u) => u.id), users.withPassword().map((u) => u.id)],
      [[BOB], [ADA]],
    );
    const bob = users.get(BOB);
    assert.deepEqual(
      [bob?.originPeer, bob?.accountType, bob?.status, bob?.createdAt, bob?.themePreference],
      [PEER, 'agent', 'active', NOW, 'dark'],
    );
    assert.equal(
      users.update(ADA, { bio: 'hello', displayName: null, profileUpdatedAt: NOW + 5 }, NOW + 1000),
      true,
    );
    const ada = users.get(ADA);
    assert.deepEqual(
      [ada?.bio, ada?.displayName, ada?.profileUpdatedAt, ada?.updatedAt, ada?.username],
      ['hello', null, NOW + 5, NOW + 1000, 'ada'],
    );
    assert.equal(users.update('nobody' as UserId, { bio: '' }, NOW), false);
    assert.equal(users.hasKeys(ADA), false);
    users.addKeys(
      ADA,
      { ed25519PublicKey: 'a', ed25519PrivateKey: 'b', x25519PublicKey: 'c', x25519PrivateKey: 'd' },
      NOW,
    );
    assert.equal(users.hasKeys(ADA), true);
  });

  test('governance that cannot be read allows nothing', () => {
    const { rows, store } = people();
    rows.users.restrictToChannels(BOB, [GENERAL], NOW);
    assert.deepEqual([...(rows.users.governance(BOB)?.allowed ?? [])], [GENERAL]);
    store.sql.run("UPDATE user_channel_governance SET allowed_channel_ids = 'x'");
    assert.equal(rows.users.governance(BOB)?.allowed?.size, 0);
    store.sql.run('UPDATE user_channel_governance SET enabled = 0');
    assert.equal(rows.users.governance(BOB), null);
  });
});

describe('system state', () => {
  test('an empty value deletes', () => {
    const { systemState } = memoryStore().rows;
    systemState.set('instance_owner_id', ADA, NOW);
    assert.equal(systemState.get('instance_owner_id'), ADA);
    systemState.set('instance_owner_id', '', NOW);
    assert.equal(systemState.get('instance_owner_id'), null);
  });
});

describe('channels', () => {
  function channel() {
    const parts = people();
    const fields = {
      id: PLANS,
      name: 'plans',
      channelType: 'public',
      privacyMode: 'open',
      createdBy: ADA,
      originPeer: PEER,
      description: 'd',
      now: NOW,
    };
    assert.equal(parts.rows.channels.insert(fields), true);
    return { ...parts, fields };
  }

  test('rows, unique public names, changes', () => {
    const { rows, fields } = channel();
    const { channels } = rows;
    assert.equal(channels.insert(fields), false);
    assert.equal(channels.insert({ ...fields, id: 'C2' as ChannelId }), false, 'the name is taken');
    assert.equal(
      channels.insert({ ...fields, id: 'C3' as ChannelId, channelType: 'private', privacyMode: 'private' }),
      true,
    );
    assert.deepEqual(
      channels.byName('plans').map((c) => c.id),
      [PLANS, 'C3'],
    );
    assert.deepEqual(
      channels
        .publicOpen()
        .map((c) => c.id)
        .sort(),
      [PLANS, GENERAL].sort(),
    );
    const row = channels.get(PLANS);
    assert.deepEqual(
      [
        row?.originPeer,
        row?.allowMemberReplies,
        row?.lifecycleTtlDays,
        row?.lifecyclePreserved,
        row?.cryptoMode,
      ],
      [PEER, true, 180, false, 'legacy_plaintext'],
    );
    assert.equal(
      channels.update(PLANS, {
        allowMemberReplies: false,
        topic: 't',
        lifecycleArchivedAt: NOW,
        description: null,
      }),
      true,
    );
    const changed = channels.get(PLANS);
    assert.deepEqual(
      [
        changed?.allowMemberReplies,
        changed?.topic,
        changed?.lifecycleArchivedAt,
        changed?.description,
        changed?.name,
      ],
      [false, 't', NOW, null, 'plans'],
    );
    assert.deepEqual([channels.update(PLANS, {}), channels.update('no' as ChannelId, {})], [true, false]);
  });

  test('activity only moves forward and ends the archive', () => {
    const { rows } = channel();
    rows.channels.update(PLANS, { lifecycleArchivedAt: NOW, lifecycleArchiveReason: 'inactive_ttl' });
    rows.channels.touch(PLANS, NOW + 5000);
    rows.channels.touch(PLANS, NOW - 5000);
    const row = rows.channels.get(PLANS);
    assert.deepEqual(
      [row?.lastActivityAt, row?.lifecycleArchivedAt, row?.lifecycleArchiveReason],
      [NOW + 5000, null, null],
    );
  });

  test('members, roles, read marks, posters', () => {
    const { rows } = channel();
    const { channelMembers: members } = rows;
    assert.deepEqual(
      [
        members.add(PLANS, ADA, 'admin', NOW),
        members.add(PLANS, ADA, 'member', NOW),
        members.add(PLANS, BOB, 'member', NOW),
      ],
      [true, false, true],
    );
    assert.deepEqual(
      members.list(PLANS).map((m) => [m.userId, m.role]),
      [
        [ADA, 'admin'],
        [BOB, 'member'],
      ],
    );
    assert.throws(() => members.add(PLANS, 'nobody' as UserId, 'member', NOW), {
      code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
    });
    assert.deepEqual(members.remotePeers(PLANS, null), [PEER]);
    assert.deepEqual(members.remotePeers(PLANS, PEER), [], 'the local peer is not remote');
    assert.deepEqual(
      [
        members.markRead(PLANS, ADA, NOW),
        members.markRead(PLANS, ADA, NOW - 1000),
        members.markRead(PLANS, ADA, NOW),
      ],
      [true, false, false],
    );
    assert.equal(members.get(PLANS, ADA)?.lastReadAt, NOW);
    members.setNotifications(PLANS, ADA, false);
    members.setRole(PLANS, BOB, 'admin');
    assert.deepEqual(
      [members.get(PLANS, ADA)?.notificationsEnabled, members.get(PLANS, BOB)?.role],
      [false, 'admin'],
    );
    members.grant(PLANS, BOB, null, NOW);
    members.grant(PLANS, BOB, ADA, NOW);
    assert.deepEqual(members.posters(PLANS), [BOB]);
    assert.equal(members.remove(PLANS, BOB), true);
    assert.deepEqual(
      [members.posters(PLANS), members.remove(PLANS, BOB), members.get(PLANS, BOB)],
      [[], false, undefined],
    );
    assert.deepEqual(
      rows.channels.ofUser(ADA).map((c) => c.id),
      [PLANS],
    );
  });

  test('a deleted channel takes its messages, likes and members along', () => {
    const { rows, store } = channel();
    rows.channelMembers.add(PLANS, ADA, 'admin', NOW);
    const [first, reply] = ['M1', 'M2'] as MessageId[] as [MessageId, MessageId];
    rows.channelMessages.insert({ id: first, channelId: PLANS, userId: ADA, content: 'x', createdAt: NOW });
    rows.channelMessages.insert({
      id: reply,
      channelId: PLANS,
      userId: BOB,
      content: 'y',
      createdAt: NOW,
      parentMessageId: first,
    });
    rows.reactions.add({ itemId: first, userId: BOB, reactionType: 'love' }, NOW);
    assert.equal(rows.channels.delete(PLANS), true);
    assert.equal(rows.channels.delete(PLANS), false);
    assert.deepEqual(
      [rows.channelMessages.get(reply), rows.reactions.of([first]), rows.channelMembers.ofUser(ADA)],
      [undefined, [], []],
    );
    assert.deepEqual(store.sql.all('SELECT * FROM pragma_foreign_key_check'), []);
  });

  test('a channel retired by vote is known until it is restored', () => {
    const { rows, store } = channel();
    assert.equal(rows.channels.isRetired(PLANS), false);
    store.sql.run(
      `INSERT INTO channel_removal_tombstones (tombstone_id, channel_id, electorate_json, threshold_count, retired_by_peer_id)
       VALUES ('T1', @id, '[]', 1, 'p')`,
      { id: PLANS },
    );
    assert.equal(rows.channels.isRetired(PLANS), true);
    store.sql.run('UPDATE channel_removal_tombstones SET restored_at = CURRENT_TIMESTAMP');
    assert.equal(rows.channels.isRetired(PLANS), false);
  });
});

describe('peers', () => {
  test('trust rows', () => {
    const { trust } = memoryStore().rows;
    assert.equal(trust.get(PEER), undefined);
    trust.count(PEER, 'compliance', NOW);
    assert.equal(trust.get(PEER), undefined, 'counting makes no row');
    trust.set(PEER, { score: 90, notes: 'invite', manuallyPenalized: false }, NOW);
    trust.count(PEER, 'violation', NOW);
    trust.set(PEER, { score: 40, notes: 'manual: no', manuallyPenalized: true }, NOW + 1000);
    assert.deepEqual(trust.get(PEER), {
      peerId: PEER,
      score: 40,
      notes: 'manual: no',
      manuallyPenalized: true,
      lastInteraction: NOW + 1000,
      complianceEvents: 0,
      violationEvents: 1,
    });
    assert.deepEqual([trust.list().length, trust.remove(PEER), trust.remove(PEER)], [1, true, false]);
  });

  test('device profiles keep what is not said again', () => {
    const { profiles } = memoryStore().rows;
    profiles.upsert(
      { peerId: PEER, displayName: 'Desk', description: 'd', avatarB64: 'AA==', avatarMime: 'image/jpeg' },
      NOW,
    );
    profiles.upsert({ peerId: PEER, displayName: 'Shed', description: '' }, NOW + 1000);
    assert.deepEqual(profiles.get(PEER), {
      peerId: PEER,
      displayName: 'Shed',
      description: '',
      avatarB64: 'AA==',
      avatarMime: 'image/jpeg',
      updatedAt: NOW + 1000,
    });
    assert.deepEqual(
      [profiles.list().length, profiles.remove(PEER), profiles.get(PEER)],
      [1, true, undefined],
    );
  });

  test('requests', () => {
    const { peerRequests } = memoryStore().rows;
    const request = {
      peerId: PEER,
      state: 'waiting' as const,
      names: ['Ada', 'A'],
      endpoint: 'ws://192.0.2.1:7771',
      introducedBy: OTHER,
      protection: 'signed',
      publicKey: 'k',
      waiting: 2,
      firstSeen: NOW,
      lastSeen: NOW,
      decidedAt: null,
    };
    peerRequests.put(request);
    assert.deepEqual([peerRequests.get(PEER), peerRequests.inState('waiting')], [request, [request]]);
    peerRequests.put({ ...request, state: 'blocked', decidedAt: NOW + 1 });
    assert.deepEqual([peerRequests.inState('waiting'), peerRequests.inState('blocked').length], [[], 1]);
    assert.deepEqual([peerRequests.remove(PEER), peerRequests.get(PEER)], [true, undefined]);
  });

  test('deletions are remembered by who signed them', () => {
    const { tombstones } = memoryStore().rows;
    tombstones.add('channel_message', 'M1', PEER, NOW);
    tombstones.add('channel_message', 'M1', PEER, NOW + 9);
    tombstones.add('channel_message', 'M1', OTHER, NOW + 1);
    tombstones.add('feed_post', 'M1', OTHER, NOW + 2);
    assert.deepEqual(tombstones.signers('channel_message', 'M1').sort(), [PEER, OTHER]);
    assert.deepEqual(tombstones.signers('direct_message', 'M1'), []);
    assert.deepEqual(tombstones.since(OTHER, NOW + 2, 10), [
      { kind: 'feed_post', itemId: 'M1', createdAt: NOW + 2 },
    ]);
    assert.deepEqual([tombstones.prune(NOW + 2), tombstones.signers('feed_post', 'M1')], [2, [OTHER]]);
  });

  test('handled ids are remembered, then forgotten', () => {
    const { processedMessages: seen } = memoryStore().rows;
    assert.deepEqual(
      [seen.has('M1'), seen.add('M1', NOW), seen.add('M1', NOW), seen.has('M1')],
      [false, true, false, true],
    );
    seen.add('M2', NOW + 5000);
    assert.deepEqual([seen.prune(NOW + 5000), seen.has('M1'), seen.has('M2')], [1, false, true]);
  });
});
