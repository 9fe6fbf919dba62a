import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { nobleCrypto } from '../../server/crypto/noble.ts';
import { isPeerId } from '../../server/wire/ids.ts';
import { derivePeerId } from '../../server/wire/peer-id.ts';
import { bytesOf } from '../crypto/support.ts';

test('every key has a peer id of sixteen characters, the same with either backend', () => {
  fc.assert(
    fc.property(bytesOf(32), (key) => {
      const peerId = derivePeerId(nativeCrypto, key);
      assert.ok(isPeerId(peerId));
      assert.equal(derivePeerId(nobleCrypto, key), peerId);
    }),
  );
});

test('another key is another peer', () => {
  const ids = Array.from({ length: 64 }, (_, i) => derivePeerId(nativeCrypto, new Uint8Array(32).fill(i)));
  assert.equal(new Set(ids).size, 64);
});
