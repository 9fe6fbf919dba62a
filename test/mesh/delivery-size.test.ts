/** The size limits at delivery: the quick look and the exact one say the same (02 section 3.7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { valueFits } from '../../server/mesh/delivery-size.ts';
import { MAX_CONTENT_BYTES, MAX_PAYLOAD_BYTES } from '../../server/mesh/limits.ts';
import { canonicalJson, fromPlain } from '../../server/wire/pyjson.ts';

test('a payload fits exactly up to its limits, whatever its characters take', () => {
  const unit = fc.constantFrom('a', 'é', '日', '😀', '"', '\n');
  const share = fc.constantFrom(0.1, 0.17, 0.34, 0.5, 0.99, 1, 1.01, 2);
  fc.assert(
    fc.property(unit, share, fc.boolean(), fc.integer({ min: -2, max: 2 }), (text, part, inContent, off) => {
      const limit = inContent ? MAX_CONTENT_BYTES : MAX_PAYLOAD_BYTES;
      const width = inContent
        ? Buffer.byteLength(text)
        : canonicalJson(fromPlain(text)).length - canonicalJson('').length;
      const long = text.repeat(Math.max(0, Math.floor((limit * part) / width) + off));
      const payload = fromPlain(inContent ? { content: long } : { content: 'x', metadata: { long } });
      const fits =
        canonicalJson(payload).length <= MAX_PAYLOAD_BYTES &&
        (!inContent || Buffer.byteLength(long) <= MAX_CONTENT_BYTES);
      assert.equal(valueFits(payload), fits);
    }),
    { numRuns: 60 },
  );
});
