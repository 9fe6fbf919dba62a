import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { GENERAL_CHANNEL, LOCAL_USER } from '../../server/store/seed.ts';
import { toIsoTime } from '../../server/store/time.ts';
import type { MessageId, PeerId, UserId } from '../../server/wire/ids.ts';
import { itemId } from '../../server/wire/item-id.ts';
import { NOW, memoryStore } from './support.ts';

const ID = 'M000000000000000000000001' as MessageId;
const PEER = 'PeerAAAAAAAAAAAA' as PeerId;
const HOUR = 3_600_000;

function scene() {
  const { rows, store } = memoryStore();
  const seconds = Math.floor(NOW / 1000);
  const message = {
    id: ID,
    channelId: GENERAL_CHANNEL,
    userId: LOCAL_USER,
    content: 'x',
    createdAt: NOW + 700,
  };
  const item = () => rows.items.get('c:general', ID);
  return { rows, store, message, item, seconds };
}

function person(rows: ReturnType<typeof scene>['rows'], id: string, originPeer: PeerId | null): UserId {
  const shadow = { id: id as UserId, username: id, publicKey: '', displayName: id, now: NOW };
  rows.users.insert({ ...shadow, originPeer, passwordHash: null, accountType: 'human' });
  return id as UserId;
}

describe('the item of a channel message', () => {
  it('makes its deletion wanted again, which was refused while there was nothing to delete', () => {
    const { rows, message, seconds } = scene();
    const refusal = (objectId: string) => ({
      setId: 'c:general',
      id: itemId(nativeCrypto, { kind: 'm', objectId, version: 'x' }),
      ts: seconds,
    });
    rows.refused.add(PEER, [refusal(ID), refusal('another')], NOW);
    rows.channelMessages.insert(message);
    assert.deepEqual(rows.refused.ofSet(PEER, 'c:general'), [refusal('another')]);
  });

  it('comes, changes and goes with it', () => {
    const { rows, message, item, seconds } = scene();
    rows.channelMessages.insert({ ...message, expiresAt: NOW + HOUR });
    assert.deepEqual(item(), {
      setId: 'c:general',
      objectId: ID,
      kind: 'm',
      ts: seconds,
      version: '',
      id: itemId(nativeCrypto, { kind: 'm', objectId: ID, version: '' }),
      expiresAt: NOW + HOUR,
      deletedAt: null,
    });
    rows.channelMessages.update(ID, { content: 'y', editedAt: NOW + 5, expiresAt: null });
    assert.deepEqual([item()?.version, item()?.expiresAt], [`r${NOW + 5}`, null]);
    rows.channelMessages.update(ID, { content: 'z', editedAt: NOW + 4 });
    assert.equal(item()?.version, `r${NOW + 5}`);
    rows.channelMessages.delete(ID, NOW);
    assert.deepEqual([item()?.version, item()?.deletedAt], ['x', NOW]);
    rows.channelMessages.insert(message);
    assert.equal(item()?.version, 'x');
  });

  it('takes the revision and the creation time that were carried', () => {
    const { rows, message, item } = scene();
    rows.channelMessages.insert({ ...message, carriedAt: NOW + 90_000 });
    rows.channelMessages.update(ID, { editedAt: NOW, rev: 77 });
    assert.deepEqual([item()?.ts, item()?.version], [Math.floor(NOW / 1000) + 90, 'r77']);
  });

  it('leaves nothing behind when the message expires', () => {
    const { rows, message, item } = scene();
    rows.channelMessages.insert({ ...message, expiresAt: NOW });
    rows.channelMessages.purge(NOW, 10);
    assert.equal(item(), undefined);
  });

  it('is undone with it', () => {
    const { rows, message, item, store } = scene();
    assert.throws(() =>
      store.commit.now(() => {
        rows.channelMessages.insert(message);
        throw new Error('no');
      }),
    );
    assert.equal(item(), undefined);
  });

  it('stays as a deletion for two years, or until the message would have expired', () => {
    const { rows, message, item } = scene();
    rows.channelMessages.insert(message);
    rows.channelMessages.delete(ID, NOW);
    assert.equal(rows.items.prune(NOW + 700 * 24 * HOUR), 0);
    assert.equal(rows.items.prune(NOW + 731 * 24 * HOUR), 1);
    assert.equal(item(), undefined);
  });
});

describe('the item of a direct message', () => {
  const direct = { id: 'd1' as MessageId, content: 'x', createdAt: NOW };

  it('stands in one set for each node at the other end, by the time it was sent', () => {
    const { rows, seconds } = scene();
    const far = person(rows, 'user_far', PEER);
    rows.directMessages.insert({ ...direct, senderId: LOCAL_USER, recipientId: far });
    assert.equal(rows.items.get(`d:${PEER}`, 'd1')?.ts, seconds);
    const metadata = { sent_at: toIsoTime(NOW - 60_500) };
    rows.directMessages.insert({
      ...direct,
      id: 'd2' as MessageId,
      senderId: far,
      recipientId: LOCAL_USER,
      metadata,
    });
    assert.equal(rows.items.get(`d:${PEER}`, 'd2')?.ts, seconds - 61);
    rows.directMessages.edit('d2' as MessageId, {
      content: 'y',
      messageType: 'text',
      metadata,
      editedAt: NOW + 1,
    });
    assert.equal(rows.items.get(`d:${PEER}`, 'd2')?.version, `r${NOW + 1}`);
    rows.directMessages.delete('d2' as MessageId, NOW);
    assert.equal(rows.items.get(`d:${PEER}`, 'd2')?.version, 'x');
  });

  it('is none between people of this node, and none for texts of nodes', () => {
    const { rows } = scene();
    const node = person(rows, `peer_${PEER}`, PEER);
    rows.directMessages.insert({ ...direct, senderId: LOCAL_USER, recipientId: LOCAL_USER });
    rows.directMessages.insert({
      ...direct,
      id: 'd2' as MessageId,
      senderId: node,
      recipientId: LOCAL_USER,
      metadata: { p2p_send: {} },
    });
    rows.directMessages.insert({
      ...direct,
      id: 'd3' as MessageId,
      senderId: LOCAL_USER,
      recipientId: node,
    });
    assert.deepEqual(
      ['d1', 'd2', 'd3'].flatMap((id) => rows.items.ofObject('d', id)),
      [],
    );
  });
});

describe('items of rows that another program wrote or removed', () => {
  it('are made good at the start', () => {
    const { rows, message, item, store } = scene();
    rows.channelMessages.insert(message);
    const before = item();
    rows.items.forget('m', ID);
    store.sql.run('DELETE FROM messages');
    rows.items.created({ setId: 'c:general', objectId: 'gone', kind: 'm', ts: 1, expiresAt: null });
    rows.items.created({ setId: 'c:general', objectId: 'deleted', kind: 'm', ts: 1, expiresAt: null });
    rows.items.deleted('m', 'deleted', NOW);
    let steps = 1;
    while (rows.itemBackfill.step()) steps += 1;
    // One for each table, and one for what is gone from it.
    assert.ok(steps <= 6);
    assert.deepEqual(item(), before);
    assert.equal(rows.items.get('c:general', 'gone'), undefined);
    assert.equal(rows.items.get('c:general', 'deleted')?.version, 'x');
  });
});

describe('refusals', () => {
  const refusal = (n: number) => ({ setId: 'c:general', id: new Uint8Array(32).fill(n), ts: n });

  it('are kept per peer and set, and go with what led to them', () => {
    const { rows } = scene();
    rows.refused.add(PEER, [refusal(1), refusal(2)], NOW);
    assert.deepEqual(rows.refused.ofSet(PEER, 'c:general'), [refusal(1), refusal(2)]);
    rows.refused.remove(PEER, 'c:general', refusal(1).id);
    assert.equal(rows.refused.ofSet(PEER, 'c:general').length, 1);
    rows.refused.forgetSet('c:general');
    rows.refused.add(PEER, [refusal(3)], NOW);
    rows.refused.forgetPeer(PEER);
    rows.refused.add(PEER, [refusal(4)], NOW);
    rows.refused.prune(NOW + 8 * 24 * HOUR);
    assert.deepEqual(rows.refused.ofSet(PEER, 'c:general'), []);
  });
});

describe('proofs', () => {
  const created = { kind: 'm', objectId: ID, version: '' } as const;
  const one = { ...created, id: itemId(nativeCrypto, created) };

  it('are unreadable at rest, and only those still needed are kept', () => {
    const { rows, store } = scene();
    assert.equal(rows.proofs.put(one, '{"secret":1}'), true);
    assert.equal(rows.proofs.put({ ...one, id: new Uint8Array(32) }, 'x'.repeat(32_769)), false);
    const stored = store.sql.get<{ text: Uint8Array }>('SELECT text FROM native_proofs');
    assert.ok(stored !== undefined && !Buffer.from(stored.text).includes('secret'));
    assert.equal(rows.proofs.get(one), '{"secret":1}');
    rows.proofs.keepOnly('m', ID, []);
    assert.equal(rows.proofs.get(one), null);
  });
});
