/** Connecting introduced peers over the API (04 section 3.5): three running nodes on loopback, B and C know only A. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { eventually, startHarness, type Harness, type TestAnswer } from './harness.ts';

const ALL = ['read_messages', 'write_messages', 'manage_keys', 'view_trust', 'delete_data'];
let a: Harness;
let b: Harness;
let c: Harness;
const keys = new Map<Harness, string>();
const get = (node: Harness, path: string): Promise<TestAnswer> =>
  node.call('GET', `/api/v1${path}`, { key: keys.get(node) });
const post = (node: Harness, path: string, body: unknown = {}): Promise<TestAnswer> =>
  node.call('POST', `/api/v1${path}`, { key: keys.get(node), body });
const peerId = (node: Harness): PeerId => node.components.identity?.peerId as PeerId;

before(async () => {
  [a, b, c] = (await Promise.all([0, 1, 2].map(() => startHarness({ mesh: true })))) as [
    Harness,
    Harness,
    Harness,
  ];
  for (const node of [a, b, c]) {
    await node.setUp();
    keys.set(node, node.key('owner', ALL));
  }
  for (const one of [a, b, c])
    for (const other of [a, b, c])
      if (one !== other)
        await one.call('PUT', `/api/v1/trust/${peerId(other)}`, { key: keys.get(one), body: { score: 90 } });
  for (const end of [b, c]) {
    const invite = String((await get(a, '/p2p/invite?public_host=127.0.0.1')).json['invite_code']);
    const answer = await post(end, '/p2p/invite/import', { invite_code: invite });
    assert.equal(answer.json['status'], 'connected', answer.text);
  }
  await eventually(
    'B hears of C',
    async () =>
      ((await get(b, '/p2p/introduced')).json['introduced_peers'] as { peer_id: string }[]).some(
        (peer) => peer.peer_id === peerId(c),
      ) || undefined,
  );
});
after(() => Promise.all([a.close(), b.close(), c.close()]));

/** Introduces somebody who is nowhere to B, as A would. */
function introduceNobody(endpoints: string[]): string {
  const { peerId: id, ed25519, x25519 } = createNodeIdentity(b.components.ports.random, nativeCrypto);
  const record = {
    peerId: id,
    endpoints,
    ed25519PublicKey: encodeBase58(ed25519.publicKey),
    x25519PublicKey: encodeBase58(x25519.publicKey),
  };
  assert.equal(b.components.mesh?.mesh.introduce([record], peerId(a)), 1);
  return id;
}

test('without a direct attempt a contact is asked, and the other side dials back', async () => {
  const answer = await post(b, '/p2p/connect_introduced', { peer_id: peerId(c), force_broker: true });
  assert.equal(answer.status, 202, answer.text);
  const { message, ...rest } = answer.json;
  assert.equal(typeof message, 'string');
  assert.deepEqual(rest, {
    status: 'brokering',
    success: true,
    peer_id: peerId(c),
    forced_failover: true,
    direct_attempted: false,
    direct_attempt_count: 0,
    via_peer: peerId(a),
    attempted_brokers: [peerId(a)],
  });
  const activity = (await get(b, '/p2p/activity')).json;
  const events = activity['events'] as { peer_id: string; status?: string }[];
  const told = events.filter((event) => event.peer_id === peerId(c)).map((event) => event.status);
  assert.deepEqual(told.slice(0, 2), ['forced_failover', 'broker']);
  const { forced_failover_events, broker_events } = activity['validation'] as Record<string, number>;
  assert.deepEqual([forced_failover_events, broker_events], [1, 1]);
  await eventually(
    'C dialled back',
    async () =>
      ((await get(b, '/p2p/status')).json['connected_peers_list'] as string[]).includes(peerId(c)) ||
      undefined,
  );
});

test('one whose endpoints do not answer is asked for, the own policy being off all the same', async () => {
  await post(b, '/p2p/relay_policy', { policy: 'off' });
  const id = introduceNobody(['ws://127.0.0.1:1']);
  const answer = await post(b, '/p2p/connect_introduced', { peer_id: id });
  assert.deepEqual(
    [answer.status, answer.json['direct_attempted'], answer.json['direct_attempt_count']],
    [202, true, 1],
    answer.text,
  );
  const again = await post(b, '/p2p/reconnect', { peer_id: id });
  assert.deepEqual([again.status, again.json['status']], [202, 'brokering'], again.text);
});

test('one without endpoints goes straight to the contacts', async () => {
  const answer = await post(b, '/p2p/connect_introduced', { peer_id: introduceNobody([]) });
  assert.deepEqual([answer.status, answer.json['direct_attempted']], [202, false], answer.text);
});

test('the relay status says who chose, and lists what is carried', async () => {
  const status = (await get(a, '/p2p/relay_status')).json;
  assert.deepEqual(
    [status['set_by_environment'], status['relayed_pairs'], status['relayed_bytes']],
    [false, [], 0],
  );
});

test('with nobody to ask the answer is a failure that says so', async () => {
  for (const other of [a, c]) await post(b, '/p2p/disconnect', { peer_id: peerId(other) });
  const answer = await post(b, '/p2p/connect_introduced', { peer_id: introduceNobody([]) });
  assert.deepEqual(
    [answer.status, answer.json['status'], answer.json['attempted_brokers'], answer.json['relay_policy']],
    [502, 'failed', [], 'off'],
    answer.text,
  );
});
