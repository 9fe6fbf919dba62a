import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { knownPeersText } from '../../server/identity/known-peers-file.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import type { IntroductionRecord } from '../../server/mesh/types.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import { SimWorld } from '../sim/node.ts';

function recordOf(identity: NodeIdentity, change: Partial<IntroductionRecord> = {}): IntroductionRecord {
  return {
    peerId: identity.peerId,
    displayName: 'Somebody',
    endpoints: ['ws://10.1.1.1:7771', 'ws://127.0.0.1:1', 'nonsense'],
    ed25519PublicKey: encodeBase58(identity.ed25519.publicKey),
    x25519PublicKey: encodeBase58(identity.x25519.publicKey),
    capabilities: ['chat'],
    ...change,
  };
}

test('an announced peer is listed, its signature can be checked, its abilities are known', () => {
  const world = new SimWorld(51);
  const node = world.node({ allowLoopback: false });
  const [by, third] = [world.random, world.random].map((random) => createNodeIdentity(random, nativeCrypto));
  assert.ok(by && third);
  assert.equal(node.mesh.introduce([recordOf(third)], by.peerId), 1);
  const [record] = node.mesh.introduced();
  assert.deepEqual(
    [record?.peer_id, record?.endpoints, record?.introduced_by, record?.introduced_via, record?.display_name],
    [third.peerId, ['ws://10.1.1.1:7771'], by.peerId, [by.peerId], 'Somebody'],
  );
  assert.equal(node.knownPeers.get(third.peerId)?.keySource, 'introduced');
  assert.equal(node.mesh.supports(third.peerId, 'chat'), true);
  assert.equal(node.mesh.supports(third.peerId, 'files'), false);
  assert.deepEqual(node.mesh.versions(), { [third.peerId]: { capabilities: ['chat'] } });
});

test('what does not hold is passed over: foreign keys, other keys, ourselves, no keys', () => {
  const world = new SimWorld(52);
  const node = world.node();
  const make = (): NodeIdentity => createNodeIdentity(world.random, nativeCrypto);
  const [by, third, thief] = [make(), make(), make()];
  const stolen = { ed25519PublicKey: encodeBase58(thief.ed25519.publicKey) };
  const swapped = { x25519PublicKey: encodeBase58(thief.x25519.publicKey) };
  assert.equal(node.mesh.introduce([recordOf(third, stolen)], by.peerId), 0);
  assert.equal(node.mesh.introduce([recordOf(third)], by.peerId), 1);
  assert.equal(node.mesh.introduce([recordOf(third, swapped)], by.peerId), 0);
  const bad = [recordOf(node.identity), recordOf(by), { peerId: make().peerId }, { peerId: 'short' }];
  assert.equal(node.mesh.introduce(bad, by.peerId), 0);
  assert.deepEqual(node.knownPeers.get(third.peerId)?.x25519PublicKey, third.x25519.publicKey);
});

test('what others announced stays within its bound over restarts; what is accepted or announced again stays', () => {
  const world = new SimWorld(54);
  const make = (): NodeIdentity => createNodeIdentity(world.random, nativeCrypto);
  const first = world.node();
  const former = Array.from({ length: 500 }, make);
  for (let i = 0; i < 500; i += 100)
    first.mesh.introduce(
      former.slice(i, i + 100).map((one) => recordOf(one)),
      make().peerId,
    );
  const text = knownPeersText(first.knownPeers.list().map((peer) => ({ ...peer, introduced: true })));
  const node = world.node({ knownPeers: text, identity: first.identity });
  assert.equal(node.knownPeers.list().length, 500);
  const [accepted, again, gone] = former;
  assert.ok(accepted && again && gone);
  node.familiar.add(accepted.peerId);
  const added = Array.from({ length: 10 }, make);
  assert.equal(
    node.mesh.introduce(
      [again, ...added].map((one) => recordOf(one)),
      make().peerId,
    ),
    11,
  );
  assert.equal(node.knownPeers.list().length, 500);
  for (const { peerId } of [accepted, again, ...added, ...former.slice(12)])
    assert.ok(node.knownPeers.get(peerId) !== undefined);
  assert.equal(node.knownPeers.get(gone.peerId), undefined);
});

test('nobody fills the list alone', () => {
  const world = new SimWorld(53);
  const node = world.node();
  const make = (): NodeIdentity => createNodeIdentity(world.random, nativeCrypto);
  const by = make();
  const many = Array.from({ length: 120 }, () => recordOf(make()));
  assert.equal(node.mesh.introduce(many, by.peerId), 100);
  assert.equal(node.mesh.introduce([recordOf(make())], make().peerId), 1);
});
