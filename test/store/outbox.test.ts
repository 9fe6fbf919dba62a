/** What is owed and how far it came (06 sections 3.1 and 3.3), and what an older database brings along. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { NATIVE_DELIVERY_TABLES } from '../../server/store/schema/native-delivery.ts';
import { NATIVE_TABLES } from '../../server/store/schema/native.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const PEER = 'PeerAAAAAAAAAAAA' as PeerId;
const OTHER = 'PeerBBBBBBBBBBBB' as PeerId;
const entry = (objectId: string, peerId = PEER, kind: 'message' | 'dm' | 'send' = 'message') => ({
  peerId,
  kind,
  objectId,
  version: '',
  createdAt: NOW,
  expiresAt: NOW + 100,
});

describe('outbox', () => {
  test('rows of a peer keep their order; a later change keeps the place and changes the version', () => {
    const { outbox } = memoryStore().rows;
    outbox.put(entry('m1'));
    outbox.put(entry('m2'));
    outbox.put(entry('m1', OTHER));
    outbox.put({ ...entry('m1'), version: 'r5', expiresAt: NOW + 300 });
    assert.deepEqual(
      outbox.forPeer(PEER, { limit: 10 }).map((row) => [row.objectId, row.version, row.expiresAt]),
      [
        ['m1', 'r5', NOW + 300],
        ['m2', '', NOW + 100],
      ],
    );
    const [first, second] = outbox.forPeer(PEER, { limit: 10 });
    assert.deepEqual(
      outbox.forPeer(PEER, { limit: 10, after: first?.seq ?? 0 }).map((row) => row.objectId),
      ['m2'],
    );
    assert.deepEqual([outbox.peers(), outbox.count(PEER), outbox.count(PEER, ['dm'])], [[PEER, OTHER], 2, 0]);
    assert.deepEqual(outbox.find(PEER, 'message', 'm2'), second);
    assert.equal(outbox.isOwed('message', 'm3'), false);
  });

  test('a row is settled only in the version that was sent', () => {
    const { outbox } = memoryStore().rows;
    outbox.put(entry('m1'));
    const sent = outbox.forPeer(PEER, { limit: 1 })[0];
    outbox.put({ ...entry('m1'), version: 'r7' });
    assert.equal(outbox.settle(sent?.seq ?? 0, ''), false);
    assert.equal(outbox.settle(sent?.seq ?? 0, 'r7'), true);
    assert.equal(outbox.count(PEER), 0);
  });

  test('a delete takes over the rows of what it deletes, at their places', () => {
    const { outbox } = memoryStore().rows;
    outbox.put(entry('m1'));
    outbox.put(entry('m2'));
    outbox.put(entry('m1', OTHER));
    const to = {
      kind: 'delete' as const,
      objectId: 'channel_message:m1',
      version: 'x',
      expiresAt: NOW + 500,
    };
    assert.deepEqual(outbox.takeOver({ kind: 'message', objectId: 'm1' }, to).sort(), [PEER, OTHER]);
    assert.deepEqual(
      outbox.forPeer(PEER, { limit: 10 }).map((row) => [row.kind, row.objectId, row.version]),
      [
        ['delete', 'channel_message:m1', 'x'],
        ['message', 'm2', ''],
      ],
    );
  });

  test('rows are set aside, forgiven, and expire', () => {
    const { outbox } = memoryStore().rows;
    for (const id of ['m1', 'm2', 'm3']) outbox.put(entry(id));
    const [m1, m2] = outbox.forPeer(PEER, { limit: 2 });
    outbox.postpone(m1?.seq ?? 0, { attempts: 3, nextAt: null, lastError: 'broken' });
    outbox.postpone(m2?.seq ?? 0, { attempts: 5, nextAt: NOW + 50, lastError: 'broken' });
    assert.equal(outbox.nextDue(PEER, NOW), NOW + 50);
    assert.equal(outbox.nextDue(PEER, NOW + 50), null, 'what is due already is nothing to wait for');
    outbox.forgive(PEER, 'broken', 0);
    assert.deepEqual(
      outbox.forPeer(PEER, { limit: 3 }).map((row) => row.attempts),
      [0, 5, 0],
      'what is set aside stays aside',
    );
    assert.deepEqual(
      outbox.takeExpired(NOW + 100, 2).map((row) => row.objectId),
      ['m1', 'm2'],
    );
    assert.deepEqual(
      outbox.takePeer(PEER).map((row) => row.objectId),
      ['m3'],
    );
    assert.deepEqual(outbox.peers(), []);
  });

  test('owed texts are sealed', () => {
    const { rows, store } = memoryStore();
    rows.owedTexts.add('s1', 'hush hush', NOW);
    rows.owedTexts.add('s1', 'another', NOW);
    assert.equal(rows.owedTexts.get('s1'), 'hush hush');
    assert.ok(!JSON.stringify(store.sql.all('SELECT * FROM native_owed_texts')).includes('hush'));
    assert.deepEqual([rows.owedTexts.remove('s1'), rows.owedTexts.get('s1')], [true, undefined]);
  });
});

test('delivery states per peer, in one read for many, and pruned by age', () => {
  const { deliveries } = memoryStore().rows;
  const row = {
    kind: 'dm' as const,
    objectId: 'm1',
    peerId: PEER,
    state: 'queued' as const,
    reason: null,
    at: NOW,
  };
  deliveries.put(row);
  deliveries.put({ ...row, peerId: OTHER, state: 'failed', reason: 'gone' });
  deliveries.put({ ...row, objectId: 'm2' });
  deliveries.put({ ...row, state: 'sent', at: NOW + 1 });
  assert.deepEqual(
    deliveries.of('dm', 'm1').map((d) => [d.peerId, d.state, d.reason]),
    [
      [PEER, 'sent', null],
      [OTHER, 'failed', 'gone'],
    ],
  );
  assert.deepEqual(
    deliveries.ofMany('dm', ['m1', 'm2', 'm3']).map((d) => d.objectId),
    ['m1', 'm1', 'm2'],
  );
  assert.deepEqual(deliveries.of('message', 'm1'), []);
  assert.equal(deliveries.get('dm', 'm1', PEER)?.state, 'sent');
  assert.equal(deliveries.prune(NOW + 1), 2);
  assert.deepEqual([deliveries.remove('dm', 'm1'), deliveries.of('dm', 'm1')], [1, []]);
});

test('rows of the first outbox and its states are taken over', () => {
  const db = new Database(':memory:');
  db.exec(NATIVE_TABLES);
  db.exec(`
    INSERT INTO native_outbox (id, peer_id, kind, item_id, payload, created_at, expires_at) VALUES
      (3, 'A', 'direct_message', 'd1', NULL, 1, 9), (5, 'A', 'p2p_send', 's1', 'sealed', 2, 9),
      (6, 'B', 'p2p_send', 's1', 'sealed again', 2, 9);
    INSERT INTO native_delivery VALUES
      ('channel_message', 'm1', 'A', 'sent', NULL, 4), ('direct_message', 'd1', 'A', 'queued', 'offline', 4),
      ('p2p_send', 's0', 'A', 'cannot_show', NULL, 4), ('p2p_send', 's1', 'B', 'received', NULL, 4);`);
  db.exec(NATIVE_DELIVERY_TABLES);
  const rows = (sql: string): unknown[] => db.prepare(sql).raw().all();
  assert.deepEqual(rows('SELECT seq, peer_id, kind, object_id, version FROM native_outbox ORDER BY seq'), [
    [3, 'A', 'dm', 'd1', ''],
    [5, 'A', 'send', 's1', ''],
    [6, 'B', 'send', 's1', ''],
  ]);
  assert.deepEqual(rows('SELECT id, payload FROM native_owed_texts'), [['s1', 'sealed']]);
  assert.deepEqual(rows('SELECT kind, object_id, state, reason FROM native_delivery ORDER BY object_id'), [
    ['dm', 'd1', 'queued', 'offline'],
    ['message', 'm1', 'sent', null],
    ['send', 's0', 'failed', 'cannot_show'],
    ['send', 's1', 'delivered', null],
  ]);
  db.close();
});
