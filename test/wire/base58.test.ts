import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  Base58Error,
  decodeBase58,
  encodeBase58,
  MAX_BASE58_BYTES,
  MAX_BASE58_LENGTH,
} from '../../server/wire/base58.ts';

test('decoding what was encoded gives the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: MAX_BASE58_BYTES }), (bytes) => {
      assert.deepEqual(decodeBase58(encodeBase58(bytes)), Uint8Array.from(bytes));
    }),
  );
});

test('the longest bytes fit the longest text', () => {
  const bytes = new Uint8Array(MAX_BASE58_BYTES).fill(255);
  assert.ok(encodeBase58(bytes).length <= MAX_BASE58_LENGTH);
  assert.throws(() => encodeBase58(new Uint8Array(MAX_BASE58_BYTES + 1)), Base58Error);
});

test('any text is decoded or refused with the one error, and what decodes reads back', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'123zA0l +é ') }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      let bytes: Uint8Array;
      try {
        bytes = decodeBase58(text);
      } catch (error) {
        assert.ok(error instanceof Base58Error);
        return;
      }
      assert.equal(encodeBase58(bytes), text.trimEnd());
    }),
  );
});

test('the work is bounded per character', () => {
  for (const unit of ['z', '1', ' ', 'é', '1z']) {
    for (const length of [1, 64, MAX_BASE58_LENGTH, MAX_BASE58_LENGTH + 1, 100_000]) {
      const text = unit.repeat(length).slice(0, length);
      const steps = countSteps(() => {
        try {
          decodeBase58(text);
        } catch (error) {
          assert.ok(error instanceof Base58Error);
        }
      });
      assert.ok(steps <= 100 + 120 * length, `${steps} steps for ${length} characters`);
      if (length > MAX_BASE58_LENGTH) assert.ok(steps <= 100, 'a text that is too long is not looked at');
    }
  }
});
