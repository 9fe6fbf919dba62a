/**
 * What an attacker that speaks the protocol correctly gets out of brokering and relays (02 section 10: S1, S11, S13; floods):
 * a stranger nothing, an accepted peer only what it could have done honestly.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import type { MessageType } from '../../../server/wire/message-types.ts';
import { CoreWorld } from '../../sim/core.ts';
import type { Core } from '../../sim/core.ts';

const NOWHERE = 'ws://192.0.2.77:7771';

let world: CoreWorld;
let victim: Core;
let attacker: Core;
let friend: Core;

beforeEach(async () => {
  world = new CoreWorld(91);
  const full = { mesh: { relayPolicy: 'full_relay' as const } };
  [victim, attacker, friend] = [world.core(full), world.core(), world.core()];
  for (const core of [victim, attacker, friend]) await core.start();
  victim.workspace.trust.setScore(friend.mesh.peerId, 90);
  friend.workspace.trust.setScore(victim.mesh.peerId, 90);
  for (const core of [attacker, friend]) void core.importInviteOf(victim);
  await world.time.run(10_000);
});

afterEach(async () => {
  const stopping = Promise.all([victim, attacker, friend].map((core) => core.stop()));
  await world.time.run(2_000);
  await stopping;
});

function accept(): void {
  victim.workspace.trust.setScore(attacker.mesh.peerId, 90);
}

/** Somebody whose keys the victim knows and who is not here. */
function absent(): NodeIdentity {
  const identity = createNodeIdentity(world.random, nativeCrypto);
  const { peerId, ed25519, x25519 } = identity;
  const keys = { ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey };
  victim.knownPeers.importPeer({ peerId, ...keys });
  return identity;
}

async function send(type: MessageType, metadata: Record<string, unknown>, options = {}): Promise<void> {
  const payload = { content: '', metadata: { type, ...metadata } };
  void attacker.mesh.sendDirect(type, victim.mesh.peerId, payload, options);
  await world.time.run(1_000);
}

const intro = (identity: NodeIdentity, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  requester_peer_id: identity.peerId,
  requester_endpoints: [NOWHERE],
  requester_keys: {
    ed25519_public_key: encodeBase58(identity.ed25519.publicKey),
    x25519_public_key: encodeBase58(identity.x25519.publicKey),
  },
  ...change,
});
/** Dials the victim made because somebody was introduced. */
const dials = (): number =>
  victim.mesh.activity().filter((event) => event.detail?.startsWith('Introduced by a common')).length;
const relays = (): Record<string, PeerId> => victim.mesh.routing().active_relays;
const received = (core: Core, text: string): number =>
  core.mesh.activity().filter((event) => event.detail?.startsWith(text)).length;

test('a stranger is neither introduced nor makes this node dial or use a relay', async () => {
  const somebody = absent();
  await send('broker_request', { target_peer: friend.mesh.peerId, requester_endpoints: [NOWHERE] });
  await send('broker_intro', intro(createNodeIdentity(world.random, nativeCrypto)));
  await send('relay_offer', { target_peer: somebody.peerId });
  await world.time.run(20_000);
  assert.equal(received(friend, 'Introduced by'), 0);
  assert.equal(dials(), 0);
  assert.deepEqual(relays(), {});
});

test('offers for a neighbour, for this node, for unknown or blocked peers, or for the offerer are passed over', async () => {
  accept();
  const blocked = absent();
  const stranger = createNodeIdentity(world.random, nativeCrypto);
  victim.mesh.disconnect(blocked.peerId);
  for (const target of [
    friend.mesh.peerId,
    victim.mesh.peerId,
    attacker.mesh.peerId,
    blocked.peerId,
    stranger.peerId,
    'no peer id at all',
    '',
  ])
    await send('relay_offer', { target_peer: target });
  assert.deepEqual(victim.mesh.routing().routing_table, {});
});

test('an offer nobody asked for does not take a working relay away', async () => {
  accept();
  const somebody = absent();
  assert.equal(victim.mesh.relays.accept(somebody.peerId, friend.mesh.peerId), true);
  await send('relay_offer', { target_peer: somebody.peerId });
  assert.deepEqual(relays(), { [somebody.peerId]: friend.mesh.peerId });
  // With an introduction before it, it may: that is how a new relay comes about.
  await send('broker_intro', intro(somebody));
  await send('relay_offer', { target_peer: somebody.peerId });
  assert.deepEqual(relays(), { [somebody.peerId]: attacker.mesh.peerId });
});

test('an offer as a flood, which anybody may pass on, counts for nothing', async () => {
  accept();
  const somebody = absent();
  await send('relay_offer', { target_peer: somebody.peerId }, { targeted: false });
  assert.deepEqual(relays(), {});
});

test('one peer offers only so many relays', async () => {
  accept();
  const many = Array.from({ length: 130 }, () => absent().peerId);
  for (const target of many) await send('relay_offer', { target_peer: target });
  assert.equal(Object.keys(relays()).length, 100);
});

test('an introduction replaces no key, and one with keys that do not fit is passed over', async () => {
  accept();
  const somebody = absent();
  const other = createNodeIdentity(world.random, nativeCrypto);
  await send('broker_intro', intro(somebody, { requester_keys: intro(other)['requester_keys'] }));
  const known = victim.knownPeers.get(somebody.peerId);
  assert.deepEqual(known?.ed25519PublicKey, somebody.ed25519.publicKey);
  assert.deepEqual(known?.x25519PublicKey, somebody.x25519.publicKey);
  const made = intro(other, { requester_keys: intro(somebody)['requester_keys'] });
  await send('broker_intro', made);
  assert.equal(victim.knownPeers.get(other.peerId), undefined);
});

test('an introduction never points this node at itself or at this machine', async () => {
  accept();
  const somebody = createNodeIdentity(world.random, nativeCrypto);
  const requester_endpoints = ['ws://127.0.0.1:7771', 'ws://localhost:22', 'http://192.0.2.1:80', 'nonsense'];
  await send('broker_intro', intro(somebody, { requester_endpoints }));
  assert.deepEqual(victim.mesh.introducedPeer(somebody.peerId)?.endpoints, []);
  await send('broker_intro', intro(victim.disk.identity));
  assert.equal(victim.mesh.introducedPeer(victim.mesh.peerId), undefined);
});

test('a flood of introductions makes this node dial a dozen times a minute at most', async () => {
  accept();
  for (let i = 0; i < 60; i += 1) {
    const somebody = createNodeIdentity(world.random, nativeCrypto);
    void attacker.mesh.sendDirect('broker_intro', victim.mesh.peerId, {
      content: '',
      metadata: { type: 'broker_intro', ...intro(somebody) },
    });
  }
  await world.time.run(30_000);
  assert.ok(dials() > 0 && dials() <= 20, `${dials()} dials`);
});

test('a flood of requests is answered a dozen times a minute at most, and each for nobody but a neighbour', async () => {
  accept();
  for (let i = 0; i < 60; i += 1)
    void attacker.mesh.sendDirect('broker_request', victim.mesh.peerId, {
      content: '',
      metadata: {
        type: 'broker_request',
        target_peer: i % 2 === 0 ? friend.mesh.peerId : absent().peerId,
        requester_endpoints: Array.from({ length: 60 }, (_, n) => `ws://192.0.2.${n + 1}:7771`),
      },
    });
  await world.time.run(30_000);
  const introduced = received(victim, 'Introduced to each other');
  assert.ok(introduced > 0 && introduced <= 20, `${introduced} introductions`);
  assert.ok((friend.mesh.introducedPeer(attacker.mesh.peerId)?.endpoints.length ?? 0) <= 8);
});

test('the keys passed on are those the requester showed itself, whatever its request says', async () => {
  accept();
  const other = createNodeIdentity(world.random, nativeCrypto);
  await send('broker_request', {
    target_peer: friend.mesh.peerId,
    requester_endpoints: [NOWHERE],
    requester_keys: intro(other)['requester_keys'],
  });
  await world.time.run(5_000);
  const seen = friend.knownPeers.get(attacker.mesh.peerId);
  assert.deepEqual(seen?.x25519PublicKey, attacker.disk.identity.x25519.publicKey);
});
