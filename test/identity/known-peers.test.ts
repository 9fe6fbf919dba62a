import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { KnownPeers, MAX_DISPLAY_NAME } from '../../server/identity/known-peers.ts';
import type { Endpoint } from '../../server/wire/ids.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { derivePeerId } from '../../server/wire/peer-id.ts';
import {
  identity,
  ManualTimers,
  peer,
  table,
  unsoundAgreementKeys,
  unsoundSigningKeys,
  withForeignAgreementKey,
} from './identities.ts';

const endpoint = (text: string): Endpoint => text as Endpoint;
const [bob, carol] = [peer(1), peer(2)];

test('an announcement with another agreement key is refused, kept for display, and changes nothing', () => {
  for (const learn of ['importPeer', 'confirmKeys'] as const) {
    const { known } = table();
    known[learn](bob);
    const before = known.get(bob.peerId);
    const forged = {
      ...withForeignAgreementKey(1, 3),
      displayName: 'Not Bob',
      endpoints: ['ws://evil.example:1'],
    };
    assert.deepEqual(known.introduce(forged, carol.peerId), { ok: false, reason: 'key_conflict' });
    assert.deepEqual(known.get(bob.peerId), before);
    assert.deepEqual(known.conflicts(), [
      { peerId: bob.peerId, key: 'x25519', source: 'introduced', by: carol.peerId },
    ]);
  }
});

test('an invite with another agreement key is refused for a peer known by handshake, invite or file', () => {
  const first = table();
  first.known.importPeer(bob);
  first.known.confirmKeys(bob);
  const second = table();
  second.known.importPeer(bob);
  const third = table({ text: second.saved.at(-1) ?? null });
  for (const { known } of [first, second, third]) {
    const before = known.get(bob.peerId);
    assert.ok(before);
    const forged = { ...withForeignAgreementKey(1, 3), endpoints: ['ws://evil.example:1'] };
    assert.deepEqual(known.importPeer(forged), { ok: false, reason: 'key_conflict' });
    assert.deepEqual(known.get(bob.peerId), before);
    assert.equal(known.conflicts().length, 1);
  }
});

test('weak and non-canonical keys are taken from nobody, whatever id they hash to', () => {
  const { known } = table();
  for (const ed25519PublicKey of unsoundSigningKeys) {
    const keys = { ...bob, peerId: derivePeerId(nativeCrypto, ed25519PublicKey), ed25519PublicKey };
    assert.deepEqual(known.importPeer(keys), { ok: false, reason: 'bad_keys' });
    assert.deepEqual(known.confirmKeys(keys), { ok: false, reason: 'bad_keys' });
    assert.deepEqual(known.introduce(keys, carol.peerId), { ok: false, reason: 'bad_keys' });
  }
  for (const x25519PublicKey of unsoundAgreementKeys) {
    const keys = { ...bob, x25519PublicKey };
    assert.deepEqual(known.importPeer(keys), { ok: false, reason: 'bad_keys' });
    assert.deepEqual(known.confirmKeys(keys), { ok: false, reason: 'bad_keys' });
    assert.deepEqual(known.introduce(keys, carol.peerId), { ok: false, reason: 'bad_keys' });
  }
  assert.deepEqual(known.list(), []);
});

test('keys that do not belong to the peer id are never taken, from nobody', () => {
  const { known } = table();
  const mixed = { ...bob, peerId: carol.peerId };
  const short = { ...bob, x25519PublicKey: bob.x25519PublicKey.subarray(1) };
  for (const keys of [mixed, short]) {
    for (const result of [
      known.importPeer(keys),
      known.confirmKeys(keys),
      known.introduce(keys, carol.peerId),
    ]) {
      assert.deepEqual(result, { ok: false, reason: 'bad_keys' });
    }
  }
  assert.deepEqual(known.list(), []);
});

test('the own handshake of a peer settles its agreement key, whatever was said before', () => {
  for (const learn of [
    (known: KnownPeers) => known.importPeer(withForeignAgreementKey(1, 3)),
    (known: KnownPeers) => known.introduce(withForeignAgreementKey(1, 3), carol.peerId),
    (known: KnownPeers) => known.confirmKeys(withForeignAgreementKey(1, 3)),
  ]) {
    const { known } = table();
    learn(known);
    assert.equal(known.confirmKeys(bob).ok, true);
    assert.deepEqual(known.get(bob.peerId)?.x25519PublicKey, bob.x25519PublicKey);
    assert.equal(known.get(bob.peerId)?.keySource, 'handshake');
  }
});

test('hearsay gives way to an invite, also after a restart', () => {
  const before = table();
  before.known.introduce(withForeignAgreementKey(1, 3), carol.peerId);
  before.known.flush();
  const { known } = table({ text: before.saved.at(-1) ?? null });
  assert.equal(known.get(bob.peerId)?.keySource, 'introduced');
  assert.equal(known.importPeer(bob).ok, true);
  assert.deepEqual(known.get(bob.peerId)?.x25519PublicKey, bob.x25519PublicKey);
});

test('an invite for a peer that was met does not make its keys provisional again', () => {
  const { known } = table();
  known.confirmKeys(bob);
  known.importPeer({ ...bob, endpoints: ['ws://b:1'] });
  assert.equal(known.get(bob.peerId)?.keySource, 'handshake');
  assert.deepEqual(known.get(bob.peerId)?.endpoints, ['ws://b:1']);
});

test('the node itself is never a known peer', () => {
  const { known, saved } = table();
  const self = peer(0);
  for (const result of [known.importPeer(self), known.confirmKeys(self), known.introduce(self, bob.peerId)]) {
    assert.deepEqual(result, { ok: false, reason: 'self' });
  }
  known.recordEndpoint(self.peerId, endpoint('ws://me:1'), { claim: true });
  known.flush();
  assert.deepEqual([known.list(), known.endpoints(self.peerId), saved], [[], [], []]);
});

test('introduced endpoints and names come behind what the peer itself gave', () => {
  const { known } = table();
  known.introduce(
    { ...bob, endpoints: ['ws://i:1', 'ws://127.0.0.1:1', 'bad'], displayName: 'Hearsay' },
    carol.peerId,
  );
  known.recordEndpoint(bob.peerId, endpoint('ws://p:1'), { claim: true });
  assert.deepEqual(known.get(bob.peerId)?.endpoints, ['ws://p:1', 'ws://i:1']);
  known.setDisplayName(bob.peerId, 'Bob');
  known.introduce({ ...bob, endpoints: ['ws://j:1', 'ws://p:1'], displayName: 'Hearsay' }, carol.peerId);
  assert.deepEqual(known.get(bob.peerId)?.endpoints, ['ws://p:1', 'ws://i:1', 'ws://j:1']);
  assert.equal(known.get(bob.peerId)?.displayName, 'Bob');
});

test('loopback endpoints are kept where several nodes share a machine', () => {
  const invite = { ...bob, endpoints: ['ws://127.0.0.1:7771', 'ws://b:1'] };
  const [apart, together] = [table(), table({ allowLoopback: true })];
  apart.known.importPeer(invite);
  together.known.importPeer(invite);
  assert.deepEqual(apart.known.get(bob.peerId)?.endpoints, ['ws://b:1']);
  assert.deepEqual(together.known.get(bob.peerId)?.endpoints, ['ws://127.0.0.1:7771', 'ws://b:1']);
});

test('switching loopback endpoints off also forgets those in the file', () => {
  const together = table({ allowLoopback: true });
  together.known.importPeer({ ...bob, endpoints: ['ws://127.0.0.1:7771', 'ws://b:1'] });
  const { known } = table({ text: together.saved.at(-1) ?? null });
  assert.deepEqual(known.endpoints(bob.peerId), ['ws://b:1']);
  known.recordEndpoint(bob.peerId, endpoint('ws://localhost:1'), { claim: true });
  assert.deepEqual(known.endpoints(bob.peerId), ['ws://b:1']);
});

test('a claimed endpoint leaves every other peer, with keys or without', () => {
  const { known } = table();
  const dave = peer(3).peerId;
  known.importPeer({ ...bob, endpoints: ['ws://a:1', 'ws://b:1'] });
  known.recordEndpoint(dave, endpoint('ws://a:1'));
  known.confirmKeys(carol);
  known.recordEndpoint(carol.peerId, endpoint('ws://a:1'), { claim: true });
  assert.deepEqual(known.endpoints(bob.peerId), ['ws://b:1']);
  assert.deepEqual(known.endpoints(dave), []);
  assert.deepEqual(known.endpoints(carol.peerId), ['ws://a:1']);
});

test('endpoints recorded before the keys were known are kept when they come', () => {
  const { known } = table();
  known.recordEndpoint(bob.peerId, endpoint('ws://lan:1'));
  known.recordEndpoint(bob.peerId, endpoint('not canonical'));
  known.confirmKeys(bob);
  assert.deepEqual(known.get(bob.peerId)?.endpoints, ['ws://lan:1']);
});

test('names from elsewhere are cleaned and bounded', () => {
  const { known } = table();
  known.importPeer({ ...bob, displayName: ' B\u0000o\nb\u202e ' });
  assert.equal(known.get(bob.peerId)?.displayName, 'Bob');
  known.setDisplayName(bob.peerId, `\ud800${'🌳'.repeat(500)}`);
  assert.equal(known.get(bob.peerId)?.displayName, '🌳'.repeat(MAX_DISPLAY_NAME - 1));
});

test('forgetting leaves nothing behind, and is on disk at once', () => {
  const { known, saved } = table();
  known.importPeer(bob);
  known.introduce(withForeignAgreementKey(1, 3), carol.peerId);
  assert.equal(known.forget(bob.peerId), true);
  assert.deepEqual([known.get(bob.peerId), known.conflicts(), saved.at(-1)], [undefined, [], '[]']);
  assert.equal(known.forget(bob.peerId), false);
});

test('a burst of changes is one write, an import is written at once, and no change is no write', () => {
  const { known, saved, timers } = table();
  known.confirmKeys(bob);
  known.confirmKeys(carol);
  known.recordEndpoint(bob.peerId, endpoint('ws://b:1'));
  assert.equal(saved.length, 0);
  timers.run();
  assert.equal(saved.length, 1);
  known.confirmKeys(bob);
  known.recordEndpoint(bob.peerId, endpoint('ws://b:1'));
  assert.equal(timers.tasks.size, 0);
  known.importPeer(peer(3));
  assert.equal(saved.length, 2);
});

test('conflicts are bounded and not repeated', () => {
  const { known } = table();
  known.confirmKeys(bob);
  for (let n = 0; n < 300; n += 1) known.introduce(withForeignAgreementKey(1, 3), peer(2 + (n % 120)).peerId);
  assert.equal(known.conflicts().length, 100);
});

test('the table survives a restart through its file, private to its owner; a damaged file is set aside', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'canopy-known-'));
  try {
    const file = path.join(directory, 'known_peers.json');
    const components = { crypto: nativeCrypto, timers: new ManualTimers(), log: silentLog };
    const init = { file, localPeerId: identity(0).peerId };
    const first = KnownPeers.load(components, init);
    first.importPeer({ ...bob, endpoints: ['ws://b:1'], displayName: 'Bob' });
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    const again = KnownPeers.load(components, init);
    assert.deepEqual(again.list(), [{ ...first.get(bob.peerId), keySource: 'file' }]);
    fs.writeFileSync(file, '[{');
    const damaged = KnownPeers.load(components, init);
    assert.deepEqual(damaged.list(), []);
    assert.equal(fs.readFileSync(file, 'utf8'), '[{');
    damaged.importPeer(carol);
    assert.equal(fs.readFileSync(`${file}.damaged`, 'utf8'), '[{');
    assert.deepEqual(fs.readdirSync(directory).sort(), ['known_peers.json', 'known_peers.json.damaged']);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});
