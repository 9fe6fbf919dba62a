/** How far a message has come, as scripts ask (06 section 3.3). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MessageId, PeerId } from '../../server/wire/ids.ts';
import { startHarness, type Harness } from './harness.ts';

const PEER = 'PeerAAAAAAAAAAAA' as PeerId;
let node: Harness;
let key: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  key = node.key('owner', ['read_messages', 'write_messages']);
});
after(() => node.close());

const get = (path: string, by = key) => node.call('GET', `/api/v1${path}`, { key: by });

async function post(content: string): Promise<MessageId> {
  const answer = await node.call('POST', '/api/v1/channels/messages', {
    key,
    body: { channel_id: 'general', content },
  });
  return (answer.json['message'] as { id: MessageId }).id;
}

test('a message nobody else is owed has no delivery', async () => {
  const id = await post('alone');
  const answer = await get(`/delivery?kind=message&id=${id}`);
  assert.deepEqual([answer.status, answer.json['delivery'], answer.json['peers']], [200, null, []]);
});

test('the sum stands in the message, the state of each peer in the answer', async () => {
  const id = await post('for others');
  const { delivery } = node.components.workspace;
  delivery.queued('message', id, PEER, 'awaiting_acceptance');
  delivery.failed('message', id, 'PeerBBBBBBBBBBBB' as PeerId, 'too_large');
  delivery.delivered('message', id, 'PeerCCCCCCCCCCCC' as PeerId);
  const answer = await get(`/delivery?kind=message&id=${id}`);
  const peers = answer.json['peers'] as { peer_id: string; state: string; reason: string | null }[];
  assert.deepEqual(
    peers.map(({ peer_id, state, reason }) => [peer_id, state, reason]),
    [
      [PEER, 'queued', 'awaiting_acceptance'],
      ['PeerBBBBBBBBBBBB', 'failed', 'too_large'],
      ['PeerCCCCCCCCCCCC', 'delivered', null],
    ],
  );
  const read = await get(`/channels/general/messages/${id}`);
  const message = read.json['message'] as { delivery: Record<string, unknown> };
  assert.deepEqual(message.delivery, answer.json['delivery']);
  const { state, of, delivered, failed } = message.delivery;
  assert.deepEqual([state, of, delivered, failed], ['partial', 3, 1, 1]);
});

test('only who may read a message hears how far it came', async () => {
  const id = await post('seen by members');
  assert.equal((await get(`/delivery?kind=dm&id=${id}`)).status, 404);
  assert.equal((await get('/delivery?kind=message&id=Mffffffffffffffffffffffff')).status, 404);
  assert.equal((await get('/delivery?kind=message')).status, 404);
  assert.equal((await get(`/delivery?kind=letter&id=${id}`)).status, 400);
  const writer = node.key('owner', ['write_messages']);
  assert.equal((await get(`/delivery?kind=message&id=${id}`, writer)).status, 403);
});

test('an account may keep to itself what it read', async () => {
  const set = await node.call('POST', '/api/v1/profile', { key, body: { read_receipts: false } });
  assert.equal(set.status, 200);
  const profile = await get('/profile');
  assert.deepEqual(profile.json['privacy_settings'], { read_receipts: false });
});
