import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { knownPeersText, parseKnownPeers, type StoredPeer } from '../../server/identity/known-peers-file.ts';
import type { Endpoint } from '../../server/wire/ids.ts';
import { derivePeerId } from '../../server/wire/peer-id.ts';
import { identity, peer, unsoundAgreementKeys, unsoundSigningKeys } from './identities.ts';

const local = identity(0).peerId;
const endpoints = fc.array(
  fc.integer({ min: 1, max: 65535 }).map((port) => `ws://[2001:db8::1]:${port}` as Endpoint),
);
const stored: fc.Arbitrary<StoredPeer> = fc
  .record({
    n: fc.integer({ min: 1, max: 120 }),
    endpoints,
    displayName: fc.string({ unit: 'grapheme' }),
    introduced: fc.boolean(),
  })
  .map(({ n, ...rest }) => ({ ...peer(n), ...rest }));

test('reading what was written gives the same peers, in order', () => {
  const lists = fc.uniqueArray(stored, { selector: ({ peerId }) => peerId, maxLength: 8 });
  fc.assert(
    fc.property(lists, (peers) => {
      const text = knownPeersText(peers);
      assert.match(text, /^[\n\x20-\x7e]*$/);
      assert.deepEqual(parseKnownPeers(text, nativeCrypto, local), { peers, skipped: 0 });
    }),
  );
});

test('any text is read without an error, and a bad entry costs only itself', () => {
  const good: unknown = JSON.parse(
    knownPeersText([{ ...peer(1), endpoints: [], displayName: '', introduced: false }]),
  );
  assert.ok(Array.isArray(good));
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.string(), (others, text) => {
      const read = parseKnownPeers(JSON.stringify([...others, ...good, ...others]), nativeCrypto, local);
      assert.deepEqual(
        read?.peers.map((entry) => entry.peerId),
        [peer(1).peerId],
      );
      assert.equal(read.skipped, 2 * others.length);
      parseKnownPeers(text, nativeCrypto, local);
    }),
  );
});

test('an entry whose key belongs to another id is not taken over from the file', () => {
  const text = knownPeersText([
    { ...peer(1), peerId: peer(2).peerId, endpoints: [], displayName: '', introduced: false },
  ]);
  assert.deepEqual(parseKnownPeers(text, nativeCrypto, local), { peers: [], skipped: 1 });
});

test('an entry with a weak or non-canonical key is passed over', () => {
  const entry = { ...peer(1), endpoints: [], displayName: '', introduced: false };
  const damaged = [
    ...unsoundSigningKeys.map((ed25519PublicKey) => ({
      ...entry,
      peerId: derivePeerId(nativeCrypto, ed25519PublicKey),
      ed25519PublicKey,
    })),
    ...unsoundAgreementKeys.map((x25519PublicKey) => ({ ...entry, x25519PublicKey })),
  ];
  const read = parseKnownPeers(knownPeersText([...damaged, entry]), nativeCrypto, local);
  assert.deepEqual(read, { peers: [entry], skipped: damaged.length });
});

test('the work is bounded per character', () => {
  const entry = { peer_id: 'x', ed25519_public_key: 'z'.repeat(5000), x25519_public_key: 'z' };
  for (const length of [1, 10, 200]) {
    for (const item of [entry, [], null, 'text', { ...entry, ed25519_public_key: 'z'.repeat(128) }]) {
      const text = JSON.stringify(new Array<unknown>(length).fill(item));
      const steps = countSteps(() => void parseKnownPeers(text, nativeCrypto, local));
      assert.ok(steps <= 1000 + 150 * text.length, `${steps} steps for ${text.length} characters`);
    }
  }
});
