import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import {
  createChannelKey,
  decodeKeyMaterial,
  encodeKeyMaterial,
  isEncryptedChannelText,
  openChannelText,
  sealChannelText,
  unwrapChannelKey,
  wrapChannelKey,
} from '../../server/wire/channel-crypto.ts';
import { sealHex } from '../../server/wire/payload-crypto.ts';
import { anyBytes, bytesOf, seededRandom } from '../crypto/support.ts';

const { key, keyId } = createChannelKey(seededRandom(1));
const pairKey = new Uint8Array(32).fill(5);

describe('channel text', () => {
  it('opens to what was sealed, an empty one too', () => {
    fc.assert(
      fc.property(bytesOf(32), fc.string({ unit: 'binary' }), fc.nat(), (anyKey, text, seed) => {
        const sealed = sealChannelText(nativeCrypto, seededRandom(seed), anyKey, text);
        assert.equal(openChannelText(nativeCrypto, anyKey, sealed), text);
      }),
    );
    assert.equal(
      openChannelText(nativeCrypto, key, sealChannelText(nativeCrypto, seededRandom(1), key, '')),
      '',
    );
  });

  it('is refused under another key, a key of another length, or when damaged', () => {
    const sealed = sealChannelText(nativeCrypto, seededRandom(1), key, 'text');
    assert.equal(openChannelText(nativeCrypto, pairKey, sealed), null);
    assert.equal(openChannelText(nativeCrypto, new Uint8Array(60), sealed), null);
    assert.equal(openChannelText(nativeCrypto, key, { ...sealed, nonce: 'AAAA' }), null);
    fc.assert(
      fc.property(fc.string(), fc.string(), (encrypted_content, nonce) => {
        assert.equal(openChannelText(nativeCrypto, key, { encrypted_content, nonce }), null);
        assert.equal(openChannelText(nativeCrypto, key, { ...sealed, encrypted_content }), null);
      }),
    );
  });

  it('is recognised by its state or by all three of its fields', () => {
    const fields = { encrypted_content: 'a', nonce: 'b', key_id: 'c' };
    assert.ok(isEncryptedChannelText({ crypto_state: 'encrypted' }));
    assert.ok(isEncryptedChannelText(fields));
    assert.ok(!isEncryptedChannelText({}));
    assert.ok(!isEncryptedChannelText({ ...fields, nonce: '' }));
    assert.ok(!isEncryptedChannelText({ ...fields, key_id: 5 }));
    assert.ok(!isEncryptedChannelText({ crypto_state: 'plaintext' }));
  });
});

describe('a channel key', () => {
  it('has 32 bytes and an id of K and sixteen hex characters', () => {
    assert.equal(key.length, 32);
    assert.match(keyId, /^K[0-9a-f]{16}$/);
  });

  it('unwraps to what was wrapped', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(32), fc.nat(), (pair, channelKey, seed) => {
        const wrapped = wrapChannelKey(nativeCrypto, seededRandom(seed), pair, channelKey);
        assert.match(wrapped, /^[0-9a-f]{120}$/);
        assert.deepEqual(unwrapChannelKey(nativeCrypto, pair, wrapped), channelKey);
      }),
    );
  });

  it('is nothing but an authenticated one of 32 bytes', () => {
    for (const length of [0, 16, 31, 33, 60]) {
      const wrapped = sealHex(nativeCrypto, seededRandom(1), pairKey, new Uint8Array(length));
      assert.equal(unwrapChannelKey(nativeCrypto, pairKey, wrapped), null);
    }
    assert.equal(unwrapChannelKey(nativeCrypto, pairKey, encodeKeyMaterial(key)), null);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{120}$/)), (text) => {
        assert.equal(unwrapChannelKey(nativeCrypto, pairKey, text), null);
      }),
    );
  });
});

describe('stored key material', () => {
  it('reads back as it was written, and in the older forms', () => {
    fc.assert(
      fc.property(
        anyBytes().filter((bytes) => bytes.length > 0),
        (bytes) => {
          const hex = Buffer.from(bytes).toString('hex');
          for (const stored of [
            encodeKeyMaterial(bytes),
            `hex:${hex}`,
            hex,
            ` ${hex}\n`,
            `raw: ${Buffer.from(bytes).toString('base64')} `,
          ]) {
            assert.deepEqual(new Uint8Array(decodeKeyMaterial(stored) ?? []), Uint8Array.from(bytes));
          }
        },
      ),
    );
  });

  it('is nothing when empty or unreadable', () => {
    for (const stored of ['', '  ', 'raw:', 'hex: ', 'hex:0', 'RAW:AAAA', 'raw:A', 'xyz']) {
      assert.equal(decodeKeyMaterial(stored), null);
    }
  });
});
