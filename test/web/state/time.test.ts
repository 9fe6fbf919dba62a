import test from 'node:test';
import assert from 'node:assert/strict';
import {
  clockText,
  dayKey,
  dayLabel,
  parseTime,
  relativeText,
  tightClockText,
  untilText,
} from '../../../web/state/time.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

test('every form of time the API has is read, one without a zone as UTC', () => {
  for (const text of [
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05+00:00',
    '2026-01-02T04:04:05+01:00',
    '2026-01-02T03:04:05',
    '2026-01-02 03:04:05',
    '2026-01-02T03:04:05.000000+00:00',
  ]) {
    assert.equal(parseTime(text), AT, text);
  }
  assert.equal(parseTime(AT / 1000), AT);
  for (const none of [null, undefined, '', 'soon', Number.NaN]) assert.equal(parseTime(none), null);
});

test('days are those of the reader', () => {
  const noon = new Date(2026, 5, 10, 12).getTime();
  const DAY = 86_400_000;
  assert.equal(dayLabel(noon, noon + 1), 'Today');
  assert.equal(dayLabel(noon - DAY, noon), 'Yesterday');
  assert.notEqual(dayKey(noon), dayKey(noon + DAY));
  assert.match(dayLabel(new Date(2024, 5, 10).getTime(), noon), /2024/);
  assert.doesNotMatch(dayLabel(noon - 9 * DAY, noon), /2026/);
});

test('relative under a day, a date after', () => {
  assert.equal(relativeText(AT, AT + 59_000), 'just now');
  assert.match(relativeText(AT, AT + 5 * 60_000), /5/);
  assert.match(relativeText(AT, AT + 3 * 3_600_000), /3/);
  assert.match(relativeText(AT, AT + 30 * 86_400_000), /2026/);
});

test('the narrow clock has no AM or PM', () => {
  assert.doesNotMatch(tightClockText(AT), /[a-z]/iu);
});

test('what is left is told to the nearest unit, and is now when it is over', () => {
  const left = (ms: number): string => untilText(AT + ms, AT);
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  for (const over of [0, minute - 1, -day]) assert.equal(left(over), 'now');
  assert.match(left(5 * minute), /5/u);
  assert.match(left(7 * day - 1), /7/u);
  assert.match(left(7 * day), /7/u);
  assert.match(left(2 * hour + minute), /2/u);
  assert.notEqual(left(2 * hour), left(2 * day));
});

test('a clock that moved to another zone is followed', (t) => {
  const before = process.env['TZ'];
  t.after(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
  process.env['TZ'] = 'Europe/Berlin';
  const berlin = clockText(AT);
  process.env['TZ'] = 'Asia/Tokyo';
  assert.notEqual(clockText(AT), berlin);
  process.env['TZ'] = 'Europe/Berlin';
  assert.equal(clockText(AT), berlin);
});
