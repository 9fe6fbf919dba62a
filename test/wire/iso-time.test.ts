import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseIsoSeconds, printIsoSeconds } from '../../server/wire/iso-time.ts';

test('a printed time reads back', () => {
  const seconds = fc.integer({ min: Date.UTC(1000, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 });
  fc.assert(fc.property(seconds, (value) => assert.equal(parseIsoSeconds(printIsoSeconds(value)), value)));
});

const noon = Date.UTC(2025, 0, 1, 12) / 1000;
const readings: [string, number | null][] = [
  ['2025-01-01T12:00:00+00:00', noon],
  ['2025-01-01T12:00:00Z', noon],
  ['2025-01-01 12:00:00', noon],
  ['2025-01-01T12:00', noon],
  ['2025-01-01T12:00:00.999999+00:00', noon],
  ['2025-01-01T14:00:00+02:00', noon],
  ['2025-01-01T07:30:00-04:30', noon],
  ['2025-01-01T14:00:00+0200', noon],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) / 1000],
  ['2025-02-29T00:00:00Z', null],
  ['2025-13-01T00:00:00Z', null],
  ['2025-01-01T24:00:00Z', null],
  ['2025-01-01T12:60:00Z', null],
  ['2025-01-01T12:00:61Z', null],
  ['0000-01-01T12:00:00Z', null],
  ['2025-01-01', null],
  ['', null],
  ['yesterday', null],
  ['2025-01-01T12:00:00Z ', null],
];
for (const [text, seconds] of readings) {
  test(`${JSON.stringify(text)} is ${seconds === null ? 'no time' : seconds}`, () => {
    assert.equal(parseIsoSeconds(text), seconds);
  });
}

test('any text is a time or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)),
      (text) => {
        const seconds = parseIsoSeconds(text);
        assert.ok(seconds === null || Number.isSafeInteger(seconds));
        if (seconds !== null) assert.equal(printIsoSeconds(seconds).slice(-6), '+00:00');
      },
    ),
  );
});
