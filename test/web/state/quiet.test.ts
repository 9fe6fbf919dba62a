/** Hours at which nothing is told (05 section 10.9, U-5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseQuietHours, doNotDisturb, isQuiet, isQuietNow, quietHours } from '../../../web/state/quiet.ts';

const at = (hours: number, minutes = 0): Date => new Date(2026, 0, 5, hours, minutes);

test('quiet hours go over midnight, end on the minute, and may be none', () => {
  const night = { from: '22:00', to: '07:30' };
  assert.deepEqual(
    [at(21, 59), at(22), at(3), at(7, 29), at(7, 30)].map((now) => isQuiet(night, now)),
    [false, true, true, true, false],
  );
  const noon = { from: '12:00', to: '13:00' };
  assert.deepEqual(
    [at(11, 59), at(12), at(13)].map((now) => isQuiet(noon, now)),
    [false, true, false],
  );
  assert.equal(isQuiet(null, at(3)), false);
});

test('what is no time is not chosen', () => {
  chooseQuietHours({ from: '22:00', to: '07:00' });
  chooseQuietHours({ from: '', to: '07:00' });
  assert.deepEqual(quietHours.value, { from: '22:00', to: '07:00' });
  chooseQuietHours(null);
  assert.equal(quietHours.value, null);
});

test('it is quiet now in the quiet hours, and as long as one is not to be disturbed', () => {
  chooseQuietHours({ from: '22:00', to: '07:00' });
  assert.deepEqual([isQuietNow(at(23)), isQuietNow(at(12))], [true, false]);
  doNotDisturb.choose(true);
  assert.equal(isQuietNow(at(12)), true);
  doNotDisturb.choose(false);
  chooseQuietHours(null);
  assert.equal(isQuietNow(at(23)), false);
});
