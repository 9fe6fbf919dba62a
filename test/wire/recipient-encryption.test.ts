import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { WireError } from '../../server/wire/errors.ts';
import { RENC_PREFIX, openForRecipient, sealForRecipients } from '../../server/wire/recipient-encryption.ts';
import { countingRandom, seededRandom } from '../crypto/support.ts';
import { testPeer } from './support.ts';

const readers = [1, 2, 3].map(testPeer);
const recipients = readers.map(({ peerId, x25519 }) => ({
  keyId: peerId,
  x25519PublicKey: x25519.publicKey,
}));
const wellFormed = fc.string({ unit: 'binary' });

describe('text for several recipients', () => {
  it('is read by each of them and by nobody else', () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(), (text, seed) => {
        const sealed = sealForRecipients(nativeCrypto, seededRandom(seed), text, recipients);
        assert.equal(sealed.wrappedKeys.size, 3);
        for (const { peerId, x25519 } of readers) {
          const wrapped = sealed.wrappedKeys.get(peerId) ?? '';
          assert.match(wrapped, /^[0-9a-f]{184}$/);
          const opened = openForRecipient(nativeCrypto, x25519.privateKey, sealed.encryptedContent, wrapped);
          assert.deepEqual(opened, { state: 'opened', text });
          const stranger = testPeer(9).x25519.privateKey;
          assert.deepEqual(openForRecipient(nativeCrypto, stranger, sealed.encryptedContent, wrapped), {
            state: 'denied',
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes fresh keys and nonces for all of it', () => {
    const random = countingRandom(1);
    sealForRecipients(nativeCrypto, random, 'x', recipients);
    assert.deepEqual(random.asked, [32, 12, 32, 12, 12, 12]);
  });

  it('is not sealed at all when one recipient has a weak key', () => {
    for (const bad of [new Uint8Array(32), new Uint8Array(5)]) {
      const list = [...recipients, { keyId: 'x', x25519PublicKey: bad }];
      assert.throws(() => sealForRecipients(nativeCrypto, seededRandom(1), 'x', list), WireError);
    }
  });
});

describe('opening', () => {
  const [reader] = readers;
  assert.ok(reader);
  const sealed = sealForRecipients(nativeCrypto, seededRandom(1), 'secret', recipients);
  const wrapped = sealed.wrappedKeys.get(reader.peerId) ?? '';
  const open = (content: string, key: string) =>
    openForRecipient(nativeCrypto, reader.x25519.privateKey, content, key);

  it('says when text never was encrypted', () => {
    assert.deepEqual(open('hello', wrapped), { state: 'plain', text: 'hello' });
    assert.deepEqual(open('renc:1:00:00', wrapped), { state: 'plain', text: 'renc:1:00:00' });
  });

  it('denies whatever is damaged or malformed, and never throws', () => {
    const { encryptedContent } = sealed;
    const damage = (text: string) =>
      fc
        .nat(text.length - 1)
        .map((at) => text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1));
    const contents = fc.oneof(
      fc.string().map((rest) => RENC_PREFIX + rest),
      damage(encryptedContent),
    );
    fc.assert(
      fc.property(contents, (content) => {
        if (!content.startsWith(RENC_PREFIX)) return;
        assert.deepEqual(open(content, wrapped), { state: 'denied' });
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), damage(wrapped)), (key) => {
        assert.deepEqual(open(encryptedContent, key), { state: 'denied' });
      }),
    );
  });

  it('takes a bounded number of steps per character', () => {
    const steps = (length: number): number =>
      countSteps(() => void open(`${RENC_PREFIX}00:${'0'.repeat(length)}`, wrapped));
    const once = steps(10_000);
    assert.ok(steps(20_000) <= 2 * once + 20);
  });
});
