/** Times as text (03 section 2.3). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseLocalTime, parseTime, toDbTime, toIsoTime } from '../../server/store/time.ts';

const AT = Date.UTC(2026, 0, 1, 10, 0, 0);
const moments = fc.integer({ min: Date.UTC(100, 0, 1), max: Date.UTC(9999, 11, 31, 23, 59, 59) });

describe('times as text', () => {
  test('every accepted form of one moment', () => {
    for (const text of [
      '2026-01-01 10:00:00',
      '2026-01-01T10:00:00',
      '2026-01-01T10:00:00Z',
      '2026-01-01T10:00:00.000000+00:00',
      '2026-01-01T12:00:00+02:00',
      '2026-01-01T05:30:00-0430',
      '2026-01-01 10:00:00.000999',
    ]) {
      assert.equal(parseTime(text), AT, text);
    }
    assert.equal(parseTime('2026-01-01 10:00:00.25'), AT + 250);
  });

  test('anything else is no time', () => {
    for (const text of [
      '',
      'garbage',
      '2026-01-01',
      '2026-13-01 00:00:00',
      '2026-02-29 00:00:00',
      '2026-01-01 24:00:00',
      '2026-01-01 10:60:00',
      '2026-01-01 10:00:00+25:00',
      ' 2026-01-01 10:00:00',
      '0000-01-01 00:00:00',
      '1767261600',
    ]) {
      assert.equal(parseTime(text), null, text);
      assert.equal(parseLocalTime(text), null, text);
    }
    assert.notEqual(parseTime('2024-02-29 00:00:00'), null);
  });

  test('what is written reads back', () => {
    fc.assert(
      fc.property(moments, (ms) => {
        assert.equal(parseTime(toIsoTime(ms)), ms);
        assert.equal(parseTime(toDbTime(ms)), Math.floor(ms / 1000) * 1000);
        assert.match(toIsoTime(ms), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
      }),
    );
  });

  test('text order is time order', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        assert.equal(toDbTime(a) < toDbTime(b), Math.floor(a / 1000) < Math.floor(b / 1000));
      }),
    );
  });

  test('without a zone, a local time is this machine’s', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2040, 0) }), (ms) => {
        const local = new Date(ms);
        const naive = new Date(ms - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
        assert.equal(parseLocalTime(naive), ms);
        assert.equal(parseLocalTime(toIsoTime(ms)), ms, 'with a zone it is that zone’s');
      }),
    );
  });

  test('no text makes the parsers throw', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const ms = parseTime(text);
        assert.ok(ms === null || Number.isFinite(ms));
      }),
    );
  });
});
