import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pyFloatText } from '../../server/wire/pyfloat.ts';

describe('pyFloatText', () => {
  it('reads back as the same double, and never as an integer', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = pyFloatText(value);
        assert.ok(Object.is(Number(text), value), text);
        assert.match(text, /^-?\d+(\.\d+)?(e[+-]\d{2,3})?$/);
        assert.match(text, /[.e]/);
      }),
      { numRuns: 2000 },
    );
  });

  it('uses no more digits than the language itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const digits = (text: string): string =>
          text
            .replace(/e.*$/, '')
            .replace(/[-.]/g, '')
            .replace(/^0+|0+$/g, '');
        assert.equal(digits(pyFloatText(value)), digits(value.toExponential()));
      }),
    );
  });

  const layout: [number, string][] = [
    [1, '1.0'],
    [-0, '-0.0'],
    [0, '0.0'],
    [1e-4, '0.0001'],
    [0.000123, '0.000123'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [9999999999999998, '9999999999999998.0'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1e100, '1e+100'],
    [5e-324, '5e-324'],
    [1735689600, '1735689600.0'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ];
  for (const [value, text] of layout) it(`prints ${text}`, () => assert.equal(pyFloatText(value), text));
});
