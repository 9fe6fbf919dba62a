import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { WireError } from '../../server/wire/errors.ts';
import { openHex, openPayload, pairKey, sealHex, sealPayload } from '../../server/wire/payload-crypto.ts';
import { anyBytes, bytesOf, seededRandom } from '../crypto/support.ts';
import { pyValue, testPeer } from './support.ts';

const alice = testPeer(1);
const bob = testPeer(2);
const key = pairKey(nativeCrypto, alice.x25519.privateKey, bob.x25519.publicKey) ?? new Uint8Array(32);
const refused = (error: unknown): boolean => error instanceof WireError;

describe('the pair key', () => {
  it('is the same for both', () => {
    assert.deepEqual(pairKey(nativeCrypto, bob.x25519.privateKey, alice.x25519.publicKey), key);
  });

  it('does not exist with an unusable key', () => {
    for (const bad of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(0)]) {
      assert.equal(pairKey(nativeCrypto, alice.x25519.privateKey, bad), null);
    }
  });
});

describe('an encrypted payload', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(pyValue(), fc.nat(), (payload, seed) => {
        const sealed = sealPayload(nativeCrypto, seededRandom(seed), key, payload);
        assert.deepStrictEqual(openPayload(nativeCrypto, key, sealed), payload);
        assert.deepStrictEqual(openPayload(nativeCrypto, key, sealed.toUpperCase()), payload);
      }),
    );
  });

  it('opens for nobody else', () => {
    const sealed = sealPayload(nativeCrypto, seededRandom(1), key, 'text');
    const other = pairKey(nativeCrypto, testPeer(3).x25519.privateKey, bob.x25519.publicKey);
    assert.ok(other);
    assert.throws(() => openPayload(nativeCrypto, other, sealed), refused);
  });

  it('is refused with the one error, whatever it is', () => {
    const sealed = sealPayload(nativeCrypto, seededRandom(1), key, 'text');
    const damaged = fc
      .nat(sealed.length - 1)
      .map((at) => sealed.slice(0, at) + (sealed[at] === '0' ? '1' : '0') + sealed.slice(at + 1));
    const cut = fc.nat(sealed.length - 1).map((at) => sealed.slice(0, at));
    fc.assert(
      fc.property(fc.oneof(fc.string(), damaged, cut), (text) => {
        assert.throws(() => openPayload(nativeCrypto, key, text), refused);
      }),
    );
  });

  it('that holds no JSON or no text is refused', () => {
    for (const bytes of [Uint8Array.of(0xff), Uint8Array.of(0x7b), new Uint8Array(0)]) {
      const sealed = sealHex(nativeCrypto, seededRandom(1), key, bytes);
      assert.throws(() => openPayload(nativeCrypto, key, sealed), refused);
    }
  });
});

describe('sealed bytes', () => {
  it('open to what was sealed, with twelve bytes of nonce before and sixteen of tag after', () => {
    fc.assert(
      fc.property(bytesOf(32), anyBytes(), (anyKey, bytes) => {
        const hex = sealHex(nativeCrypto, seededRandom(2), anyKey, bytes);
        assert.equal(hex.length, 2 * (12 + bytes.length + 16));
        assert.deepEqual(openHex(nativeCrypto, anyKey, hex), bytes);
      }),
    );
  });

  it('are refused in steps bounded by their length', () => {
    const steps = (length: number): number =>
      countSteps(() => void openHex(nativeCrypto, key, '0'.repeat(length)));
    const once = steps(10_000);
    assert.ok(steps(20_000) <= 2 * once + 20);
  });
});
