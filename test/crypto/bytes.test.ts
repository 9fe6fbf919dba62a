import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  concatBytes,
  equalBytes,
  fromHex,
  fromPythonBase64,
  fromPythonHex,
  fromUtf8,
  toBase64,
  toHex,
  utf8,
} from '../../server/crypto/bytes.ts';
import { anyBytes } from './support.ts';

/** Blocks of code entered per character of input, and for an empty one, at most. */
const STEPS_PER_CHARACTER = 12;
const FEW = 20;

describe('hex', () => {
  it('decodes what it encodes, in the strict and in the tolerant form', () => {
    fc.assert(
      fc.property(anyBytes(), (bytes) => {
        assert.deepEqual(fromHex(toHex(bytes)), bytes);
        assert.deepEqual(fromHex(toHex(bytes).toUpperCase()), bytes);
        assert.deepEqual(new Uint8Array(fromPythonHex(toHex(bytes)) ?? []), bytes);
      }),
    );
  });

  it('is lower-case', () => assert.equal(toHex(Uint8Array.of(0, 0xab, 0xff)), '00abff'));

  for (const bad of ['0', 'zz', '0g', 'g0', ' 00', '00 ', '0x00', 'é0', '０0']) {
    it(`refuses ${JSON.stringify(bad)} strictly`, () => assert.equal(fromHex(bad), null));
  }

  it('passes over white space between bytes as the reference does', () => {
    assert.deepEqual(new Uint8Array(fromPythonHex(' 00\t0A\n\v\f\r ff ') ?? []), Uint8Array.of(0, 10, 255));
  });

  for (const bad of ['0', '0 0', '00 0', 'zz', '00\u00a000', '00\u200000', '00-00']) {
    it(`refuses ${JSON.stringify(bad)} tolerantly`, () => assert.equal(fromPythonHex(bad), null));
  }
});

describe('base64', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(anyBytes(), (bytes) => {
        assert.deepEqual(new Uint8Array(fromPythonBase64(toBase64(bytes)) ?? []), bytes);
      }),
    );
  });

  it('passes over other characters and stops at padding, as the reference does', () => {
    const decoded = (text: string): string | null => {
      const bytes = fromPythonBase64(text);
      return bytes && toHex(bytes);
    };
    assert.equal(decoded('A A\nE!C'), '000102');
    assert.equal(decoded('!!!!'), '');
    assert.equal(decoded('AAE='), '0001');
    assert.equal(decoded('AAE=AAAA'), '0001');
    assert.equal(decoded('AA==zz'), '00');
    assert.equal(decoded('AA='), null);
    assert.equal(decoded('AAE'), null);
    assert.equal(decoded('A'), null);
    assert.equal(decoded('=AAAA'), '000000');
    assert.equal(decoded('AA=AA=='), '000000');
    assert.equal(decoded('é'), null);
  });
});

describe('decoders of bytes', () => {
  it('take a bounded number of steps per character', () => {
    const input = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-fA-F ]{0,200}$/), fc.base64String());
    fc.assert(
      fc.property(input, (text) => {
        for (const decode of [fromHex, fromPythonHex, fromPythonBase64]) {
          const steps = countSteps(() => void decode(text));
          assert.ok(steps <= STEPS_PER_CHARACTER * text.length + FEW, `${steps} steps for ${text.length}`);
        }
      }),
    );
  });

  it('take twice the steps for twice the text', () => {
    for (const decode of [fromHex, fromPythonHex, fromPythonBase64]) {
      // Code that the engine replaces while it runs counts less, never more.
      const most = (text: string): number =>
        Math.max(...[1, 2, 3].map(() => countSteps(() => void decode(text))));
      const once = most('00'.repeat(1000));
      const twice = most('00'.repeat(2000));
      assert.ok(twice <= 2 * once + FEW);
    }
  });
});

describe('bytes', () => {
  it('turns text into UTF-8 and back', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(fromUtf8(utf8(text)), text)));
    assert.equal(fromUtf8(utf8('\ufeffx')), '\ufeffx');
  });

  it('refuses what is not UTF-8', () => {
    for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      assert.equal(fromUtf8(Uint8Array.from(bad)), null);
    }
  });

  it('compares and joins', () => {
    fc.assert(
      fc.property(anyBytes(20), anyBytes(20), (a, b) => {
        assert.equal(equalBytes(a, b), toHex(a) === toHex(b));
        assert.equal(toHex(concatBytes(a, b)), toHex(a) + toHex(b));
      }),
    );
  });
});
