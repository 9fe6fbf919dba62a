import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { AT_REST_PREFIX, AtRestCipher, atRestText } from '../../server/wire/at-rest.ts';
import { WireError } from '../../server/wire/errors.ts';
import { bytesOf, seededRandom } from '../crypto/support.ts';

const cipherOf = (ed25519Seed: Uint8Array | null, seed = 1): AtRestCipher =>
  new AtRestCipher({ crypto: nativeCrypto, random: seededRandom(seed) }, { ed25519Seed });
const cipher = cipherOf(new Uint8Array(32).fill(1));

describe('text at rest', () => {
  it('decrypts to what was encrypted, and is not readable in between', () => {
    fc.assert(
      fc.property(bytesOf(32), fc.string({ unit: 'binary', minLength: 1 }), (key, text) => {
        const one = cipherOf(key);
        const stored = one.encrypt(text);
        assert.ok(stored.startsWith(AT_REST_PREFIX));
        assert.deepEqual(one.decrypt(stored), { state: 'decrypted', text });
      }),
    );
  });

  it('is half as long as bytes, and those damaged or of another node say so', () => {
    const sealed = cipher.seal('{"a":1}');
    assert.ok(sealed.length * 2 < cipher.encrypt('{"a":1}').length);
    assert.deepEqual(cipher.open(sealed), { state: 'decrypted', text: '{"a":1}' });
    assert.deepEqual(cipherOf(new Uint8Array(32)).open(sealed), { state: 'failed' });
    for (const end of [0, 11, 12, 20])
      assert.deepEqual(cipher.open(sealed.slice(0, end)), { state: 'failed' });
    assert.deepEqual(cipherOf(null).open(sealed), { state: 'no_key' });
    assert.throws(() => cipherOf(null).seal('x'), WireError);
  });

  it('is encrypted even when it looks encrypted already', () => {
    const stored = cipher.encrypt(cipher.encrypt('x'));
    const once = cipher.decrypt(stored);
    assert.ok(once.state === 'decrypted');
    assert.deepEqual(cipher.decrypt(once.text), { state: 'decrypted', text: 'x' });
  });

  it('has another ciphertext each time', () => {
    assert.notEqual(cipher.encrypt('x'), cipher.encrypt('x'));
  });

  it('stays empty when empty, with and without a key', () => {
    assert.equal(cipher.encrypt(''), '');
    assert.equal(cipherOf(null).encrypt(''), '');
  });

  it('is never stored in clear for want of a key', () => {
    assert.throws(() => cipherOf(null).encrypt('x'), WireError);
  });

  it('of another node or without a key says so', () => {
    const stored = cipher.encrypt('x');
    assert.deepEqual(cipherOf(new Uint8Array(32)).decrypt(stored), { state: 'failed' });
    assert.deepEqual(cipherOf(null).decrypt(stored), { state: 'no_key' });
    assert.equal(atRestText({ state: 'failed' }), '[Decryption failed]');
    assert.equal(atRestText({ state: 'no_key' }), '[Encrypted - key not available]');
  });

  it('that never was encrypted passes through', () => {
    for (const text of ['hello', '', 'enc:1:00:00', ' ENC:1:00:00', 'ENC:2:00:00', 'ENC:1:', 'ENC:1:00']) {
      assert.deepEqual(cipher.decrypt(text), { state: 'plain', text });
    }
  });

  it('is read in one of four ways, never thrown at, in steps bounded by its length', () => {
    const anyStored = fc.oneof(
      fc.string(),
      fc.string().map((rest) => AT_REST_PREFIX + rest),
      fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${AT_REST_PREFIX}${a}:${b}`),
      fc.nat(120).map((at) => {
        const stored = cipher.encrypt('some text that is longer than a block of the cipher');
        return stored.slice(0, at) + (stored[at] === '0' ? '1' : '0') + stored.slice(at + 1);
      }),
    );
    fc.assert(
      fc.property(anyStored, (stored) => {
        const opened = cipher.decrypt(stored);
        if (opened.state === 'plain') assert.equal(opened.text, stored);
        else assert.equal(opened.state, 'failed');
      }),
    );
    const steps = (length: number): number => {
      const stored = `${AT_REST_PREFIX}${'00'.repeat(12)}:${'0'.repeat(length)}`;
      return countSteps(() => void cipher.decrypt(stored));
    };
    const once = steps(10_000);
    const twice = steps(20_000);
    // Work that grows with the square of the length takes four times as many; the engine loses or adds a few.
    assert.ok(twice <= 3 * once + 20, `${once} steps, ${twice} for twice the length`);
  });
});
