import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, toHex } from '../../server/crypto/bytes.ts';
import { CryptoError } from '../../server/crypto/errors.ts';
import type { CryptoErrorCode } from '../../server/crypto/errors.ts';
import {
  generateEd25519,
  generateX25519,
  importEd25519PublicKey,
  importX25519PublicKey,
} from '../../server/crypto/keys.ts';
import { backends, countingRandom, testKeys } from './support.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** The field prime 2^255 - 19, little-endian, and a few numbers around it. */
const PRIME = `ed${'ff'.repeat(30)}7f`;
const ABOVE_PRIME = `ee${'ff'.repeat(30)}7f`;
const BELOW_PRIME = `ec${'ff'.repeat(30)}7f`;
const ZERO = '00'.repeat(32);
const ONE = `01${'00'.repeat(31)}`;
const ORDER_8_U = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';
const OTHER_ORDER_8_U = '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157';
const ORDER_8_Y = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';
/** A sound key plus a point of order eight: on the curve, but outside the prime-order subgroup. */
const MIXED_ORDER = mixedOrder();

describe('importEd25519PublicKey', () => {
  it('gives sound keys back as a copy', () => {
    const { publicKey } = testKeys(1).ed25519;
    const imported = importEd25519PublicKey(publicKey);
    assert.deepEqual(imported, publicKey);
    assert.notEqual(imported, publicKey);
  });

  const refused: [string, string, CryptoErrorCode][] = [
    ['31 bytes', '00'.repeat(31), 'key_length'],
    ['33 bytes', '00'.repeat(33), 'key_length'],
    ['nothing', '', 'key_length'],
    ['a coordinate above the prime', ABOVE_PRIME, 'key_encoding'],
    ['the identity written above the prime', `ee${'ff'.repeat(30)}ff`, 'key_encoding'],
    ['no point of the curve', `02${'00'.repeat(31)}`, 'key_encoding'],
    ['the identity', ONE, 'key_weak'],
    ['the point of order two', BELOW_PRIME, 'key_weak'],
    ['a point of order four', ZERO, 'key_weak'],
    ['a point of order eight', ORDER_8_Y, 'key_weak'],
    ['a point of mixed order', MIXED_ORDER, 'key_weak'],
  ];
  for (const [what, hex, code] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => importEd25519PublicKey(bytes(hex)), isCryptoError(code)));
  }
});

describe('importX25519PublicKey', () => {
  it('gives sound keys back as a copy', () => {
    const { publicKey } = testKeys(2).x25519;
    assert.deepEqual(importX25519PublicKey(publicKey), publicKey);
  });

  const refused: [string, string, CryptoErrorCode][] = [
    ['31 bytes', '00'.repeat(31), 'key_length'],
    ['the prime', PRIME, 'key_encoding'],
    ['a coordinate above the prime', ABOVE_PRIME, 'key_encoding'],
    ['a set top bit', `${'09'}${'00'.repeat(30)}80`, 'key_encoding'],
    ['zero', ZERO, 'key_weak'],
    ['one', ONE, 'key_weak'],
    ['minus one', BELOW_PRIME, 'key_weak'],
    ['a point of order eight', ORDER_8_U, 'key_weak'],
    ['the other point of order eight', OTHER_ORDER_8_U, 'key_weak'],
  ];
  for (const [what, hex, code] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => importX25519PublicKey(bytes(hex)), isCryptoError(code)));
  }

  it('knows exactly the coordinates whose every multiple by a scalar is zero', () => {
    const weak = refused.filter(([, , code]) => code === 'key_weak').map(([, hex]) => bytes(hex));
    assert.equal(weak.length, 5);
    for (const key of weak) assert.throws(() => x25519.getSharedSecret(testKeys(1).x25519.privateKey, key));
  });
});

describe('generating keys', () => {
  it('takes 32 bytes each and stores them as they are', () => {
    const random = countingRandom(7);
    const signing = generateEd25519(random);
    const agreement = generateX25519(random);
    assert.deepEqual(random.asked, [32, 32]);
    const again = countingRandom(7);
    assert.deepEqual(signing.privateKey, again.bytes(32));
    assert.deepEqual(agreement.privateKey, again.bytes(32));
  });

  for (const [name, crypto] of backends) {
    it(`makes the public key ${name} derives`, () => {
      const { ed25519, x25519 } = testKeys(8);
      assert.equal(toHex(crypto.ed25519PublicKey(ed25519.privateKey)), toHex(ed25519.publicKey));
      assert.equal(toHex(crypto.x25519PublicKey(x25519.privateKey)), toHex(x25519.publicKey));
    });
  }
});

function isCryptoError(code: CryptoErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof CryptoError && error.code === code;
}

function mixedOrder(): string {
  const base = '5866666666666666666666666666666666666666666666666666666666666666';
  return toHex(addPoints(base, ORDER_8_Y));
}

function addPoints(a: string, b: string): Uint8Array {
  return ed25519.Point.fromBytes(bytes(a))
    .add(ed25519.Point.fromBytes(bytes(b)))
    .toBytes();
}
