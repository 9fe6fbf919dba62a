/** The two backends answer alike: on standard vectors, on honest input, and on every kind of damage (08 section 4). */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { nobleCrypto } from '../../server/crypto/noble.ts';
import { SLOW_RUNS, anyBytes, backends, bytesOf, testKeys } from './support.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

for (const [name, crypto] of backends) {
  describe(`${name} on the vectors of the standards`, () => {
    it('signs as RFC 8032 section 7.1, test 2', () => {
      const seed = bytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
      const publicKey = bytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
      const signature = crypto.sign(seed, bytes('72'));
      assert.equal(
        toHex(signature),
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
          '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      );
      assert.deepEqual(crypto.ed25519PublicKey(seed), publicKey);
      assert.equal(crypto.verify(publicKey, bytes('72'), signature), true);
      assert.equal(crypto.verify(publicKey, bytes('73'), signature), false);
    });

    it('agrees as RFC 7748 section 5.2', () => {
      const scalar = bytes('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
      const point = bytes('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
      assert.equal(
        toHex(crypto.agree(scalar, point) ?? bytes('')),
        'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
      );
      const nine = bytes(`09${'00'.repeat(31)}`);
      const once = '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079';
      assert.equal(toHex(crypto.agree(nine, nine) ?? bytes('')), once);
      assert.equal(toHex(crypto.x25519PublicKey(nine)), once);
    });

    it('hashes and derives as RFC 6234 and RFC 5869, test 3', () => {
      assert.equal(
        toHex(crypto.sha256(utf8('abc'))),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      );
      assert.equal(
        toHex(crypto.hkdf(new Uint8Array(22).fill(0x0b), undefined, '', 42)),
        '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
      );
    });

    it('seals as RFC 8439 section 2.8.2', () => {
      const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
      const nonce = bytes('070000004041424344454647');
      const aad = bytes('50515253c0c1c2c3c4c5c6c7');
      const text = utf8(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      );
      const sealed = crypto.seal(key, nonce, text, aad);
      assert.equal(toHex(sealed.subarray(-16)), '1ae10b594f09e26a7e902ecbd0600691');
      assert.equal(toHex(sealed.subarray(0, 16)), 'd31a8d34648e60db7b86afbc53ef7ec2');
      assert.deepEqual(crypto.open(key, nonce, sealed, aad), text);
      assert.equal(crypto.open(key, nonce, sealed), null);
    });

    it('refuses wrong lengths as a mistake of the caller', () => {
      const k = new Uint8Array(31);
      const ok = new Uint8Array(32).fill(9);
      assert.throws(() => crypto.sign(k, ok), RangeError);
      assert.throws(() => crypto.verify(k, ok, new Uint8Array(64)), RangeError);
      assert.throws(() => crypto.verify(ok, ok, new Uint8Array(63)), RangeError);
      assert.throws(() => crypto.agree(k, ok), RangeError);
      assert.throws(() => crypto.agree(ok, k), RangeError);
      assert.throws(() => crypto.seal(k, new Uint8Array(12), ok), RangeError);
      assert.throws(() => crypto.seal(ok, new Uint8Array(11), ok), RangeError);
      assert.throws(() => crypto.open(ok, new Uint8Array(13), ok), RangeError);
      assert.throws(() => crypto.ed25519PublicKey(k), RangeError);
      assert.throws(() => crypto.x25519PublicKey(k), RangeError);
    });

    it('finds no shared secret with a point of small order', () => {
      const key = testKeys(1).x25519.privateKey;
      const order8 = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';
      for (const point of ['00'.repeat(32), `01${'00'.repeat(31)}`, order8, `ec${'ff'.repeat(30)}7f`]) {
        assert.equal(crypto.agree(key, bytes(point)), null);
      }
    });

    it('verifies nothing under a weak key', () => {
      const identity = bytes(`01${'00'.repeat(31)}`);
      const forged = concatBytes(identity, new Uint8Array(32)); // holds for every message without a key check
      assert.equal(crypto.verify(identity, utf8('anything'), forged), false);
      assert.equal(crypto.verify(identity, utf8('anything'), forged), false); // also from the cache
    });

    it('accepts no signature with an added small-order part or an unreduced scalar', () => {
      const { publicKey, privateKey } = testKeys(3).ed25519;
      const message = utf8('m');
      const honest = crypto.sign(privateKey, message);
      assert.equal(crypto.verify(publicKey, message, honest), true);
      assert.equal(crypto.verify(publicKey, message, withLargeScalar(honest)), false);
      assert.equal(crypto.verify(publicKey, message, withTorsion(privateKey, message)), false);
    });

    it('leaves its input unchanged and gives arrays of its own', () => {
      const message = Uint8Array.of(1, 2, 3);
      const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
      const sealed = crypto.seal(key, nonce, message);
      const opened = crypto.open(key, nonce, sealed);
      assert.deepEqual(message, Uint8Array.of(1, 2, 3));
      assert.equal(Object.getPrototypeOf(sealed), Uint8Array.prototype);
      assert.equal(opened && Object.getPrototypeOf(opened), Uint8Array.prototype);
      sealed.fill(0);
      assert.deepEqual(opened, message);
    });
  });
}

describe('native and noble', () => {
  it('sign alike, derive alike, and each verifies the other', () => {
    fc.assert(
      fc.property(bytesOf(32), anyBytes(), (seed, message) => {
        const publicKey = nativeCrypto.ed25519PublicKey(seed);
        assert.deepEqual(nobleCrypto.ed25519PublicKey(seed), publicKey);
        const signature = nativeCrypto.sign(seed, message);
        assert.deepEqual(nobleCrypto.sign(seed, message), signature);
        assert.equal(nativeCrypto.verify(publicKey, message, signature), true);
        assert.equal(nobleCrypto.verify(publicKey, message, signature), true);
      }),
      { numRuns: SLOW_RUNS },
    );
  });

  it('judge a damaged signature, message or key alike', () => {
    const { publicKey, privateKey } = testKeys(4).ed25519;
    const flip = fc.tuple(fc.constantFrom('key', 'message', 'signature'), fc.nat(511));
    fc.assert(
      fc.property(bytesOf(20), flip, (message, [part, bit]) => {
        const signature = nativeCrypto.sign(privateKey, message);
        const parts = { key: publicKey.slice(), message: message.slice(), signature: signature.slice() };
        const target = parts[part];
        const index = (bit >> 3) % target.length;
        target[index] = (target[index] ?? 0) ^ (1 << (bit & 7));
        const native = nativeCrypto.verify(parts.key, parts.message, parts.signature);
        assert.equal(native, false);
        assert.equal(nobleCrypto.verify(parts.key, parts.message, parts.signature), native);
      }),
      { numRuns: SLOW_RUNS },
    );
  });

  it('judge arbitrary keys and signatures alike', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(64), anyBytes(20), (key, signature, message) => {
        assert.equal(
          nativeCrypto.verify(key, message, signature),
          nobleCrypto.verify(key, message, signature),
        );
      }),
      { numRuns: SLOW_RUNS },
    );
  });

  it('agree alike with arbitrary scalars and points', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(32), (scalar, point) => {
        assert.deepEqual(nativeCrypto.agree(scalar, point), nobleCrypto.agree(scalar, point));
        assert.deepEqual(nativeCrypto.x25519PublicKey(scalar), nobleCrypto.x25519PublicKey(scalar));
      }),
      { numRuns: SLOW_RUNS },
    );
  });

  it('give both sides of an agreement the same secret', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(32), (a, b) => {
        const ab = nativeCrypto.agree(a, nativeCrypto.x25519PublicKey(b));
        assert.deepEqual(nobleCrypto.agree(b, nobleCrypto.x25519PublicKey(a)), ab);
      }),
      { numRuns: SLOW_RUNS },
    );
  });

  it('seal alike, and open what the other sealed', () => {
    const aad = fc.option(anyBytes(30), { nil: undefined });
    fc.assert(
      fc.property(bytesOf(32), bytesOf(12), anyBytes(), aad, (key, nonce, plaintext, additional) => {
        const sealed = nativeCrypto.seal(key, nonce, plaintext, additional);
        assert.deepEqual(nobleCrypto.seal(key, nonce, plaintext, additional), sealed);
        assert.deepEqual(nativeCrypto.open(key, nonce, sealed, additional), plaintext);
        assert.deepEqual(nobleCrypto.open(key, nonce, sealed, additional), plaintext);
      }),
    );
  });

  it('open nothing that was damaged', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(12), anyBytes(60), fc.nat(), (key, nonce, plaintext, at) => {
        const sealed = nativeCrypto.seal(key, nonce, plaintext);
        const index = at % sealed.length;
        sealed[index] = (sealed[index] ?? 0) ^ 1;
        assert.equal(nativeCrypto.open(key, nonce, sealed), null);
        assert.equal(nobleCrypto.open(key, nonce, sealed), null);
      }),
    );
  });

  it('refuse arbitrary ciphertext alike', () => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(12), anyBytes(40), (key, nonce, sealed) => {
        assert.equal(nativeCrypto.open(key, nonce, sealed), null);
        assert.equal(nobleCrypto.open(key, nonce, sealed), null);
      }),
    );
  });

  it('hash and derive alike', () => {
    const salt = fc.option(anyBytes(40), { nil: undefined });
    fc.assert(
      fc.property(anyBytes(), salt, fc.string(), fc.integer({ min: 1, max: 200 }), (ikm, s, info, length) => {
        assert.deepEqual(nativeCrypto.sha256(ikm), nobleCrypto.sha256(ikm));
        assert.deepEqual(nativeCrypto.hkdf(ikm, s, info, length), nobleCrypto.hkdf(ikm, s, info, length));
      }),
    );
  });
});

/** The order of the subgroup. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const toNumber = (little: Uint8Array): bigint => BigInt(`0x${toHex(little.slice().reverse())}`);
const toLittle = (value: bigint): Uint8Array => bytes(value.toString(16).padStart(64, '0')).reverse();

/** The same signature with the order added to its scalar. */
function withLargeScalar(signature: Uint8Array): Uint8Array {
  return concatBytes(signature.subarray(0, 32), toLittle(toNumber(signature.subarray(32)) + ORDER));
}

/** A signature made by the key's owner whose point R has a part of order eight: checks with the cofactor accept it. */
function withTorsion(seed: Uint8Array, message: Uint8Array): Uint8Array {
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(seed);
  const torsion = ed25519.Point.fromBytes(
    bytes('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  );
  const nonce = 12345n;
  const r = ed25519.Point.BASE.multiply(nonce).add(torsion).toBytes();
  const challenge = toNumber(sha512(concatBytes(r, pointBytes, message))) % ORDER;
  return concatBytes(r, toLittle((nonce + challenge * scalar) % ORDER));
}
